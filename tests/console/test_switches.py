"""stop, freeze, lift, switches, typed."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta

from console.invoke import Refused
from functions.adapters.clock import FakeClock
from tests.console.conftest import Console

TARGET = "target/arn:aws:rds:eu-west-1:123456789012:db:orders"


def test_everything_is_stopped_and_let_go_in_the_callers_name(console: Console) -> None:
    code, out, err = console("stop", "all", "--reason", "audit")
    assert (code, out, err) == (0, "all changes are stopped by alice until somebody lifts it: audit\n", "")
    code, out, _ = console("lift", "all", "--reason", "done", "--by", "bob")
    assert code == 0
    assert out.startswith("bob lifted a switch: done. It said: all changes are stopped by alice")
    assert console("switches")[1] == "No switch is set.\n"


def test_switches_are_listed_in_columns(console: Console) -> None:
    console("freeze", TARGET, "--for", "6h", "--from", "2026-11-24T12:00:00Z", "--reason", "release")
    console("freeze", "remediation/extend_rds_storage", "--until", "2026-11-24T13:00:00+01:00", "--reason", "move")
    console("stop", "all", "--reason", "audit")
    lines = console("switches")[1].splitlines()
    assert [re.split(r" {2,}", line) for line in lines] == [
        ["SCOPE", "SWITCH", "FROM", "UNTIL", "BY", "REASON"],
        ["all", "stop", "2026-11-23 12:00 UTC", "lifted", "alice", "audit"],
        ["remediation/extend_rds_storage", "freeze", "2026-11-23 12:00 UTC", "2026-11-24 12:00 UTC", "alice", "move"],
        [TARGET, "freeze, not yet", "2026-11-24 12:00 UTC", "2026-11-24 18:00 UTC", "alice", "release"],
    ]
    assert (
        len({line.index(word) for line, word in zip(lines, ("SWITCH", "stop", "freeze", "freeze"), strict=True)}) == 1
    )


def test_the_log_is_listed_in_columns(console: Console, clock: FakeClock) -> None:
    assert console("switches", "--log")[1] == "No switch was set or lifted.\n"
    console("stop", "all", "--reason", "audit")
    clock.move(timedelta(hours=1))
    console("lift", "all", "--reason", "done")
    lines = [line.split() for line in console("switches", "--log")[1].splitlines()]
    assert lines[1:] == [
        ["2026-11-23", "12:00", "UTC", "set", "stop", "all", "alice", "audit"],
        ["2026-11-23", "13:00", "UTC", "lifted", "stop", "all", "alice", "done"],
    ]
    assert console("switches", "--since", "2026-11-23T12:30:00Z")[1].count("\n") == 2


def test_scripts_get_json(console: Console) -> None:
    answer = json.loads(console("stop", "all", "--reason", "audit", "--json")[1])
    assert answer["changes"][0]["switch"]["scope"] == "all"
    assert json.loads(console("switches", "--json")[1])["switches"][0]["by"] == "alice"
    assert json.loads(console("switches", "--log", "--json")[1])["log"][0]["kind"] == "switch_set"


def test_what_the_function_refuses_is_said_in_its_words(console: Console) -> None:
    code, out, err = console("lift", "all", "--reason", "done")
    assert (code, out) == (1, "")
    assert err == "first-responder: scope is 'all'; allowed: what is set: nothing is\n"


def test_a_caller_without_a_name_is_asked_for_one_and_nothing_is_invoked(console: Console) -> None:
    def nobody() -> str:
        raise Refused("AWS does not say who you are, so say it with --by")

    nameless = replace(console, caller=nobody)
    assert nameless("stop", "all", "--reason", "audit")[0] == 1
    assert console.functions.asked == []
    assert nameless("stop", "all", "--reason", "audit", "--by", "alice")[0] == 0
    assert nameless("switches")[0] == 0


def test_a_command_line_that_is_not_understood_invokes_nothing(console: Console) -> None:
    for arguments in (
        (),
        ("pause",),
        ("stop", "all"),
        ("stop", "--reason", "audit"),
        ("freeze", "all", "--reason", "r"),
        ("freeze", "all", "--reason", "r", "--for", "6h", "--until", "2026-11-24T13:00:00Z"),
    ):
        code, out, err = console(*arguments)
        assert (code, out) == (2, ""), arguments
        assert err.startswith("usage: first-responder"), arguments
    assert console.functions.asked == []


def test_other_peoples_words_make_no_escapes_in_the_terminal(console: Console) -> None:
    console.functions.handlers = {
        "first-responder-switches": lambda event, request: {
            "switches": [{"scope": "all", "kind": "stop", "holds": True, "by": "a\x1b[31m", "reason": "b\nc"}]
        }
    }
    out = console("switches")[1]
    assert "\x1b" not in out
    assert out.count("\n") == 2


def test_help_is_no_mistake(console: Console) -> None:
    code, out, _ = console("--help")
    assert code == 0
    assert all(command in out for command in ("stop", "freeze", "lift", "switches"))
