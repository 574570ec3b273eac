"""Business time. A business day is one whole working day, however long that day is: from some point in one working day to the
same point in the next one. What begins outside working hours begins with the next working day; what ends with a working day
ends at its close, not at the next one's opening. So one business day from Friday 15:00 is Monday 15:00, from Saturday it is
Monday's close.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

MIDNIGHT = time()
_DAY = timedelta(days=1)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Calendar:
    """`hours` are the opening and the close by weekday, 0 is Monday, in wall time; a close at MIDNIGHT is the day's end.

    At least one weekday has hours, and each opens before it closes.
    """

    zone: ZoneInfo
    hours: Mapping[int, tuple[time, time]]
    holidays: Mapping[date, str]

    def after(self, since: datetime, days: Fraction) -> datetime:
        """When so many business days will have passed, to the microsecond, in UTC. `days` above 0."""
        left = days
        for opens, closes in self._days(since):
            begins = max(opens, since)
            rest = Fraction((closes - begins) // _TICK, (closes - opens) // _TICK)
            if left <= rest:
                length = (closes - opens) // _TICK
                return begins + round(length * left) * _TICK
            left -= rest
        raise AssertionError("the days of a calendar have no end")

    def _days(self, since: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The working days that are not over by then, the first one first: opening and close in UTC."""
        day = since.astimezone(self.zone).date()
        while True:
            if day.weekday() in self.hours and day not in self.holidays:
                opens, closes = self._bounds(day)
                if max(opens, since) < closes:
                    yield opens, closes
            day += _DAY

    def _bounds(self, day: date) -> tuple[datetime, datetime]:
        opens, closes = self.hours[day.weekday()]
        last = day + _DAY if closes == MIDNIGHT else day
        return self._utc(day, opens), self._utc(last, closes)

    def _utc(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, self.zone).astimezone(UTC)
