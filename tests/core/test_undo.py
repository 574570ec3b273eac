"""Undo by id: a person has what a run changed taken back, under the same guards as any change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from functions.core.advance import Answer
from functions.core.arn import parse_arn
from functions.core.errors import InvalidEvent
from functions.core.ports import Ask
from functions.core.run import Outcome, Phase
from tests.core.test_respond import recovered_for_a_while
from tests.events import eventbridge
from tests.house import House
from tests.toy import BreakSeal, Dials, Refused, TurnDial, TurnDialsUp


@pytest.fixture
def done(house: House) -> Answer:
    return house.follow(house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"})))


def undo(house: House, run: Answer, delivery: str | None = None, **over: Any) -> Answer:
    event = {
        "undo": {"incident": run.incident, "run": run.run},
        "reason": "it hurt",
        "requested_by": "ada",
        "mode": "act",
    }
    return house.deliver({**event, **over}, delivery)


def code(answer: Answer) -> str:
    return answer.text.split(":")[0]


def test_a_run_is_taken_back_by_its_id_in_reverse_order(house: House, dials: Dials, done: Answer) -> None:
    house.clock.move(timedelta(days=2))
    ended = house.follow(undo(house, done))
    assert (ended.decision, dials.turns[2:]) == ("undone", [("b", 1), ("a", 1)])
    back = house.run(ended)
    assert (back.undoes, back.outcome) == (done.run, Outcome.UNDONE)
    assert house.store.entries[-1].call_person


def test_a_target_need_not_have_rested(house: House, dials: Dials, done: Answer) -> None:
    assert undo(house, done).decision == "acting"


def test_it_is_taken_back_once(house: House, dials: Dials, done: Answer) -> None:
    house.follow(undo(house, done))
    assert code(undo(house, done)) == "changed_since"
    assert len(dials.turns) == 4


def test_the_same_request_tried_again_after_a_crash_goes_on(house: House, dials: Dials, done: Answer) -> None:
    first = undo(house, done, "delivery")
    again = undo(house, done, "delivery")
    assert (again.run, house.follow(again).decision) == (first.run, "undone")
    assert len(dials.turns) == 4


def test_what_somebody_has_changed_since_is_theirs(house: House, dials: Dials, done: Answer) -> None:
    dials.value["b"] = 7
    answer = undo(house, done)
    assert (code(answer), len(dials.turns)) == ("changed_since", 2)


def test_without_a_mode_it_only_shows_the_plan(house: House, dials: Dials, done: Answer) -> None:
    answer = undo(house, done, mode="observe")
    plan = house.run(answer).plan
    assert plan is not None
    assert (answer.decision, plan["lines"][0], len(dials.turns)) == ("observed", "turn dial b from 2 to 1", 2)
    assert plan["reason"] == f"ada asked to take back {done.run}"


def test_a_request_raises_no_mode(house: House, dials: Dials, done: Answer) -> None:
    dials.tags = {"first-responder:mode": "observe"}
    assert (undo(house, done).decision, len(dials.turns)) == ("observed", 2)


def test_where_changes_are_proposed_the_request_is_the_approval(house: House, dials: Dials, done: Answer) -> None:
    dials.tags = {"first-responder:mode": "propose"}
    assert undo(house, done).decision == "acting"


@pytest.mark.parametrize(
    ("switch", "jammed", "says"),
    [({"stopped": True, "reason": "sale"}, False, "stopped"), ({}, True, "jammed")],
)
def test_it_passes_no_guard(
    house: House, dials: Dials, done: Answer, switch: dict[str, Any], jammed: bool, says: str
) -> None:
    house.store.switch, dials.jammed = switch, jammed
    assert (code(undo(house, done)), len(dials.turns)) == (says, 2)


def test_a_busy_target_is_left_alone(house: House, dials: Dials, done: Answer) -> None:
    house.clock.move(timedelta(hours=2))
    house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"}, alarm="other"))
    assert (code(undo(house, done)), len(dials.turns)) == ("target_busy", 3)
    assert not house.store.declines[-1].call_person


def test_a_run_that_is_not_over_is_not_undone(house: House, dials: Dials) -> None:
    running = house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"}))
    assert (code(undo(house, running)), len(dials.turns)) == ("run_not_over", 1)


def test_what_was_taken_back_already_is_not_taken_back_again(house: House, dials: Dials) -> None:
    dials.helps = False
    undone = house.follow(house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"})))
    assert (undone.decision, len(dials.turns)) == ("undone", 4)
    assert (code(undo(house, undone)), len(dials.turns)) == ("nothing_to_undo", 4)


@pytest.mark.parametrize(("made", "left"), [(2, {"a": 2, "b": 2}), (3, {"a": 2, "b": 1})])
def test_what_could_not_be_taken_back_then_can_be_later(
    house: House, dials: Dials, made: int, left: dict[str, int]
) -> None:
    def refuse_back(dial: str) -> None:
        if len(dials.turns) == made:
            raise Refused("no turning back")

    dials.helps, dials.before_turn = False, refuse_back
    ended = house.follow(house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"})))
    assert (ended.decision, dials.value) == ("escalated", left)
    dials.before_turn = lambda dial: None
    assert (house.follow(undo(house, ended)).decision, dials.value) == ("undone", {"a": 1, "b": 1})


def test_what_a_switch_left_halfway_can_be_taken_back(house: House, dials: Dials) -> None:
    answer = house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"}))
    house.store.switch = {"stopped": True, "reason": "sale"}
    assert house.follow(answer).decision == "escalated"
    house.store.switch = {}
    assert (house.follow(undo(house, answer)).decision, dials.turns) == ("undone", [("a", 2), ("a", 1)])


def test_what_is_irreversible_does_not_keep_the_rest_from_being_taken_back(house: House, dials: Dials) -> None:
    class Half(TurnDialsUp):
        seals: ClassVar = (TurnDial, BreakSeal)

    half = house.with_remediation(Half())
    ended = half.follow(half.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"})))
    dials.value["b"] = 7
    assert (half.follow(undo(half, ended)).decision, dials.value) == ("undone", {"a": 1, "b": 7})


def test_a_target_that_cannot_be_read_is_not_changed(house: House, dials: Dials, done: Answer) -> None:
    class Unreadable(TurnDialsUp):
        def diagnose(self, *args: Any) -> Any:
            raise Refused("AccessDenied")

    assert code(undo(house.with_remediation(Unreadable()), done)) == "cannot_read"
    assert len(dials.turns) == 2


@pytest.mark.parametrize("tag", [{"mode": "never"}, {"mode": "often"}])
def test_what_the_owner_allows_holds_for_the_way_back_too(
    house: House, dials: Dials, done: Answer, tag: dict[str, str]
) -> None:
    dials.tags = {f"first-responder:{name}": value for name, value in tag.items()}
    assert code(undo(house, done)) == {"never": "policy_never", "often": "invalid_policy"}[tag["mode"]]
    assert len(dials.turns) == 2


def test_another_remediation_does_not_undo_it(house: House, dials: Dials, done: Answer) -> None:
    class Another(TurnDialsUp):
        @property
        def name(self) -> str:
            return "another"

    with pytest.raises(InvalidEvent):
        undo(house.with_remediation(Another()), done)
    assert len(dials.turns) == 2


def test_a_request_that_is_refused_is_on_record_and_calls_nobody(house: House, dials: Dials) -> None:
    running = house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"}))
    undo(house, running)
    assert [(decline.code, decline.call_person) for decline in house.store.declines] == [("run_not_over", False)]


def test_what_is_irreversible_says_so_before_and_after(house: House, dials: Dials) -> None:
    class Sealed(TurnDialsUp):
        seals: ClassVar = (BreakSeal, BreakSeal)

    sealed = house.with_remediation(Sealed())
    done = sealed.follow(sealed.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"})))
    plan = sealed.run(done).plan
    assert plan is not None
    assert plan["way_back"] == ["none: a broken seal stays broken"] * 2
    answer = undo(sealed, done)
    assert (code(answer), "a broken seal stays broken" in answer.text) == ("nothing_to_undo", True)
    assert not house.store.declines[-1].call_person


def test_a_way_back_that_fails_halfway_says_what_is_left(house: House, dials: Dials, done: Answer) -> None:
    answer = undo(house, done)
    dials.slow = True
    house.clock.move(timedelta(minutes=11))
    ended = house.follow(house.wake(answer))
    assert (ended.decision, dials.turns[2:]) == ("escalated", [("b", 1)])
    assert "only in part" in house.store.entries[-1].text


def test_a_storm_holds_up_no_way_back(house: House, dials: Dials, done: Answer) -> None:
    target = parse_arn(house.run(done).target, "t")
    for number in range(10):
        house.store.permit(Ask(target=replace(target, resource=f"dial/d{number}"), now=house.clock.now()))
    house.clock.move(timedelta(minutes=9))
    assert house.follow(undo(house, done)).decision == "undone"


def test_a_temporary_change_that_is_taken_back_is_not_given_back_again(house: House, dials: Dials) -> None:
    class Temporary(TurnDialsUp):
        temporary: ClassVar = timedelta(hours=2)

    temporary = house.with_remediation(Temporary())
    answer = temporary.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"}))
    while temporary.run(answer).phase is not Phase.ENDED:
        house.clock.move(answer.wait or timedelta())
        answer = temporary.wake(answer)
    assert temporary.follow(undo(temporary, answer)).decision == "undone"
    calls = [entry for entry in house.store.entries if entry.call_person]
    house.clock.move(timedelta(days=2))
    assert temporary.wake(answer).wait is None
    assert [entry for entry in house.store.entries if entry.call_person] == calls


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"undo": "all"}, "undo"),
        ({"undo": {"incident": "INC-1"}}, "run"),
        ({"undo": {"incident": "INC-1", "run": "nobody"}}, "undo"),
        ({"undo": {"incident": "INC-1", "run": "r", "force": True}}, "undo"),
        ({"requested_by": ""}, "requested_by"),
        ({"target": "x"}, "request"),
    ],
)
def test_a_bad_request_names_its_field(house: House, done: Answer, over: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidEvent) as error:
        undo(house, done, **over)
    assert error.value.field == field


def test_a_declined_request_that_is_tried_again_later_stays_declined_and_holds_nothing(
    house: House, dials: Dials
) -> None:
    """Its answer was lost after it had been written down."""
    running = house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"}))
    assert code(undo(house, running, "delivery")) == "run_not_over"
    house.follow(running)
    house.clock.move(timedelta(hours=2))
    assert undo(house, running, "delivery").decision == "duplicate"
    assert len(dials.turns) == 2
    assert house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"})).decision == "acting"


def test_its_record_has_what_was_found_when_it_was_asked_for(house: House, dials: Dials, done: Answer) -> None:
    dials.tags = {**dials.tags, "owner": "somebody else by now"}
    back = house.run(undo(house, done))
    assert (back.found["tags"], back.found["a"], back.found["b"]) == (dials.tags, 2, 2)


def test_a_temporary_change_is_settled_by_the_next_attempt_where_the_first_one_died(house: House, dials: Dials) -> None:
    def dies(_: str) -> None:
        dials.before_turn = lambda dial: None
        raise ConnectionError("the process is gone")

    temporary, answer = recovered_for_a_while(house)
    dials.before_turn = dies
    with pytest.raises(ConnectionError):
        undo(temporary, answer, "delivery")
    assert temporary.run(answer).give_back_at is not None
    house.clock.move(timedelta(minutes=1))
    again = undo(temporary, answer, "delivery")
    assert temporary.run(answer).give_back_at is None
    assert temporary.follow(again).decision == "undone"
