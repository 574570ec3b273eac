"""The IaC ledger in DynamoDB and its fake keep the same promises."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.dynamodb_drifts import Drifts, puts
from functions.adapters.memory_drifts import MemoryDrifts
from functions.core.drift import Drift, Row, Settled, open_drifts
from tests.conftest import NOON
from tests.events import ACCOUNT, REGION

Add = Callable[[Iterable[Row]], None]
DRIFT = Drift(
    stack="shop", stack_id="arn:stack", logical_id="Orders", resource=f"arn:aws:rds:{REGION}:{ACCOUNT}:db:orders",
    resource_type="AWS::RDS::DBInstance", property="MaxAllocatedStorage", old=None, new=252, literal=True,
    incident="INC-1", run="r1", step=0, at=NOON,
)  # fmt: skip
SIZE = replace(DRIFT, property="AllocatedStorage", old="100", new="150")
OTHER_STACK = replace(DRIFT, stack="shop2", old=1, new=2)
LATER = replace(DRIFT, old=252, new=300, run="r2", at=NOON + timedelta(minutes=5, microseconds=7))
AT = NOON + timedelta(hours=1)


@pytest.fixture(params=["memory", "dynamodb"])
def ledger(request: pytest.FixtureRequest) -> tuple[Any, Add]:
    if request.param == "memory":
        memory = MemoryDrifts()
        return memory, memory.add
    client = request.getfixturevalue("aws").client("dynamodb")
    drifts = Drifts(client, request.getfixturevalue("table"))
    return drifts, lambda rows: client.transact_write_items(TransactItems=puts(drifts.name, rows))


def test_rows_come_back_as_they_were_written(ledger: tuple[Any, Add]) -> None:
    drifts, add = ledger
    add([DRIFT, SIZE, OTHER_STACK])
    add([LATER])
    found = drifts.rows()
    assert len(found) == 4 and set(found) == {DRIFT, SIZE, OTHER_STACK, LATER}


def test_an_empty_ledger_has_nothing_open(ledger: tuple[Any, Add]) -> None:
    drifts, _ = ledger
    assert drifts.rows() == ()
    assert drifts.settle(DRIFT, by="ann", reason="merged", at=AT) is False


def test_rows_are_found_by_stack_resource_and_property_and_by_no_prefix_of_a_name(ledger: tuple[Any, Add]) -> None:
    drifts, add = ledger
    add([DRIFT, SIZE, OTHER_STACK])
    assert set(drifts.rows(("shop",))) == {DRIFT, SIZE}
    assert drifts.rows(("shop", DRIFT.resource, "AllocatedStorage")) == (SIZE,)
    assert drifts.rows(("sho",)) == ()


def test_an_open_difference_is_settled_once_and_the_ledger_says_by_whom(ledger: tuple[Any, Add]) -> None:
    drifts, add = ledger
    add([DRIFT, SIZE])
    (seen,) = [drift for drift in open_drifts(drifts.rows()) if drift.property == "MaxAllocatedStorage"]
    assert [drifts.settle(seen, by=by, reason="merged", at=AT) for by in ("ann", "bob")] == [True, False]
    assert open_drifts(drifts.rows()) == (SIZE,)
    (settled,) = [row for row in drifts.rows() if isinstance(row, Settled)]
    assert (settled.by, settled.reason, settled.at, settled.of()) == ("ann", "merged", AT, DRIFT.of())


class Overtaken(Drifts):
    """Somebody else settles between its look and its write."""

    def rows(self, of: tuple[str, ...] = ()) -> tuple[Row, ...]:
        found = super().rows(of)
        assert Drifts(self.client, self.name).settle(DRIFT, by="bob", reason="merged", at=AT)
        return found


def test_of_two_who_settle_at_once_one_is_on_record(aws: Boto3Aws, table: str) -> None:
    drifts = Drifts(aws.client("dynamodb"), table)
    drifts.client.transact_write_items(TransactItems=puts(table, [DRIFT]))
    assert Overtaken(drifts.client, table).settle(DRIFT, by="ann", reason="merged", at=AT) is False
    assert [row.by for row in drifts.rows() if isinstance(row, Settled)] == ["bob"]


def test_what_has_changed_since_it_was_seen_is_not_settled(ledger: tuple[Any, Add]) -> None:
    drifts, add = ledger
    add([DRIFT])
    (seen,) = open_drifts(drifts.rows())
    add([LATER])
    assert drifts.settle(seen, by="ann", reason="merged", at=AT) is False
    (left,) = open_drifts(drifts.rows())
    assert (left.old, left.new) == (None, 300)


def test_a_difference_after_a_settled_one_is_open(ledger: tuple[Any, Add]) -> None:
    drifts, add = ledger
    add([DRIFT])
    drifts.settle(DRIFT, by="ann", reason="merged", at=AT)
    add([LATER])
    (left,) = open_drifts(drifts.rows())
    assert (left.old, left.new) == (252, 300)


def test_writing_the_same_rows_again_adds_nothing(aws: Boto3Aws, table: str) -> None:
    drifts = Drifts(aws.client("dynamodb"), table)
    for _ in range(2):
        drifts.client.transact_write_items(TransactItems=puts(table, [DRIFT]))
    assert drifts.rows() == (DRIFT,)


def test_a_ledger_of_many_pages_is_read_to_its_end(aws: Boto3Aws, table: str) -> None:
    client, reason = aws.client("dynamodb"), "x" * 100_000
    drifts = Drifts(client, table)
    rows = [replace(DRIFT, run=f"r{n}", resource_type=reason, at=NOON + timedelta(minutes=n)) for n in range(15)]
    for row in rows:
        client.transact_write_items(TransactItems=puts(table, [row]))
    first_page = client.query(
        TableName=table, KeyConditionExpression="pk = :pk", ExpressionAttributeValues={":pk": {"S": "DRIFT"}}
    )
    assert "LastEvaluatedKey" in first_page
    assert drifts.rows() == tuple(rows)
