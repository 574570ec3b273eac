"""What a run costs, counted: calls to DynamoDB and write units. `pytest tests/core/test_budget.py -s` prints them."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from functions.adapters.dynamodb_store import DynamoDbStore
from functions.adapters.dynamodb_table import from_item
from functions.core.arn import parse_arn
from functions.core.ports import Ask
from tests.events import eventbridge, sns
from tests.house import House
from tests.toy import Dials

_WRITE_UNIT_BYTES = 1024


class Ledger:
    """Counts the requests that leave the real client, by its own event system."""

    def __init__(self, client: Any) -> None:
        self.calls: list[str] = []
        self.write_units = 0
        client.meta.events.register("provide-client-params.dynamodb.*", self._note)

    def _note(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        self.calls.append(model.name)
        writes = params.get("TransactItems", [])
        self.write_units += sum(2 * _units(write) for write in writes) or (1 if model.name == "UpdateItem" else 0)

    def reset(self) -> None:
        self.calls, self.write_units = [], 0


def _units(write: dict[str, Any]) -> int:
    item = write["Put"]["Item"] if "Put" in write else {}
    return max(1, math.ceil(len(json.dumps(from_item(item))) / _WRITE_UNIT_BYTES))


@pytest.fixture
def real(house: House, dynamodb_store: DynamoDbStore) -> Iterator[tuple[House, Ledger]]:
    ctx = replace(house.ctx, ports=replace(house.ctx.ports, store=dynamodb_store))
    real = House(ctx, house.clock)
    opening = Ask(
        target=parse_arn("arn:aws:dial:eu-west-1:123456789012:dial/z", "t"), now=house.clock.now(), alarmed=False
    )
    dynamodb_store.permit(opening)  # the hour is open: its first permit costs one call more
    yield real, Ledger(dynamodb_store.client)


def test_a_change_costs_lease_plan_permit_and_record(real: tuple[House, Ledger], dials: Dials) -> None:
    house, ledger = real
    seen_at_change: list[list[str]] = []
    dials.before_turn = lambda dial: seen_at_change.append(list(ledger.calls))
    house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"}))
    assert seen_at_change == [["UpdateItem", "UpdateItem", "TransactWriteItems"]]
    assert ledger.calls == [*seen_at_change[0], "TransactWriteItems"]
    assert (dials.reads, len(dials.turns)) == (1, 1)


def test_a_copy_costs_one_call(real: tuple[House, Ledger], dials: Dials) -> None:
    house, ledger = real
    event = eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"})
    house.deliver(event)
    for copy in (event, sns(event)):
        ledger.reset()
        assert house.deliver(copy).decision == "duplicate"
        assert ledger.calls == ["UpdateItem"]
    assert dials.reads == 1


def test_another_alarm_on_a_held_target_costs_two_calls_and_no_look_at_the_target(
    real: tuple[House, Ledger], dials: Dials
) -> None:
    house, ledger = real
    house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"}))
    ledger.reset()
    house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"}, alarm="other"))
    assert ledger.calls == ["UpdateItem", "TransactWriteItems"]
    assert dials.reads == 1


def test_a_storm_makes_one_change_per_target_and_one_look(real: tuple[House, Ledger], dials: Dials) -> None:
    house, ledger = real
    events = [
        eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": f"d{number % 5}"}, alarm=f"n{number % 5}")
        for number in range(100)
    ]
    for number, event in enumerate(events):
        house.deliver(event if number % 2 else sns(event))
    assert (dials.reads, len(dials.turns)) == (5, 5)
    assert len(ledger.calls) <= 100 + 3 * 5
