"""Lambda, Step Functions and the sweep may start one and the same thing twice at once: one of the two does it, and keeps the lease."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from functions.core.advance import Answer
from functions.core.arn import parse_arn
from functions.core.change import INVOCATION_LASTS
from functions.core.ports import Claim, Lost
from functions.core.run import Phase
from tests.events import eventbridge
from tests.faults import Strike, struck
from tests.house import House
from tests.toy import Dials, TurnDialsUp

TARGET = "arn:aws:dial:eu-west-1:123456789012:dial/a"
CALLS_OF_AN_INVOCATION = 8


def through(house: House, strike: Strike) -> House:
    return House(replace(house.ctx, ports=struck(house.ctx.ports, strike)), house.clock)


def while_under_way(house: House, at: int, what: Callable[[House], Answer]) -> list[Answer]:
    """Do a thing; while its `at`th call is under way, its twin does it. The twin's answer, then the first one's."""
    answers: list[Answer] = []
    strike = Strike(house.clock.now, at, meanwhile=lambda: answers.append(what(house)))
    first = what(through(house, strike))
    assert len(answers) == 1, f"fewer than {at} calls"
    return [*answers, first]


def is_held(house: House) -> bool:
    now = house.clock.now()
    wish = Claim(
        target=parse_arn(TARGET, "target"),
        remediation="another",
        run="another-1",
        incident="INC",
        delivery="another",
        now=now,
        until=now + timedelta(hours=1),
    )
    return isinstance(house.store.take(wish), Lost)


def pressure(house: House) -> Any:
    return eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"})


@pytest.mark.parametrize("at", range(1, CALLS_OF_AN_INVOCATION))
def test_one_event_delivered_twice_at_once_is_acted_on_once_and_the_target_stays_held(
    house: House, dials: Dials, at: int
) -> None:
    event = pressure(house)
    answers = while_under_way(house, at, lambda one: one.deliver(event, "same request"))
    assert dials.turns in ([("a", 2)], [("a", 2), ("b", 2)])
    assert is_held(house)
    house.clock.move(INVOCATION_LASTS)
    acting = next(answer for answer in answers if answer.run)
    assert house.follow(replace(acting, wait=timedelta())).decision == "recovered"
    assert dials.turns == [("a", 2), ("b", 2)]


@pytest.mark.parametrize("at", range(1, 5))
def test_a_wake_up_that_comes_twice_at_once_makes_the_next_change_once(house: House, dials: Dials, at: int) -> None:
    answer = house.deliver(pressure(house))
    house.clock.move(timedelta(minutes=1))
    while_under_way(house, at, lambda one: one.wake(answer))
    assert dials.turns == [("a", 2), ("b", 2)]
    assert house.follow(answer).decision == "recovered"
    assert dials.turns == [("a", 2), ("b", 2)]


@pytest.mark.parametrize("save", [3, 5], ids=["before its call", "after its call"])
def test_who_was_overtaken_says_so_changes_nothing_more_and_looks_again_in_a_minute(
    house: House, dials: Dials, save: int
) -> None:
    answer = house.deliver(pressure(house))
    house.clock.move(timedelta(minutes=1))
    twin, first = while_under_way(house, save, lambda one: one.wake(answer))
    assert (first.decision, first.wait, first.run) == ("overtaken", timedelta(minutes=1), answer.run)
    assert twin.decision in ("acting", "recovered")
    assert dials.turns == [("a", 2), ("b", 2)]
    house.clock.move(first.wait)
    assert house.follow(replace(first, wait=timedelta())).decision == "recovered"


@pytest.mark.parametrize("at", range(1, 12))
def test_a_temporary_change_is_given_back_once_by_two_wake_ups_at_once(house: House, dials: Dials, at: int) -> None:
    """The slower one may find it half given back, and by nobody else."""

    class Temporary(TurnDialsUp):
        temporary: ClassVar = timedelta(hours=2)

    temporary = house.with_remediation(Temporary())
    answer = temporary.deliver(pressure(house))
    while temporary.run(answer).phase is not Phase.ENDED:
        house.clock.move(answer.wait or timedelta())
        answer = temporary.wake(answer)
    house.clock.move(timedelta(hours=2))
    while_under_way(temporary, at, lambda one: one.wake(answer))
    assert is_held(house)
    house.clock.move(INVOCATION_LASTS)
    temporary.follow(replace(answer, run=f"{answer.run}-back", wait=timedelta()))
    assert dials.turns[2:] == [("b", 1), ("a", 1)]
    assert "kept" not in [entry.kind for entry in house.store.entries]


def test_a_call_that_may_still_be_under_way_is_not_made_by_another(house: House, dials: Dials) -> None:
    """Its intent is on record, its effect is not to be seen yet."""
    event = pressure(house)

    def twin(_: str) -> None:
        dials.before_turn = lambda dial: None
        answer = house.deliver(event, "same request")
        assert (answer.decision, answer.wait, dials.turns) == ("acting", INVOCATION_LASTS, [])

    dials.before_turn = twin
    answer = house.deliver(event, "same request")
    assert dials.turns == [("a", 2)]
    assert house.run(answer).phase is Phase.ACTING


def test_a_change_that_was_not_made_is_left_when_the_target_is_anothers_by_now(house: House, dials: Dials) -> None:
    """Its intent was written while the lease was its own; the deadline has passed, and another run has taken the target."""

    def dies(_: str) -> None:
        raise ConnectionError("the process is gone")

    def lives(_: str) -> None:
        """Nothing happens."""

    late = house.deliver(pressure(house))
    house.clock.move(house.ctx.remediation.limits.deadline)
    dials.helps, dials.before_turn = False, dies
    with pytest.raises(ConnectionError):
        house.follow(late)
    dials.before_turn = lives
    house.clock.move(INVOCATION_LASTS)
    taken = house.deliver(pressure(house))
    turns = list(dials.turns)
    ended = house.follow(late)
    assert (taken.decision, ended.decision, dials.turns) == ("acting", "escalated", turns)
    assert "is not held by" in house.store.entries[-1].text


def test_what_was_changed_rests_also_where_the_target_was_anothers_at_the_end(house: House, dials: Dials) -> None:
    late = house.deliver(pressure(house))
    house.clock.move(house.ctx.remediation.limits.deadline + timedelta(seconds=20))
    late = house.wake(late)
    dials.tags = {"first-responder:mode": "observe"}
    assert house.deliver(pressure(house)).decision == "observed"
    assert house.follow(late).decision == "undone"
    dials.tags = {"first-responder:mode": "act"}
    house.clock.move(timedelta(minutes=1))
    assert house.deliver(pressure(house)).text.startswith("cooldown")


def test_a_late_copy_holds_no_target_for_what_is_over(house: House, dials: Dials) -> None:
    dials.breached = False
    first = pressure(house)
    house.deliver(first)
    house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"}, alarm="other"))
    assert house.deliver(first).decision == "duplicate"
    assert not is_held(house)
