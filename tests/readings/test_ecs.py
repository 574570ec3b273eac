"""What is read of an ECS service, its deployments, its revisions and its words."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.core.arn import parse_arn
from functions.core.decision import Decline
from functions.readings.ecs import Service, read_service
from functions.readings.ecs_deployments import good_revisions, read_deployments
from functions.readings.ecs_revisions import configuration_differences
from functions.readings.ecs_service_events import trouble_before
from functions.readings.ecs_stopped_tasks import cause_of, read_failed_tasks
from tests.conftest import NOON
from tests.ecs_account import SERVICE, EcsAccount, deployment_arn, revision_arn

TROUBLE = "(service web) is unable to consistently start tasks successfully."
STEADY = "(service web) has reached a steady state."


@pytest.fixture
def account(clock: FakeClock) -> EcsAccount:
    return EcsAccount(clock)


def read(account: EcsAccount) -> Service:
    service = read_service(account, parse_arn(SERVICE, "target"))
    assert isinstance(service, Service)
    return service


def test_a_service_that_names_no_percentages_has_ecs_defaults(account: EcsAccount) -> None:
    account.service["deploymentConfiguration"] = {}
    service = read(account)
    assert (service.minimum_healthy_percent, service.maximum_percent, service.strategy) == (100, 200, "ROLLING")
    assert not service.rolls_back_by_itself


@pytest.mark.parametrize(
    ("launch", "fargate"),
    [
        ({"launchType": "FARGATE"}, True),
        ({"launchType": "EC2"}, False),
        ({"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT"}]}, True),
        ({"capacityProviderStrategy": [{"capacityProvider": "my-group"}]}, False),
    ],
)
def test_fargate_is_told_by_launch_type_or_capacity_provider(
    account: EcsAccount, launch: dict[str, Any], fargate: bool
) -> None:
    del account.service["launchType"]
    account.service.update(launch)
    assert read(account).on_fargate is fargate


def test_two_versions_side_by_side_are_a_deployment_also_where_ecs_gives_no_rollout_state(account: EcsAccount) -> None:
    for one in account.service["deployments"]:
        del one["rolloutState"]
    assert read(account).deploying
    account.service["deployments"].pop()
    assert not read(account).deploying


def test_only_what_says_how_the_service_is_is_kept_of_its_messages(account: EcsAccount) -> None:
    for message in (TROUBLE, "(service web) has started 1 tasks: (task 1).", STEADY):
        account.service["events"].append({"createdAt": NOON, "message": message})
    assert [message for _, message in read(account).events] == [TROUBLE, STEADY]


def test_the_newest_deployment_comes_first_whatever_the_order_of_the_list(account: EcsAccount) -> None:
    history = read_deployments(account, "prod", "web")
    assert not isinstance(history, Decline)
    assert [one.arn for one in history] == [deployment_arn(9), deployment_arn(7)]


def test_of_a_long_history_the_latest_twenty_are_described(account: EcsAccount) -> None:
    for number in range(100, 130):
        began = NOON - timedelta(days=number)
        account.deployments[deployment_arn(number)] = account.deployment(
            number, "SUCCESSFUL", began, finished=began, over=None
        )
    history = read_deployments(account, "prod", "web")
    assert not isinstance(history, Decline)
    assert [one.arn for one in history][:3] == [deployment_arn(9), deployment_arn(7), deployment_arn(100)]
    assert len(history) == 20


def test_a_newest_deployment_that_cannot_be_described_stops_the_change(account: EcsAccount) -> None:
    client = account.client("ecs")
    account.client = lambda service: _Forgetful(client)  # type: ignore[method-assign]
    answer = read_deployments(account, "prod", "web")
    assert isinstance(answer, Decline) and answer.code == "cannot_read"


class _Forgetful:
    """Lists deployments and describes none."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        if name == "describe_service_deployments":
            return lambda **asked: {"serviceDeployments": [], "failures": []}
        return getattr(self._inner, name)


def test_good_revisions_leave_out_the_bad_one_and_what_never_ended_well(account: EcsAccount) -> None:
    day = NOON - timedelta(days=1)
    for number, status in ((1, "STOPPED"), (2, "ROLLBACK_FAILED"), (9, "SUCCESSFUL"), (4, "SUCCESSFUL")):
        account.deployments[deployment_arn(number)] = account.deployment(
            number, status, day, finished=day + timedelta(minutes=number), over=None
        )
    history = read_deployments(account, "prod", "web")
    assert not isinstance(history, Decline)
    assert good_revisions(history, revision_arn(9)) == [revision_arn(4), revision_arn(7)]


@pytest.mark.parametrize(
    ("other", "differs"),
    [
        ({}, ()),
        ({"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-b", "subnet-a"]}}}, ()),
        ({"volumeConfigurations": []}, ()),
        ({"platformVersion": "1.3.0", "launchType": "EC2"}, ("launchType", "platformVersion")),
        ({"taskDefinition": "other", "containerImages": []}, ()),
    ],
)
def test_configurations_are_compared_by_their_content(
    account: EcsAccount, other: dict[str, Any], differs: tuple[str, ...]
) -> None:
    assert configuration_differences(account.revision(7), {**account.revision(7), **other}) == differs


@pytest.mark.parametrize(
    ("said", "since"),
    [
        ([], None),
        ([(5, TROUBLE)], 5),
        ([(5, TROUBLE), (20, TROUBLE)], 20),
        ([(5, TROUBLE), (10, STEADY), (20, TROUBLE)], 5),
        ([(10, STEADY)], None),
        ([(5, STEADY), (10, TROUBLE)], None),
        ([(90, TROUBLE)], None),
        ([(-5, TROUBLE)], None),
        ([(-5, STEADY), (5, TROUBLE)], 5),
    ],
)
def test_trouble_counts_as_older_than_a_deployment_back_to_the_last_steady_state(
    said: list[tuple[int, str]], since: int | None
) -> None:
    """Minutes before the deployment."""
    found = trouble_before([(NOON - timedelta(minutes=ago), message) for ago, message in said], NOON)
    assert found == (NOON - timedelta(minutes=since) if since else None)


def test_failed_tasks_come_in_the_order_in_which_they_ended_each_with_its_failing_container(clock: FakeClock) -> None:
    account = EcsAccount(clock)
    account.stop_task(9, "EssentialContainerExited", "late", 0, 1)
    account.stop_task(9, "EssentialContainerExited", "early", 0)
    late, early = account.tasks
    late["containers"][1]["name"] = "app"
    early["stoppedAt"] -= timedelta(minutes=1)
    found = read_failed_tasks(account, "prod", "web", NOON - timedelta(hours=1))
    assert [(task.reason, task.container, task.arn) for task in found] == [
        ("early", "web", early["taskArn"]), ("late", "app", late["taskArn"]),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("Essential container in task exited", ""),
        ("Task failed ELB health checks in (target-group web)", ""),
        ("OutOfMemoryError: Container killed due to memory usage", ""),
        ("CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref web:9: web:9: not found", "image_not_found"),
        ("CannotPullContainerError: manifest unknown", "image_not_found"),
        ("CannotPullContainerError: toomanyrequests: You have reached your pull rate limit", "image_pull"),
        ("CannotPullContainerError: context deadline exceeded", "image_pull"),
        ("ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed", "secrets_or_network"),
        ("You've reached the limit on the number of vCPUs you can run concurrently", "quota"),
        ("Capacity is unavailable at this time. Please try again later or in a different availability zone", "capacity"),
        ("RESOURCE:ENI", "capacity"),
    ],
)  # fmt: skip
def test_the_words_of_a_stopped_task_come_to_a_cause(words: str, cause: str) -> None:
    assert cause_of(words) == cause


def test_failed_tasks_are_those_since_then_that_nobody_stopped(account: EcsAccount) -> None:
    account.stop_task(9, "EssentialContainerExited", "exited")
    account.stop_task(9, "ServiceSchedulerInitiated", "scaled")
    account.stop_task(9, "SpotInterruption", "interrupted")
    account.tasks[0]["stoppedAt"] = NOON - timedelta(minutes=30)
    found = read_failed_tasks(account, "prod", "web", NOON - timedelta(minutes=10))
    assert [(task.code, task.cause) for task in found] == [("SpotInterruption", "capacity")]
