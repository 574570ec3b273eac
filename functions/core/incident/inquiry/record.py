"""The evidence as JSON, for machines: all that the page shows, but pictures by their SHA-256 alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from typing import Any

from functions.core.incident.inquiry.counts import counts
from functions.core.incident.inquiry.findings import Findings
from functions.core.run_record import plain


def record(findings: Findings, page_sha256: str) -> Mapping[str, Any]:
    """With the SHA-256 of the page that was made of it, in hexadecimal."""
    said: dict[str, Any] = asdict(findings)
    said["subject"].update(
        targets=[str(arn) for arn in findings.subject.targets], alarms=[str(arn) for arn in findings.subject.alarms]
    )
    for picture in said["pictures"]["items"]:
        picture["png"] = sha256(picture["png"]).hexdigest() if picture["png"] else ""
    found: Mapping[str, Any] = plain({**said, "counts": counts(findings), "page_sha256": page_sha256})
    return found
