"""What is opened for a moment is closed again, also where a switch is thrown in between."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

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


def test_what_ends_it_follows_in_spite_of_a_stop(house: House, dials: Dials) -> None:
    opening = house.with_remediation(Opening())
    answer = opening.deliver(pressure(house))
    assert dials.turns == [("a", 2)]
    stop(house)
    opening.wake(answer)
    assert dials.turns == [("a", 2), ("b", 2)]


def test_after_the_deadline_it_is_taken_back_in_spite_of_a_stop(house: House, dials: Dials) -> None:
    opening = house.with_remediation(Opening())
    answer = opening.deliver(pressure(house))
    house.clock.move(timedelta(hours=3))
    stop(house)
    assert opening.follow(opening.wake(answer)).decision == "undone"
    assert dials.turns == [("a", 2), ("a", 1)]


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
