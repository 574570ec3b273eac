"""Drifts by manual invocation: listed with what to change in the template, settled as seen, refused with one sentence."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.adapters.dynamodb_drifts import Drifts, puts
from functions.adapters.dynamodb_store import DynamoDbStore
from functions.core.drift import Drift, Row, Settled
from functions.core.errors import InvalidEvent
from functions.lifecycle import drifts
from tests.conftest import NOON
from tests.events import ACCOUNT, REGION

ORDERS = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:orders"
SIZE = Drift(
    stack="shop", stack_id="arn:stack", logical_id="Orders", resource=ORDERS, resource_type="AWS::RDS::DBInstance",
    property="AllocatedStorage", old="100", new="150", literal=True, incident="INC-1", run="r1", step=0, at=NOON,
)  # fmt: skip
MAXIMUM = replace(SIZE, property="MaxAllocatedStorage", old=200, new=252)
FLOOR = replace(SIZE, stack="web", logical_id="", resource="service/prod/web|ecs", property="MinCapacity", old=1, new=3)
FURTHER = replace(SIZE, old="150", new="200", run="r2", step=1, at=NOON + timedelta(minutes=5))
SEEN = {"stack": "shop", "resource": ORDERS, "property": "AllocatedStorage", "at": SIZE.position()}
SETTLE = {"drifts": "settle", **SEEN, "by": "ann", "reason": "merged"}


class Ledger(Drifts):
    """The ledger, and the way for a test to write into it as a run does."""

    def add(self, *rows: Row) -> None:
        self.client.transact_write_items(TransactItems=puts(self.name, rows))


@pytest.fixture
def ledger(dynamodb_store: DynamoDbStore) -> Ledger:
    return Ledger(dynamodb_store.client, dynamodb_store.name)


@pytest.fixture
def ask(ledger: Ledger, clock: FakeClock) -> Any:
    def asked(event: Any = None, **more: Any) -> Any:
        return json.loads(json.dumps(drifts.answer(ledger, more if event is None else event, clock.now())))

    return asked


def listed(answer: Any) -> Sequence[tuple[str, str]]:
    return [(drift["stack"], drift["property"]) for drift in answer["drifts"]]


def test_an_open_drift_is_listed_with_what_to_change_in_the_template(ask: Any, ledger: Ledger) -> None:
    ledger.add(SIZE)
    assert ask(drifts="list") == {
        "drifts": [
            {
                "stack": "shop",
                "stack_id": "arn:stack",
                "logical_id": "Orders",
                "resource": ORDERS,
                "resource_type": "AWS::RDS::DBInstance",
                "property": "AllocatedStorage",
                "old": "100",
                "new": "150",
                "incident": "INC-1",
                "run": "r1",
                "at": "2026-11-23T12:00:00.000000Z#r1#000",
                "patch": [{"op": "replace", "path": "/Resources/Orders/Properties/AllocatedStorage", "value": "150"}],
                "line": 'Orders: {Type: AWS::RDS::DBInstance, Properties: {AllocatedStorage: "150"}}  # was "100"',
            }
        ]
    }


def test_one_stack_or_all_are_listed(ask: Any, ledger: Ledger) -> None:
    ledger.add(SIZE, MAXIMUM, FLOOR)
    assert listed(ask(drifts="list")) == [
        ("shop", "AllocatedStorage"),
        ("shop", "MaxAllocatedStorage"),
        ("web", "MinCapacity"),
    ]
    assert listed(ask(drifts="list", stack="web")) == [("web", "MinCapacity")]
    assert ask(drifts="list", stack="we") == {"drifts": []}


def test_nothing_is_open_where_nothing_was_changed_or_all_came_back(ask: Any, ledger: Ledger) -> None:
    assert ask(drifts="list") == {"drifts": []}
    ledger.add(SIZE, replace(FURTHER, new="100"))
    assert ask(drifts="list") == {"drifts": []}


def test_what_is_settled_is_listed_no_more_and_the_ledger_says_by_whom(ask: Any, ledger: Ledger) -> None:
    ledger.add(SIZE, MAXIMUM)
    answer = ask(SETTLE)
    assert answer["text"] == f"ann settled AllocatedStorage of {ORDERS} in shop: merged"
    assert answer["settled"] == {**SEEN, "by": "ann", "reason": "merged", "settled_at": "2026-11-23T12:00:00+00:00"}
    assert listed(ask(drifts="list")) == [("shop", "MaxAllocatedStorage")]
    (row,) = [row for row in ledger.rows() if isinstance(row, Settled)]
    assert (row.by, row.reason, row.of(), row.at) == ("ann", "merged", SIZE.of(), NOON)


def test_what_changes_after_it_was_settled_is_listed_again(ask: Any, ledger: Ledger) -> None:
    ledger.add(SIZE)
    ask(SETTLE)
    ledger.add(FURTHER)
    (left,) = ask(drifts="list")["drifts"]
    assert (left["old"], left["new"], left["at"]) == ("150", "200", FURTHER.position())


STALE = "2026-11-23T11:00:00.000000Z#r0#000"


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"stack": "shop2"}, "stack is 'shop2'; allowed: what is open: shop | web"),
        ({"resource": "orders"}, f"resource is 'orders'; allowed: what is open: {ORDERS}"),
        ({"property": "Iops"}, "property is 'Iops'; allowed: what is open: AllocatedStorage | MaxAllocatedStorage"),
        ({"property": "MinCapacity"}, "property is 'MinCapacity'; allowed: what is open: AllocatedStorage"),
        ({"resource": FLOOR.resource}, "resource is 'service/prod/web|ecs'; allowed: what is open: arn:aws:rds"),
        ({"at": STALE}, f"at is '{STALE}'; allowed: what is open: {SIZE.position()}"),
        ({"at": "2026-11-23T12:00:00Z"}, "at is '2026-11-23T12:00:00Z'; allowed: the position as it is listed, like"),
        ({"at": None}, "at is None; allowed: the position as it is listed, like"),
        ({"stack": ""}, "stack is ''; allowed: a text of 1 to 128 characters"),
        ({"resource": ["a"]}, "resource is ['a']; allowed: a text of 1 to 2048 characters"),
        ({"property": "A\nB"}, "property is 'A\\nB'; allowed: a text of 1 to 255 characters in one line"),
        ({"by": " "}, "by is ' '; allowed: a text of 1 to 100 characters"),
        ({"reason": "r" * 501}, "reason is 'rrr"),
        ({"patch": True}, "a field of settle is 'patch'; allowed: stack | resource | property | at | by | reason"),
    ],
)
def test_what_cannot_be_settled_is_refused_by_its_field_and_nothing_is_written(
    ask: Any, ledger: Ledger, wrong: dict[str, Any], sentence: str
) -> None:
    ledger.add(SIZE, MAXIMUM, FLOOR)
    with pytest.raises(InvalidEvent) as refused:
        ask({**SETTLE, **wrong})
    assert str(refused.value).startswith(sentence)
    assert set(ledger.rows()) == {SIZE, MAXIMUM, FLOOR}


@pytest.mark.parametrize("name", ["stack", "resource", "property", "at", "by", "reason"])
def test_a_field_that_is_left_out_is_named(ask: Any, name: str) -> None:
    with pytest.raises(InvalidEvent, match=f"^{name} is None; allowed: "):
        ask({key: value for key, value in SETTLE.items() if key != name})


@pytest.mark.parametrize(
    ("event", "sentence"),
    [
        ([], "event is []; allowed: an object like"),
        ({}, "drifts is None; allowed: list | settle"),
        ({"drifts": "close"}, "drifts is 'close'; allowed: list | settle"),
        ({"drifts": ["list"]}, "drifts is ['list']; allowed: list | settle"),
        ({"drifts": "list", "stacks": "shop"}, "a field of list is 'stacks'; allowed: stack"),
        ({"drifts": "list", "stack": 7}, "stack is 7; allowed: a text of 1 to 128 characters"),
    ],
)
def test_a_request_that_makes_no_sense_gets_one_clear_error(ask: Any, event: Any, sentence: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        ask(event)
    assert str(refused.value).startswith(sentence)


def test_what_has_changed_since_it_was_listed_is_not_settled(ask: Any, ledger: Ledger) -> None:
    ledger.add(SIZE)
    (seen,) = ask(drifts="list")["drifts"]
    ledger.add(FURTHER)
    with pytest.raises(InvalidEvent, match=f"^at is .*what is open: {FURTHER.position()}$"):
        ask({**SETTLE, "at": seen["at"]})
    assert listed(ask(drifts="list")) == [("shop", "AllocatedStorage")]


def test_only_the_first_few_of_many_are_named(ask: Any, ledger: Ledger) -> None:
    ledger.add(*(replace(SIZE, stack=f"s{number:02}") for number in range(12)))
    with pytest.raises(InvalidEvent, match=r"s08 \| s09 \| 2 more$"):
        ask(SETTLE)


class Overtaken(Ledger):
    """Somebody else settles after it was looked at."""

    def settle(self, seen: Drift, *, by: str, reason: str, at: datetime) -> bool:
        assert super().settle(seen, by="bob", reason="first", at=at)
        return super().settle(seen, by=by, reason=reason, at=at)


def test_of_two_who_settle_at_once_one_is_told_to_list_again(ledger: Ledger) -> None:
    ledger.add(SIZE)
    with pytest.raises(InvalidEvent, match=r"^at is .*; allowed: a drift that nobody else changes .*list them again$"):
        drifts.answer(Overtaken(ledger.client, ledger.name), SETTLE, NOON)
    assert [row.by for row in ledger.rows() if isinstance(row, Settled)] == ["bob"]


def test_lambda_calls_it_with_the_real_time(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    drifts._drifts.cache_clear()
    monkeypatch.setenv("FIRST_RESPONDER_TABLE", ledger.name)
    ledger.add(SIZE)
    answer = drifts.lambda_handler(SETTLE, None)
    assert datetime.fromisoformat(answer["settled"]["settled_at"]).tzinfo == UTC
    assert drifts.lambda_handler({"drifts": "list"}, None) == {"drifts": []}
    drifts._drifts.cache_clear()
