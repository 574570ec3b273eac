"""The daily backup window and the weekly maintenance window of a DB instance. Both are in UTC and may reach past midnight.

Forms: `03:00-03:30` and `sun:23:45-mon:00:15` (RDS API reference, CreateDBInstance).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = r"([01]\d|2[0-3]):([0-5]\d)"
_DAILY = re.compile(rf"{_CLOCK}-{_CLOCK}")
_WEEKLY = re.compile(rf"({'|'.join(_DAYS)}):{_CLOCK}-({'|'.join(_DAYS)}):{_CLOCK}")
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_SHORTEST = timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """One time that it is open: from `starts` up to, and without, `ends`."""

    starts: datetime
    ends: datetime

    def opens_within(self, now: datetime, ahead: timedelta) -> bool:
        """Whether it is open now, or will be within `ahead`."""
        return self.starts <= now + ahead and now < self.ends


def next_window(text: str, now: datetime) -> Window | None:
    """The window that is open now, else the next one; None where RDS names none. What cannot be read counts as open now."""
    said = text.strip().lower()
    if not said:
        return None
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if match := _DAILY.fullmatch(said):
        return _next(midnight, _time(match[1], match[2]), _time(match[3], match[4]), _DAY, now)
    if match := _WEEKLY.fullmatch(said):
        opens = _DAYS.index(match[1]) * _DAY + _time(match[2], match[3])
        closes = _DAYS.index(match[4]) * _DAY + _time(match[5], match[6])
        return _next(midnight - now.weekday() * _DAY, opens, closes, _WEEK, now)
    return Window(starts=now, ends=now + _SHORTEST)


def _next(origin: datetime, opens: timedelta, closes: timedelta, cycle: timedelta, now: datetime) -> Window:
    """The first to end after now, of the one that began in the cycle before and those of this one and the next."""
    length = (closes - opens) % cycle
    starts = (origin + opens + turn * cycle for turn in (-1, 0, 1))
    return next(Window(starts=start, ends=start + length) for start in starts if start + length > now)


def _time(hours: str, minutes: str) -> timedelta:
    return timedelta(hours=int(hours), minutes=int(minutes))
