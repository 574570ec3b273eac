"""incidents, show, ack, mitigate, resolve, severity, report, plan, run, typed: the functions behind them are the real ones."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.adapters.dynamodb_store import DynamoDbStore
from functions.adapters.runbook_files import due_by, severity_rules, time_rules
from functions.core.incident.turns import note, resolve
from functions.handler import handle, write_answer
from functions.lifecycle.answer import answer
from functions.lifecycle.report import Counter, report
from tests.console.conftest import Console, Lambda, Terminal, Ticks
from tests.desk import Desk
from tests.events import ACCOUNT, FUNCTION, REGION
from tests.toy import Dials

DIAL = f"arn:aws:dial:{REGION}:{ACCOUNT}:dial/a"


@pytest.fixture
def desk(aws: Boto3Aws, dynamodb_store: DynamoDbStore, dials: Dials, clock: FakeClock) -> Desk:
    return Desk(aws, dynamodb_store, dials, clock)


@pytest.fixture
def console(desk: Desk, clock: FakeClock) -> Console:
    counter = Counter(incidents=desk.incidents, rules=severity_rules(), due=due_by(time_rules({})), clock=clock)

    def toy(event: Any, request: str) -> Any:
        return write_answer(handle(desk.house.ctx, event, FUNCTION, request)[-1])

    handlers = {
        "first-responder-answer": lambda event, request: answer(desk.answers, event),
        "first-responder-report": lambda event, request: report(counter, event, request),
        "first-responder-toy": toy,
    }
    return Console(Lambda(handlers), lambda: "alice", Ticks(clock))


def opened(console: Console, title: str = "Checkout is slow", service: str = "shop", severity: str = "P2") -> str:
    """The id of an incident that somebody has reported."""
    said = ("--service", service, "--title", title, "--what", "customers wait", "--severity", severity)
    code, out, err = console("report", *said)
    assert (code, err) == (0, "")
    return out.partition(":")[0]


def test_incidents_are_listed_with_the_most_urgent_first(console: Console, clock: FakeClock) -> None:
    assert console("incidents") == (0, "No incident is open.\n", "")
    low = opened(console, severity="P3", service="bank")
    clock.move(timedelta(minutes=90))
    high = opened(console)
    heading, *rows = (re.split(r" {2,}", row) for row in console("incidents")[1].splitlines())
    assert heading == ["INCIDENT", "P", "STATUS", "AGE", "RESPONSE", "SERVICE", "TITLE"]
    assert [row[:4] for row in rows] == [[high, "P2", "open", "0m"], [low, "P3", "open", "1h 30m"]]
    assert rows[0][4:] == ["due 30m", "shop", "Checkout is slow"]
    assert console("ack", high)[0] == 0
    clock.move(timedelta(hours=1))
    responses = [re.split(r" {2,}", row)[4] for row in console("incidents")[1].splitlines()[1:]]
    assert responses == ["by alice", "late 30m"]


def test_what_has_joined_is_listed_at_the_incident_that_people_follow(console: Console) -> None:
    first = opened(console)
    assert opened(console, title="Search is slow") == first
    rows = console("incidents")[1].splitlines()[1:]
    assert len(rows) == 1
    assert rows[0].endswith("Checkout is slow (and 1 more)")
    assert len(json.loads(console("incidents", "--json")[1])["incidents"]) == 2


def test_a_story_tells_what_it_is_what_happened_and_what_waits(desk: Desk, console: Console) -> None:
    incident = opened(console)
    run = desk.propose()
    desk.clock.move(timedelta(minutes=5))
    console("ack", incident)
    code, out, err = console("show", incident)
    assert (code, err) == (0, "")
    assert out.splitlines()[0] == f"P2  {incident}  acknowledged  Checkout is slow"
    for shown in (
        "Service     shop",
        "Response    2026-11-23 12:05 UTC by alice",
        "alice has taken it on",
        "TIME (UTC)",
    ):
        assert shown in out, shown
    assert run.run not in out


def test_a_run_that_waits_is_shown_with_the_command_that_answers_it(desk: Desk, console: Console) -> None:
    incident = opened(console)
    run = replace(desk.house.run(desk.propose()), incident=incident, version=0)
    desk.store.save(replace(run, id="toy-0123456789abcdef0123", alarm=replace(run.alarm, arn="arn:other")), [])
    out = console("show", incident)[1]
    assert "turn dial a from 1 to 2" in out
    assert out.endswith(f"Waits for an answer: ./first-responder approve {incident} toy-0123456789abcdef0123\n")


def test_an_incident_that_is_not_on_record_is_refused_in_the_functions_words(console: Console) -> None:
    for command in ("show", "ack"):
        code, out, err = console(command, "INC-1")
        assert (code, out, err) == (1, "", "first-responder: incident is 'INC-1'; allowed: an incident on record\n")


def test_words_are_carried_out_in_the_callers_name(console: Console) -> None:
    incident = opened(console)
    assert console("severity", incident, "P1", "--reason", "all customers")[1].endswith("from P2 to P1\n")
    assert console("mitigate", incident, "--reason", "rolled back", "--by", "bob")[1].startswith(
        f"{incident}: bob says"
    )
    assert "is looked at first" in console("resolve", incident)[1]
    code, out, _ = console("resolve", incident, "--anyway", "--reason", "checked by hand")
    assert (code, "without the checks: checked by hand" in out) == (0, True)
    assert [event["by"] for _, event in console.functions.asked[1:]] == ["alice", "bob", "alice", "alice"]


def test_who_says_again_what_holds_is_told_so_and_has_not_failed(console: Console) -> None:
    incident = opened(console)
    console("ack", incident, "--by", "bob")
    code, out, err = console("ack", incident)
    assert (code, out, err) == (0, f"{incident} is acknowledged, taken on by bob, P2: nothing to add\n", "")


def test_a_word_that_is_not_understood_invokes_nothing(console: Console) -> None:
    for arguments in (
        ("show",),
        ("mitigate", "INC-1"),
        ("severity", "INC-1", "P5", "--reason", "r"),
        ("severity", "INC-1", "P1"),
        ("report", "--service", "shop"),
        ("run", "toy", DIAL, "--reason", "r"),
        ("run", "toy", DIAL, "--reason", "r", "--mode", "observe"),
    ):
        code, out, err = console(*arguments)
        assert (code, out, err.startswith("usage: first-responder")) == (2, "", True), arguments
    code, _, err = console("resolve", "INC-1", "--anyway")
    assert (code, "--anyway needs --reason" in err) == (1, True)
    assert console.functions.asked == []


def test_strangers_words_make_no_escapes_lines_or_markup(console: Console) -> None:
    incident = opened(console)
    told = console.functions.handlers["first-responder-answer"]

    def nasty(event: Any, request: str) -> Any:
        answered = json.dumps(told(event, request)).replace("Checkout is slow", "\\u001b[31mred\\n[bold]b[/bold]")
        return json.loads(answered)

    console.functions.handlers = {"first-responder-answer": nasty}
    for arguments in (("incidents",), ("show", incident)):
        plain = console(*arguments)[1]
        seen = replace(console, paper=Terminal)(*arguments)[1]
        assert "\x1b" not in plain
        assert "\x1b[31mred" not in seen
        assert " [31mred [bold]b[/bold]" in plain
        assert "[bold]b[/bold]" in " ".join(seen.split())


def test_a_story_is_followed_until_it_is_resolved(desk: Desk, console: Console, clock: FakeClock) -> None:
    incident = opened(console)
    steps = iter(("a first look", "a second look"))

    def happens() -> None:
        known = desk.incidents.load(incident)
        assert known is not None
        text = next(steps, None)
        turn = note(known, "update", text, clock.now()) if text else resolve(known, "bob", "all is well", clock.now())
        desk.incidents.save(turn)

    watched = replace(console, clock=Ticks(clock, happens))
    code, out, err = watched("show", incident, "--follow")
    assert (code, err, watched.clock.waited) == (0, "", 6.0)
    lines = [line.partition("  ")[2] for line in out.splitlines() if line.startswith("2026-")]
    assert lines[-3:] == ["update  a first look", "update  a second look", "resolved  all is well"]
    assert len(lines) == len(set(lines))


def test_scripts_follow_a_line_of_json_at_a_time(desk: Desk, console: Console, clock: FakeClock) -> None:
    incident = opened(console)
    console("resolve", incident, "--anyway", "--reason", "over")
    out = console("show", incident, "--follow", "--json")[1]
    assert [json.loads(line)["kind"] for line in out.splitlines()][-1] == "resolved"


def test_a_terminal_shows_one_picture_that_is_drawn_anew_and_ctrl_c_ends_it(console: Console, clock: FakeClock) -> None:
    incident = opened(console)

    def interrupted() -> None:
        raise KeyboardInterrupt

    seen = replace(console, clock=Ticks(clock, interrupted), paper=Terminal)
    code, out, err = seen("show", incident, "--follow")
    assert (code, err) == (0, "")
    assert "customers wait" in out


def test_a_small_screen_shows_the_newest_lines(
    desk: Desk, console: Console, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LINES", "20")
    monkeypatch.setenv("COLUMNS", "60")
    known = desk.incidents.load(opened(console))
    assert known is not None
    for number in range(20):
        clock.move(timedelta(seconds=1))
        known = desk.incidents.save(note(known, "update", f"look {number} {'on and on ' * 8}", clock.now()))
    desk.incidents.save(resolve(known, "bob", "all is well", clock.now() + timedelta(seconds=1)))
    out = replace(console, paper=Terminal)("show", known.id, "--follow")[1]
    assert len(out.splitlines()) < 2 * 20, "it is drawn once for the look and once for the end"
    assert ("look 0" in out, "look 19" in out, "all is well" in out) == (False, True, True)


@pytest.mark.parametrize("columns", [40, 80, 140])
def test_what_is_copied_is_never_cut_in_a_narrow_terminal(
    desk: Desk, console: Console, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    incident, run = opened(console, title="Checkout is slow for everybody who pays by card"), desk.propose()
    narrow = replace(console, paper=Terminal)
    out = re.sub(r"\x1b\[[0-9;]*m", "", narrow("incidents")[1] + narrow("proposals")[1])
    assert max(map(len, out.splitlines())) <= columns
    for whole in (incident, run.incident, desk.plan_of(run)):
        assert whole in out, whole
    assert run.run in "".join(out.split())


def test_a_plan_shows_what_would_be_done_and_changes_nothing(desk: Desk, console: Console) -> None:
    desk.dials.tags = {"first-responder:mode": "act"}
    code, out, err = console("plan", "toy", DIAL)
    assert (code, err, desk.dials.turns) == (0, "", [])
    for shown in (
        "observed",
        "pressure is high",
        "USD 0 a month",
        "turn dial a from 1 to 2",
        "turn dial a from 2 to 1",
    ):
        assert shown in out, shown
    assert console.functions.asked[0][1]["mode"] == "observe"
    assert json.loads(console("plan", "toy", DIAL, "--json")[1])["plan"]["lines"][0] == "turn dial a from 1 to 2"


def test_parameters_are_handed_on_and_a_wrong_one_invokes_nothing(console: Console) -> None:
    console.functions.handlers = {"first-responder-toy": lambda event, request: {"decision": "declined", "text": "no"}}
    assert console("plan", "toy", DIAL, "--parameter", "to=a=b", "--parameter", "x=")[0] == 1
    assert console.functions.asked[0][1]["parameters"] == {"to": "a=b", "x": ""}
    code, _, err = console("plan", "toy", DIAL, "--parameter", "to")
    assert (code, "--parameter is 'to'; allowed: NAME=VALUE" in err) == (1, True)
    assert len(console.functions.asked) == 1


def test_a_run_shows_the_plan_and_acts_after_a_yes(
    desk: Desk, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.dials.tags = {"first-responder:mode": "act"}
    monkeypatch.setattr("sys.stdin", Terminal("no\n"))
    asked = ("run", "toy", DIAL, "--mode", "act", "--reason", "pressure")
    code, out, err = console(*asked)
    assert (code, err, desk.dials.turns) == (1, "first-responder: nothing was done\n", [])
    assert "turn dial a from 1 to 2" in out
    monkeypatch.setattr("sys.stdin", Terminal("yes\n"))
    assert console(*asked)[0] == 0
    assert desk.dials.turns[0] == ("a", 2)


def test_a_script_has_to_say_yes_beforehand(desk: Desk, console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.dials.tags = {"first-responder:mode": "act"}
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    asked = ("run", "toy", DIAL, "--mode", "act", "--reason", "pressure")
    code, _, err = console(*asked)
    assert (code, "say --yes" in err, desk.dials.turns) == (1, True, [])
    assert console(*asked, "--yes", "--json")[0] == 0
    assert desk.dials.turns[0] == ("a", 2)


def test_a_name_that_is_no_remediation_is_told_which_there_are(console: Console) -> None:
    for name in ("scale_out", "../x", "Toy"):
        code, _, err = console("plan", name, DIAL)
        assert (code, f"{name} is no remediation; there are audit_backups, " in err) == (1, True), err
