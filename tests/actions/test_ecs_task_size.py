"""Another task size: a copy that is registered once under a known number, and its deployment with a way back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from functions.actions.ecs_task_size import DeployTaskSize, RegisterTaskSize
from functions.actions.task_definition_copy import resized_copy
from functions.adapters.clock import FakeClock
from functions.core.action import Effect, Irreversible, PropertyChange, decode, encode
from functions.readings.fargate_task_size import TaskSize
from tests.ecs_account import SERVICE, EcsAccount, definition_arn
from tests.modelled import refused

REGISTER = RegisterTaskSize(
    task_definition=definition_arn(10), copy_of=definition_arn(9), cpu_units=256, memory_mib=1024, made_for="a-request"
)
DEPLOY = DeployTaskSize(service_arn=SERVICE, task_definition=definition_arn(10), instead_of=definition_arn(9))


@pytest.fixture
def account(clock: FakeClock) -> EcsAccount:
    account = EcsAccount(clock)
    account.settled()
    return account


def test_it_is_absent_then_registered_and_known_by_its_tag(account: EcsAccount) -> None:
    assert REGISTER.progress(account).effect is Effect.ABSENT
    REGISTER.do(account)
    assert REGISTER.progress(account).effect is Effect.DONE
    assert replace(REGISTER, made_for="another").progress(account).effect is Effect.FAILED


def test_what_cannot_be_read_is_not_taken_for_absent(account: EcsAccount) -> None:
    account.refuses["describe_task_definition"] = "AccessDeniedException"
    with pytest.raises(type(refused("", "")), match="AccessDenied"):
        REGISTER.progress(account)


def test_limits_of_containers_grow_in_proportion_and_what_is_not_set_stays_so() -> None:
    definition: dict[str, Any] = {
        "cpu": "512", "memory": "1024",
        "containerDefinitions": [{"name": "a", "cpu": 0, "memory": 700}, {"name": "b", "memoryReservation": 300}],
    }  # fmt: skip
    copy = resized_copy(definition, TaskSize(cpu_units=1024, memory_mib=3072))
    assert (copy["cpu"], copy["memory"]) == ("1024", "3072")
    assert copy["containerDefinitions"] == [
        {"name": "a", "cpu": 0, "memory": 2100}, {"name": "b", "memoryReservation": 900}
    ]  # fmt: skip
    assert definition["containerDefinitions"][0]["memory"] == 700


def test_the_way_back_is_the_size_before(account: EcsAccount) -> None:
    REGISTER.do(account)
    assert DEPLOY.progress(account).effect is Effect.ABSENT
    DEPLOY.do(account)
    assert DEPLOY.progress(account).effect is Effect.UNDER_WAY
    account.finish(10)
    assert DEPLOY.progress(account).effect is Effect.DONE
    back = DEPLOY.undo()
    assert isinstance(back, DeployTaskSize) and back.task_definition == definition_arn(9) and back.undo() == DEPLOY
    assert isinstance(REGISTER.undo(), Irreversible)


def test_they_are_data_in_one_line_and_say_what_of_a_template_they_change() -> None:
    for action in (REGISTER, DEPLOY):
        assert decode(encode(action), [RegisterTaskSize, DeployTaskSize]) == action
    assert str(REGISTER) == "register web:10: a copy of web:9 with 0.25 vCPU and 1 GiB a task"
    changed = PropertyChange(
        resource_type="AWS::ECS::Service", property="TaskDefinition", old=definition_arn(9), new=definition_arn(10)
    )
    assert (REGISTER.properties(), DEPLOY.properties()) == ((), (changed,))
