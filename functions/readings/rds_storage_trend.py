"""When a volume will be full, in words for people."""

from __future__ import annotations

from functions.readings.free_storage import Room

_YEAR = 365.0


def trend(here: Room) -> str:
    """Counted from the free space at the rates of the last 3 hours and the last 7 days, each since the last storage change."""
    if here.free_gib is None:
        return "when it is full cannot be told"
    if here.free_gib <= 0:
        return "it is full"
    if here.growth_gib_per_day is None:
        return "how fast it fills is not known"
    return f"{_told(here.free_gib, here.hours_growth, '3 hours')}, {_told(here.free_gib, here.week_growth, '7 days')}"


def _told(free_gib: float, growth_gib_per_day: float | None, over: str) -> str:
    if growth_gib_per_day is None:
        return f"at an unknown rate over the last {over}"
    if growth_gib_per_day <= 0 or free_gib / growth_gib_per_day > _YEAR:
        return f"not growing over the last {over}"
    return f"full in {_span(free_gib / growth_gib_per_day)} at the rate of the last {over}"


def _span(days: float) -> str:
    hours = round(days * 24)
    if hours < 1:
        return "less than an hour"
    return f"about {hours} hour{'s' if hours > 1 else ''}" if days < 2 else f"about {round(days)} days"
