"""The verdict on a record can be anything but good: each way in which record and account may disagree is found, and named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.core.arn import parse_arn
from functions.core.decision import Decline
from functions.core.ports import Claim
from functions.core.run import Outcome, Phase, Run, StepState
from tests.cloud import Cloud
from tests.faults import Strike
from tests.rehearsal import stage_of
from tests.remembered import asked
from tests.verdict import verdict

HELPS, HELPS_NOT = "more_tasks_help_and_are_given_back", "more_tasks_in_a_subnet_do_not_help"
Spoil = Callable[[Cloud], None]


@pytest.fixture
def play() -> Iterator[Callable[[str], Cloud]]:
    """A scene, played to its end with nothing going wrong."""
    opened = []

    def played(scene: str) -> Cloud:
        stage = stage_of("scale_out_ecs_service", scene)
        opened.append(stage)
        house = stage.__enter__().new_house()
        cloud = Cloud(house, Strike(house.clock.now))
        cloud.play(stage.event)
        return cloud

    yield played
    for stage in opened:
        stage.__exit__()


def first(cloud: Cloud) -> Run:
    return next(run for run in cloud.sound.store.runs.values() if not run.way_back)


def rewrite(cloud: Cloud, **over: Any) -> None:
    run = first(cloud)
    cloud.sound.store.runs[run.incident, run.id] = replace(run, **over)


def made(cloud: Cloud) -> list[Any]:
    """The changes that the account has seen."""
    found: list[Any] = cloud.sound.aws._made
    return found


def twice(cloud: Cloud) -> None:
    cloud.sound.aws._made = [*made(cloud), made(cloud)[0]]


def never_made(cloud: Cloud) -> None:
    cloud.sound.aws._made = []


def and_made(cloud: Cloud, method: str, **named: Any) -> None:
    cloud.sound.aws._made = [*made(cloud), (asked("ecs", method, named), named)]


def tagged(cloud: Cloud) -> None:
    and_made(cloud, "tag_resource", resourceArn=first(cloud).target, tags=[])


def counted_otherwise(cloud: Cloud) -> None:
    and_made(cloud, "update_service", cluster="prod", service="web", desiredCount=7)


def not_taken_back(cloud: Cloud) -> None:
    cloud.sound.aws._made = made(cloud)[:1]
    rewrite(cloud, steps=first(cloud).steps[:1])


def declined(cloud: Cloud, why: Decline | None = None) -> None:
    store = cloud.sound.store
    rewrite(cloud, outcome=Outcome.DECLINED, decline=why)
    store.entries += [replace(entry, kind="declined") for entry in store.entries]


def declined_with_a_reason(cloud: Cloud) -> None:
    declined(cloud, Decline(code="c", seen="s", advice="a"))


def not_at_its_end(cloud: Cloud) -> None:
    rewrite(cloud, phase=Phase.PROVING)


def refused(cloud: Cloud) -> None:
    rewrite(cloud, steps=tuple(replace(step, state=StepState.REFUSED) for step in first(cloud).steps))


def silent(cloud: Cloud) -> None:
    cloud.sound.store.entries = []


def nobody_called(cloud: Cloud) -> None:
    cloud.sound.store.entries = [replace(entry, call_person=False) for entry in cloud.sound.store.entries]


def forgotten(cloud: Cloud) -> None:
    """The way back was never begun."""
    store = cloud.sound.store
    store.runs = {key: run for key, run in store.runs.items() if not run.way_back}
    cloud.sound.aws._made = made(cloud)[:1]


def lost(cloud: Cloud) -> None:
    never_made(cloud)
    cloud.sound.store.runs, cloud.sound.store.alarms = {}, {}


def held(cloud: Cloud) -> None:
    now = cloud.clock.now() + timedelta(days=30)
    cloud.clock.move(timedelta(days=30))
    wish = Claim(
        target=parse_arn(first(cloud).target, "target"),
        remediation="another",
        run="another",
        incident="INC",
        delivery="another",
        now=now,
        until=now + timedelta(hours=1),
    )
    cloud.sound.store.take(wish)


@pytest.mark.parametrize(
    ("scene", "said"), [(HELPS, "recovered+recovered"), (HELPS_NOT, "undone")], ids=["helps", "helps not"]
)
def test_a_true_record_is_found_true(play: Callable[[str], Cloud], scene: str, said: str) -> None:
    assert verdict(play(scene)) == said


@pytest.mark.parametrize(
    ("scene", "spoil", "found"),
    [
        (HELPS, twice, "made twice"),
        (HELPS, never_made, "0 times made"),
        (HELPS, refused, "1 times made"),
        (HELPS, tagged, "in no journal"),
        (HELPS, counted_otherwise, "not there"),
        (HELPS, not_at_its_end, "not at its end"),
        (HELPS, silent, "without a word"),
        (HELPS, declined, "declined without a reason"),
        (HELPS, declined_with_a_reason, "and yet changed"),
        (HELPS, forgotten, "a temporary change stays"),
        (HELPS, lost, "lost"),
        (HELPS, held, "target_busy"),
        (HELPS_NOT, nobody_called, "nobody was called"),
        (HELPS_NOT, not_taken_back, "not taken back"),
    ],
    ids=lambda one: getattr(one, "__name__", ""),
)
def test_a_record_that_is_not_true_is_found_out(
    play: Callable[[str], Cloud], scene: str, spoil: Spoil, found: str
) -> None:
    cloud = play(scene)
    spoil(cloud)
    with pytest.raises(AssertionError, match=found):
        verdict(cloud)
