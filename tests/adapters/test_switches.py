"""Switches in DynamoDB and their fake keep the same promises: set, listed, lifted, and every change on the log."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.adapters.dynamodb_permits import SWITCH
from functions.adapters.dynamodb_store import DynamoDbStore
from functions.adapters.dynamodb_switches import LOG, Switches
from functions.adapters.dynamodb_table import Item, from_item, to_item
from functions.adapters.memory_switches import MemorySwitches
from functions.core.arn import Arn
from functions.core.errors import InvalidEvent
from functions.core.ports import Ask
from functions.core.switch import MOST_SWITCHES, Switch, SwitchKind
from functions.core.switch_change import ChangeKind
from functions.core.switches import holding
from tests.conftest import NOON
from tests.events import ACCOUNT, REGION

TARGET = Arn("aws", "rds", REGION, ACCOUNT, "db:orders")
SCOPE = f"target/{TARGET}"
HOUR = timedelta(hours=1)
STOP = Switch(kind=SwitchKind.STOP, scope="all", reason="audit", by="alice", since=NOON)
FREEZE = replace(STOP, kind=SwitchKind.FREEZE, scope=SCOPE, starts=NOON, ends=NOON + HOUR)
REQUESTS = count()
ASK = Ask(target=TARGET, now=NOON)


class DynamoDb(Switches):
    """With a look at the items, and a way to write them by hand."""

    def by_hand(self, item: Item) -> None:
        self.client.put_item(TableName=self.name, Item=to_item({**SWITCH, **item}))

    @property
    def item(self) -> Item:
        return self._item()

    @property
    def lines(self) -> list[Item]:
        items = [from_item(item) for item in self.client.scan(TableName=self.name)["Items"]]
        return sorted((item for item in items if item["pk"] == LOG), key=lambda item: str(item["sk"]))


class Memory(MemorySwitches):
    def by_hand(self, item: Item) -> None:
        self.item = item


@pytest.fixture
def dynamodb(dynamodb_store: DynamoDbStore) -> DynamoDb:
    return DynamoDb(dynamodb_store.client, dynamodb_store.name)


@pytest.fixture(params=["memory", "dynamodb"])
def board(request: pytest.FixtureRequest) -> Any:
    return Memory() if request.param == "memory" else request.getfixturevalue("dynamodb")


def put(board: Any, *switches: Switch, clock: FakeClock | None = None) -> Any:
    now = clock.now() if clock else NOON
    return [board.set(switch, now=now, request=f"set-{next(REQUESTS)}") for switch in switches][-1]


def lift(board: Any, scope: str = "all", request: str = "lift") -> Any:
    return board.lift(scope, reason="all is well", by="bob", now=NOON + HOUR / 2, request=request)


def test_what_is_set_is_listed_and_what_is_lifted_is_gone(board: Any) -> None:
    put(board, FREEZE, STOP)
    assert board.all(NOON) == (STOP, FREEZE)
    assert [change.switch for change in lift(board)] == [STOP]
    assert board.all(NOON) == (FREEZE,)


def test_every_change_is_logged_with_who_and_why(board: Any) -> None:
    put(board, STOP)
    lift(board)
    first, second = board.log(NOON)
    assert (first.kind, first.by, first.reason, first.switch, first.at) == (
        ChangeKind.SET,
        "alice",
        "audit",
        STOP,
        NOON,
    )
    assert (second.kind, second.by, second.reason, second.switch) == (ChangeKind.LIFTED, "bob", "all is well", STOP)
    assert board.log(NOON + HOUR / 4) == [second]


def test_a_switch_on_a_scope_is_replaced_and_the_log_keeps_both(board: Any) -> None:
    other = replace(STOP, scope=SCOPE, by="carol", reason="worse than we thought")
    change = put(board, FREEZE, other)
    assert board.all(NOON) == (other,)
    assert (change.switch, change.replaced) == (other, FREEZE)
    assert [line.replaced for line in board.log(NOON)] == [None, FREEZE]
    assert change.text.endswith(f"This replaces: {FREEZE}")


def test_lifting_a_narrower_scope_leaves_a_stop_by_hand(board: Any) -> None:
    put(board, FREEZE)
    board.by_hand({**board.item, "stopped": True, "reason": "sale"})
    assert [change.switch for change in lift(board, SCOPE)] == [FREEZE]
    (left,) = board.all(NOON)
    assert (left.scope, left.reason) == ("all", "sale")


def test_a_window_to_come_is_listed_and_one_that_is_over_is_not(board: Any) -> None:
    put(board, FREEZE)
    assert board.all(NOON - HOUR) == (FREEZE,)
    assert board.all(NOON + HOUR) == ()


def test_what_is_over_is_cleared_away_by_the_next_set_and_what_holds_is_kept(board: Any, clock: FakeClock) -> None:
    put(board, FREEZE, replace(STOP, scope="remediation/grow"), replace(FREEZE, scope="all", ends=NOON + 2 * HOUR))
    clock.move(HOUR)
    put(board, replace(STOP, scope=f"account/{ACCOUNT}"), clock=clock)
    assert set(board.item["switches"]) == {"all", "remediation/grow", f"account/{ACCOUNT}"}


def test_lifting_what_is_not_set_says_what_is(board: Any) -> None:
    with pytest.raises(InvalidEvent, match="scope is 'all'; allowed: what is set: nothing is"):
        lift(board)
    put(board, FREEZE)
    with pytest.raises(InvalidEvent, match=f"scope is 'all'; allowed: what is set: {SCOPE}"):
        lift(board)
    assert len(board.log(NOON)) == 1


def test_a_stop_by_hand_is_listed_and_lifted_with_the_scope_all(board: Any) -> None:
    board.by_hand({"stopped": True, "reason": "audit by hand", "hour": "2026-11-23T12", "changes": 3})
    put(board, STOP)
    assert [switch.reason for switch in board.all(NOON)] == ["audit", "audit by hand"]
    assert [change.switch.reason for change in lift(board)] == ["audit", "audit by hand"]
    assert board.all(NOON) == ()
    assert board.item["changes"] == 3


def test_lifting_another_scope_leaves_the_stop_by_hand(board: Any) -> None:
    board.by_hand({"stopped": True, "reason": "audit"})
    put(board, FREEZE)
    lift(board, SCOPE)
    assert [switch.reason for switch in board.all(NOON)] == ["audit"]


def test_clearing_away_a_window_on_everything_leaves_the_stop_by_hand(board: Any, clock: FakeClock) -> None:
    put(board, replace(FREEZE, scope="all"))
    board.by_hand({**board.item, "stopped": True, "reason": "audit"})
    clock.move(HOUR)
    put(board, FREEZE, clock=clock)
    assert [switch.reason for switch in board.all(NOON) if switch.scope == "all"] == ["audit"]


@pytest.mark.parametrize("entry", [{"kind": "pause"}, "stop", None, 1.5])
def test_what_cannot_be_read_can_be_lifted(board: Any, entry: Any) -> None:
    board.by_hand({"switches": {"somewhere": entry}})
    assert len(board.all(NOON)) == 1
    lift(board, "somewhere")
    assert board.all(NOON) == ()


def test_spoiled_switches_hold_and_can_be_lifted_and_nothing_can_be_set_beside_them(board: Any) -> None:
    board.by_hand({"switches": "none"})
    with pytest.raises(InvalidEvent, match="switches on the record is 'none'"):
        put(board, STOP)
    lift(board)
    put(board, STOP)
    assert board.all(NOON) == (STOP,)


def test_there_is_room_for_a_hundred_and_one_more_is_refused_unless_it_replaces_one(board: Any) -> None:
    entry = {"kind": "stop", "reason": "r", "by": "b"}
    board.by_hand({"switches": {f"{SCOPE}-{number}": entry for number in range(MOST_SWITCHES)}})
    with pytest.raises(InvalidEvent, match="at most 100 switches"):
        put(board, STOP)
    assert board.log(NOON) == []
    put(board, replace(STOP, scope=f"{SCOPE}-0"))


def test_a_permit_sees_what_was_set_and_setting_leaves_its_counters_alone(
    dynamodb: DynamoDb, dynamodb_store: DynamoDbStore
) -> None:
    dynamodb_store.permit(ASK)
    put(dynamodb, STOP)
    gate = dynamodb_store.permit(ASK)
    assert gate.changes == 2
    found = holding(gate.switches, target=TARGET, remediation="grow", now=NOON)
    assert found == STOP
    lift(dynamodb)
    gate = dynamodb_store.permit(ASK)
    assert gate.changes == 3
    assert holding(gate.switches, target=TARGET, remediation="grow", now=NOON) is None


def test_a_line_of_the_log_calls_people(dynamodb: DynamoDb) -> None:
    put(dynamodb, FREEZE)
    lift(dynamodb, SCOPE)
    lines = dynamodb.lines
    assert [line["kind"] for line in lines] == ["switch_set", "switch_lifted"]
    assert all(line["call_person"] is True and line["target"] == SCOPE for line in lines)
    assert lines[0]["text"] == str(FREEZE)
    assert lines[1]["text"] == f"bob lifted a switch: all is well. It said: {FREEZE}"


class Sees:
    """A client that lets something happen just before one of its calls, the n-th of its operation."""

    def __init__(self, client: Any, operation: str, happens: Callable[[], Any], *, at: int = 1) -> None:
        self._client, self._operation, self._happens, self._left = client, operation, happens, at

    def __getattr__(self, name: str) -> Any:
        if name == self._operation:
            self._left -= 1
            if self._left == 0:
                self._happens()
        return getattr(self._client, name)


def test_a_lift_is_logged_before_anything_is_let_go(dynamodb: DynamoDb) -> None:
    put(dynamodb, STOP)

    def crash() -> None:
        raise ConnectionError("the process died")

    dying = DynamoDb(Sees(dynamodb.client, "update_item", crash), dynamodb.name)
    with pytest.raises(ConnectionError):
        lift(dying)
    assert [line["kind"] for line in dynamodb.lines] == ["switch_set", "switch_lifted"]
    assert dynamodb.all(NOON) == (STOP,)


def test_a_stop_holds_before_it_is_logged_and_says_itself_who_set_it(dynamodb: DynamoDb) -> None:
    def crash() -> None:
        raise ConnectionError("the process died")

    dying = DynamoDb(Sees(dynamodb.client, "put_item", crash), dynamodb.name)
    with pytest.raises(ConnectionError):
        put(dying, STOP)
    assert dynamodb.all(NOON) == (STOP,)


def test_a_switch_that_is_replaced_while_it_is_lifted_stays_and_the_log_says_so(dynamodb: DynamoDb) -> None:
    put(dynamodb, STOP)
    worse = replace(STOP, by="carol", reason="worse than we thought")
    racing = DynamoDb(Sees(dynamodb.client, "put_item", lambda: put(dynamodb, FREEZE, worse)), dynamodb.name)
    with pytest.raises(InvalidEvent, match="nobody else changes at this moment"):
        lift(racing)
    assert dynamodb.all(NOON) == (worse, FREEZE)
    assert dynamodb.log(NOON)[-1].kind is ChangeKind.KEPT


def test_a_window_that_is_set_anew_while_it_is_cleared_away_stays(dynamodb: DynamoDb, clock: FakeClock) -> None:
    put(dynamodb, FREEZE)
    clock.move(HOUR)
    anew = replace(FREEZE, ends=NOON + 2 * HOUR)
    racing = DynamoDb(Sees(dynamodb.client, "update_item", lambda: put(dynamodb, anew)), dynamodb.name)
    put(racing, STOP, clock=clock)
    assert dynamodb.all(clock.now()) == (STOP, anew)


@pytest.mark.parametrize("at", [1, 2, 3])
def test_two_first_switches_at_the_same_moment_both_hold(dynamodb: DynamoDb, at: int) -> None:
    happened: list[Any] = []
    racing = Sees(dynamodb.client, "update_item", lambda: happened.append(put(dynamodb, FREEZE)), at=at)
    put(DynamoDb(racing, dynamodb.name), STOP)
    assert len(happened) == 1
    assert dynamodb.all(NOON) == (STOP, FREEZE)


def test_a_long_log_is_read_to_its_end(dynamodb: DynamoDb) -> None:
    put(dynamodb, STOP)
    (line,) = dynamodb.lines
    for number in range(4):  # a page of a Query is 1 MB
        padded = {**line, "sk": f"{line['sk']}.{number}", "padding": "x" * 390_000}
        dynamodb.client.put_item(TableName=dynamodb.name, Item=to_item(padded))
    page = dynamodb.client.query(
        TableName=dynamodb.name,
        KeyConditionExpression="pk = :log",
        ExpressionAttributeValues=to_item({":log": LOG}),
    )
    assert "LastEvaluatedKey" in page
    assert len(dynamodb.log(NOON)) == 5
