"""Lines on their way to a place."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from functions.core.incident.incident import Severity
from functions.core.incident.news import News
from functions.core.remediation import Audience

INCIDENT = "INC-20261123-abcdef01"
HOSTILE = 'disk\r\n\x1b[31m<script>alert(1)</script> [click](https://evil.example) @here {0} %s "; DROP'


def line(kind: str, number: int = 1, **over: Any) -> News:
    """A line of an incident whose title and text a stranger has written."""
    said = {
        "id": f"{number:032x}",
        "incident": INCIDENT,
        "of": INCIDENT,
        "kind": kind,
        "text": f"text of {HOSTILE}",
        "at": datetime(2026, 11, 23, 12, tzinfo=UTC),
        "call_person": True,
        "audience": Audience.OPERATIONS,
        "severity": Severity.P1,
        "status": "open",
        "title": HOSTILE,
        "service": "shop",
        "target": "arn:aws:rds:eu-west-1:123456789012:db:orders",
        "run": "grow-1",
        "remediation": "grow",
        **over,
    }
    return News(**said)
