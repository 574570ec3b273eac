"""Others write to the same items at the same moment: what is counted is counted, and what was not written is not taken for written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.adapters.clock import FakeClock
from functions.adapters.dynamodb_permits import SWITCH
from functions.adapters.dynamodb_store import DynamoDbStore
from functions.adapters.dynamodb_table import Item, from_item, stamp, to_item
from functions.core.ports import Release
from tests.adapters.test_stores import TARGET, a_run, ask, claim

HOUR = timedelta(hours=1)
_MANY = 100


class Crowded:
    """A client that lets somebody else act before a call, as often as there is somebody."""

    def __init__(self, client: Any, method: str, others: Iterator[Callable[[], object]]) -> None:
        self._client, self._method, self._others = client, method, others

    def __getattr__(self, method: str) -> Any:
        if method == self._method:
            next(self._others, lambda: None)()
        return getattr(self._client, method)


def crowded(store: DynamoDbStore, method: str, *others: Callable[[], object]) -> DynamoDbStore:
    return DynamoDbStore(Crowded(store.client, method, iter(others)), store.name)


def nobody() -> None:
    return None


def refusing(code: str, *reasons: str) -> Callable[[], object]:
    """What DynamoDB says where another transaction is at one of the items, and where it has other reasons."""

    def refuse() -> None:
        said = {"Error": {"Code": code, "Message": "no"}, "CancellationReasons": [{"Code": one} for one in reasons]}
        raise ClientError(said, "TransactWriteItems")

    return refuse


def counters(store: DynamoDbStore) -> Item:
    return from_item(store.client.get_item(TableName=store.name, Key=to_item(SWITCH), ConsistentRead=True)["Item"])


def put(store: DynamoDbStore, **item: Any) -> None:
    store.client.put_item(TableName=store.name, Item=to_item({**SWITCH, **item}))


def full(clock: FakeClock, ago: timedelta) -> dict[str, str]:
    return {f"target {number}": stamp(clock.now() - ago) for number in range(200)}


@pytest.mark.parametrize("before", ["nothing", "an hour ago", "a list that is full of old targets"])
def test_two_that_open_an_hour_at_once_are_both_counted_and_listed(
    dynamodb_store: DynamoDbStore, clock: FakeClock, before: str
) -> None:
    if before == "an hour ago":
        put(dynamodb_store, hour=f"{clock.now() - HOUR:%Y-%m-%dT%H}", changes=7, alarmed={})
    if before == "a list that is full of old targets":
        put(dynamodb_store, hour=f"{clock.now():%Y-%m-%dT%H}", changes=0, alarmed=full(clock, HOUR))
    store = crowded(dynamodb_store, "update_item", nobody, lambda: dynamodb_store.permit(ask(clock, "b")))
    gate = store.permit(ask(clock, "a"))
    assert (gate.changes, len(gate.alarmed), counters(dynamodb_store)["changes"]) == (2, 2, 2)


def test_a_target_that_another_lists_while_room_is_made_stays_listed(
    dynamodb_store: DynamoDbStore, clock: FakeClock
) -> None:
    """It adds to the list without being counted, as a look does."""
    put(dynamodb_store, hour=f"{clock.now():%Y-%m-%dT%H}", changes=0, alarmed=full(clock, HOUR))
    store = crowded(dynamodb_store, "update_item", nobody, lambda: dynamodb_store.permit(ask(clock, "b", counts=0)))
    assert len(store.permit(ask(clock, "a", counts=0)).alarmed) == 2


def test_no_permit_is_given_where_others_are_always_faster(dynamodb_store: DynamoDbStore, clock: FakeClock) -> None:
    numbers = iter(range(_MANY))

    def another() -> None:
        put(dynamodb_store, hour="2026-01-01T00", changes=next(numbers), alarmed={})

    with pytest.raises(TimeoutError, match="no permit in 5 attempts"):
        crowded(dynamodb_store, "update_item", *[another] * _MANY).permit(ask(clock))


def test_a_way_back_is_not_listed_among_what_is_alarmed(dynamodb_store: DynamoDbStore, clock: FakeClock) -> None:
    for _ in range(2):
        assert dynamodb_store.permit(ask(clock, alarmed=False)).alarmed == {}
    assert counters(dynamodb_store)["alarmed"] == {}


def test_a_full_list_makes_room_for_what_is_recent(dynamodb_store: DynamoDbStore, clock: FakeClock) -> None:
    put(dynamodb_store, hour=f"{clock.now():%Y-%m-%dT%H}", changes=3, alarmed=full(clock, HOUR))
    assert dynamodb_store.permit(ask(clock)).changes == 4
    assert list(counters(dynamodb_store)["alarmed"]) == [str(TARGET)]


def test_a_list_that_is_full_stays_so_over_the_full_hour(dynamodb_store: DynamoDbStore, clock: FakeClock) -> None:
    put(dynamodb_store, hour=f"{clock.now() - HOUR:%Y-%m-%dT%H}", changes=3, alarmed=full(clock, timedelta()))
    gate = dynamodb_store.permit(ask(clock))
    assert (gate.changes, len(gate.alarmed), str(TARGET) in gate.alarmed) == (1, 200, False)


CONFLICT = refusing("TransactionCanceledException", "None", "TransactionConflict")
ELSEWHERE = refusing("TransactionConflictException")


def test_a_write_that_met_another_transaction_is_made_again(dynamodb_store: DynamoDbStore, clock: FakeClock) -> None:
    saved = crowded(dynamodb_store, "transact_write_items", CONFLICT, CONFLICT).save(a_run(clock), [])
    assert dynamodb_store.load("INC-1", "r1") == saved
    dynamodb_store.take(claim(clock))
    crowded(dynamodb_store, "update_item", *[ELSEWHERE] * 4).release(TARGET, "r1", "grow", Release(forget=True))
    assert dynamodb_store.take(claim(clock)).reentered is False


@pytest.mark.parametrize(
    "refused",
    [
        [CONFLICT] * 3,
        [refusing("TransactionCanceledException", "None", "ThrottlingError")],
        [refusing("ProvisionedThroughputExceededException")],
    ],
)
def test_what_was_not_written_is_never_taken_for_written(
    dynamodb_store: DynamoDbStore, clock: FakeClock, refused: list[Callable[[], object]]
) -> None:
    with pytest.raises(ClientError):
        crowded(dynamodb_store, "transact_write_items", *refused).save(a_run(clock), [])
    assert dynamodb_store.load("INC-1", "r1") is None


@pytest.mark.parametrize("refused", [[ELSEWHERE] * 5, [refusing("ThrottlingException")]])
def test_a_lease_that_could_not_be_written_is_not_held(
    dynamodb_store: DynamoDbStore, clock: FakeClock, refused: list[Callable[[], object]]
) -> None:
    with pytest.raises(ClientError):
        crowded(dynamodb_store, "update_item", *refused).take(claim(clock))
    assert dynamodb_store.take(claim(clock, run="r2")).incident == "INC-r2"


def test_what_decides_is_read_as_it_is_now(dynamodb_store: DynamoDbStore, clock: FakeClock) -> None:
    """DynamoDB's reads may be seconds old unless they are asked to be consistent."""
    asked: list[bool] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        asked.append(params.get("ConsistentRead", False))

    for operation in ("GetItem", "Query"):
        dynamodb_store.client.meta.events.register(f"provide-client-params.dynamodb.{operation}", note)
    dynamodb_store.load("INC-1", "r1")
    dynamodb_store.transitions("alarm", clock.now())
    assert asked == [True, True]
