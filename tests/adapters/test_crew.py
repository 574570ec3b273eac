"""Several things at once: what has come of each, and nobody waits for one that is late."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest

from functions.adapters.clock import FakeClock, SystemClock
from functions.adapters.crew import InTurn, Threads
from functions.core.incident.ports import Came, Crew, Task
from tests.conftest import NOON

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Leaping:
    """A clock that stands at the first question, and is far ahead at each later one."""

    def __init__(self) -> None:
        self._asked = 0

    def now(self) -> datetime:
        self._asked += 1
        return NOON if self._asked == 1 else NOON + HOUR


def fail() -> None:
    raise ValueError("broken")


@pytest.mark.parametrize("make", [Threads, InTurn], ids=["threads", "in turn"])
def test_each_brings_what_it_found_or_what_went_wrong(make: Callable[[Any], Crew]) -> None:
    until = NOON + MINUTE
    came = make(FakeClock(NOON)).work({"good": Task(call=lambda: 7, until=until), "bad": Task(call=fail, until=until)})
    assert came["good"] == Came(result=7)
    assert isinstance(came["bad"].error, ValueError) and came["bad"].result is None


def test_a_thread_that_is_late_is_left_alone() -> None:
    never, blink = Event(), timedelta(milliseconds=1)
    try:
        tasks = {"stuck": Task(call=never.wait, until=NOON + blink), "quick": Task(call=int, until=NOON + 2 * HOUR)}
        assert Threads(Leaping()).work(tasks) == {"stuck": Came(late=True), "quick": Came(result=0)}
    finally:
        never.set()


def test_threads_really_work_at_once() -> None:
    first, second = Event(), Event()

    def meet(mine: Event, other: Event) -> bool:
        mine.set()
        return other.wait(60)

    until = SystemClock().now() + MINUTE
    came = Threads(SystemClock()).work(
        {
            "one": Task(call=lambda: meet(first, second), until=until),
            "two": Task(call=lambda: meet(second, first), until=until),
        }
    )
    assert [one.result for one in came.values()] == [True, True]


def test_in_turn_each_begins_at_the_same_moment() -> None:
    clock = FakeClock(NOON)
    tasks = {
        "slow": Task(call=lambda: clock.move(HOUR), until=NOON + MINUTE),
        "quick": Task(call=lambda: clock.now(), until=NOON + MINUTE),
    }
    came = InTurn(clock).work(tasks)
    assert came == {"slow": Came(late=True), "quick": Came(result=NOON)}
    assert clock.now() == NOON + MINUTE
