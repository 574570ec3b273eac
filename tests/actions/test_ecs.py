"""Changes of an ECS service, against moto and, for service deployments, against an account of our own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.actions.ecs import DeployTaskDefinition, SetDesiredCount, StopDeployment
from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.core.action import Action, Effect, Irreversible, PropertyChange, decode, encode
from tests.ecs_account import SERVICE, EcsAccount, definition_arn, deployment_arn

THREE = SetDesiredCount(service_arn=SERVICE, count=3, was=2)
STOP = StopDeployment(deployment=deployment_arn(9), task_definition=definition_arn(7), instead_of=definition_arn(9))
DEPLOY = DeployTaskDefinition(service_arn=SERVICE, task_definition=definition_arn(7), instead_of=definition_arn(9))


@pytest.fixture
def account(clock: FakeClock) -> EcsAccount:
    return EcsAccount(clock)


@pytest.fixture
def service(aws: Boto3Aws) -> Boto3Aws:
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName="prod")
    container = {"name": "web", "image": "registry.invalid/web:1.0", "memory": 128}
    ecs.register_task_definition(family="web", containerDefinitions=[container])
    ecs.create_service(cluster="prod", serviceName="web", taskDefinition="web:1", desiredCount=2)
    return aws


def desired(aws: Boto3Aws) -> int:
    return int(aws.client("ecs").describe_services(cluster="prod", services=["web"])["services"][0]["desiredCount"])


def test_the_count_is_set_seen_and_set_back(service: Boto3Aws) -> None:
    assert THREE.progress(service).effect is Effect.ABSENT
    THREE.do(service)
    assert (THREE.progress(service).effect, desired(service)) == (Effect.DONE, 3)
    THREE.do(service)
    assert desired(service) == 3
    THREE.undo().do(service)
    assert desired(service) == 2
    assert THREE.undo().undo() == THREE


def test_a_service_that_is_gone_fails_the_change(service: Boto3Aws) -> None:
    gone = replace(THREE, service_arn=SERVICE.replace("web", "gone"))
    assert gone.progress(service).effect is Effect.FAILED


def test_setting_the_count_sends_nothing_that_starts_a_deployment(account: EcsAccount) -> None:
    THREE.do(account)
    assert account.calls == [("UpdateService", {"desiredCount": 3})]


@pytest.mark.parametrize(
    ("status", "effect"),
    [
        ("PENDING", Effect.ABSENT),
        ("IN_PROGRESS", Effect.ABSENT),
        ("STOP_REQUESTED", Effect.UNDER_WAY),
        ("ROLLBACK_REQUESTED", Effect.UNDER_WAY),
        ("ROLLBACK_IN_PROGRESS", Effect.UNDER_WAY),
        ("ROLLBACK_SUCCESSFUL", Effect.DONE),
        ("ROLLBACK_FAILED", Effect.FAILED),
        ("SUCCESSFUL", Effect.FAILED),
        ("STOPPED", Effect.FAILED),
    ],
)
def test_a_deployment_counts_as_rolled_back_only_when_ecs_says_so(
    account: EcsAccount, status: str, effect: Effect
) -> None:
    account.newest["status"] = status
    assert STOP.progress(account).effect is effect


def test_a_deployment_is_stopped_with_rollback_and_twice_is_harmless(account: EcsAccount) -> None:
    STOP.do(account)
    assert STOP.progress(account).effect is Effect.UNDER_WAY
    STOP.do(account)
    assert {call[1]["stopType"] for call in account.calls} == {"ROLLBACK"}
    assert account.newest["status"] == "ROLLBACK_REQUESTED"


def test_a_deployment_that_is_gone_fails_the_change(account: EcsAccount) -> None:
    account.deployments.clear()
    assert STOP.progress(account).effect is Effect.FAILED


def test_a_definition_is_deployed_by_its_full_arn_and_seen_through_to_its_end(account: EcsAccount) -> None:
    assert DEPLOY.progress(account).effect is Effect.ABSENT
    DEPLOY.do(account)
    assert account.calls == [("UpdateService", {"taskDefinition": definition_arn(7)})]
    assert DEPLOY.progress(account).effect is Effect.UNDER_WAY
    account.finish(7)
    assert DEPLOY.progress(account).effect is Effect.DONE
    account.service["runningCount"] = 1
    assert DEPLOY.progress(account).effect is Effect.UNDER_WAY
    account.primary["rolloutState"] = "FAILED"
    assert DEPLOY.progress(account).effect is Effect.FAILED


@pytest.mark.parametrize("action", [STOP, DEPLOY])
def test_a_bad_version_never_goes_out_again_by_itself(action: Action) -> None:
    way_back = action.undo()
    assert isinstance(way_back, Irreversible)
    assert "pipeline" in way_back.because and definition_arn(9) in way_back.because


@pytest.mark.parametrize("action", [THREE, STOP, DEPLOY])
def test_an_action_survives_the_journal_and_reads_as_one_line(action: Action) -> None:
    assert decode(encode(action), [type(action)]) == action
    assert "\n" not in str(action) and "arn:" not in str(action)


def on_the_service(name: str, old: str | int, new: str | int, *, literal: bool = True) -> PropertyChange:
    return PropertyChange(resource_type="AWS::ECS::Service", property=name, old=old, new=new, literal=literal)


def test_a_new_count_changes_the_desired_count_and_its_undo_changes_it_back() -> None:
    assert THREE.properties() == (on_the_service("DesiredCount", 2, 3),)
    assert THREE.undo().properties() == (on_the_service("DesiredCount", 3, 2),)


@pytest.mark.parametrize("action", [STOP, DEPLOY])
def test_going_back_changes_which_task_definition_the_service_runs(action: Action) -> None:
    assert action.properties() == (on_the_service("TaskDefinition", definition_arn(9), definition_arn(7)),)


def test_a_stopped_deployment_takes_its_configuration_along_by_name_without_guessing_its_values() -> None:
    same_version = replace(STOP, task_definition=STOP.instead_of, besides="platformFamily,networkConfiguration")
    old, new = f"as deployed by {deployment_arn(9)}", f"as before {deployment_arn(9)}"
    assert same_version.properties() == (on_the_service("NetworkConfiguration", old, new, literal=False),)
    assert "platformFamily, networkConfiguration" in str(same_version)
    assert decode(encode(same_version), [StopDeployment]) == same_version
