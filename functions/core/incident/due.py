"""When an incident is due by its severity. P1 to P3 run by the clock, night and weekend included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from functions.core.incident.calendar import Calendar
from functions.core.incident.incident import Severity

_WHOLE = Fraction(1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """How long: by the clock, or in business days. One of the two is 0."""

    clock: timedelta = timedelta()
    business_days: int = 0

    def after(self, since: datetime, calendar: Calendar, share: Fraction = _WHOLE) -> datetime:
        """When this share of it will have passed, in UTC."""
        if self.business_days:
            return calendar.after(since, self.business_days * share)
        return since + self.clock * share.numerator / share.denominator

    def times(self, since: datetime, now: datetime, calendar: Calendar) -> int:
        """How many times it has passed as a whole by now."""
        if not self.business_days:
            return max(0, (now - since) // self.clock)
        count = 0
        while self.after(since, calendar, Fraction(count + 1)) <= now:
            count += 1
        return count


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """What the runbook's table promises for a severity; `update` is how often those who wait are told how it stands."""

    response: Span
    resolution: Span
    update: Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """targets.toml and calendar.toml, read."""

    targets: Mapping[Severity, Target]
    calendar: Calendar


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """When somebody has to have taken it on, and when it has to be over. Aware UTC times."""

    response: datetime
    resolution: datetime


def due(severity: Severity, since: datetime, rules: Rules) -> Due:
    """`since` is when it got this severity: the opening, or the change. A new severity begins to count anew."""
    target = rules.targets[severity]
    return Due(
        response=target.response.after(since, rules.calendar), resolution=target.resolution.after(since, rules.calendar)
    )
