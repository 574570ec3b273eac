"""What is opened for a moment is closed again, also where a switch is thrown or the time runs out in between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

import pytest

from tests.core.test_respond import pressure
from tests.house import House
from tests.toy import Dials, Refused, TurnDial, TurnDialsUp


@dataclass(frozen=True, kw_only=True)
class Open(TurnDial):
    momentary: ClassVar = True


class Opening(TurnDialsUp):
    actions: ClassVar = (TurnDial, Open)
    seals: ClassVar = (Open, TurnDial)


def stop(house: House) -> None:
    house.store.switch = {"stopped": True, "reason": "release night"}


BETWEEN: dict[str, Callable[[House], None]] = {
    "a stop": stop,
    "the deadline": lambda house: house.clock.move(timedelta(hours=3)),
}


@pytest.mark.parametrize("between", BETWEEN)
def test_what_ends_it_follows_whatever_comes_in_between(house: House, dials: Dials, between: str) -> None:
    opening = house.with_remediation(Opening())
    answer = opening.deliver(pressure(house))
    assert dials.turns == [("a", 2)]
    BETWEEN[between](house)
    opening.wake(answer)
    assert dials.turns[:2] == [("a", 2), ("b", 2)]


def test_a_stop_before_it_keeps_it_from_being_opened(house: House, dials: Dials) -> None:
    stop(house)
    house.with_remediation(Opening()).deliver(pressure(house))
    assert dials.turns == []


def test_where_what_ends_it_is_refused_it_is_taken_back_in_spite_of_a_stop(house: House, dials: Dials) -> None:
    def refuse(dial: str) -> None:
        if dial == "b":
            raise Refused("no")

    opening = house.with_remediation(Opening())
    answer = opening.deliver(pressure(house))
    stop(house)
    dials.before_turn = refuse
    assert opening.follow(opening.wake(answer)).decision == "undone"
    assert dials.value == {"a": 1, "b": 1}
