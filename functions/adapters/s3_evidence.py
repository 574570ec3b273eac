"""The full story of each ended run, and the review of each incident, in a bucket."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from functions.core.ports import Kept


class S3Evidence:
    """The core's `Evidence`."""

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keep(self, key: str, content: Mapping[str, Any]) -> Kept:
        """Versioned bucket: a repeated write adds a version and destroys nothing. Into a locked one a checksum has to be sent."""
        body = _body(content)
        put = self._client.put_object(
            Bucket=self._bucket, Key=key, Body=body, ContentType="application/json", ChecksumAlgorithm="SHA256"
        )
        return Kept(sha256=hashlib.sha256(body).hexdigest(), version=put.get("VersionId", ""))

    def keep_page(self, key: str, text: str, content_type: str) -> str:
        """See `Evidence.keep_page`."""
        self._client.put_object(
            Bucket=self._bucket, Key=key, Body=text.encode(), ContentType=content_type, ChecksumAlgorithm="SHA256"
        )
        return f"s3://{self._bucket}/{key}"


class MemoryEvidence:
    """Keeps it in a dict."""

    def __init__(self) -> None:
        self.kept: dict[str, Mapping[str, Any]] = {}
        self.pages: dict[str, tuple[str, str]] = {}
        """Text and content type by key."""

    def keep(self, key: str, content: Mapping[str, Any]) -> Kept:
        self.kept[key] = content
        return Kept(sha256=hashlib.sha256(_body(content)).hexdigest(), version="")

    def keep_page(self, key: str, text: str, content_type: str) -> str:
        self.pages[key] = (text, content_type)
        return f"memory://{key}"


def _body(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, indent=2, sort_keys=True).encode()
