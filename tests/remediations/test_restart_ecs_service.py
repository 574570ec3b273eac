"""A restart that a person asks for: new tasks of the same version, a few at a time; or declined."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.core.run import Outcome
from functions.remediations.restart_ecs_service import RestartEcsService
from tests.conftest import NOON
from tests.ecs_account import SERVICE, EcsAccount, definition_arn
from tests.events import ACCOUNT, REGION
from tests.house import House, in_memory
from tests.scenes import Reacting

RESTART = [("UpdateService", {"forceNewDeployment": True})]
OURS = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/web"
Turn = Callable[[EcsAccount], Any]


@pytest.fixture
def account(clock: FakeClock) -> EcsAccount:
    account = EcsAccount(clock)
    account.settled()
    return account


@pytest.fixture
def house(clock: FakeClock, account: EcsAccount) -> House:
    return house_of(account, clock)


def house_of(aws: Any, clock: FakeClock) -> House:
    return in_memory(RestartEcsService(), aws, clock)


def request(mode: str = "act", target: str = SERVICE) -> dict[str, Any]:
    return {"target": target, "reason": "its workers hang", "requested_by": "ann", "mode": mode}


def use_image(image: str) -> Turn:
    def turn(account: EcsAccount) -> None:
        account.definitions[definition_arn(9)] = account.definition(9, image)

    return turn


# It acts


def test_the_tasks_are_replaced_by_tasks_of_the_same_version(house: House, account: EcsAccount) -> None:
    answer = house.deliver(request())
    assert (answer.decision, account.calls) == ("acting", RESTART)
    assert account.primary["taskDefinition"] == definition_arn(9)
    account.finish(9)
    assert house.run(house.follow(answer)).outcome is Outcome.RECOVERED
    assert account.calls == RESTART


def test_tasks_that_do_not_come_up_end_with_a_person_and_nothing_more_is_done(
    house: House, account: EcsAccount
) -> None:
    answer = house.deliver(request())
    account.primary["rolloutState"] = "FAILED"
    run = house.run(house.follow(answer))
    assert (run.outcome, account.calls) == (Outcome.ESCALATED, RESTART)


def test_new_tasks_that_are_no_healthy_targets_have_not_helped(house: House, account: EcsAccount) -> None:
    account.behind()
    account.unhealthy = 2
    answer = house.deliver(request())
    account.finish(9)
    assert house.run(house.follow(answer)).outcome is Outcome.ESCALATED


def test_a_version_that_somebody_deploys_meanwhile_is_not_called_a_restart(house: House, account: EcsAccount) -> None:
    answer = house.deliver(request())
    account.finish(8)
    assert house.run(house.follow(answer)).outcome is Outcome.ESCALATED


def test_observing_changes_nothing(house: House, account: EcsAccount) -> None:
    assert house.deliver(request("observe")).decision == "observed"
    assert account.calls == []


def test_no_alarm_and_no_event_starts_it() -> None:
    assert RestartEcsService.triggers == ()


def test_a_second_restart_within_the_hour_meets_the_rest(house: House, account: EcsAccount) -> None:
    answer = house.deliver(request())
    account.finish(9)
    house.follow(answer)
    house.clock.move(timedelta(minutes=30))
    assert house.deliver(request()).text.startswith("cooldown")
    assert account.calls == RESTART


def test_where_all_tasks_may_stop_at_once_a_person_agrees_first(house: House, account: EcsAccount) -> None:
    account.service["deploymentConfiguration"]["minimumHealthyPercent"] = 0
    answer = house.deliver(request())
    run = house.run(answer)
    assert (answer.decision, account.calls) == ("waiting_for_answer", [])
    assert run.plan is not None and "stop all 2 tasks at once" in run.guards["cost"]


def test_a_moving_tag_that_is_seen_to_be_where_the_tasks_got_it_is_no_obstacle(
    house: House, account: EcsAccount
) -> None:
    use_image(f"{OURS}:latest")(account)
    account.run_task(9, **{f"{OURS}:latest": "sha256:running"})
    account.images["latest"] = "sha256:running"
    assert house.deliver(request()).decision == "acting"


def test_tasks_may_stop_before_others_start_where_no_address_is_free(house: House, account: EcsAccount) -> None:
    account.free_addresses = 0
    account.service["deploymentConfiguration"]["minimumHealthyPercent"] = 50
    assert house.deliver(request()).decision == "acting"


def test_tasks_of_an_earlier_version_that_failed_are_no_obstacle(house: House, account: EcsAccount) -> None:
    account.stop_task(7, "TaskFailedToStart", "CannotPullContainerError: dial tcp 10.0.0.1:443: i/o timeout")
    assert house.deliver(request()).decision == "acting"


def test_a_daemon_service_is_restarted_too(house: House, account: EcsAccount) -> None:
    account.service["schedulingStrategy"] = "DAEMON"
    account.service["deploymentConfiguration"].update(minimumHealthyPercent=50, maximumPercent=100)
    assert house.deliver(request()).decision == "acting"


# What stops it


def fails_with(code: str, reason: str) -> Turn:
    return lambda account: account.stop_task(9, code, reason)


def moved(account: EcsAccount) -> None:
    """Three tasks run what `latest` was once."""
    use_image(f"{OURS}:latest")(account)
    account.run_task(9, **{f"{OURS}:latest": "sha256:running"})
    account.images["latest"] = "sha256:newer"


def mixed(account: EcsAccount) -> None:
    """Two tasks run what the same tag was at two times."""
    use_image(f"{OURS}:latest")(account)
    for digest in ("sha256:one", "sha256:two"):
        account.run_task(9, **{f"{OURS}:latest": digest})
    account.images["latest"] = "sha256:two"


def percentages(minimum: int, maximum: int, desired: int = 2) -> Turn:
    def turn(account: EcsAccount) -> None:
        settings = account.service["deploymentConfiguration"]
        settings.update(minimumHealthyPercent=minimum, maximumPercent=maximum)
        account.service.update(desiredCount=desired, runningCount=desired)

    return turn


def in_stack(status: str) -> Turn:
    return lambda a: (a.tag("aws:cloudformation:stack-name", "web"), setattr(a, "stack", status))


STOPS: list[tuple[str, Turn]] = [
    ("service_not_active", lambda a: a.service.update(status="DRAINING")),
    ("desired_zero", lambda a: a.service.update(desiredCount=0)),
    ("code_deploy_controller", lambda a: a.service.update(deploymentController={"type": "CODE_DEPLOY"})),
    ("external_controller", lambda a: a.service.update(deploymentController={"type": "EXTERNAL"})),
    ("stack_in_progress", in_stack("UPDATE_IN_PROGRESS")),
    ("stack_failed", in_stack("UPDATE_ROLLBACK_FAILED")),
    ("deployment_in_progress", lambda a: a.primary.update(rolloutState="IN_PROGRESS")),
    ("deployment_failed", lambda a: a.primary.update(rolloutState="FAILED")),
    ("cannot_replace_tasks", percentages(100, 100)),
    ("cannot_replace_tasks", percentages(100, 150, desired=1)),
    ("cannot_replace_tasks", percentages(50, 100, desired=1)),
    ("mutable_image_tag", use_image("registry.invalid/web:latest")),
    ("mutable_image_tag", use_image("registry.invalid:5000/web")),
    ("mutable_image_tag", mixed),
    ("image_replaced", moved),
    ("image_replaced", use_image(f"{OURS}:1.9")),
    ("image_pull_broken", fails_with("TaskFailedToStart", "CannotPullContainerError: dial tcp 10.0.0.1:443: i/o timeout")),
    ("image_missing", fails_with("TaskFailedToStart", "CannotPullContainerError: registry.invalid/web:1.9: not found")),
    ("secrets_or_network", fails_with("TaskFailedToStart", "ResourceInitializationError: unable to pull secrets")),
    ("quota_reached", fails_with("TaskFailedToStart", "You've reached the limit on the number of vCPUs you can run")),
    ("no_capacity", fails_with("TaskFailedToStart", "Capacity is unavailable at this time.")),
    ("no_free_addresses", lambda a: setattr(a, "free_addresses", 0)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "turn"), STOPS, ids=[f"{i}-{stop[0]}" for i, stop in enumerate(STOPS)])
def test_each_guard_declines_with_its_own_code_and_changes_nothing(
    house: House, account: EcsAccount, code: str, turn: Turn
) -> None:
    turn(account)
    run = house.run(house.deliver(request()))
    assert run.outcome is Outcome.DECLINED and run.decline is not None
    assert run.decline.code == code, run.decline
    assert run.decline.seen and run.decline.advice
    assert account.calls == []


def test_a_target_that_is_no_service_or_not_there_is_declined(house: House) -> None:
    assert house.deliver(request(target=f"{SERVICE}x")).text.startswith("target_not_found:")
    assert house.deliver(request(target=SERVICE.replace("service/", "task/"))).text.startswith("not_a_service:")


# Under moto


def test_boto3_shapes_a_plain_service_is_restarted(
    aws: Boto3Aws, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_ECS_SERVICE_RUNNING", "2")
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName="prod")
    container = {"name": "web", "image": "registry.invalid/web:1.0", "memory": 128}
    ecs.register_task_definition(family="web", containerDefinitions=[container])
    tags = [{"key": "first-responder:mode", "value": "act"}]
    ecs.create_service(cluster="prod", serviceName="web", taskDefinition="web:1", desiredCount=2, tags=tags)
    before = ecs.describe_services(cluster="prod", services=["web"])["services"][0]
    house = house_of(aws, clock)
    answer = house.deliver(request())
    after = ecs.describe_services(cluster="prod", services=["web"])["services"][0]
    assert (answer.decision, after["taskDefinition"]) == ("acting", before["taskDefinition"])
    assert after["deployments"][0]["id"] != before["deployments"][0]["id"]
    assert house.run(house.follow(answer)).outcome is Outcome.RECOVERED


# Scenes


@contextmanager
def _restarted(then: int = 9) -> Iterator[tuple[EcsAccount, House]]:
    """`then` is the version that runs a moment after the restart."""
    clock = FakeClock(NOON)
    account = EcsAccount(clock)
    account.settled()
    yield account, house_of(Reacting(account, {"update_service": partial(account.finish, then)}), clock)


@contextmanager
def a_service_of_a_stack_is_restarted() -> Iterator[tuple[House, Any]]:
    """Its image comes from this account's registry by a tag that has not moved; a task of it has crashed lately."""
    with _restarted() as (account, house):
        account.tag("aws:cloudformation:stack-name", "web")
        account.behind()
        use_image(f"{OURS}:latest")(account)
        account.run_task(9, **{f"{OURS}:latest": "sha256:running"})
        account.images["latest"] = "sha256:running"
        account.stop_task(9, "EssentialContainerExited", "Essential container in task exited")
        yield house, request()


@contextmanager
def somebody_deploys_another_version_right_after_the_restart() -> Iterator[tuple[House, Any]]:
    with _restarted(then=8) as (_, house):
        yield house, request()


SCENES = {
    scene.__name__: scene
    for scene in (a_service_of_a_stack_is_restarted, somebody_deploys_another_version_right_after_the_restart)
}
