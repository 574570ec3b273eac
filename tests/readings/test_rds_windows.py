from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.readings.rds_windows import next_window
from tests.conftest import NOON

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time in November 2026, whose 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "now", "starts", "ends"),
    [
        ("13:14-13:44", NOON, at(23, 13, 14), at(23, 13, 44)),
        ("13:14-13:44", at(23, 13, 43), at(23, 13, 14), at(23, 13, 44)),
        ("13:14-13:44", at(23, 13, 44), at(24, 13, 14), at(24, 13, 44)),
        ("23:45-00:15", at(23, 23, 50), at(23, 23, 45), at(24, 0, 15)),
        ("23:45-00:15", at(24, 0, 10), at(23, 23, 45), at(24, 0, 15)),
        ("23:45-00:15", at(24, 0, 15), at(24, 23, 45), at(25, 0, 15)),
        ("wed:06:38-wed:07:08", NOON, at(25, 6, 38), at(25, 7, 8)),
        ("mon:11:30-mon:12:30", NOON, at(23, 11, 30), at(23, 12, 30)),
        ("mon:11:30-mon:12:00", NOON, at(30, 11, 30), at(30, 12, 0)),
        ("sun:23:45-mon:00:15", at(29, 23, 50), at(29, 23, 45), at(30, 0, 15)),
        ("sun:23:45-mon:00:15", at(23, 0, 5), at(22, 23, 45), at(23, 0, 15)),
        ("Sun:23:45-Mon:00:15", NOON, at(29, 23, 45), at(30, 0, 15)),
    ],
)
def test_the_window_that_is_open_or_comes_next(text: str, now: datetime, starts: datetime, ends: datetime) -> None:
    window = next_window(text, now)
    assert window is not None
    assert (window.starts, window.ends) == (starts, ends)


def test_an_instance_may_have_no_window() -> None:
    assert next_window("", NOON) is None


@pytest.mark.parametrize("text", ["whenever", "25:00-26:00", "13:14", "day:01:00-day:02:00"])
def test_a_window_that_cannot_be_read_counts_as_open(text: str) -> None:
    window = next_window(text, NOON)
    assert window is not None and window.opens_within(NOON, timedelta(0))


def test_it_is_open_from_its_first_minute_up_to_its_last() -> None:
    window = next_window("13:14-13:44", NOON)
    assert window is not None
    assert not window.opens_within(at(23, 13, 13), timedelta(0))
    assert window.opens_within(at(23, 13, 14), timedelta(0))
    assert window.opens_within(at(23, 13, 43), timedelta(0))
    assert not window.opens_within(at(23, 13, 44), timedelta(0))
    assert window.opens_within(at(23, 12, 14), timedelta(hours=1))
    assert not window.opens_within(at(23, 12, 13), timedelta(hours=1))


@given(st.integers(0, 7 * 24 * 60 - 1), st.integers(30, 23 * 60), st.integers(0, 21 * 24 * 60))
def test_a_weekly_window_is_always_the_first_to_end(opens: int, length: int, later: int) -> None:
    now, closes = NOON + timedelta(minutes=later), (opens + length) % (7 * 24 * 60)
    text = "-".join(f"{DAYS[m // 1440]}:{m % 1440 // 60:02}:{m % 60:02}" for m in (opens, closes))
    window = next_window(text, now)
    assert window is not None
    assert window.ends - window.starts == timedelta(minutes=length)
    assert now < window.ends <= now + timedelta(weeks=1)
    assert window.starts.weekday() * 1440 + window.starts.hour * 60 + window.starts.minute == opens
