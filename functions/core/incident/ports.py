"""The doors of the people's side, each with its adapter and a fake side by side in functions/adapters/."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from functions.core.incident.incident import Incident
from functions.core.incident.news import News
from functions.core.incident.turns import Turn
from functions.core.ports import Clock
from functions.core.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One line of a timeline as it is on record. `remediation` and `run` are empty for what the people's side wrote."""

    at: datetime
    kind: str
    text: str
    incident: str
    remediation: str = ""
    run: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """All that is on record of an incident and its joiners, oldest first. `places` is what each place keeps of the lead."""

    incident: Incident
    lines: tuple[Line, ...]
    runs: tuple[Run, ...]
    places: Mapping[str, Mapping[str, Any]]


class Incidents(Protocol):
    """The record of incidents. Written by the people's side alone."""

    def load(self, incident: str) -> Incident | None:
        """Read one, consistently."""

    def open(self, turn: Turn) -> Incident:
        """Write a new one with its first lines; the one on record where it was written before."""

    def save(self, turn: Turn) -> Incident:
        """Write what has happened, all or nothing; the incident comes back with its new version. Nothing new is not written.

        Raises Fenced where another invocation wrote in between: load it and try again.
        """

    def lead(self, service: str, incident: str) -> str:
        """The incident that leads for a service: this one from now on, where none does."""

    def unlead(self, service: str, incident: str) -> None:
        """This one leads no more; harmless where it does not."""

    def unresolved(self) -> Sequence[Incident]:
        """All that are not resolved, joiners included; the oldest first."""

    def story(self, incident: str) -> Story | None:
        """All that is on record of one that leads; None for one that is not known."""


class Delivery(Protocol):
    """What a place has been told: one message for each line, whatever is tried again."""

    def begin(self, place: str, incident: str, news: str) -> str | None:
        """Write down that a line is about to be sent. None: it is new. Empty: it was begun before and may have been sent, so
        the place has to be asked. Else it was sent, and this is the place's own id of it."""

    def done(self, place: str, incident: str, news: str, reference: str) -> None:
        """It was sent; `reference` is the place's own id of it, not empty."""

    def state(self, place: str, incident: str) -> Mapping[str, Any]:
        """What the place keeps of an incident (a channel, a ticket's key), as JSON; empty at first."""

    def keep(self, place: str, incident: str, state: Mapping[str, Any]) -> None:
        """Replace it. News of one incident come to a place one by one, so that nobody writes in between."""


class Schedules(Protocol):
    """What rings when a timer's time has come, even if nothing else runs until then: once, or in rare cases twice."""

    def start(self, incident: str, timer: str, at: datetime) -> None:
        """Have it ring at this time at the earliest, soon after it. Ordered before, it is moved there; that may be repeated."""

    def cancel(self, incident: str, timers: Iterable[str]) -> None:
        """Have these not ring; harmless for those that were never ordered or have rung."""


class Outbox(Protocol):
    """The way to the places."""

    @property
    def places(self) -> Sequence[str]:
        """The places of this deployment, by their names in places.py."""

    def send(self, place: str, news: News) -> None:
        """Hand a line over; it comes to the place in the order of its incident. A copy is harmless."""


class Patience(Clock, Protocol):
    """Time that can be waited for."""

    def pause(self, by: timedelta) -> None:
        """Do nothing for so long."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """Something to be done beside others, by a time."""

    call: Callable[[], Any]
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Came:
    """What has come of a task: its result, what it raised, or neither where it was late."""

    result: Any = None
    error: Exception | None = None
    late: bool = False


class Crew(Protocol):
    """Does several things at once."""

    def work(self, tasks: Mapping[str, Task]) -> Mapping[str, Came]:
        """Return when each is done or its time is over. Nobody waits for one that is late, and what it brings is lost."""


class Rechecks(Protocol):
    """What has an incident looked at again."""

    def start(self, incident: str, attempt: str, wait: timedelta) -> None:
        """Look after `wait`, again and again until the look says that it is over. Starting the same attempt twice is harmless."""
