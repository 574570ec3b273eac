"""The draft of a review, as data: what a page or a text is made of. Every text in it may hold strangers' words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from functions.core.decision import Decline
from functions.core.drift import Drift
from functions.core.incident.incident import Incident


class Lane(StrEnum):
    """Whose doing a line of the timeline is."""

    ALARM = "alarm"
    AUTOMATION = "automation"
    PEOPLE = "people"


@dataclass(frozen=True, kw_only=True, slots=True)
class Milestone:
    """One of the four times. `due` is None where the runbook's table has no target for it, `at` None where it has not come."""

    name: str
    at: datetime | None
    by: str = ""
    due: datetime | None = None
    over: timedelta | None = None
    """By how much the target was missed; zero and below where it was kept, None where there is none to keep."""

    @property
    def target(self) -> str:
        """As the runbook's table calls what is due then."""
        return "response" if self.name == "Acknowledged" else "resolution"

    @property
    def missed(self) -> bool:
        return self.over is not None and self.over > timedelta()


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """A line of the timeline; `count` of them in a row that say the same, the last one at `until`."""

    at: datetime
    lane: Lane
    kind: str
    text: str
    source: str = ""
    incident: str
    until: datetime
    count: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Did:
    """One step of a run. `state` is that of its journal, `back` says that it takes an earlier one back."""

    text: str
    state: str
    at: datetime | None
    note: str
    back: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """What the automation made of one alarm: decided, did, and declined."""

    run: str
    remediation: str
    target: str
    alarm: str
    began: datetime
    ended: datetime
    outcome: str
    mode: str
    reason: str
    cost: str
    steps: tuple[Did, ...]
    guards: Mapping[str, str]
    decline: Decline | None
    verdict: str
    verdict_by: str
    way_back_of: str
    caused_by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Stays:
    """Changes of one run that are in effect still. `usd` is per month at list prices; None where it is not known."""

    run: str
    target: str
    changes: tuple[str, ...]
    usd: Decimal | None
    until: datetime | None
    """When a temporary change is taken back; None for one that stays for good."""
    snapshots: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """What the record does not tell, and the fact that raises it."""

    text: str
    because: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ActionItem:
    """What is to be done, by which role and when. `id` is the same in every draft of this review."""

    id: str
    text: str
    owner: str
    due: date

    @property
    def line(self) -> str:
        """For the timeline, and for the ticket that is made of it."""
        return f"{self.id}: {self.text} (owner: {self.owner}, due {self.due.isoformat()})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Curve:
    """The alarm's metric around the incident. `threshold` is None where it is not known, and `above` whether trouble lies above
    it. `missing` says why there are no points."""

    name: str
    points: tuple[tuple[datetime, float], ...] = ()
    threshold: float | None = None
    above: bool | None = None
    period: timedelta = timedelta(minutes=1)
    missing: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """The draft. `incident` is as it was when this was drafted, at `drafted_at`."""

    incident: Incident
    severity_why: str
    drafted_at: datetime
    milestones: tuple[Milestone, ...]
    timeline: tuple[Event, ...]
    work: tuple[Work, ...]
    stays: tuple[Stays, ...]
    drifts: tuple[Drift, ...]
    questions: tuple[Question, ...]
    action_items: tuple[ActionItem, ...]
    curve: Curve
