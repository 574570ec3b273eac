"""drifts and drifts settle, typed."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from console.invoke import Refused
from functions.adapters.clock import FakeClock
from functions.adapters.dynamodb_drifts import Drifts, puts
from functions.adapters.dynamodb_store import DynamoDbStore
from functions.core.drift import Drift
from functions.lifecycle import drifts
from tests.conftest import NOON
from tests.console.conftest import Console, Lambda

SIZE = Drift(
    stack="shop", stack_id="arn:stack", logical_id="Orders", resource="arn:aws:rds:::db:orders", step=0, at=NOON,
    resource_type="AWS::RDS::DBInstance", property="AllocatedStorage", old="100", new="150", literal=True,
    incident="INC-1", run="r1",
)  # fmt: skip
MAXIMUM = replace(SIZE, property="MaxAllocatedStorage", old=None, new=252)
FLOOR = replace(
    SIZE, stack="web", logical_id="", resource="service/prod/web|ecs", property="MinCapacity", old=1, new=3,
    resource_type="AWS::ApplicationAutoScaling::ScalableTarget",
)  # fmt: skip
SETTLE = ("drifts", "settle", "--stack", "shop", "--resource", SIZE.resource, "--property", "AllocatedStorage")
WHY = ("--at", SIZE.position(), "--reason", "merged")


@pytest.fixture
def typed(dynamodb_store: DynamoDbStore, clock: FakeClock) -> Console:
    """A command line over a ledger with three open drifts of two stacks."""
    client, name = dynamodb_store.client, dynamodb_store.name
    client.transact_write_items(TransactItems=puts(name, [SIZE, MAXIMUM, FLOOR]))
    ledger = Drifts(client, name)
    handlers = {"first-responder-drifts": lambda event, request: drifts.answer(ledger, event, clock.now())}
    return Console(Lambda(handlers), lambda: "alice")


def test_drifts_are_listed_in_columns(typed: Console) -> None:
    code, out, err = typed("drifts")
    assert (code, err) == (0, "")
    position = "2026-11-23T12:00:00.000000Z#r1#000"
    assert [re.split(r" {2,}", line) for line in out.splitlines()] == [
        ["STACK", "LOGICAL ID", "PROPERTY", "TEMPLATE", "IN EFFECT", "INCIDENT", "RESOURCE", "AT"],
        ["shop", "Orders", "AllocatedStorage", "100", "150", "INC-1", SIZE.resource, position],
        ["shop", "Orders", "MaxAllocatedStorage", "252", "INC-1", SIZE.resource, position],
        ["web", "MinCapacity", "1", "3", "INC-1", FLOOR.resource, position],
    ]


def test_one_stack_is_listed(typed: Console) -> None:
    assert typed("drifts", "--stack", "web")[1].count("\n") == 2
    assert typed("drifts", "--stack", "nothing") == (0, "Nothing that was changed differs from its template.\n", "")
    assert typed("drifts", "--stack", "nothing", "--patch") == typed("drifts", "--stack", "nothing")


def test_a_patch_is_shown_for_each_stack(typed: Console) -> None:
    shop, web = typed("drifts", "--patch")[1].split("\n\n")
    title, size, maximum, *patch = shop.splitlines()
    assert title == "Template of shop"
    assert size == 'Orders: {Type: AWS::RDS::DBInstance, Properties: {AllocatedStorage: "150"}}  # was "100"'
    assert maximum.startswith("Orders: {Type: AWS::RDS::DBInstance, Properties: {MaxAllocatedStorage: 252}}")
    assert json.loads("\n".join(patch)) == [
        {"op": "replace", "path": "/Resources/Orders/Properties/AllocatedStorage", "value": "150"},
        {"op": "add", "path": "/Resources/Orders/Properties/MaxAllocatedStorage", "value": 252},
    ]
    assert web.startswith("Template of web\n<logical id>: {Type: AWS::ApplicationAutoScaling::ScalableTarget")
    assert web.count("\n") == 2  # a path that is not known is not guessed


def test_a_drift_is_settled_in_the_callers_name(typed: Console) -> None:
    assert typed(*SETTLE, *WHY) == (0, f"alice settled AllocatedStorage of {SIZE.resource} in shop: merged\n", "")
    assert "AllocatedStorage  100" not in typed("drifts")[1]
    code, out, err = typed(*SETTLE, *WHY)
    assert (code, out) == (1, "")
    assert err == "first-responder: property is 'AllocatedStorage'; allowed: what is open: MaxAllocatedStorage\n"


def test_scripts_get_json(typed: Console) -> None:
    found = json.loads(typed("drifts", "--json")[1])["drifts"]
    assert [drift["property"] for drift in found] == ["AllocatedStorage", "MaxAllocatedStorage", "MinCapacity"]
    assert json.loads(typed("drifts", "--json", "--patch", "--stack", "web")[1])["drifts"] == found[2:]
    answer = json.loads(typed(*SETTLE, *WHY, "--by", "bob", "--json")[1])
    assert (answer["settled"]["by"], answer["settled"]["at"]) == ("bob", SIZE.position())


def test_a_caller_without_a_name_is_asked_for_one_and_nothing_is_settled(typed: Console) -> None:
    def nobody() -> str:
        raise Refused("AWS does not say who you are, so say it with --by")

    nameless = replace(typed, caller=nobody)
    assert nameless(*SETTLE, *WHY)[0] == 1
    assert typed.functions.asked == []
    assert nameless("drifts")[0] == 0


def test_a_command_line_that_is_not_understood_invokes_nothing(typed: Console) -> None:
    for arguments in (SETTLE, ("drifts", "close"), ("drifts", "settle", *WHY), (*SETTLE, "--at", SIZE.position())):
        code, out, err = typed(*arguments)
        assert (code, out) == (2, ""), arguments
        assert err.startswith("usage: first-responder drifts"), arguments
    assert typed.functions.asked == []


def test_what_stands_in_the_ledger_makes_no_escapes_in_the_terminal(typed: Console) -> None:
    drift = dict.fromkeys(("stack", "logical_id", "property", "incident", "resource", "at", "line"), "a\x1b[31m\nb")
    patch = [{"op": "replace", "path": "/a\x1b", "value": "\x1b"}]
    answer = {"drifts": [{**drift, "old": "\x1b", "new": "\x1b", "patch": patch}]}
    typed.functions.handlers = {"first-responder-drifts": lambda event, request: answer}
    for arguments in (("drifts",), ("drifts", "--patch"), ("drifts", "--json")):
        assert "\x1b" not in typed(*arguments)[1]
    assert typed("drifts")[1].count("\n") == 2
