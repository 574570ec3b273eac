"""functions/runbook/calendar.toml, checked: a mistake in it must not become a deadline that nobody meant."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, time
from typing import Any
from zoneinfo import ZoneInfo

from functions.core.errors import InvalidSetting
from functions.core.incident.calendar import MIDNIGHT, Calendar

FILE = "functions/runbook/calendar.toml"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_TIME = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
_PARTS = ("time-zone", "working-hours", "holidays")


def read_calendar(said: Mapping[str, Any]) -> Calendar:
    """Raises InvalidSetting naming the field, what was found there and what is allowed."""
    for name in said:
        if name not in _PARTS:
            raise InvalidSetting(FILE, name, " | ".join(_PARTS))
    hours = _table(said, "working-hours")
    for name in hours:
        if name not in WEEKDAYS:
            raise InvalidSetting(f"{FILE}: working-hours", name, " | ".join(WEEKDAYS))
    if not hours:
        raise InvalidSetting(f"{FILE}: working-hours", said.get("working-hours"), "one working day a week at least")
    return Calendar(
        zone=_zone(said.get("time-zone")),
        hours={WEEKDAYS.index(name): _span(f"{FILE}: working-hours.{name}", span) for name, span in hours.items()},
        holidays=dict(_holiday(day, name) for day, name in _table(said, "holidays").items()),
    )


def _table(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    table = said.get(name, {})
    if not isinstance(table, Mapping):
        raise InvalidSetting(f"{FILE}: {name}", table, f"a table, [{name}]")
    return table


def _zone(name: object) -> ZoneInfo:
    field, allowed = f"{FILE}: time-zone", "a name of the IANA time zone database, e.g. Europe/Berlin"
    if not isinstance(name, str) or not name:
        raise InvalidSetting(field, name, allowed)
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # a folder of zones; a path; no such zone
        raise InvalidSetting(field, name, allowed) from None


def _span(field: str, span: object) -> tuple[time, time]:
    allowed = 'the opening and a later close, e.g. ["09:00", "17:00"], "24:00" at most'
    if not isinstance(span, list) or len(span) != 2:
        raise InvalidSetting(field, span, allowed)
    opens, closes = (_time(text) for text in span)
    if opens is None or closes is None or span[0] == "24:00" or (closes != MIDNIGHT and opens >= closes):
        raise InvalidSetting(field, span, allowed)
    if closes == MIDNIGHT and span[1] != "24:00":
        raise InvalidSetting(field, span, allowed)
    return opens, closes


def _time(text: object) -> time | None:
    if text == "24:00":
        return MIDNIGHT
    match = _TIME.fullmatch(text) if isinstance(text, str) else None
    return time(int(match[1]), int(match[2])) if match else None


def _holiday(day: str, name: object) -> tuple[date, str]:
    if not isinstance(name, str) or not name:
        raise InvalidSetting(f"{FILE}: holidays.{day}", name, "the name of the day")
    try:
        return date.fromisoformat(day), name
    except ValueError:
        raise InvalidSetting(f"{FILE}: holidays", day, "dates, e.g. 2026-12-25") from None
