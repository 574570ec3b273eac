"""Strangers' words made plain: one line, no control characters, no longer than fits."""

from __future__ import annotations


def printable(text: object, most: int) -> str:
    """Whatever cannot be seen becomes a space; what is cut off ends in `...`."""
    line = "".join(char if char.isprintable() else " " for char in str(text))
    return line if len(line) <= most else f"{line[: most - 3]}..."
