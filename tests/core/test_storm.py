"""A storm: 1,000 deliveries in concurrent containers make one change per target, and cost calls within a bound.

The bound is that of a lock whose losers remember it: K containers may each ask once for each of R targets, and the c calls of
one change are made once per target. The number of deliveries is no part of it. `pytest tests/core/test_storm.py -s` prints
the counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.adapters.dynamodb_store import DynamoDbStore
from functions.adapters.dynamodb_table import from_item
from functions.adapters.memory_store import MemoryStore
from functions.core.advance import Answer
from functions.core.arn import parse_arn
from functions.core.ports import Ask
from functions.core.run import Outcome, Phase, Run
from functions.core.run_record import read_run
from tests.containers import Container, Storm
from tests.events import ACCOUNT, REGION, alarm_action, eventbridge, sns
from tests.house import House, in_memory
from tests.panel import Panel, TurnOwnDialsUp

K, R = 4, 10
TAKE, RECORD, LOAD = 1, 1, 1
"""The calls of a loser: a copy asks for the lease; another alarm is put on record as well; a retry loads its run."""


class Kept(Protocol):
    """A record, and how to look into it."""

    store: Any
    roomy: bool
    """Whether it stays quick with thousands of items: moto copies the whole table at each transaction."""

    def behind(self, door: Callable[[Any], Any]) -> Any:
        """The same record, with what leaves the process behind a door."""

    def runs(self) -> list[Run]: ...

    def alarms(self) -> int: ...


class InMemory:
    roomy = True

    def __init__(self) -> None:
        self.store = MemoryStore()

    def behind(self, door: Callable[[Any], Any]) -> Any:
        return door(self.store)

    def runs(self) -> list[Run]:
        return list(self.store.runs.values())

    def alarms(self) -> int:
        return len(self.store.alarms)


class InDynamoDb:
    roomy = False

    def __init__(self, store: DynamoDbStore, clock: FakeClock) -> None:
        self.store = store
        self._clients = [Boto3Aws(clock).client("dynamodb") for _ in range(K)]

    def behind(self, door: Callable[[Any], Any]) -> Any:
        self._clients.append(self._clients.pop(0))
        return DynamoDbStore(door(self._clients[0]), self.store.name)

    def runs(self) -> list[Run]:
        return [read_run(item["record"]) for item in self._items("RUN#")]

    def alarms(self) -> int:
        return sum(1 for _ in self._items("STATE#"))

    def _items(self, begins: str) -> Iterable[Any]:
        pages = self.store.client.get_paginator("scan").paginate(TableName=self.store.name)
        return [from_item(item) for page in pages for item in page["Items"] if item["sk"]["S"].startswith(begins)]


@pytest.fixture(params=["memory", "dynamodb"])
def kept(request: pytest.FixtureRequest, clock: FakeClock) -> Kept:
    if request.param == "memory":
        return InMemory()
    return InDynamoDb(request.getfixturevalue("dynamodb_store"), clock)


@pytest.fixture
def house(kept: Kept, clock: FakeClock) -> House:
    """What all containers share: the account, the record, time."""
    shared = in_memory(TurnOwnDialsUp(), Panel(clock), clock, kept.store)
    settings = replace(shared.ctx.ports.settings, changes_per_hour=10 * R)  # the hour's limit is another test's
    shared = House(replace(shared.ctx, ports=replace(shared.ctx.ports, settings=settings)), clock)
    open_hour(shared)
    return shared


@pytest.fixture
def containers(house: House, kept: Kept) -> list[Container]:
    return [Container(house, kept.behind) for _ in range(K)]


def open_hour(house: House) -> None:
    """The first permit of an hour costs a call more: it is none of the storm's."""
    house.store.permit(Ask(target=parse_arn(arn("none"), "target"), now=house.clock.now(), counts=0, alarmed=False))


def arn(target: str) -> str:
    return f"arn:aws:dial:{REGION}:{ACCOUNT}:dial/{target}"


def deliveries(house: House, number: int, *, alarms: int = R, targets: int = R) -> list[Any]:
    """Every alarm about equally often, in all three shapes."""
    shapes: list[Callable[[Any], Any]] = [lambda event: event, sns, alarm_action]
    at = house.clock.now()
    events = [
        eventbridge(at, "Toy", "Pressure", {"Dial": f"d{n % targets}"}, alarm=f"alarm-{n}") for n in range(alarms)
    ]
    return [shapes[n // alarms % 3](events[n % alarms]) for n in range(number)]


def calls_of_one_change(house: House, kept: Kept) -> int:
    """Counted, an hour before the storm."""
    event = eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "alone"}, alarm="alone")
    one = Storm([event], seed=0)
    one.blow([Container(house, kept.behind)])
    follow_all(house, kept)
    house.aws.turns.clear()
    house.clock.move(timedelta(hours=1))
    open_hour(house)
    return one.calls


def first_changes(house: House) -> Counter[str]:
    """How often each target's first dial was turned up."""
    return Counter(dial.removesuffix(".a") for dial, to in house.aws.turns if dial.endswith(".a") and to == 2)


def follow_all(house: House, kept: Kept) -> None:
    """Wake every run until it has ended."""
    for run in kept.runs():
        if run.open:
            house.follow(house.wake(Answer(decision="", incident=run.incident, run=run.id)))


SEEDS = [("dynamodb", 0), *(("memory", seed) for seed in range(5))]
DEATHS = [*((kept, seed, 0.05) for kept, seed in SEEDS), *(("memory", seed, 0.5) for seed in range(5))]
ONCE_EACH = Counter({f"d{n}": 1 for n in range(R)})


@pytest.mark.parametrize("number", [100, 400, 1000])
def test_copies_make_one_change_per_target_within_a_bound_that_their_number_is_no_part_of(
    house: House, kept: Kept, containers: list[Container], number: int
) -> None:
    c = calls_of_one_change(house, kept)
    storm = Storm(deliveries(house, number), seed=number)
    storm.blow(containers)
    print(f"{number} copies: {storm.calls} calls, bound {K * R + c * R} = {K}*{R} + {c}*{R}")  # noqa: T201
    assert c == 4  # lease, permit, intent, record
    assert first_changes(house) == ONCE_EACH
    assert Counter(answer.decision for answer in storm.answers) == {"acting": R, "duplicate": number - R}
    assert storm.calls <= K * R + c * R


def test_copies_cost_warm_containers_nothing(house: House, containers: list[Container]) -> None:
    Storm(deliveries(house, 1000), seed=1).blow(containers)
    more = Storm(deliveries(house, 1000), seed=2)
    more.blow(containers)
    assert {answer.decision for answer in more.answers} == {"duplicate"}
    assert (len(more.answers), more.calls) == (1000, 0)


def test_different_alarms_on_the_same_targets_make_one_change_each_and_are_all_on_record(
    house: House, kept: Kept, containers: list[Container]
) -> None:
    number, c = 1000 if kept.roomy else 100, calls_of_one_change(house, kept)
    storm = Storm(deliveries(house, number, alarms=number), seed=3)
    storm.blow(containers)
    bound = c * R + (TAKE + RECORD) * (number - R)
    print(f"{number} alarms: {storm.calls} calls, bound {bound} = {c}*{R} + {TAKE + RECORD}*{number - R}")  # noqa: T201
    assert first_changes(house) == ONCE_EACH
    assert Counter(answer.decision for answer in storm.answers) == {"acting": R, "declined": number - R}
    assert kept.alarms() == number + 1  # and the one that was counted before
    assert storm.calls <= bound


@pytest.mark.parametrize(("kept", "seed"), SEEDS, indirect=["kept"])
def test_many_targets_at_once_are_a_storm_that_changes_few_and_calls_one_person(
    house: House, kept: Kept, containers: list[Container], seed: int
) -> None:
    targets, most = 40, house.ctx.ports.settings.storm_targets
    storm = Storm(deliveries(house, 1000, alarms=targets, targets=targets), seed=seed)
    storm.blow(containers)
    changed, stopped = first_changes(house), [run.decline for run in kept.runs() if run.decline is not None]
    assert (len(storm.answers), len(kept.runs())) == (1000, targets)
    assert (len(changed), set(changed.values())) == (most, {1})
    assert [decline.code for decline in stopped] == ["storm"] * (targets - most)
    (alert,) = [decline for decline in stopped if decline.severity == "P1"]
    assert [alert] == [decline for decline in stopped if decline.call_person]
    assert {word.strip(",") for word in alert.seen.split() if "arn:" in word} > {arn(target) for target in changed}
    if kept.roomy:
        follow_all(house, kept)
        assert {run.phase for run in kept.runs()} == {Phase.ENDED}
        assert len(first_changes(house)) == most


@pytest.mark.parametrize(("kept", "seed", "dying"), DEATHS, indirect=["kept"])
def test_a_storm_in_which_containers_die_makes_one_change_per_target(
    house: House, kept: Kept, containers: list[Container], seed: int, dying: float
) -> None:
    """Each death costs at most what the next container has to learn again, and the calls of one more attempt.

    Who died between intent and call leaves the change to the wake-up: nobody knows at once that the call was not made.
    """
    c = calls_of_one_change(house, kept)
    storm = Storm(deliveries(house, 1000), seed=seed, dying=dying)
    storm.blow(containers)
    bound = (K + storm.kills) * R + c * R + (c + LOAD) * storm.kills
    print(f"1000 copies, {storm.kills} deaths: {storm.calls} calls, bound {bound}")  # noqa: T201
    assert storm.kills > 30
    assert (len(storm.answers), len(kept.runs())) == (1000, R + 1), "one run each, and the one that was counted"
    assert not first_changes(house) - ONCE_EACH
    assert storm.calls <= bound
    if kept.roomy:
        follow_all(house, kept)
        assert Counter(house.aws.turns) == {(f"d{n}.{dial}", 2): 1 for n in range(R) for dial in "ab"}
        assert {run.outcome for run in kept.runs()} == {Outcome.RECOVERED}
