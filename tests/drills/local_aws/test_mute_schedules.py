"""When a mute rule's schedule has a window open."""

from datetime import UTC, datetime

import pytest

from drills.local_aws.mute_schedules import UnplayableScheduleError, parse


def covers(expression: str, duration: str, moment: str, zone: str = "UTC") -> bool:
    """`moment` is UTC; 23 November 2026 is a Monday."""
    schedule = {"Expression": expression, "Duration": duration, "Timezone": zone}
    return parse(schedule).covers(datetime.fromisoformat(moment).replace(tzinfo=UTC))


@pytest.mark.parametrize(
    ("expression", "duration", "moment", "expected"),
    [
        ("at(2026-11-23T14:00)", "PT1H", "2026-11-23T13:59:59", False),
        ("at(2026-11-23T14:00)", "PT1H", "2026-11-23T14:00:00", True),
        ("at(2026-11-23T14:00)", "PT1H", "2026-11-23T15:00:00", False),
        ("at(2026-11-20T14:00)", "P2DT12H", "2026-11-23T01:59:59", True),
        ("cron(0 2 * * *)", "PT2H30M", "2026-11-23T04:29:59", True),
        ("cron(0 2 * * *)", "PT2H30M", "2026-11-23T04:30:00", False),
        ("cron(0 23 * * *)", "PT2H", "2026-11-23T00:30:00", True),
        ("cron(0 18 * * FRI)", "P2DT12H", "2026-11-22T12:00:00", True),
        ("cron(0 18 * * FRI)", "PT1H", "2026-11-23T18:30:00", False),
        ("cron(0,30 9-17 * * MON-FRI)", "PT1M", "2026-11-23T17:30:30", True),
        ("cron(0,30 9-17 * * SAT-SUN)", "PT1M", "2026-11-23T17:30:30", False),
        ("cron(0 0 * * SAT-MON)", "P1D", "2026-11-23T17:30:30", True),
        ("cron(0 1 23 NOV *)", "PT1H", "2026-11-23T01:10:00", True),
        ("cron(0 1 1 * *)", "PT1H", "2026-11-23T01:10:00", False),
    ],
)
def test_a_window_is_open_from_its_start_for_its_duration(
    expression: str, duration: str, moment: str, expected: bool
) -> None:
    assert covers(expression, duration, moment) is expected


def test_times_are_those_of_the_time_zone() -> None:
    assert covers("at(2026-11-23T14:00)", "PT1H", "2026-11-23T19:30:00", "America/New_York")
    assert covers("cron(0 14 * * MON)", "PT1H", "2026-11-23T19:30:00", "America/New_York")
    assert not covers("cron(0 14 * * MON)", "PT1H", "2026-11-23T14:30:00", "America/New_York")


def test_a_window_for_once_is_over_when_it_has_passed_and_a_recurring_one_never() -> None:
    late = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    assert parse({"Expression": "at(2026-11-23T14:00)", "Duration": "PT1H"}).is_over(late)
    assert not parse({"Expression": "at(2026-11-23T14:00)", "Duration": "PT2H"}).is_over(late)
    assert not parse({"Expression": "cron(0 2 * * *)", "Duration": "PT1H"}).is_over(late)


@pytest.mark.parametrize(
    ("expression", "duration", "zone", "told"),
    [
        ("rate(1 hour)", "PT1H", "UTC", "neither at"),
        ("cron(0 2 * * * *)", "PT1H", "UTC", "five fields"),
        ("at(2026-13-01T00:00)", "PT1H", "UTC", "month must be"),
        ("cron(0 2 1 * MON)", "PT1H", "UTC", "does not play a day of the month and one of the week"),
        ("cron(0 2 * * 1)", "PT1H", "UTC", "does not play this day of the week"),
        ("cron(61 2 * * *)", "PT1H", "UTC", "no minute"),
        ("cron(*/5 2 * * *)", "PT1H", "UTC", "does not play this minute"),
        ("cron(0 2 * * *)", "1h", "UTC", "Duration 1h"),
        ("cron(0 2 * * *)", "P16D", "UTC", "Duration P16D"),
        ("cron(0 2 * * *)", "PT1H", "Mars/Olympus", "Timezone Mars/Olympus"),
    ],
)
def test_what_cannot_be_played_is_refused_with_the_reason(expression: str, duration: str, zone: str, told: str) -> None:
    with pytest.raises(UnplayableScheduleError, match=told):
        parse({"Expression": expression, "Duration": duration, "Timezone": zone})
