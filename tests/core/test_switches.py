"""Switches: what they take in, when they hold, and that whatever cannot be read holds too."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.arn import Arn
from functions.core.errors import InvalidEvent
from functions.core.switch import Switch, SwitchKind
from functions.core.switch_record import read_switches, write_switch
from functions.core.switch_request import Lift, ListChanges, ListSwitches, read_request
from functions.core.switches import SWITCHED_OFF, holding, refusal

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
ORDERS = Arn("aws", "rds", "eu-west-1", "123456789012", "db:orders")
OTHER = Arn("aws", "rds", "eu-west-1", "210987654321", "db:customers")
AWAY = Arn("aws", "rds", "us-east-1", "123456789012", "db:orders")
HERE = Arn("aws", "lambda", "eu-west-1", "123456789012", "function:first-responder-switches")
STOP = {"kind": "stop", "reason": "maintenance", "by": "alice", "since": NOON.isoformat()}
FREEZE = {**STOP, "kind": "freeze", "starts": NOON.isoformat(), "ends": (NOON + HOUR).isoformat()}
SCOPES = ("all", "account/123456789012", "remediation/grow", f"target/{ORDERS}")


def held(item: Any, target: Arn = ORDERS, remediation: str = "grow", now: datetime = NOON) -> Switch | None:
    return holding(item, target=target, remediation=remediation, now=now)


def switched(**entries: Any) -> dict[str, Any]:
    return {"switches": entries}


@pytest.mark.parametrize("scope", SCOPES)
def test_a_stop_holds_in_its_scope(scope: str) -> None:
    switch = held({"switches": {scope: STOP}})
    assert switch is not None
    assert (switch.scope, switch.by, switch.reason) == (scope, "alice", "maintenance")


@pytest.mark.parametrize("scope", SCOPES[1:])
def test_and_nowhere_else(scope: str) -> None:
    assert held({"switches": {scope: STOP}}, target=OTHER, remediation="shrink") is None


def test_nothing_holds_where_nothing_is_set() -> None:
    for item in (
        {},
        {"switches": {}},
        {"stopped": False, "reason": "an old one"},
        {"hour": "2026-11-23T12", "changes": 3},
    ):
        assert held(item) is None


def test_a_target_is_found_however_its_name_is_spelled_and_a_longer_name_is_another_target() -> None:
    upper = Arn("aws", "rds", "eu-west-1", "123456789012", "db:Orders")
    assert held({"switches": {f"target/{upper}": STOP}}) is not None
    assert held({"switches": {f"target/{ORDERS}-2": STOP}}) is None


def test_a_target_without_an_account_is_stopped_with_every_account() -> None:
    bucket = Arn("aws", "s3", "", "", "pictures")
    assert held({"switches": {"account/123456789012": STOP}}, target=bucket) is not None


def test_a_freeze_holds_from_its_start_until_its_end() -> None:
    item = {"switches": {"all": FREEZE}}
    times = [NOON - timedelta(seconds=1), NOON, NOON + HOUR - timedelta(seconds=1), NOON + HOUR]
    assert [held(item, now=now) is not None for now in times] == [False, True, True, False]


def test_a_stop_comes_before_a_freeze_and_the_broadest_first() -> None:
    entries = {"all": FREEZE, f"target/{ORDERS}": STOP, "remediation/grow": STOP}
    found = held({"switches": entries})
    assert found is not None
    assert found.scope == "remediation/grow"


def test_the_way_to_stop_everything_by_hand_works_beside_the_switches() -> None:
    for item in (
        {"stopped": True, "reason": "audit"},
        {"stopped": True, "switches": {"all": FREEZE}, "reason": "audit"},
    ):
        found = held(item, target=OTHER)
        assert found is not None
        assert (found.kind, found.scope, found.reason) == (SwitchKind.STOP, "all", "audit")


@pytest.mark.parametrize("stopped", [None, 1, "no", "false", 0, []])
def test_only_a_plain_false_is_no_stop_by_hand(stopped: Any) -> None:
    assert held({"stopped": stopped}) is not None


@pytest.mark.parametrize(
    "entry",
    [
        {**STOP, "kind": "pause"},
        {name: value for name, value in STOP.items() if name != "kind"},
        {name: value for name, value in FREEZE.items() if name != "ends"},
        {**FREEZE, "ends": "tomorrow"},
        {**FREEZE, "ends": "2026-11-23T11:00:00"},
        {**FREEZE, "starts": None, "ends": "2026-11-23T09:00:00"},
        {**FREEZE, "starts": None, "ends": None},
        {**FREEZE, "ends": 1763895600},
        {**FREEZE, "starts": "soon"},
        {**FREEZE, "starts": (NOON + 2 * HOUR).isoformat()},
        {**FREEZE, "ends": "0001-01-01T00:00:00+14:00"},
        "stop",
        None,
        [],
    ],
)
def test_an_entry_that_cannot_be_read_holds_for_its_scope(entry: Any) -> None:
    item = {"switches": {f"target/{ORDERS}": entry}}
    found = held(item, now=NOON - 2 * HOUR)
    assert found is not None
    assert "cannot be read" in found.reason
    assert ("is no map" in found.reason) is not isinstance(entry, dict)
    assert held(item, target=OTHER) is None


@pytest.mark.parametrize(
    "scope",
    [
        "",
        "everything",
        "ALL",
        "account/1234",
        "account/",
        "remediation/extend-rds-storage",
        "target/orders",
        "tag/team",
    ],
)
def test_a_scope_that_cannot_be_read_holds_for_everything_and_says_so(scope: str) -> None:
    found = held({"switches": {scope: STOP}}, target=OTHER, remediation="shrink")
    assert found is not None
    assert refusal(found).seen.startswith(f"all changes (the scope {scope!r} cannot be read) are stopped by alice")


@pytest.mark.parametrize("switches", [None, "all", ["all"], True])
def test_switches_that_are_no_map_hold_for_everything(switches: Any) -> None:
    assert held({"switches": switches}, target=OTHER) is not None


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
READABLE = (NOON.isoformat(), (NOON + HOUR).isoformat())
TIMES = st.sampled_from([None, "", "soon", *READABLE, "2026-11-23T11:00:00", 7])
ENTRIES = JSON | st.fixed_dictionaries(
    {"kind": st.sampled_from(["stop", "freeze", "Stop", None])},
    optional={"starts": TIMES, "ends": TIMES, "reason": JSON},
)


@given(entry=ENTRIES, minutes=st.integers(0, 120))
def test_whatever_stands_there_holds_unless_it_is_a_window_that_can_be_read(entry: Any, minutes: int) -> None:
    window = isinstance(entry, dict) and entry.get("kind") == "freeze" and entry.get("ends") in READABLE
    for scope in SCOPES:
        found = held({"switches": {scope: entry}}, now=NOON + timedelta(minutes=minutes))
        assert window or found is not None
        assert found is None or refusal(found).code in SWITCHED_OFF


@given(scope=st.text(max_size=30))
def test_a_scope_of_random_characters_holds_for_everything(scope: str) -> None:
    assert held({"switches": {scope: STOP}}, target=OTHER, remediation="shrink") is not None


def test_a_refusal_names_scope_who_until_when_and_why() -> None:
    stop, freeze = (refusal(read_switches({"switches": {f"target/{ORDERS}": entry}})[0]) for entry in (STOP, FREEZE))
    assert (stop.code, freeze.code) == ("stopped", "frozen")
    assert stop.seen == f"changes of {ORDERS} are stopped by alice until somebody lifts it: maintenance"
    frozen = "are frozen by alice from 2026-11-23 12:00 UTC until 2026-11-23 13:00 UTC: maintenance"
    assert freeze.seen == f"changes of {ORDERS} {frozen}"


@pytest.mark.parametrize("blank", ["", "  ", None, 7])
def test_what_was_left_out_is_said_to_be(blank: Any) -> None:
    (switch,) = read_switches({"switches": {"all": {**STOP, "reason": blank, "by": blank}}})
    assert (switch.reason, switch.by) == ("no reason given", "somebody (by hand, on the switch item)")


def test_a_refusal_is_one_bounded_line_whatever_was_written_by_hand() -> None:
    entry = {"kind": "stop", "reason": "a\r\nb\x1b[31m" * 200, "by": "x\n" * 400}
    seen = refusal(read_switches({"switches": {"nowhere\n" * 300: entry}})[0]).seen
    assert seen.isprintable()
    assert len(seen) < 700


def test_what_is_written_is_read_back() -> None:
    freeze = Switch(kind=SwitchKind.FREEZE, scope="all", reason="r", by="b", since=NOON, starts=NOON, ends=NOON + HOUR)
    stop = Switch(kind=SwitchKind.STOP, scope="remediation/grow", reason="r", by="b", since=NOON)
    item = {"switches": {switch.scope: write_switch(switch) for switch in (stop, freeze)}}
    assert read_switches(item) == (freeze, stop)


def asked(**request: Any) -> Any:
    return read_request(request, here=HERE, remediations=("grow", "shrink"), now=NOON)


WHO = {"scope": "all", "reason": "maintenance", "by": "alice"}


@pytest.mark.parametrize("scope", SCOPES)
def test_a_stop_can_be_asked_for_on_each_level(scope: str) -> None:
    assert asked(switch="stop", **{**WHO, "scope": scope}) == Switch(
        kind=SwitchKind.STOP, scope=scope, reason="maintenance", by="alice", since=NOON
    )


def test_a_freeze_can_end_at_a_time_or_after_a_while_and_begin_later() -> None:
    until = asked(switch="freeze", **WHO, ends="2026-11-23T19:00:00+01:00")
    assert (until.starts, until.ends) == (NOON, NOON + 6 * HOUR)
    later = asked(switch="freeze", **WHO, starts="2026-11-24T12:00:00Z", **{"for": "90m"})
    assert (later.starts, later.ends) == (NOON + 24 * HOUR, NOON + 25.5 * HOUR)


def test_lists_and_lifts_can_be_asked_for() -> None:
    assert asked(switch="list") == ListSwitches()
    assert asked(switch="log") == ListChanges(since=NOON - timedelta(days=31))
    assert asked(switch="log", since="2026-11-23T11:00:00Z") == ListChanges(since=NOON - HOUR)
    assert asked(switch="lift", **{**WHO, "scope": "gone/wrong"}) == Lift(
        scope="gone/wrong", reason="maintenance", by="alice"
    )


@pytest.mark.parametrize(
    ("request_", "named"),
    [
        ({}, "switch is None; allowed: stop | freeze | lift | list | log"),
        ({"switch": "pause"}, "switch is 'pause'"),
        ({"switch": ["stop"]}, "switch is"),
        ({"switch": "list", "scope": "all"}, "a field of list is 'scope'; allowed: none besides switch"),
        ({"switch": "stop", **WHO, "for": "6h"}, "a field of stop is 'for'; allowed: scope | reason | by"),
        ({"switch": "stop", "scope": "all", "by": "alice"}, "reason is None"),
        ({"switch": "stop", **WHO, "reason": "  "}, "reason is '  '"),
        ({"switch": "stop", **WHO, "reason": "r" * 501}, "reason is"),
        ({"switch": "stop", **WHO, "by": "b" * 101}, "by is"),
        ({"switch": "stop", **WHO, "by": "a\x1b[31m"}, "by is"),
        ({"switch": "lift", **WHO, "reason": ""}, "reason is ''"),
        ({"switch": "stop", **WHO, "scope": None}, "scope is None"),
        ({"switch": "stop", **WHO, "scope": "everything"}, "scope is 'everything'; allowed: all | account/"),
        ({"switch": "stop", **WHO, "scope": "account/210987654321"}, "allowed: account/123456789012"),
        ({"switch": "stop", **WHO, "scope": "remediation/grwo"}, "allowed: remediation/grow | remediation/shrink"),
        ({"switch": "stop", **WHO, "scope": "target/orders"}, "scope is 'orders'; allowed: an ARN"),
        ({"switch": "stop", **WHO, "scope": f"target/{OTHER}"}, "in account 123456789012 and Region eu-west-1"),
        ({"switch": "stop", **WHO, "scope": f"target/{AWAY}"}, "in account 123456789012 and Region eu-west-1"),
        ({"switch": "freeze", **WHO}, "the freeze's end is {}; allowed: one of ends"),
        ({"switch": "freeze", **WHO, "for": "6h", "ends": "2026-11-23T19:00:00Z"}, "the freeze's end is"),
        ({"switch": "freeze", **WHO, "for": "six"}, "for is 'six'; allowed: a number and m, h or d"),
        ({"switch": "freeze", **WHO, "for": 6}, "for is 6"),
        ({"switch": "freeze", **WHO, "for": "32d"}, "for is '2026-12-25 12:00 UTC'"),
        ({"switch": "freeze", **WHO, "ends": "2026-11-23T12:00:00Z"}, "ends is '2026-11-23 12:00 UTC'; allowed: later"),
        ({"switch": "freeze", **WHO, "ends": "2026-11-23T19:00:00"}, "ends is '2026-11-23T19:00:00'; allowed: a time"),
        ({"switch": "freeze", **WHO, "starts": "2028-01-01T00:00:00Z", "for": "1d"}, "starts is"),
        ({"switch": "freeze", **WHO, "starts": "9999-12-31T23:59:59-12:00", "for": "1d"}, "starts is"),
    ],
)
def test_what_is_wrong_with_a_request_is_one_sentence_naming_the_field(request_: Any, named: str) -> None:
    with pytest.raises(InvalidEvent) as error:
        asked(**request_)
    assert named in str(error.value)


@pytest.mark.parametrize("event", [None, [], "stop", 7])
def test_a_request_that_is_no_object_is_refused(event: Any) -> None:
    with pytest.raises(InvalidEvent, match="event is"):
        read_request(event, here=HERE, remediations=(), now=NOON)
