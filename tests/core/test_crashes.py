"""A kill before or after any call changes nothing twice, frees the target and ends the run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.adapters.dynamodb_store import DynamoDbStore
from functions.core.arn import parse_arn
from functions.core.ports import Claim, Taken
from functions.core.run import Outcome, Phase, Run
from tests.cloud import Cloud
from tests.conftest import NOON, create_table
from tests.events import eventbridge
from tests.faults import Fault, Strike, moments
from tests.house import House, in_memory
from tests.toy import Dials, TurnDialsUp

EVENT = eventbridge(NOON, "Toy", "Pressure", {"Dial": "a"})


def new_house(store: Any = None, **dials: Any) -> House:
    clock = FakeClock(NOON)
    return in_memory(TurnDialsUp(), Dials(clock, **dials), clock, store)


def every_kill(new: Callable[[], House]) -> Iterator[tuple[str, House, Run]]:
    """Play an alarm on dial a with a kill after each call, each in a house of its own: a kill before the next call is the same."""
    clean = Strike(lambda: NOON)
    Cloud(new(), clean).play(EVENT)
    for point in moments(clean.points):
        house = new()
        cloud = Cloud(house, Strike(house.clock.now, point.number, Fault.KILLED_AFTER))
        cloud.play(EVENT)
        run = cloud.sound.store.load(*cloud.executions.runs[0])
        assert run is not None
        yield f"{point.number} {point.call}", cloud.sound, run


@pytest.mark.parametrize(
    ("helps", "outcome", "turns"),
    [
        (True, Outcome.RECOVERED, [("a", 2), ("b", 2)]),
        (False, Outcome.UNDONE, [("a", 2), ("b", 2), ("b", 1), ("a", 1)]),
    ],
)
def test_a_kill_at_any_call_changes_nothing_twice(helps: bool, outcome: Outcome, turns: list[Any]) -> None:
    killed = []
    for where, house, run in every_kill(lambda: new_house(helps=helps)):
        killed.append(where)
        assert (run.phase, run.outcome, house.aws.turns) == (Phase.ENDED, outcome, turns), where
        assert isinstance(house.store.take(_claim(house, run.target)), Taken), where
    assert len(killed) > 12


def test_a_kill_at_any_call_leaves_a_true_record_in_dynamodb(aws: Boto3Aws) -> None:
    client = aws.client("dynamodb")

    def new() -> House:
        """With the one table there is: moto copies all of them in each transaction."""
        if client.list_tables()["TableNames"]:
            client.delete_table(TableName="record")
        create_table(client, "record")
        return new_house(store=DynamoDbStore(client, "record"))

    killed = []
    for where, house, run in every_kill(new):
        killed.append(where)
        assert (run.outcome, house.aws.turns) == (Outcome.RECOVERED, [("a", 2), ("b", 2)]), where
        assert isinstance(house.store.take(_claim(house, run.target)), Taken), where
    assert len(killed) > 12


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
