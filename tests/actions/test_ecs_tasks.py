"""One task of a service is stopped, and the next one only when the service is whole again."""

from __future__ import annotations

import pytest

from functions.actions.ecs_tasks import StopTask
from functions.adapters.clock import FakeClock
from functions.core.action import Effect, Irreversible
from tests.alb_account import SERVICE, AlbAccount, task_arn

STOP = StopTask(service_arn=SERVICE, task_arn=task_arn(2))


@pytest.fixture
def account(clock: FakeClock) -> AlbAccount:
    return AlbAccount(clock)


def test_a_task_that_runs_is_not_stopped_yet(account: AlbAccount) -> None:
    assert STOP.progress(account).effect is Effect.ABSENT


@pytest.mark.parametrize(
    ("status", "running", "effect"),
    [
        ("DEACTIVATING", 4, Effect.UNDER_WAY),
        ("STOPPED", 3, Effect.UNDER_WAY),
        ("STOPPED", 4, Effect.DONE),
    ],
)
def test_it_is_in_effect_when_the_task_is_gone_and_another_runs(
    account: AlbAccount, status: str, running: int, effect: Effect
) -> None:
    STOP.do(account)
    account.tasks[task_arn(2)]["lastStatus"] = status
    account.service["runningCount"] = running
    assert STOP.progress(account).effect is effect


def test_a_task_that_ecs_has_forgotten_has_stopped(account: AlbAccount) -> None:
    del account.tasks[task_arn(2)]
    assert STOP.progress(account).effect is Effect.DONE


def test_it_asks_for_the_task_of_this_cluster_and_says_why(account: AlbAccount) -> None:
    STOP.do(account)
    ((_, asked),) = account.calls
    assert (asked["cluster"], asked["task"]) == ("prod", task_arn(2))
    assert "unhealthy" in asked["reason"]
    assert str(STOP) == f"stop task {task_arn(2).rpartition('/')[2]} of prod/web, which the service replaces"


def test_there_is_no_way_back_and_nothing_for_a_template(account: AlbAccount) -> None:
    assert isinstance(STOP.undo(), Irreversible)
    assert STOP.properties() == ()
