"""A PNG that a browser shows."""

from __future__ import annotations

import struct
import zlib


def png(width: int = 900, height: int = 300) -> bytes:
    """In one colour."""
    rows = b"".join(b"\0" + bytes([60, 120, 200] * width) for _ in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
