"""A person's answer to a proposal, by manual invocation: listed, taken once, bound to the plan, in time, carried out."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from functions.core.approval import Said, take_answer
from functions.core.errors import Fenced, InvalidEvent
from functions.core.incident.approvers import Approvers
from functions.core.proposal import waiting
from functions.core.run import Phase
from functions.lifecycle import answer
from tests.adapters.test_incidents import an_incident, opening
from tests.desk import Desk
from tests.toy import BreakSeal, TurnDial, TurnDialsUp


class BreaksTheSeal(TurnDialsUp):
    seals: ClassVar = (TurnDial, BreakSeal)
    temporary: ClassVar = timedelta(hours=2)


def test_a_proposal_is_listed_approved_and_carried_out(desk: Desk) -> None:
    run = desk.propose()
    (listed,) = desk.ask(answer="list")["proposals"]
    assert desk.dials.turns == []
    reply = desk.ask(
        answer="approve", incident=listed["incident"], run=listed["run"], plan=listed["plan"], by="ann", reason="go"
    )
    assert reply == {"taken": True, "text": f"approved by ann: plan {listed['plan']} of {run.run}", "code": ""}
    assert desk.wakes() == [
        {"function": "first-responder-toy", "advance": {"incident": run.incident, "run": run.run}, "wait": 1}
    ]
    assert desk.dials.turns == []
    assert desk.house.follow(desk.wake()).decision == "recovered"
    assert desk.dials.turns == [("a", 2), ("b", 2)]
    assert f"approved: ann approved plan {listed['plan']}: go" in desk.said(run)


def test_the_list_tells_what_cost_and_what_cannot_be_taken_back(desk: Desk) -> None:
    desk.use(BreaksTheSeal())
    desk.dials.cost = Decimal("12.30")
    run = desk.propose(alarm="pressure is high")
    (listed,) = desk.ask(answer="list")["proposals"]
    assert listed == {
        "incident": run.incident,
        "run": run.run,
        "remediation": "toy",
        "target": "arn:aws:dial:eu-west-1:123456789012:dial/a",
        "alarm": "pressure is high",
        "reason": "pressure is high",
        "ask_first": "",
        "changes": [
            {"does": "turn dial a from 1 to 2", "way_back": "turn dial a from 2 to 1", "irreversible": False},
            {
                "does": "turn dial b from 1 to 2",
                "way_back": "none: a broken seal stays broken",
                "irreversible": True,
            },
        ],
        "cost_per_month_usd": "12.30",
        "cost": "USD 12.30 a month, at list prices",
        "given_back_after_seconds": 7200,
        "plan": desk.plan_of(run),
        "proposed_at": "2026-11-23T12:00:00+00:00",
        "expires_at": "2026-11-23T13:00:00+00:00",
    }
    assert desk.ask(answer="show", incident=run.incident, run=run.run) == {"proposal": listed, "text": ""}


def test_a_cost_that_is_not_known_is_not_shown_as_none(desk: Desk) -> None:
    desk.dials.cost = None
    desk.propose()
    (listed,) = desk.ask(answer="list")["proposals"]
    assert (listed["cost_per_month_usd"], listed["cost"]) == (None, "not known")


def test_what_is_first_to_expire_is_listed_first_and_what_cannot_be_answered_is_not_listed(desk: Desk) -> None:
    runs = []
    for dial in "abc":
        runs.append(desk.propose(dial, alarm=dial))
        desk.clock.move(timedelta(minutes=20))
    assert [one["run"] for one in desk.ask(answer="list")["proposals"]] == [runs[1].run, runs[2].run]
    on_record = [desk.house.run(run) for run in reversed(runs)]
    first_to_last = waiting(on_record, desk.clock.now() - timedelta(minutes=20), desk.ports.settings)
    assert [one.run for one in first_to_last] == [run.run for run in runs]
    desk.say("decline", runs[1])
    assert [one["run"] for one in desk.ask(answer="list")["proposals"]] == [runs[2].run]


def test_a_declined_plan_is_not_carried_out(desk: Desk) -> None:
    run = desk.propose()
    assert (
        desk.say("decline", run, reason="not now")["text"] == f"declined by ann: plan {desk.plan_of(run)} of {run.run}"
    )
    answered = desk.wake()
    assert (answered.decision, answered.wait, desk.dials.turns) == ("declined", None, [])
    assert "declined_by_person: ann declined the plan: not now" in answered.text


def test_an_answer_to_another_plan_than_the_one_that_waits_is_refused(desk: Desk) -> None:
    run = desk.propose()
    reply = desk.say("approve", run, plan="0" * 16)
    assert (reply["taken"], reply["code"]) == (False, "other_plan")
    assert f"the plan of {run.run} is {desk.plan_of(run)} by now, not 0000000000000000" in reply["text"]
    assert (desk.wakes(), desk.house.run(run).verdict) == ([], None)


def test_an_answer_that_comes_too_late_is_refused_and_the_proposal_is_escalated(desk: Desk) -> None:
    run = desk.propose()
    desk.clock.move(timedelta(minutes=60))
    reply = desk.say("approve", run)
    assert (reply["taken"], reply["code"]) == (False, "expired")
    assert reply["text"] == f"the proposal of {run.run} expired at 2026-11-23 13:00 UTC"
    assert desk.house.wake(run).decision == "escalated"
    assert desk.dials.turns == []


def test_an_answer_in_the_last_second_is_taken(desk: Desk) -> None:
    run = desk.propose()
    desk.clock.move(timedelta(minutes=59, seconds=59))
    assert desk.say("approve", run)["taken"] is True


def test_one_plan_is_answered_once(desk: Desk) -> None:
    run = desk.propose()
    plan = desk.plan_of(run)
    desk.say("approve", run)
    desk.house.follow(desk.wake())
    reply = desk.say("approve", run, plan=plan)
    assert (reply["taken"], reply["code"]) == (False, "not_waiting")
    assert reply["text"] == f"{run.run} does not wait for an answer: it is recovered"
    assert len(desk.wakes()) == 1


def test_the_same_answer_of_the_same_person_may_be_repeated_and_wakes_once(desk: Desk) -> None:
    run = desk.propose()
    assert [desk.say("approve", run)["taken"] for _ in range(3)] == [True] * 3
    assert len(desk.wakes()) == 1
    assert sum(line.startswith("approved:") for line in desk.said(run)) == 1


@pytest.mark.parametrize(("verb", "by"), [("approve", "bob"), ("decline", "bob"), ("decline", "ann")])
def test_of_two_answers_the_second_learns_who_came_first(desk: Desk, verb: str, by: str) -> None:
    run = desk.propose()
    desk.say("approve", run)
    reply = desk.say(verb, run, by=by)
    assert reply == {"taken": False, "text": f"{run.run} was approved by ann before", "code": "answered"}


class Meanwhile:
    """The record, with something happening right before one of its writes."""

    def __init__(self, store: Any, happens: Any) -> None:
        self._store, self._happens = store, happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def save(self, *said: Any, **more: Any) -> Any:
        if self._happens is not None:
            happens, self._happens = self._happens, None
            happens()
        return self._store.save(*said, **more)


def _at_once(desk: Desk, run: Any, happens: Any) -> Any:
    said = Said(incident=run.incident, run=run.run, plan_hash=desk.plan_of(run), approves=False, by="bob", reason="")
    ports = desk.ports
    return take_answer(said, Meanwhile(ports.store, happens), ports.follow_through, ports.clock, ports.settings)


def test_of_two_people_at_once_one_wins_and_the_other_is_told_who(desk: Desk) -> None:
    run = desk.propose()
    reply = _at_once(desk, run, lambda: desk.say("approve", run))
    assert (reply.taken, reply.text) == (False, f"{run.run} was approved by ann before")
    assert sum(line.startswith(("approved:", "declined:")) for line in desk.said(run)) == 1
    assert desk.house.follow(desk.wake()).decision == "recovered"


def test_an_answer_is_not_lost_to_a_heartbeat_of_the_run(desk: Desk) -> None:
    run = desk.propose()

    def heartbeat() -> None:
        desk.house.ctx.keep(desk.house.run(run))

    assert _at_once(desk, run, heartbeat).taken is True
    assert desk.wake().decision == "declined"


def test_whoever_never_gets_through_asks_again(desk: Desk) -> None:
    run = desk.propose()

    class AlwaysMoved(Meanwhile):
        def save(self, *said: Any, **more: Any) -> Any:
            raise Fenced("moved on")

    said = Said(incident=run.incident, run=run.run, plan_hash=desk.plan_of(run), approves=True, by="bob", reason="")
    ports = desk.ports
    with pytest.raises(Fenced):
        take_answer(said, AlwaysMoved(ports.store, None), ports.follow_through, ports.clock, ports.settings)


def test_a_stale_plan_is_not_carried_out_and_proposed_anew_with_another_hash(desk: Desk) -> None:
    run = desk.propose()
    old = desk.plan_of(run)
    desk.say("approve", run)
    desk.dials.value["a"] = 5
    answered = desk.wake()
    assert (answered.decision, desk.dials.turns) == ("waiting_for_answer", [])
    (listed,) = desk.ask(answer="list")["proposals"]
    assert (listed["run"], listed["changes"][0]["does"]) == (run.run, "turn dial a from 5 to 6")
    assert listed["plan"] != old
    assert desk.say("approve", run, plan=old)["code"] == "other_plan"
    assert desk.say("approve", run, by="bob", plan=listed["plan"])["taken"] is True
    assert desk.house.follow(desk.wake()).decision == "recovered"
    assert desk.dials.turns == [("a", 6), ("b", 2)]


def test_a_run_that_does_not_wait_shows_why(desk: Desk) -> None:
    run = desk.propose()
    desk.say("decline", run)
    desk.wake()
    assert desk.house.run(run).phase is Phase.ENDED
    shown = desk.ask(answer="show", incident=run.incident, run=run.run)
    assert shown == {"proposal": None, "text": f"{run.run} does not wait for an answer: it is declined"}


_GOOD = {"answer": "approve", "incident": "INC-1", "run": "toy-1", "plan": "0" * 16, "by": "ann"}


@pytest.mark.parametrize(
    ("event", "field", "allowed"),
    [
        (None, "event", 'an object like {"answer": "list"}'),
        ({}, "answer", "approve | decline | show | list | incident | incidents"),
        ({**_GOOD, "answer": "yes"}, "answer", "approve | decline | show | list | incident | incidents"),
        ({**_GOOD, "answer": ["approve"]}, "answer", "approve | decline | show | list | incident | incidents"),
        ({**_GOOD, "mode": "act"}, "a field of approve", "incident | run | plan | by | reason"),
        ({"answer": "list", "run": "toy-1"}, "a field of list", "none besides answer"),
        ({"answer": "show", "incident": "INC-1"}, "run", "a text of 1 to 200 characters"),
        ({**_GOOD, "incident": "I" * 101}, "incident", "a text of 1 to 100 characters"),
        ({**_GOOD, "plan": None}, "plan", "16 hexadecimal digits"),
        ({**_GOOD, "plan": "0" * 16 + "\n"}, "plan", "16 hexadecimal digits"),
        ({**_GOOD, "by": ""}, "by", "a text of 1 to 100 characters in one line"),
        ({**_GOOD, "by": "  "}, "by", "a text of 1 to 100 characters in one line"),
        ({**_GOOD, "by": "a" * 101}, "by", "a text of 1 to 100 characters in one line"),
        ({**_GOOD, "by": "ann\nbob"}, "by", "without control characters"),
        ({**_GOOD, "by": "ann\u202ebob"}, "by", "without control characters"),
        ({**_GOOD, "reason": None}, "reason", "a text of 1 to 500 characters"),
        ({**_GOOD, "reason": "r" * 501}, "reason", "a text of 1 to 500 characters"),
    ],
)
def test_what_cannot_be_understood_is_named_with_what_is_allowed(
    desk: Desk, event: Any, field: str, allowed: str
) -> None:
    with pytest.raises(InvalidEvent) as error:
        answer.answer(desk.ports, event)
    assert (error.value.field, allowed in error.value.allowed) == (field, True)


@pytest.mark.parametrize("verb", ["approve", "decline", "show"])
def test_a_run_that_is_not_on_record_is_named(desk: Desk, verb: str) -> None:
    more = {"plan": "0" * 16, "by": "ann"} if verb != "show" else {}
    with pytest.raises(InvalidEvent, match="run is 'INC-1/toy-1'; allowed: a run on record"):
        desk.ask(answer=verb, incident="INC-1", run="toy-1", **more)


def test_the_function_knows_an_invocation_from_a_request_of_its_url(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    for name, value in {
        "TABLE": desk.store.name,
        "BUCKET": "evidence",
        "FOLLOW_THROUGH": desk.machine_arn,
        "ANSWER_KEY": desk.secret,
    }.items():
        monkeypatch.setenv(f"FIRST_RESPONDER_{name}", value)
    for made_once in (answer._desk, answer._key):
        made_once.cache_clear()
        request.addfinalizer(made_once.cache_clear)
    context = SimpleNamespace(aws_request_id="request")
    assert answer.lambda_handler({"answer": "list"}, context) == {"proposals": []}
    by_url = {"requestContext": {"http": {"method": "GET"}}, "rawPath": "/", "answer": "list"}
    assert answer.lambda_handler(by_url, context)["statusCode"] == 400


def test_incidents_are_listed_shown_and_taken_on(desk: Desk) -> None:
    run = desk.propose()
    desk.incidents.open(opening(an_incident(desk.clock, run.incident)))
    (listed,) = desk.ask(answer="incidents")["incidents"]
    assert (listed["id"], listed["status"], listed["severity"]) == (run.incident, "open", "P2")
    assert desk.ask(answer="acknowledge", incident=run.incident, by="ada")["taken"]
    story = desk.ask(answer="incident", incident=run.incident)["story"]
    assert story["incident"]["acknowledged"]["by"] == "ada"
    assert {line["kind"] for line in story["lines"]} >= {"proposed", "opened", "acknowledged"}
    assert [one["phase"] for one in story["runs"]] == ["waiting_for_answer"]
    with pytest.raises(InvalidEvent, match="INC-9"):
        desk.ask(answer="incident", incident="INC-9")


def test_who_is_no_approver_of_the_service_approves_nothing(desk: Desk) -> None:
    run = desk.propose()
    desk.incidents.open(opening(an_incident(desk.clock, run.incident)))
    desk.answers = replace(desk.answers, approvers=Approvers({"shop": ("bob", "link:eve")}))
    assert desk.say("approve", run)["code"] == "not_allowed"
    assert desk.post(desk.token(run)).status == 403
    assert desk.say("approve", run, by="bob")["taken"]


def test_a_name_that_nobody_vouches_for_is_no_approvers_name(desk: Desk) -> None:
    run = desk.propose()
    desk.answers = replace(desk.answers, approvers=Approvers({"*": ("ann",)}))
    assert desk.post(desk.token(run), by="ann").status == 403
    desk.answers = replace(desk.answers, approvers=Approvers({"*": ("link:ann",)}))
    assert desk.post(desk.token(run), by="ann").status == 200
