"""A proposal waits for a person; the answer holds for the plan that was shown, once, and in time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.core.advance import Answer
from functions.core.approval import Reply, Said, take_answer
from functions.core.errors import InvalidEvent
from functions.core.run import Run
from tests.events import eventbridge
from tests.house import House
from tests.toy import Dials


@pytest.fixture
def proposed(house: House, dials: Dials) -> Answer:
    dials.tags = {"first-responder:mode": "propose"}
    return house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"}))


def say(house: House, answer: Answer, **over: Any) -> Reply:
    run = house.run(answer)
    assert run.plan is not None
    said = Said(
        incident=run.incident, run=run.id, plan_hash=run.plan["hash"], approves=True, by="ada", reason="go ahead"
    )
    ports = house.ctx.ports
    return take_answer(replace(said, **over), ports.store, ports.follow_through, ports.clock, ports.settings)


def follow(house: House, answer: Answer) -> Answer:
    return house.follow(replace(answer, wait=timedelta()))


def test_a_proposal_changes_nothing_holds_nobody_up_and_calls_a_person(
    house: House, dials: Dials, proposed: Answer
) -> None:
    assert (dials.turns, house.store.entries[-1].call_person) == ([], True)
    other = house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"}, alarm="other"))
    assert other.decision == "waiting_for_answer"


def test_what_is_approved_is_done_and_proved(house: House, dials: Dials, proposed: Answer) -> None:
    house.clock.move(timedelta(minutes=50))
    assert say(house, proposed).taken
    ended = follow(house, proposed)
    assert (ended.decision, dials.turns) == ("recovered", [("a", 2), ("b", 2)])
    assert "ada approved plan" in " ".join(entry.text for entry in house.store.entries)


def test_the_run_is_woken_at_once(house: House, proposed: Answer) -> None:
    say(house, proposed)
    run, wait, _ = house.ctx.ports.follow_through.started[-1]  # type: ignore[attr-defined]
    assert (run, wait) == (proposed.run, timedelta())


def test_what_is_declined_is_not_done(house: House, dials: Dials, proposed: Answer) -> None:
    assert say(house, proposed, approves=False, reason="not today").taken
    ended = follow(house, proposed)
    assert (ended.decision, dials.turns) == ("declined", [])
    assert ended.text.startswith("declined_by_person: ada declined the plan: not today")
    assert not house.store.entries[-1].call_person


def test_the_plan_that_was_shown_has_to_be_the_one_that_waits(house: House, dials: Dials, proposed: Answer) -> None:
    reply = say(house, proposed, plan_hash="0" * 16)
    assert (reply.taken, "look at it again" in reply.text) == (False, True)
    assert house.follow(proposed).decision == "escalated"
    assert dials.turns == []


def test_an_answer_is_used_once(house: House, dials: Dials, proposed: Answer) -> None:
    assert say(house, proposed).taken
    assert say(house, proposed).taken  # the same person, whose first answer may have been lost on its way back
    other = say(house, proposed, by="grace")
    assert (other.taken, "was approved by ada before" in other.text) == (False, True)
    assert not say(house, proposed, approves=False).taken
    follow(house, proposed)
    late = say(house, proposed)
    assert (late.taken, "does not wait for an answer" in late.text) == (False, True)
    assert dials.turns == [("a", 2), ("b", 2)]


def test_a_late_answer_is_refused(house: House, proposed: Answer) -> None:
    house.clock.move(timedelta(hours=1))
    reply = say(house, proposed)
    assert (reply.taken, "expired at 2026-11-23 13:00 UTC" in reply.text) == (False, True)


def test_a_proposal_that_is_looked_at_early_goes_on_waiting(house: House, proposed: Answer) -> None:
    house.clock.move(timedelta(minutes=10))
    early = house.wake(proposed)
    assert (early.decision, early.wait) == ("waiting_for_answer", timedelta(minutes=50))


def test_an_unknown_run_is_an_invalid_event(house: House, proposed: Answer) -> None:
    with pytest.raises(InvalidEvent, match="a run on record"):
        say(house, proposed, run="nobody")


def test_a_stale_plan_is_refused_and_planned_anew(house: House, dials: Dials, proposed: Answer) -> None:
    before = hash_of(house.run(proposed))
    assert say(house, proposed).taken
    dials.value["a"] = 5
    again = house.wake(proposed)
    assert (again.decision, dials.turns) == ("waiting_for_answer", [])
    assert hash_of(house.run(proposed)) != before
    assert [entry.kind for entry in house.store.entries[-2:]] == ["stale", "proposed"]
    assert not say(house, proposed, plan_hash=before).taken
    assert say(house, proposed).taken
    assert follow(house, proposed).decision == "recovered"
    assert dials.turns == [("a", 6), ("b", 2)]


def test_an_approval_raises_no_mode(house: House, dials: Dials, proposed: Answer) -> None:
    say(house, proposed)
    dials.tags = {"first-responder:mode": "observe"}
    assert (follow(house, proposed).decision, dials.turns) == ("observed", [])


def test_an_approval_passes_no_guard(house: House, dials: Dials, proposed: Answer) -> None:
    say(house, proposed)
    house.store.switch = {"stopped": True, "reason": "sale"}
    ended = follow(house, proposed)
    assert (ended.text.split(":")[0], dials.turns) == ("stopped", [])


def test_an_approval_of_what_has_calmed_down_changes_nothing(house: House, dials: Dials, proposed: Answer) -> None:
    say(house, proposed)
    dials.breached = False
    ended = follow(house, proposed)
    assert (ended.text.split(":")[0], dials.turns) == ("condition_cleared", [])


def test_an_approved_run_waits_for_a_busy_target(house: House, dials: Dials, proposed: Answer) -> None:
    say(house, proposed)
    dials.tags = {"first-responder:mode": "act"}
    other = house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"}, alarm="other"))
    assert other.decision == "acting"
    assert house.wake(proposed).wait == timedelta(minutes=1)
    assert len(dials.turns) == 1


def hash_of(run: Run) -> str:
    assert run.plan is not None
    return str(run.plan["hash"])
