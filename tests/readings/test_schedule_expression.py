from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from functions.readings.schedule_expression import due
from tests.conftest import NOON

HALF_AN_HOUR = timedelta(minutes=30)


def minutes(schedule: str, timezone: str = "", since: datetime = NOON - timedelta(days=30)) -> int | None:
    """In how many minutes from Monday, 23 November 2026, 12:00 UTC a schedule is due, None where not within half an hour."""
    found = due(schedule, timezone, since, NOON, HALF_AN_HOUR)
    return None if found is None else int((found - NOON) / timedelta(minutes=1))


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("at(2026-11-23T12:20:00)", 20),
        ("at(2026-11-23T12:31:00)", None),
        ("at(2026-11-23T11:59:00)", None),
        ("cron(15 12 * * ? *)", 15),
        ("cron(0 12 * * ? *)", 0),
        ("cron(31 12 * * ? *)", None),
        ("cron(0/10 8-18 ? * MON-FRI *)", 0),
        ("cron(5/10 * ? * MON-FRI *)", 5),
        ("cron(*/7 12 * * ? *)", 0),
        ("cron(15 12 ? * WED-FRI *)", None),
        ("cron(15 12 ? * TUE,THU *)", None),
        ("cron(15 12 ? * SAT-MON *)", 15),
        ("cron(15 12 23 11 ? *)", 15),
        ("cron(15 12 23 NOV ? 2026)", 15),
        ("cron(15 12 23 APR-JUL ? *)", None),
        ("cron(15 12 24 * ? *)", None),
        ("cron(15 12 * * ? 2027)", None),
        ("cron(15 12 ? * 3-6 *)", None),
        ("cron(15 12 ? * 1 *)", 15),
        ("cron(15 12 ? * 2 *)", 15),
        ("rate(1 hour)", 0),
        ("rate(7 days)", None),
    ],
)
def test_when_a_schedule_is_due(schedule: str, expected: int | None) -> None:
    assert minutes(schedule) == expected


@pytest.mark.parametrize(("since", "expected"), [(timedelta(minutes=40), 20), (timedelta(minutes=70), None)])
def test_a_rate_counts_from_its_start(since: timedelta, expected: int | None) -> None:
    assert minutes("rate(1 hour)", since=NOON - since) == expected


def test_a_schedule_is_in_its_time_zone() -> None:
    assert minutes("cron(15 13 * * ? *)", "Europe/Berlin") == 15
    assert minutes("at(2026-11-23T07:15:00)", "America/New_York") == 15
    assert minutes("cron(15 12 * * ? *)", "Europe/Berlin") is None


@pytest.mark.parametrize(
    ("schedule", "timezone"),
    [
        ("whenever", ""),
        ("cron(15 18 * *)", ""),
        ("cron(x 18 * * ? *)", ""),
        ("at(soon)", ""),
        ("rate(1 fortnight)", ""),
        ("rate(0 days)", ""),
        ("cron(15 18 * * ? *)", "Atlantis/Capital"),
    ],
)
def test_what_cannot_be_read_counts_as_due(schedule: str, timezone: str) -> None:
    assert minutes(schedule, timezone) == 0


@pytest.mark.parametrize("day", ["L * ?", "15W * ?", "? * 6#3", "? * FRIL", "*/2 * ?", "* */5 ?"])
def test_days_of_an_uncommon_form_count_as_today(day: str) -> None:
    assert minutes(f"cron(15 12 {day} *)") == 15
