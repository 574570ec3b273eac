"""When an alarm mute rule mutes: `at(2026-11-23T14:00)` once, `cron(0 2 * * SUN)` again and again, each for an ISO 8601 duration.

Times are real ones in the schedule's time zone, UTC where it names none. Limits, refused when a rule is put: days of the week by
number and a day of the month together with one of the week, because CloudWatch's documentation leaves open what they mean.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_DAYS = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of the month", 1, 31), ("month", 1, 12), ("day of the week", 0, 6))
_NAMES = {
    "month": {name: n for n, name in enumerate(_MONTHS, 1)},
    "day of the week": {n: i for i, n in enumerate(_DAYS)},
}
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(days=15)
_MINUTE = timedelta(minutes=1)


class UnplayableScheduleError(ValueError):
    """The schedule is wrong, or means something that the local AWS does not play."""


@dataclass(frozen=True)
class MuteSchedule:
    """`once` is set for an at expression, `fields` (minute, hour, day, month, weekday from Monday) for a cron expression."""

    duration: timedelta
    zone: tzinfo
    once: datetime | None = None
    fields: tuple[frozenset[int], ...] = ()

    def covers(self, moment: datetime) -> bool:
        """Whether a window is open at `moment`, which is aware."""
        if self.once is not None:
            return self.once <= moment < self.once + self.duration
        start = moment.replace(second=0, microsecond=0)
        while moment < start + self.duration:
            if self._begins(start.astimezone(self.zone)):
                return True
            start -= _MINUTE
        return False

    def is_over(self, moment: datetime) -> bool:
        """Whether no window opens any more."""
        return self.once is not None and self.once + self.duration <= moment

    def _begins(self, at: datetime) -> bool:
        now = (at.minute, at.hour, at.day, at.month, at.weekday())
        return all(value in allowed for value, allowed in zip(now, self.fields, strict=True))


def parse(schedule: Mapping[str, Any]) -> MuteSchedule:
    """The `Schedule` of a mute rule. Raises UnplayableScheduleError saying what is wrong."""
    duration, zone = _duration(schedule["Duration"]), _zone(schedule.get("Timezone"))
    expression = schedule["Expression"]
    if found := re.fullmatch(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d)\)", expression):
        try:
            local = datetime.fromisoformat(found[1])
        except ValueError as error:
            raise UnplayableScheduleError(f"{expression}: {error}") from None
        return MuteSchedule(duration, zone, once=local.replace(tzinfo=zone).astimezone(UTC))
    found = re.fullmatch(r"cron\(([^()]*)\)", expression)
    if found is None or len(found[1].split()) != len(_FIELDS):
        raise UnplayableScheduleError(f"{expression} is neither at(yyyy-MM-ddThh:mm) nor cron() with five fields")
    texts = found[1].split()
    if texts[2] != "*" and texts[4] != "*":
        raise UnplayableScheduleError(
            f"{expression}: the local AWS does not play a day of the month and one of the week"
        )
    fields = tuple(_allowed(text, *field) for text, field in zip(texts, _FIELDS, strict=True))
    return MuteSchedule(duration, zone, fields=fields)


def _duration(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    days, hours, minutes = (int(part or 0) for part in found.groups()) if found else (0, 0, 0)
    duration = timedelta(days=days, hours=hours, minutes=minutes)
    if not _SHORTEST <= duration <= _LONGEST:
        raise UnplayableScheduleError(f"Duration {text} is not an ISO 8601 duration from PT1M to P15D")
    return duration


def _zone(name: str | None) -> tzinfo:
    if name in (None, "UTC"):
        return UTC  # also where no time zones are installed
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError):
        raise UnplayableScheduleError(f"Timezone {name} is not known") from None


def _allowed(text: str, name: str, lowest: int, highest: int) -> frozenset[int]:
    allowed: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if part == "*":
            allowed.update(range(lowest, highest + 1))
            continue
        begin = _number(first, name)
        end = _number(last, name) if last else begin
        # A range of names may go over the end of the week or of the year.
        reach = range(begin, end + 1) if begin <= end else [*range(begin, highest + 1), *range(lowest, end + 1)]
        allowed.update(reach)
    if not all(lowest <= value <= highest for value in allowed):
        raise UnplayableScheduleError(f"{text} is no {name}")
    return frozenset(allowed)


def _number(text: str, name: str) -> int:
    named = _NAMES.get(name, {}).get(text.upper())
    if named is not None:
        return named
    if name == "day of the week" or not text.isdigit():
        raise UnplayableScheduleError(f"{text}: the local AWS does not play this {name}")
    return int(text)
