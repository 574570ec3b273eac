"""The door to who keeps tickets. Whatever is done here may be done again: nothing is there twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from functions.core.incident.incident import Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class Ticket:
    """`key` is the tracker's own name of it, `url` where people see it."""

    key: str
    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What a ticket is made of. `title` and `facts` are one line of plain text each, cut to length already, and may hold
    strangers' words: a tracker never reads them as its markup. No fact is empty."""

    key: str
    """Our own name of it, by which it can be found again: letters, digits and hyphens."""
    incident: str
    severity: Severity
    title: str
    facts: Mapping[str, str] = field(default_factory=dict)
    parent: Ticket | None = None
    """The ticket of the incident that it came out of."""


class Tracker(Protocol):
    """Each call raises what the service or the network raises; then it may have had its effect, and may be repeated."""

    def find(self, key: str) -> Ticket | None:
        """The ticket that was made with this key of ours, open or not."""

    def create(self, draft: Draft) -> Ticket:
        """Make it. Whether it is there already is for the caller to ask first, where that may be."""

    def rate(self, ticket: Ticket, severity: Severity) -> None:
        """It is as urgent as this from now on."""

    def note(self, ticket: Ticket, key: str, topic: str, text: str) -> None:
        """Add a line of plain text. What has a note with this key already gets no second one."""

    def close(self, ticket: Ticket) -> bool:
        """The work is done; harmless where it is closed. False where its workflow does not let us."""
