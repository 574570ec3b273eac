"""The full story of each ended run, in a bucket."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


class S3Evidence:
    """The core's `Evidence`."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keep(self, key: str, content: Mapping[str, Any]) -> None:
        """Versioned bucket: a repeated write adds a version and destroys nothing."""
        body = json.dumps(content, indent=2, sort_keys=True).encode()
        self._client.put_object(
            Bucket=self._bucket, Key=key, Body=body, ContentType="application/json", ChecksumAlgorithm="SHA256"
        )


class MemoryEvidence:
    """Keeps it in a dict."""

    def __init__(self) -> None:
        self.kept: dict[str, Mapping[str, Any]] = {}

    def keep(self, key: str, content: Mapping[str, Any]) -> None:
        self.kept[key] = content
