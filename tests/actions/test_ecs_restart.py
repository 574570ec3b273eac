"""A forced deployment of an ECS service: made once, and known by the deployment that it begins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.actions.ecs_restart import RestartService
from functions.adapters.clock import FakeClock
from functions.core.action import Effect, Irreversible, decode, encode
from tests.ecs_account import SERVICE, EcsAccount, definition_arn

RESTART = RestartService(service_arn=SERVICE, task_definition=definition_arn(9), deployment="ecs-svc/9")


@pytest.fixture
def account(clock: FakeClock) -> EcsAccount:
    account = EcsAccount(clock)
    account.settled()
    return account


def test_it_is_absent_then_under_way_then_in_effect(account: EcsAccount) -> None:
    assert RESTART.progress(account).effect is Effect.ABSENT
    RESTART.do(account)
    assert account.calls == [("UpdateService", {"forceNewDeployment": True})]
    assert RESTART.progress(account).effect is Effect.UNDER_WAY
    account.finish(9)
    account.primary["id"] = "ecs-svc/10"
    assert RESTART.progress(account).effect is Effect.DONE


def test_a_deployment_whose_old_tasks_still_run_is_not_in_effect(account: EcsAccount) -> None:
    RESTART.do(account)
    account.primary["rolloutState"] = "COMPLETED"
    assert RESTART.progress(account).effect is Effect.UNDER_WAY


def test_it_has_failed_where_ecs_says_so_or_another_version_is_deployed(account: EcsAccount) -> None:
    RESTART.do(account)
    assert replace(RESTART, task_definition=definition_arn(8)).progress(account).effect is Effect.FAILED
    account.primary["rolloutState"] = "FAILED"
    assert RESTART.progress(account).effect is Effect.FAILED
    account.service["deployments"] = []
    assert RESTART.progress(account).effect is Effect.FAILED
    assert replace(RESTART, service_arn=f"{SERVICE}x").progress(account).effect is Effect.FAILED


def test_it_is_data_in_one_line_and_has_no_way_back() -> None:
    assert decode(encode(RESTART), [RestartService]) == RESTART
    assert str(RESTART) == "restart the tasks of prod/web, a few at a time, with web:9 as before"
    assert isinstance(RESTART.undo(), Irreversible) and RESTART.properties() == ()
