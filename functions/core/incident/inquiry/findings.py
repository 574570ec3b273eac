"""What an investigation has found. What could not be read is a finding too: it is told, and never passes as nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from functions.core.incident.inquiry.subject import Subject
from functions.core.incident.review.review import Curve

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
DEPLOYMENT, STACK, EVENT, CALL = "deployment", "stack", "event", "call"


@dataclass(frozen=True, kw_only=True, slots=True)
class Part(Generic[T_co]):
    """`missing` are sentences of what could not be read and why, `notes` of how it was looked. All may hold strangers' words."""

    items: tuple[T_co, ...] = ()
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Firing:
    """Another alarm in ALARM. `since` is None where CloudWatch does not say."""

    name: str
    kind: str
    since: datetime | None
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """`kind` is deployment, stack, event or call; `what` and `on` read as "a deployment" of "shop/web"."""

    at: datetime
    kind: str
    what: str
    on: str
    by: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class LogLine:
    """`text` is masked and cut, see masking.py."""

    at: str
    group: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Health:
    """So many `good` of so many `wanted` of a kind (tasks, targets, databases, secrets) on one resource."""

    kind: str
    on: str
    good: int
    wanted: int
    seen: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """A metric over time: as AWS has drawn it (PNG), or its points."""

    title: str
    png: bytes = field(default=b"", repr=False)
    curve: Curve | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Findings:
    """All parts of one investigation, as of `looked_at`."""

    subject: Subject
    looked_at: datetime
    alarms: Part[Firing]
    changes: Part[Change]
    logs: Part[LogLine]
    health: Part[Health]
    pictures: Part[Picture]

    @property
    def missing(self) -> tuple[str, ...]:
        """All that could not be read."""
        parts: tuple[Part[object], ...] = (self.alarms, self.changes, self.logs, self.health, self.pictures)
        return tuple(dict.fromkeys(sentence for part in parts for sentence in part.missing))


def together(parts: Iterable[Part[T]]) -> Part[T]:
    """Several parts as one, in their order; a sentence that is said twice is said once."""
    known = tuple(parts)
    return Part(
        items=tuple(item for part in known for item in part.items),
        missing=tuple(dict.fromkeys(sentence for part in known for sentence in part.missing)),
        notes=tuple(dict.fromkeys(sentence for part in known for sentence in part.notes)),
    )
