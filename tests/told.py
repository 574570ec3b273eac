"""A place that is told lines, with everything in memory, and a way to have it die before or after any of its calls."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.core.incident.incident import Incident, Severity
from functions.core.incident.news import News
from functions.core.remediation import Audience

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
INCIDENT = Incident(
    id="INC-20261129-abcdef12",
    title="orders: disk full",
    service="shop",
    target="arn:aws:rds:eu-west-1:123456789012:db:orders",
    opened_at=NOON,
    severity=Severity.P1,
    severity_why="production",
    response_due=NOON + timedelta(minutes=15),
    resolution_due=NOON + timedelta(hours=4),
)


def line(number: int, incident: Incident = INCIDENT, **over: Any) -> News:
    """The line of that number, one a minute."""
    said = News(
        id=f"news{number}",
        incident=incident.id,
        of=incident.id,
        kind="plan",
        text=f"line {number}",
        at=NOON + timedelta(minutes=number),
        call_person=False,
        audience=Audience(incident.audience),
        severity=incident.severity,
        status=incident.status.value,
        title=incident.title,
        service=incident.service,
        target=incident.target,
    )
    return replace(said, **over)


class Died(Exception):
    """The process ended here."""


class Mortal:
    """Stands before a door, whose calls are those that a life is made of."""

    def __init__(self, door: Any, life: Life) -> None:
        self._door, self._life = door, life

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._door, name)
        return (lambda *said, **named: self._life.spend(lambda: call(*said, **named))) if callable(call) else call


class Life:
    """How many calls are left, forever without a number; with `after` the last one takes effect before the end."""

    def __init__(self, left: int | None = None, *, after: bool = False) -> None:
        self.left, self.after, self.over = left, after, False

    def spend(self, call: Callable[[], Any]) -> Any:
        if self.left is None or self.over:
            return call()
        self.over = self.left == 0
        self.left -= 1
        if self.over and not self.after:
            raise Died
        done = call()
        if self.over:
            raise Died
        return done
