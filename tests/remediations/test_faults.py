"""Every call of every scene of every remediation goes wrong in every way: nothing is changed twice, nothing is lost.

Run it with -s to see the table: what was being done, what went wrong, how it ended by each way of delivery.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from functions.catalogue import load, names
from functions.core.action import Action, Irreversible, encode
from tests.cloud import Cloud, Delivery
from tests.faults import Fault, Point, Strike, moments
from tests.house import House
from tests.rehearsal import rehearsal, stage_of
from tests.remembered import Stage
from tests.scenes import all_scenes, scenes_of
from tests.verdict import effect_of, verdict

Table = Counter[tuple[str, str, Fault, Delivery, str]]


@pytest.fixture(scope="module")
def table() -> Iterator[Table]:
    """Counts how it ended, and is printed when all scenes have been played."""
    counted: Table = Counter()
    yield counted
    print("\n" + "\n".join(lines(counted)))  # noqa: T201


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The sweep tells of each run that it cannot see to: thousands of times here."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def lines(table: Table) -> list[str]:
    """One for each action and fault, with a column for each way of delivery."""
    rows = sorted({key[:3] for key in table})
    written = []
    for row in rows:
        cells = [
            ", ".join(
                f"{end} {n}" for (*where, by, end), n in sorted(table.items()) if (tuple(where), by) == (row, way)
            )
            for way in Delivery
        ]
        written.append(f"{row[0]:26} {row[1]:24} {row[2]:17} " + " | ".join(f"{cell:40}" for cell in cells))
    return [*written, f"{table.total()} runs"]


def combinations(points: Iterable[Point]) -> Iterator[tuple[Point, Fault, Delivery]]:
    """Every moment with every fault, once, twice, concurrently and as twins, but for what cannot differ.

    A second copy comes in when the first is answered, or given up: to it, what happens at later calls is yet to come. With no
    fault there is one way to go, wherever it is looked at; a copy that comes in at a later call is the concurrent one, and finds
    the target held: it comes without a further fault then.
    """
    for point in moments(points):
        for fault in point.faults:
            if fault is Fault.NONE or point.before_follow_up:
                yield point, fault, Delivery.CONCURRENTLY
            if fault in (Fault.NONE, Fault.KILLED_BEFORE, Fault.KILLED_AFTER):
                yield point, fault, Delivery.AS_TWINS
            if fault is not Fault.NONE or point.number == 1:
                yield point, fault, Delivery.ONCE
            if point.before_follow_up and (fault is not Fault.NONE or point.number == 1):
                yield point, fault, Delivery.TWICE


def play(stage: Stage, point: Point, fault: Fault, delivery: Delivery) -> str:
    house = stage.new_house()
    before = list(house.store.runs.values())
    strike = Strike(house.clock.now, point.number, fault)
    cloud = Cloud(house, strike)
    cloud.play(stage.event, delivery)
    assert len(strike.points) >= point.number, "the call was never made"
    return verdict(cloud, before)


@pytest.mark.parametrize(("remediation", "scene"), all_scenes(), ids=map("-".join, all_scenes()))
def test_a_fault_at_any_call_changes_nothing_twice_and_ends_in_a_true_record(
    remediation: str, scene: str, table: Table
) -> None:
    wrong = []
    with stage_of(remediation, scene) as stage:
        for point, fault, delivery in combinations(rehearsal(remediation, scene).points):
            try:
                end = play(stage, point, fault, delivery)
            except AssertionError as error:
                wrong.append(f"{fault} at call {point.number} ({point.call}), {delivery}: {error}")
                end = "WRONG"
            table[remediation, point.action, fault, delivery, end] += 1
    assert not wrong, "\n".join([f"{len(wrong)} went wrong:", *wrong[:60]])


@pytest.mark.parametrize("remediation", names())
def test_every_action_and_every_way_back_is_made_in_a_scene(remediation: str) -> None:
    made, taken_back, reversible = set(), set(), set()
    for scene in scenes_of(remediation):
        house = rehearsal(remediation, scene).house
        for run, step in ((one, step) for one in house.store.runs.values() for step in one.steps):
            way_back = house.ctx.action(step.action).undo()
            if effect_of(house, step.action) in house.aws.effects:
                made.add(step.action["action"])
                reversible |= {step.action["action"]} if not isinstance(way_back, Irreversible) else set()
                taken_back |= {step.action["action"]} if run.undoes else set()
            # what a person takes back was made when the scene was set up
            taken_back |= {step.action["action"]} if _made(house, way_back) else set()
    assert made == {action.__name__ for action in load(remediation).actions}
    assert taken_back >= reversible


def _made(house: House, way_back: Action | Irreversible) -> bool:
    return not isinstance(way_back, Irreversible) and effect_of(house, encode(way_back)) in house.aws.effects


@pytest.mark.parametrize(("remediation", "scene"), all_scenes(), ids=map("-".join, all_scenes()))
def test_a_remembered_account_answers_as_the_real_one(remediation: str, scene: str) -> None:
    remembered = rehearsal(remediation, scene).house
    with scenes_of(remediation)[scene]() as (house, event):
        Cloud(house, Strike(house.clock.now)).play(event)
        assert story(house) == story(remembered)


def story(house: House) -> list[object]:
    told = [(entry.at, entry.kind, entry.text) for entry in house.store.entries]
    return [*told, *((run.id, run.outcome, run.steps) for run in house.store.runs.values())]
