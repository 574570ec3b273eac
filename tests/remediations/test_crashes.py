"""A kill before or after each change of each remediation: no second change, the target freed, the run ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.core.ports import Taken
from functions.core.run import Phase
from functions.remediations.extend_rds_storage import ExtendRdsStorage
from functions.remediations.roll_back_ecs_deployment import RollBackEcsDeployment
from functions.remediations.scale_out_ecs_service import ScaleOutEcsService
from tests.conftest import NOON
from tests.crash import Killer, every_crash, survive
from tests.ecs_account import EcsAccount
from tests.events import REGION
from tests.house import House, in_memory
from tests.remediations import test_extend_rds_storage as storage
from tests.remediations import test_roll_back_ecs_deployment as rollback
from tests.remediations import test_scale_out_ecs_service as scaling

Setting = tuple[House, Any]


@contextmanager
def disk_fills() -> Iterator[Setting]:
    """A snapshot, then growth."""
    clock = FakeClock(NOON)
    with mock_aws():
        aws = Boto3Aws(clock)
        storage.create(aws)
        yield in_memory(ExtendRdsStorage(), aws, clock), storage.alarm(storage.CALM_YET_LOW)


@contextmanager
def deployment_fails() -> Iterator[Setting]:
    """A running deployment is stopped."""
    clock = FakeClock(NOON)
    account = EcsAccount(clock)
    account.fails()
    yield in_memory(RollBackEcsDeployment(), account, clock), rollback.event(clock, rollback.IMPAIRED)


@contextmanager
def bad_version_in_place() -> Iterator[Setting]:
    """The last good version is deployed again."""
    clock = FakeClock(NOON)
    account = EcsAccount(clock)
    account.in_place()
    yield in_memory(RollBackEcsDeployment(), account, clock), rollback.event(clock, rollback.IMPAIRED)


@contextmanager
def cpu_surges(*, scaled: bool = False) -> Iterator[Setting]:
    """The count is raised, does not help, and is set back."""
    clock = FakeClock(NOON)
    with mock_aws():
        aws = Boto3Aws(clock)
        scaling.open_service(aws)
        if scaled:
            scaling.register(aws, 1, 6)
        scaling.alarm_is(aws, "ALARM")
        house = in_memory(ScaleOutEcsService(), aws, clock)
        yield house, scaling.alarm(house)


@contextmanager
def cpu_surges_with_scaling() -> Iterator[Setting]:
    """The floor is raised, does not help, and is set back."""
    with cpu_surges(scaled=True) as setting:
        yield setting


@pytest.mark.parametrize(
    "play", [disk_fills, deployment_fails, bad_version_in_place, cpu_surges, cpu_surges_with_scaling]
)
def test_a_kill_at_any_change_makes_no_second_one(play: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"AWS_ACCESS_KEY_ID": "t", "AWS_SECRET_ACCESS_KEY": "t", "AWS_DEFAULT_REGION": REGION}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MOTO_ECS_SERVICE_RUNNING", "2")

    def run_one(killer: Killer) -> None:
        with play() as (house, event):
            answer = survive(house, killer, event)
            run = house.run(answer)
            assert run.phase is Phase.ENDED
            assert killer.effects, "nothing was changed"
            assert len(killer.effects) == len(set(killer.effects)), killer.effects
            now = house.clock.now()
            other = replace(
                house.ctx.claim(run, "d"), run="other", remediation="other", now=now, until=now + timedelta(hours=1)
            )
            assert isinstance(house.store.take(other), Taken)

    assert list(every_crash(run_one, only_changes=True))
