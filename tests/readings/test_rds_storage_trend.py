from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.readings.free_storage import Room
from functions.readings.rds_storage_trend import trend


@pytest.mark.parametrize(
    ("free", "hours", "week", "told"),
    [
        (10.0, 60.0, 1.0, "full in about 4 hours at the rate of the last 3 hours, "
         "full in about 10 days at the rate of the last 7 days"),
        (10.0, 240.0, 5.0, "full in about 1 hour at the rate of the last 3 hours, "
         "full in about 2 days at the rate of the last 7 days"),
        (10.0, 1000.0, 6.0, "full in less than an hour at the rate of the last 3 hours, "
         "full in about 40 hours at the rate of the last 7 days"),
        (10.0, 0.0, None, "not growing over the last 3 hours, at an unknown rate over the last 7 days"),
        (10.0, 5e-324, 0.01, "not growing over the last 3 hours, not growing over the last 7 days"),
        (10.0, None, None, "how fast it fills is not known"),
        (0.0, 0.0, 1.0, "it is full"),
        (None, 1.0, 1.0, "when it is full cannot be told"),
    ],
)  # fmt: skip
def test_the_time_to_full_is_told_at_both_rates(
    free: float | None, hours: float | None, week: float | None, told: str
) -> None:
    assert trend(Room(free_gib=free, hours_growth=hours, week_growth=week)) == told


@given(st.floats(0, 1e6), st.none() | st.floats(0, 1e6), st.none() | st.floats(0, 1e6))
def test_it_is_never_negative_nor_endless(free: float, hours: float | None, week: float | None) -> None:
    told = trend(Room(free_gib=free, hours_growth=hours, week_growth=week))
    assert not re.search(r"-\d|inf|nan", told)
    assert all(int(days) <= 365 for days in re.findall(r"about (\d+) days", told))
