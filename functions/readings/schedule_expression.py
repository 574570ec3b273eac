"""When a schedule of Application Auto Scaling is due: at(...), rate(...) and cron(...), in the schedule's time zone.

Sources: Application Auto Scaling User Guide, "Schedule recurring scaling actions"; EventBridge User Guide, "Cron expressions".
What is not understood counts as due, since this is only asked to keep out of the way: L, W, # and steps among days, an
unknown time zone. Days of the week as numbers are counted both from Sunday and from Monday, as editions of the guides differ.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

_FORM = re.compile(r"(at|rate|cron)\((.+)\)")
_EVERY_FEW = re.compile(r"\*/\d+")
_UNITS = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1), "day": timedelta(days=1)}
_MONTHS = ("", "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS = 6
_WEEK = 7
_MINUTE = timedelta(minutes=1)


def due(schedule: str, timezone: str, since: datetime, now: datetime, within: timedelta) -> datetime | None:
    """The first time from `now` on, at most `within` later, at which the schedule fires; None where it does not.

    `since` anchors a rate. `now` itself where the schedule cannot be read.
    """
    form = _FORM.fullmatch(schedule.strip())
    if form is None:
        return now
    try:
        zone = ZoneInfo(timezone) if timezone else UTC
        found = _next(form[1], form[2].strip(), zone, since, now, within)
    except (ValueError, KeyError, ArithmeticError, OSError):  # ZoneInfo raises KeyError for a zone that is not there
        return now
    return found if found is not None and now <= found <= now + within else None


def _next(kind: str, text: str, zone: tzinfo, since: datetime, now: datetime, within: timedelta) -> datetime | None:
    if kind == "at":
        return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)
    if kind == "rate":
        count, unit = text.split()
        step = int(count) * _UNITS[unit.removesuffix("s")]
        return since + max(0, -((since - now) // step)) * step
    fields = text.upper().split()
    if len(fields) != _FIELDS:
        raise ValueError(text)
    first = now.replace(second=0, microsecond=0)
    first += _MINUTE if first < now else timedelta(0)
    minutes = (first + ahead * _MINUTE for ahead in range(within // _MINUTE + 1))
    return next((minute for minute in minutes if _fires(fields, minute.astimezone(zone))), None)


def _fires(fields: list[str], at: datetime) -> bool:
    minutes, hours, *dates = fields
    day, month, weekday, year = (_EVERY_FEW.sub("*", date) for date in dates)
    from_sunday = at.isoweekday() % _WEEK + 1
    weekdays = {from_sunday, at.isoweekday()} if re.search(r"\d", weekday) else {from_sunday}
    return (
        _matches(minutes, at.minute)
        and _matches(hours, at.hour)
        and _matches(day, at.day)
        and _matches(month, at.month, _MONTHS)
        and any(_matches(weekday, number, ("", *_DAYS)) for number in weekdays)
        and _matches(year, at.year)
    )


def _matches(field: str, value: int, names: tuple[str, ...] = ()) -> bool:
    return any(_part_matches(part, value, names) for part in field.split(","))


def _part_matches(part: str, value: int, names: tuple[str, ...]) -> bool:
    bounds, _, step = part.partition("/")
    if bounds in ("*", "?"):
        return not step or value % int(step) == 0
    if re.search("[LW#]", re.sub("|".join(names[1:]) or "$", "", bounds)):
        return True
    low, _, high = bounds.partition("-")
    least = _number(low, names)
    most = _number(high, names) if high else (value if step else least)
    inside = least <= value <= most if least <= most else value >= least or value <= most
    return inside and (not step or (value - least) % int(step) == 0)


def _number(text: str, names: tuple[str, ...]) -> int:
    return names.index(text) if text in names else int(text)
