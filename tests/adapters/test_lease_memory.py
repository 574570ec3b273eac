"""A warm container answers copies from memory, and never anything that only the store can know."""

from __future__ import annotations

import inspect
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.adapters.lease_memory import remembering
from functions.adapters.memory_store import MemoryStore
from functions.core.ports import CONFIRM_WITHIN, Release, Taken
from tests.adapters import test_stores
from tests.adapters.test_stores import HOUR, TARGET, a_run, claim

_SECOND = timedelta(seconds=1)


class Counted:
    """A store, with the names of its calls."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.calls.append(name)
        return getattr(self._store, name)


@pytest.fixture
def counted() -> Counted:
    return Counted(MemoryStore())


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Any:
    """What the tests of the stores ask for."""
    return remembering(MemoryStore() if request.param == "memory" else request.getfixturevalue("dynamodb_store"))


for name, test in vars(test_stores).items():
    if name.startswith("test_") and "store" in inspect.signature(test).parameters:
        globals()[name] = test


def test_the_second_copy_is_answered_as_the_first_and_costs_no_call(counted: Counted, clock: FakeClock) -> None:
    counted.take(claim(clock, delivery="holder"))
    warm = remembering(counted)
    first = warm.take(claim(clock, delivery="copy 1"))
    counted.calls.clear()
    assert [warm.take(claim(clock, delivery=f"copy {n}")) for n in (2, 3)] == [first, first]
    assert (first.code, first.run, counted.calls) == ("duplicate", "r1", [])


def test_a_cold_container_asks(counted: Counted, clock: FakeClock) -> None:
    counted.take(claim(clock, delivery="holder"))
    for _ in range(2):
        remembering(counted).take(claim(clock, delivery="copy"))
    assert counted.calls == ["take"] * 3


def test_the_holders_own_delivery_gets_in_again_after_a_crash(counted: Counted, clock: FakeClock) -> None:
    warm = remembering(counted)
    warm.take(claim(clock, delivery="holder"))
    warm.take(claim(clock, delivery="copy"))
    again = warm.take(claim(clock, delivery="holder"))
    assert isinstance(again, Taken)
    assert (again.reentered, counted.calls) == (True, ["take"] * 3)


def test_an_unconfirmed_holder_is_never_taken_from_memory(counted: Counted, clock: FakeClock) -> None:
    warm = remembering(counted)
    warm.take(claim(clock, delivery="holder"))
    clock.move(CONFIRM_WITHIN / 2)
    assert not warm.take(claim(clock, delivery="copy")).unconfirmed
    clock.move(CONFIRM_WITHIN / 2 + _SECOND)
    for _ in range(2):
        assert warm.take(claim(clock, delivery="copy")).unconfirmed
    assert counted.calls == ["take"] * 4


def test_a_holder_that_entered_again_is_remembered_for_longer_once_the_store_has_said_so(
    counted: Counted, clock: FakeClock
) -> None:
    warm = remembering(counted)
    warm.take(claim(clock, delivery="holder"))
    warm.take(claim(clock, delivery="copy"))
    clock.move(CONFIRM_WITHIN - _SECOND)
    warm.take(claim(clock, delivery="holder"))
    clock.move(2 * _SECOND)
    counted.calls.clear()
    assert [warm.take(claim(clock, delivery="copy")).unconfirmed for _ in range(2)] == [False, False]
    assert counted.calls == ["take"]


def test_a_transition_that_was_forgotten_is_answered_anew(counted: Counted, clock: FakeClock) -> None:
    """Its holder died before it had written anything: what is remembered must not outlive that."""
    warm = remembering(counted)
    counted.take(claim(clock, delivery="holder"))
    warm.take(claim(clock, delivery="copy"))
    clock.move(CONFIRM_WITHIN + _SECOND)
    counted.release(TARGET, "r1", "grow", Release(forget=True))
    assert isinstance(warm.take(claim(clock, delivery="copy")), Taken)


def test_what_is_over_is_remembered_for_a_while(counted: Counted, clock: FakeClock) -> None:
    warm = remembering(counted)
    warm.take(claim(clock, delivery="holder"))
    warm.release(TARGET, "r1", "grow", Release())
    counted.calls.clear()
    assert [warm.take(claim(clock, delivery=f"copy {n}")).code for n in range(3)] == ["duplicate"] * 3
    clock.move(CONFIRM_WITHIN)
    warm.take(claim(clock, delivery="copy"))
    assert counted.calls == ["take"] * 2


@pytest.mark.parametrize("rests", [None, HOUR])
def test_another_alarm_always_asks(counted: Counted, clock: FakeClock, rests: timedelta | None) -> None:
    """A busy target may be free by now, and a rest may be over."""
    warm = remembering(counted)
    warm.take(claim(clock))
    if rests:
        warm.release(TARGET, "r1", "grow", Release(cooldown_until=clock.now() + rests))
    counted.calls.clear()
    codes = [warm.take(claim(clock, run="r2", delivery=f"d{n}")).code for n in range(3)]
    assert (codes, counted.calls) == ([("cooldown" if rests else "target_busy")] * 3, ["take"] * 3)


def test_the_same_transition_on_another_target_asks(counted: Counted, clock: FakeClock) -> None:
    warm = remembering(counted)
    warm.take(claim(clock, delivery="holder"))
    warm.take(claim(clock, delivery="copy"))
    other = replace(claim(clock, delivery="copy"), target=replace(TARGET, resource="db:other"))
    assert isinstance(warm.take(other), Taken)


def test_the_memory_is_bounded_and_the_oldest_goes_first(counted: Counted, clock: FakeClock) -> None:
    warm, targets = remembering(counted), [replace(TARGET, resource=f"db:{n}") for n in range(1001)]
    claims = [replace(claim(clock), target=target) for target in targets]
    for one in claims:
        warm.take(one)
    for one in claims:
        warm.take(replace(one, delivery="copy"))
    counted.calls.clear()
    costs = []
    for one in (claims[1], claims[-1], claims[0]):
        warm.take(replace(one, delivery="another copy"))
        costs.append(len(counted.calls))
    assert costs == [0, 0, 1]


def test_all_else_goes_to_the_store(counted: Counted, clock: FakeClock) -> None:
    warm = remembering(counted)
    warm.take(claim(clock))
    written = warm.save(a_run(clock), [])
    warm.retake(claim(clock))
    assert (warm.load("INC-1", "r1"), counted.calls) == (written, ["take", "save", "retake", "load"])
