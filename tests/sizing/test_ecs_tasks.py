"""How many tasks are enough for the next hour."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.sizing.ecs_tasks import in_steps, more_tasks


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


@pytest.mark.parametrize(
    ("now", "wanted", "steps"),
    [
        (0, 1, (1,)),
        (0, 3, (3,)),
        (0, 4, (2, 4)),
        (0, 5, (3, 5)),
        (1, 4, (2, 4)),
        (2, 4, (4,)),
        (4, 4, (4,)),
        (9, 10, (10,)),
    ],
)
def test_four_tasks_and_more_come_back_in_halves(now: int, wanted: int, steps: tuple[int, ...]) -> None:
    assert in_steps(now, wanted) == steps


@given(now=st.integers(0, 500), more=st.integers(0, 500))
def test_no_step_lowers_the_count_and_the_last_is_what_is_wanted(now: int, more: int) -> None:
    steps = in_steps(now, now + more)
    assert list(steps) == sorted(set(steps)) and steps[-1] == now + more
    assert steps[0] > now or more == 0
