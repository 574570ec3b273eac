"""The door to who calls the person on call, by telephone if need be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from functions.core.incident.incident import Severity


class Step(StrEnum):
    """What a page does to the call that is open for its incident."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """`summary`, `source`, `component` and `details` are plain text, cut to length already; only a trigger carries them."""

    step: Step
    incident: str
    """By this all pages of one incident are one call, whatever is sent twice."""
    severity: Severity
    at: datetime
    summary: str
    source: str
    component: str
    details: Mapping[str, str] = field(default_factory=dict)


class Pager(Protocol):
    """Raises what the service or the network raises; then the page may have been heard, and may be sent again."""

    def send(self, page: Page) -> None:
        """Pass it on. A second copy calls nobody twice while the call is open."""
