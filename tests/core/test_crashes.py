"""A kill before or after any call changes nothing twice, frees the target and ends the run."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.adapters.dynamodb_store import DynamoDbStore
from functions.core.arn import parse_arn
from functions.core.ports import Claim, Taken
from functions.core.run import Phase
from tests.conftest import NOON, create_table
from tests.crash import Killer, every_crash, survive
from tests.events import eventbridge
from tests.house import House, in_memory
from tests.toy import Dials, TurnDialsUp


def new_house(store: Any = None, **dials: Any) -> House:
    clock = FakeClock(NOON)
    return in_memory(TurnDialsUp(), Dials(clock, **dials), clock, store)


@pytest.mark.parametrize(
    ("helps", "decision", "turns"),
    [(True, "recovered", [("a", 2), ("b", 2)]), (False, "undone", [("a", 2), ("b", 2), ("b", 1), ("a", 1)])],
)
def test_a_kill_at_any_call_changes_nothing_twice(helps: bool, decision: str, turns: list[Any]) -> None:
    def run_one(killer: Killer) -> None:
        house = new_house(helps=helps)
        answer = survive(house, killer, eventbridge(NOON, "Toy", "Pressure", {"Dial": "a"}))
        assert (answer.decision, house.aws.turns) == (decision, turns), killer
        run = house.run(answer)
        assert run.phase is Phase.ENDED
        assert isinstance(house.store.take(_claim(house, run.target)), Taken), killer

    assert list(every_crash(run_one))[-1] > 12


def test_a_kill_at_any_call_leaves_a_true_record_in_dynamodb(aws: Boto3Aws) -> None:
    client = aws.client("dynamodb")

    def run_one(killer: Killer) -> None:
        create_table(client, "one")
        house = new_house(store=DynamoDbStore(client, "one"))
        answer = survive(house, killer, eventbridge(NOON, "Toy", "Pressure", {"Dial": "a"}))
        assert (answer.decision, house.aws.turns) == ("recovered", [("a", 2), ("b", 2)]), killer
        assert isinstance(house.store.take(_claim(house, house.run(answer).target)), Taken), killer
        client.delete_table(TableName="one")

    assert list(every_crash(run_one))[-1] > 12


def _claim(house: House, target: str) -> Claim:
    now = house.clock.now()
    return Claim(
        target=parse_arn(target, "t"),
        remediation="another",
        run="another",
        incident="i",
        delivery="d",
        now=now,
        until=now + timedelta(hours=1),
    )


def test_a_holder_that_died_unwritten_is_replaced_by_the_next_copy() -> None:
    house = new_house()
    event = eventbridge(NOON, "Toy", "Pressure", {"Dial": "a"})
    dead = replace(_claim(house, "arn:aws:dial:eu-west-1:123456789012:dial/a"), remediation="toy", run="toy-dead")
    house.store.take(dead)
    assert house.deliver(event).text.startswith("target_busy")
    house.clock.move(timedelta(minutes=11))
    later = eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"})
    assert house.deliver(later).decision == "acting"
