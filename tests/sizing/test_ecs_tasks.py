"""How many tasks are enough for the next hour."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.sizing.ecs_tasks import more_tasks


@pytest.mark.parametrize(
    ("desired", "cap", "count"),
    [(0, 20, 0), (1, 20, 2), (2, 20, 3), (4, 20, 5), (5, 20, 7), (16, 18, 18), (20, 20, 20), (30, 20, 30)],
)
def test_a_quarter_more_at_least_one_up_to_the_cap(desired: int, cap: int, count: int) -> None:
    assert more_tasks(desired, cap) == count


@given(desired=st.integers(0, 5000), cap=st.integers(0, 5000))
def test_it_never_lowers_never_more_than_doubles_and_never_goes_above_the_cap(desired: int, cap: int) -> None:
    count = more_tasks(desired, cap)
    assert desired <= count <= 2 * desired
    assert count == desired or count <= cap
