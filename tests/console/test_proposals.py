"""proposals, approve, decline, undo, typed: the functions behind them are the real ones."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from console.invoke import Refused
from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.adapters.dynamodb_store import DynamoDbStore
from functions.core.advance import Answer
from functions.handler import handle, write_answer
from functions.lifecycle.answer import answer
from tests.console.conftest import Console, Lambda
from tests.desk import Desk
from tests.events import FUNCTION
from tests.toy import BreakSeal, Dials, TurnDial, TurnDialsUp


class BreaksTheSeal(TurnDialsUp):
    seals: ClassVar = (TurnDial, BreakSeal)


class Keyboard(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def desk(aws: Boto3Aws, dynamodb_store: DynamoDbStore, dials: Dials, clock: FakeClock) -> Desk:
    return Desk(aws, dynamodb_store, dials, clock)


@pytest.fixture
def console(desk: Desk) -> Console:
    def toy(event: Any, request: str) -> Any:
        return write_answer(handle(desk.house.ctx, event, FUNCTION, request)[-1])

    handlers = {
        "first-responder-answer": lambda event, request: answer(desk.answers, event),
        "first-responder-toy": toy,
    }
    return Console(Lambda(handlers), lambda: "alice")


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Somebody at a terminal who types a line."""
    return lambda line: monkeypatch.setattr("sys.stdin", Keyboard(line))


def verbs(console: Console) -> list[str]:
    return [event.get("answer", "undo") for _, event in console.functions.asked]


def recovered(desk: Desk) -> Answer:
    """A run that has changed something, with its rest over."""
    run = desk.propose()
    desk.say("approve", run)
    desk.house.follow(desk.wake())
    desk.clock.move(timedelta(hours=2))
    return run


def test_proposals_are_listed_in_columns(desk: Desk, console: Console) -> None:
    assert console("proposals") == (0, "Nothing waits for an answer.\n", "")
    desk.use(BreaksTheSeal())
    run = desk.propose()
    heading, line = console("proposals")[1].splitlines()
    assert re.split(r" {2,}", heading) == ["INCIDENT", "RUN", "PLAN", "EXPIRES", "COST", "WOULD CHANGE"]
    assert re.split(r" {2,}", line) == [
        run.incident,
        run.run,
        desk.plan_of(run),
        "2026-11-23 13:00 UTC",
        "USD 0 a month, at list prices",
        "turn dial a from 1 to 2; turn dial b from 1 to 2 (no way back)",
    ]
    assert json.loads(console("proposals", "--json")[1])["proposals"][0]["run"] == run.run


def test_approving_shows_the_plan_asks_back_and_answers(desk: Desk, console: Console, typed: Any) -> None:
    desk.use(BreaksTheSeal())
    run = desk.propose()
    typed("yes\n")
    code, out, err = console("approve", run.incident, run.run, "--reason", "go")
    assert (code, err) == (0, "")
    for shown in ("none: a broken seal stays broken", "USD 0 a month", "turn dial a from 2 to 1", desk.plan_of(run)):
        assert shown in out, shown
    assert out.endswith(f"Approve this plan? Type yes: approved by alice: plan {desk.plan_of(run)} of {run.run}\n")
    assert desk.house.follow(desk.wake()).decision == "recovered"


@pytest.mark.parametrize("line", ["no\n", "\n", "", "y\n", "yes please\n"])
def test_whatever_is_not_yes_approves_nothing(desk: Desk, console: Console, typed: Any, line: str) -> None:
    run = desk.propose()
    typed(line)
    code, _, err = console("approve", run.incident, run.run)
    assert (code, err) == (1, "first-responder: nothing was answered\n")
    assert verbs(console) == ["show"]


def test_a_script_says_yes_or_names_the_plan(
    desk: Desk, console: Console, monkeypatch: pytest.MonkeyPatch, typed: Any
) -> None:
    run = desk.propose()
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    code, _, err = console("approve", run.incident, run.run)
    assert (code, "nobody can be asked here: say --yes" in err) == (1, True)
    typed("yes\n")
    assert console("approve", run.incident, run.run, "--json")[0] == 1
    assert verbs(console) == ["show", "show"]
    monkeypatch.setattr("sys.stdin", io.StringIO())
    code, out, _ = console("approve", run.incident, run.run, "--plan", desk.plan_of(run), "--json")
    assert (code, json.loads(out)["taken"]) == (0, True)
    other = desk.propose("b", alarm="b")
    assert console("approve", other.incident, other.run, "--yes", "--by", "bob")[0] == 0


def test_what_changed_while_somebody_was_reading_is_not_approved(
    desk: Desk, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = desk.propose()

    class Slow(Keyboard):
        def readline(self, *said: Any) -> str:  # type: ignore[override]
            desk.say("approve", run, by="bob")
            desk.dials.value["a"] = 5
            desk.wake()
            return "yes\n"

    monkeypatch.setattr("sys.stdin", Slow())
    code, _, err = console("approve", run.incident, run.run)
    assert code == 1
    assert f"the plan of {run.run} is {desk.plan_of(run)} by now" in err
    assert desk.dials.turns == []


def test_a_plan_that_was_named_and_is_not_the_one_that_waits_is_refused(desk: Desk, console: Console) -> None:
    run = desk.propose()
    code, _, err = console("approve", run.incident, run.run, "--plan", "0" * 16)
    assert (code, "look at it again" in err) == (1, True)
    code, _, err = console("approve", run.incident, run.run, "--plan", "latest")
    assert (code, "16 hexadecimal digits" in err) == (1, True)


def test_declining_asks_nothing(desk: Desk, console: Console) -> None:
    run = desk.propose()
    code, out, _ = console("decline", run.incident, run.run, "--reason", "not now")
    assert (code, out.splitlines()[-1]) == (0, f"declined by alice: plan {desk.plan_of(run)} of {run.run}")
    assert desk.wake().decision == "declined"


def test_who_comes_second_is_told_who_came_first(desk: Desk, console: Console) -> None:
    run = desk.propose()
    desk.say("approve", run, by="bob")
    code, out, err = console("decline", run.incident, run.run)
    assert (code, out, err) == (1, "", f"first-responder: {run.run} was approved by bob before\n")


def test_a_run_that_is_not_on_record_is_refused_in_the_functions_words(console: Console) -> None:
    code, _, err = console("approve", "INC-1", "toy-1", "--yes")
    assert (code, err) == (1, "first-responder: run is 'INC-1/toy-1'; allowed: a run on record\n")


def test_a_caller_without_a_name_answers_nothing(desk: Desk, console: Console) -> None:
    def nobody() -> str:
        raise Refused("AWS does not say who you are, so say it with --by")

    run = desk.propose()
    assert replace(console, caller=nobody)("approve", run.incident, run.run, "--yes")[0] == 1
    assert verbs(console) == ["show"]


def test_strangers_words_make_no_escapes_in_the_terminal(desk: Desk, console: Console) -> None:
    run = desk.propose(alarm="high\x1b[31m\rApproved already")
    out = console("decline", run.incident, run.run)[1]
    assert "\x1b" not in out
    assert not any(line.startswith("Approved already") for line in out.splitlines())


def test_a_run_is_taken_back_by_its_own_function(desk: Desk, console: Console) -> None:
    run = recovered(desk)
    code, out, err = console("undo", run.incident, run.run, "--reason", "no longer needed")
    assert (code, err) == (0, "")
    assert out.startswith(f"acting: {run.run}-undo-")
    assert console.functions.asked == [
        (
            "first-responder-toy",
            {
                "undo": {"incident": run.incident, "run": run.run},
                "reason": "no longer needed",
                "requested_by": "alice",
                "mode": "act",
            },
        )
    ]
    assert desk.dials.turns[-1] == ("b", 1)


def test_taking_back_can_be_observed_first(desk: Desk, console: Console) -> None:
    run = recovered(desk)
    turns = list(desk.dials.turns)
    code, out, _ = console("undo", run.incident, run.run, "--reason", "what if", "--observe")
    assert (code, out.startswith("observed: "), "turn dial b from 2 to 1" in out) == (0, True, True)
    assert desk.dials.turns == turns


def test_what_cannot_be_taken_back_is_refused_with_the_reason(desk: Desk, console: Console) -> None:
    run = desk.propose()
    code, out, err = console("undo", run.incident, run.run, "--reason", "oops")
    assert (code, out) == (1, "")
    assert err.startswith(f"first-responder: run_not_over: {run.run} is still waiting_for_answer")


@pytest.mark.parametrize("run", ["toy", "toy-1", "INC-1", "../x-0af09267aeeb8e6907e0", "Toy-0af09267aeeb8e6907e0"])
def test_what_is_no_run_invokes_nothing(console: Console, run: str) -> None:
    code, _, err = console("undo", "INC-1", run, "--reason", "oops")
    assert (code, f"{run} is no run" in err) == (1, True)
    assert console.functions.asked == []


@pytest.mark.parametrize(
    ("run", "function"),
    [
        ("scale_out_ecs_service-0af09267aeeb8e6907e0", "first-responder-scale-out-ecs-service"),
        ("scale_out_ecs_service-0af09267aeeb8e6907e0-back", "first-responder-scale-out-ecs-service"),
        ("extend_rds_storage-0af09267aeeb8e6907e0-undo-12345678", "first-responder-extend-rds-storage"),
    ],
)
def test_the_function_follows_from_the_run(console: Console, run: str, function: str) -> None:
    console.functions.handlers = {function: lambda event, request: {"decision": "declined", "text": "no"}}
    assert console("undo", "INC-1", run, "--reason", "oops")[0] == 1
    assert [asked for asked, _ in console.functions.asked] == [function]


def test_a_command_line_that_is_not_understood_invokes_nothing(console: Console) -> None:
    for arguments in (
        ("approve",),
        ("approve", "INC-1"),
        ("decline", "INC-1", "toy-1", "--yes"),
        ("undo", "INC-1", "toy-1"),
        ("proposals", "INC-1"),
    ):
        assert console(*arguments)[0] == 2, arguments
    assert console.functions.asked == []
