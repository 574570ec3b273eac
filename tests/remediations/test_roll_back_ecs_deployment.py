"""A failed ECS deployment: left to its circuit breaker, stopped, or replaced by the last good version; or declined."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.core.action import Irreversible
from functions.core.arn import parse_arn
from functions.core.decision import Decline, Plan
from functions.core.normalise import normalise
from functions.core.policy import Mode, Policy
from functions.core.run import Outcome
from functions.remediations.roll_back_ecs_deployment import RollBackEcsDeployment
from tests.conftest import NOON
from tests.ecs_account import SERVICE, EcsAccount, definition_arn, deployment_arn, revision_arn
from tests.events import ACCOUNT, FUNCTION, REGION
from tests.house import House, in_memory
from tests.paginator import service_model
from tests.scenes import Reacting

MINUTE = timedelta(minutes=1)
IMPAIRED, FAILED, BEGAN = "SERVICE_TASK_START_IMPAIRED", "SERVICE_DEPLOYMENT_FAILED", "SERVICE_DEPLOYMENT_IN_PROGRESS"
Turn = Callable[[EcsAccount], Any]


@pytest.fixture
def account(clock: FakeClock) -> EcsAccount:
    return EcsAccount(clock)


@pytest.fixture
def house(clock: FakeClock, account: EcsAccount) -> House:
    return house_of(account, clock)


def house_of(aws: Any, clock: FakeClock) -> House:
    return in_memory(RollBackEcsDeployment(), aws, clock)


def event(clock: FakeClock, name: str, resource: str = SERVICE, **detail: str) -> dict[str, Any]:
    state_change = name.startswith("SERVICE_DEPLOYMENT")
    return {
        "version": "0",
        "detail-type": "ECS Deployment State Change" if state_change else "ECS Service Action",
        "source": "aws.ecs",
        "account": ACCOUNT,
        "time": f"{clock.now():%Y-%m-%dT%H:%M:%SZ}",
        "region": REGION,
        "resources": [resource],
        "detail": {"eventName": name, **({"deploymentId": "ecs-svc/9"} if state_change else {}), **detail},
    }


def request(mode: str = "act") -> dict[str, Any]:
    return {"target": SERVICE, "reason": "version 9 answers with errors", "requested_by": "ann", "mode": mode}


# The three answers


@pytest.mark.parametrize("guard", [{"deploymentCircuitBreaker": {}}, {"alarms": {"alarmNames": ["errors"]}}])
def test_a_deployment_that_rolls_back_by_itself_is_watched_and_not_touched(
    house: House, account: EcsAccount, guard: dict[str, Any]
) -> None:
    account.fails()
    for name, settings in guard.items():
        account.service["deploymentConfiguration"][name] = {**settings, "enable": True, "rollback": True}
    answer = house.deliver(event(house.clock, IMPAIRED))
    assert (answer.decision, answer.text.partition(":")[0]) == ("watching", "breaker_at_work")
    account.newest["status"] = "ROLLBACK_IN_PROGRESS"
    account.finish(7)
    assert house.run(house.follow(answer)).outcome is Outcome.DECLINED
    assert account.calls == []


def test_a_breaker_that_does_not_roll_back_is_no_reason_to_wait(house: House, account: EcsAccount) -> None:
    account.fails()
    account.service["deploymentConfiguration"]["deploymentCircuitBreaker"] = {"enable": True, "rollback": False}
    assert house.deliver(event(house.clock, IMPAIRED)).decision == "acting"


def test_a_running_deployment_that_fails_is_stopped_and_seen_back_to_the_last_good_version(
    house: House, account: EcsAccount
) -> None:
    account.fails()
    answer = house.deliver(event(house.clock, IMPAIRED))
    assert account.calls == [
        ("StopServiceDeployment", {"serviceDeploymentArn": deployment_arn(9), "stopType": "ROLLBACK"})
    ]
    account.finish(7)
    run = house.run(house.follow(answer))
    assert run.outcome is Outcome.RECOVERED
    assert "web:7" in run.plan["lines"][0]  # type: ignore[index]
    assert len(account.calls) == 1


def test_a_bad_version_that_is_in_place_is_replaced_by_the_last_good_one_and_never_by_the_number_below(
    house: House, account: EcsAccount
) -> None:
    account.in_place()
    answer = house.deliver(event(house.clock, IMPAIRED))
    assert account.calls == [("UpdateService", {"taskDefinition": definition_arn(7)})]
    account.finish(7)
    assert house.run(house.follow(answer)).outcome is Outcome.RECOVERED


def test_a_deployment_that_failed_without_rolling_back_is_replaced(house: House, account: EcsAccount) -> None:
    account.in_place("STOPPED")
    house.deliver(event(house.clock, FAILED))
    assert account.calls == [("UpdateService", {"taskDefinition": definition_arn(7)})]


def test_a_person_can_have_the_version_before_back_although_all_tasks_run(house: House, account: EcsAccount) -> None:
    account.in_place()
    account.service["runningCount"] = account.primary["runningCount"] = 2
    house.deliver(request())
    assert account.calls == [("UpdateService", {"taskDefinition": definition_arn(7)})]


def test_a_deployment_that_has_ended_before_it_could_be_stopped_is_a_persons_turn(
    house: House, account: EcsAccount
) -> None:
    """ECS refuses to stop a finished one."""
    account.fails()
    account.refuses["stop_service_deployment"] = "ConflictException"
    run = house.run(house.follow(house.deliver(event(house.clock, IMPAIRED))))
    assert run.outcome is Outcome.ESCALATED and account.calls == []


def test_observing_changes_nothing(house: House, account: EcsAccount) -> None:
    account.fails()
    answer = house.deliver(request("observe"))
    assert (answer.decision, account.calls) == ("observed", [])


# The timer


def test_an_ordinary_deployment_is_watched_with_one_look_at_its_history_and_then_forgotten(
    house: House, account: EcsAccount
) -> None:
    answer = house.deliver(event(house.clock, BEGAN))
    assert answer.text.startswith("deployment_running")
    assert account.reads == [
        "describe_services", *["list_service_deployments"] * 2, "describe_service_deployments"
    ]  # fmt: skip
    account.newest["status"] = "SUCCESSFUL"
    account.finish(9)
    run = house.run(house.follow(answer))
    assert run.decline is not None and run.decline.code == "condition_cleared"
    assert account.calls == []


def test_a_deployment_that_never_comes_up_is_stopped_after_twenty_minutes_and_not_before(
    house: House, account: EcsAccount
) -> None:
    answer = house.deliver(event(house.clock, BEGAN))
    while not account.calls:
        assert answer.wait is not None and answer.wait <= 5 * MINUTE
        house.clock.move(answer.wait)
        answer = house.wake(answer)
    waited = house.clock.now() - account.newest["createdAt"]
    assert 20 * MINUTE <= waited <= 25 * MINUTE
    assert account.calls[0][0] == "StopServiceDeployment"


def test_a_slow_deployment_whose_tasks_run_gets_more_time(house: House, account: EcsAccount) -> None:
    account.began(25 * MINUTE)
    account.primary["runningCount"] = 1
    assert house.deliver(event(house.clock, BEGAN)).text.startswith("deployment_running")
    account.began(61 * MINUTE)
    assert plan_for(house, event(house.clock, BEGAN)).reason.endswith("is stuck")


def test_a_deployment_that_is_only_waiting_for_old_tasks_to_go_is_not_stuck(house: House, account: EcsAccount) -> None:
    account.began(90 * MINUTE)
    account.primary["runningCount"] = 2
    assert house.deliver(event(house.clock, BEGAN)).text.startswith("deployment_running")


def test_traffic_that_is_shifted_in_steps_is_not_stuck(house: House, account: EcsAccount) -> None:
    account.began(90 * MINUTE)
    account.service["deploymentConfiguration"]["strategy"] = "CANARY"
    assert house.deliver(event(house.clock, BEGAN)).text.startswith("deployment_running")


# What stops it


def fails_with(code: str, reason: str, revision: int = 9) -> Turn:
    def turn(account: EcsAccount) -> None:
        account.fails()
        account.tasks.clear()
        account.stop_task(revision, code, reason)

    return turn


def in_place_and(change: Turn) -> Turn:
    def turn(account: EcsAccount) -> None:
        account.in_place()
        change(account)

    return turn


def failing_and(change: Turn) -> Turn:
    def turn(account: EcsAccount) -> None:
        account.fails()
        change(account)

    return turn


def use_image(image: str) -> Turn:
    def turn(account: EcsAccount) -> None:
        account.definitions[definition_arn(7)] = account.definition(7, image)

    return turn


def same_reference_other_digest(account: EcsAccount) -> None:
    image = "registry.invalid/web:1.2.3"
    use_image(image)(account)
    for number in (7, 9):
        images = [{"containerName": "web", "image": image, "imageDigest": f"sha256:{number}"}]
        account.revisions[revision_arn(number)]["containerImages"] = images


def back_to_seven_before(account: EcsAccount) -> None:
    """9 ran, then 7, then 9 again, which fails now."""
    month = account.now() - timedelta(days=30)
    account.revisions[revision_arn(5)] = account.revision(5, taskDefinition=definition_arn(9))
    account.deployments[deployment_arn(5)] = account.deployment(5, "SUCCESSFUL", month, finished=month, over=None)


def network_of_nine(account: EcsAccount) -> None:
    other = {"awsvpcConfiguration": {"subnets": ["subnet-c"]}}
    account.revisions[revision_arn(9)]["networkConfiguration"] = other


STOPS: list[tuple[str, str, Turn]] = [
    ("code_deploy_controller", IMPAIRED, failing_and(lambda a: a.service["deploymentController"].update(type="CODE_DEPLOY"))),
    ("external_controller", IMPAIRED, failing_and(lambda a: a.service["deploymentController"].update(type="EXTERNAL"))),
    ("service_not_active", IMPAIRED, failing_and(lambda a: a.service.update(status="DRAINING"))),
    ("desired_zero", IMPAIRED, failing_and(lambda a: a.service.update(desiredCount=0))),
    ("cannot_replace_tasks", IMPAIRED, failing_and(lambda a: a.service["deploymentConfiguration"].update(maximumPercent=100))),
    ("not_rollback_safe", IMPAIRED, failing_and(lambda a: a.tag("first-responder:rollback-safe", "false"))),
    ("not_rollback_safe", IMPAIRED, failing_and(
        lambda a: a.definitions[definition_arn(9)].update(tags=[{"key": "first-responder:rollback-safe", "value": "no"}]))),
    ("stack_in_progress", IMPAIRED, failing_and(
        lambda a: (a.tag("aws:cloudformation:stack-name", "web"), setattr(a, "stack", "UPDATE_IN_PROGRESS")))),
    ("stack_failed", IMPAIRED, failing_and(
        lambda a: (a.tag("aws:cloudformation:stack-name", "web"), setattr(a, "stack", "UPDATE_ROLLBACK_FAILED")))),
    ("no_capacity", "SERVICE_TASK_PLACEMENT_FAILURE", failing_and(lambda a: None)),
    ("rollback_failed", IMPAIRED, failing_and(lambda a: a.newest.update(status="ROLLBACK_FAILED"))),
    ("already_rolled_back", IMPAIRED, failing_and(lambda a: a.newest.update(status="ROLLBACK_SUCCESSFUL"))),
    ("unknown_deployment_status", IMPAIRED, failing_and(lambda a: a.newest.update(status="ROLLBACK_PAUSED"))),
    ("superseded", FAILED, failing_and(lambda a: a.primary.update(id="ecs-svc/10"))),
    ("waits_on_hook", IMPAIRED, failing_and(lambda a: a.newest.update(
        lifecycleHookDetails=[{"hookId": "h-1", "targetType": "PAUSE", "status": "AWAITING_ACTION"}]))),
    ("not_failing", BEGAN, in_place_and(lambda a: None)),
    ("trouble_before_deployment", IMPAIRED, failing_and(lambda a: a.began(-MINUTE))),
    ("trouble_before_deployment", IMPAIRED, failing_and(lambda a: a.service["events"].append(
        {"createdAt": a.now() - 9 * MINUTE, "message": "(service web) is unable to consistently start tasks successfully."}))),
    ("ran_well_before", IMPAIRED, lambda a: a.in_place(ended=timedelta(days=2))),
    ("no_last_good", IMPAIRED, failing_and(lambda a: (a.deployments.pop(deployment_arn(7)), a.service["deployments"].pop()))),
    ("last_good_inactive", IMPAIRED, failing_and(lambda a: a.definitions[definition_arn(7)].update(status="INACTIVE"))),
    ("mutable_image_tag", IMPAIRED, failing_and(use_image("registry.invalid/web:latest"))),
    ("mutable_image_tag", IMPAIRED, failing_and(use_image("registry.invalid:5000/web"))),
    ("mutable_image_tag", IMPAIRED, failing_and(same_reference_other_digest)),
    ("image_gone", IMPAIRED, failing_and(use_image(f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/web:1.7"))),
    ("goes_round", IMPAIRED, failing_and(back_to_seven_before)),
    ("same_version", IMPAIRED, in_place_and(
        lambda a: a.revisions[revision_arn(7)].update(taskDefinition=definition_arn(9)))),
    ("configuration_changed", IMPAIRED, in_place_and(network_of_nine)),
    ("unclear_rollback_target", IMPAIRED, failing_and(
        lambda a: a.newest.update(sourceServiceRevisions=[{"arn": revision_arn(7)}, {"arn": revision_arn(8)}]))),
    ("unclear_rollback_target", IMPAIRED, failing_and(lambda a: a.newest.update(sourceServiceRevisions=[]))),
    ("last_good_fails_too", IMPAIRED, failing_and(lambda a: a.stop_task(7, "EssentialContainerExited", "exited"))),
    ("image_pull_broken", IMPAIRED, fails_with(
        "TaskFailedToStart", "CannotPullContainerError: ref pull has been retried 5 times: dial tcp 10.0.0.1:443: i/o timeout")),
    ("image_missing", IMPAIRED, fails_with(
        "TaskFailedToStart", "CannotPullContainerError: failed to resolve ref registry.invalid/web:1.7: not found")),
    ("secrets_or_network", IMPAIRED, fails_with(
        "TaskFailedToStart", "ResourceInitializationError: unable to pull secrets or registry auth: connection issue")),
    ("quota_reached", IMPAIRED, fails_with("TaskFailedToStart", "You've reached the limit on the number of vCPUs you can run")),
    ("no_capacity", IMPAIRED, fails_with("TaskFailedToStart", "Capacity is unavailable at this time.")),
    ("no_capacity", IMPAIRED, fails_with("SpotInterruption", "Your Spot Task was interrupted.")),
]  # fmt: skip


@pytest.mark.parametrize(("code", "name", "turn"), STOPS, ids=[f"{i}-{stop[0]}" for i, stop in enumerate(STOPS)])
def test_each_guard_declines_with_its_own_code_and_changes_nothing(
    house: House, account: EcsAccount, code: str, name: str, turn: Turn
) -> None:
    turn(account)
    answer = house.deliver(event(house.clock, name))
    run = house.run(answer)
    assert run.outcome is Outcome.DECLINED and run.decline is not None
    assert run.decline.code == code, run.decline
    assert run.decline.seen and run.decline.advice
    assert account.calls == []


WATCHES: list[tuple[str, Turn]] = [
    ("rolling_back", lambda a: a.newest.update(status="ROLLBACK_IN_PROGRESS")),
    ("rolling_back", lambda a: a.newest.update(status="STOP_REQUESTED")),
    ("cleaning_up", lambda a: a.newest.update(lifecycleStage="CLEAN_UP")),
    ("breaker_at_work", lambda a: a.newest.update(
        deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True}})),
]  # fmt: skip


@pytest.mark.parametrize(("code", "turn"), WATCHES)
def test_who_is_already_at_work_is_watched_and_called_out_at_the_deadline(
    house: House, account: EcsAccount, code: str, turn: Turn
) -> None:
    account.fails()
    turn(account)
    answer = house.deliver(event(house.clock, IMPAIRED))
    assert (answer.decision, answer.text.partition(":")[0]) == ("watching", code)
    run = house.run(house.follow(answer))
    assert run.outcome is Outcome.DECLINED and run.decline is not None and run.decline.code == code
    assert account.calls == []


@pytest.mark.parametrize("status", service_model("ecs").shape_for("ServiceDeploymentStatus").enum)
def test_every_status_of_a_deployment_is_known(house: House, account: EcsAccount, status: str) -> None:
    account.fails()
    account.newest.update(status=status, finishedAt=house.clock.now())
    assert "unknown_deployment_status" not in house.deliver(event(house.clock, IMPAIRED)).text


def test_an_image_that_only_the_new_version_uses_and_nobody_has_is_helped_by_going_back(
    house: House, account: EcsAccount
) -> None:
    reason = "CannotPullContainerError: failed to resolve ref registry.invalid/web:1.70: not found"
    fails_with("TaskFailedToStart", reason)(account)
    house.deliver(event(house.clock, IMPAIRED))
    assert [name for name, _ in account.calls] == ["StopServiceDeployment"]


def test_what_the_scheduler_or_a_person_stopped_is_no_failure_of_the_last_good_version(
    house: House, account: EcsAccount
) -> None:
    account.fails()
    account.stop_task(7, "ServiceSchedulerInitiated", "Scaling activity initiated by deployment ecs-svc/9")
    account.stop_task(7, "UserInitiated", "Task stopped by user")
    assert house.deliver(event(house.clock, IMPAIRED)).decision == "acting"


def test_a_stopped_deployment_takes_a_changed_configuration_back_as_well(house: House, account: EcsAccount) -> None:
    account.fails()
    network_of_nine(account)
    assert house.deliver(event(house.clock, IMPAIRED)).decision == "acting"


def test_an_image_of_this_account_is_looked_for_in_the_registry_with_its_recorded_digest(
    house: House, account: EcsAccount
) -> None:
    account.fails()
    image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/web:1.7"
    use_image(image)(account)
    images = [{"containerName": "web", "image": image, "imageDigest": "sha256:good"}]
    account.revisions[revision_arn(7)]["containerImages"] = images
    account.images["1.7"] = "sha256:other"
    assert house.deliver(event(house.clock, IMPAIRED)).text.startswith("image_gone")
    account.images["1.7"] = "sha256:good"
    house.clock.move(MINUTE)
    assert house.deliver(event(house.clock, IMPAIRED)).decision == "acting"


def test_a_digest_is_good_whatever_the_tag_says(house: House, account: EcsAccount) -> None:
    account.fails()
    use_image(f"registry.invalid/web:latest@sha256:{7:064}")(account)
    assert house.deliver(event(house.clock, IMPAIRED)).decision == "acting"


@pytest.mark.parametrize("refusal", [True, False])
def test_without_a_history_the_version_that_still_runs_is_the_last_good_one(
    house: House, account: EcsAccount, refusal: bool
) -> None:
    account.fails()
    account.deployments.clear()
    if refusal:
        account.refuses["list_service_deployments"] = "UnsupportedFeatureException"
    house.deliver(event(house.clock, IMPAIRED))
    assert account.calls == [("UpdateService", {"taskDefinition": definition_arn(7)})]


def test_a_read_that_is_refused_stops_the_change(house: House, account: EcsAccount) -> None:
    account.fails()
    account.refuses["describe_service_revisions"] = "AccessDeniedException"
    assert house.deliver(event(house.clock, IMPAIRED)).text.startswith("cannot_read")
    assert account.calls == []


@pytest.mark.parametrize(
    ("resource", "code"),
    [
        (f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/web", "short_service_arn"),
        (f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/prod", "not_a_service"),
        (f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/prod/gone", "target_not_found"),
    ],
)
def test_what_names_no_service_that_is_there_is_declined(
    house: House, account: EcsAccount, resource: str, code: str
) -> None:
    assert house.deliver(event(house.clock, IMPAIRED, resource)).text.startswith(f"{code}:")
    assert account.calls == []


def test_a_service_that_runs_well_again_is_left_alone(house: House, account: EcsAccount) -> None:
    account.finish(9)
    assert house.deliver(event(house.clock, IMPAIRED)).text.startswith("condition_cleared")


def test_a_rollback_does_not_count_as_proven_while_tasks_are_missing(house: House, account: EcsAccount) -> None:
    account.fails()
    answer = house.deliver(event(house.clock, IMPAIRED))
    account.finish(7)
    account.service["runningCount"] = 1
    run = house.run(house.follow(answer))
    assert run.outcome is Outcome.ESCALATED
    assert len(account.calls) == 1


def test_a_rollback_does_not_count_as_proven_while_targets_of_its_load_balancer_fail(
    house: House, account: EcsAccount
) -> None:
    account.fails()
    account.behind()
    account.unhealthy = 1
    answer = house.deliver(event(house.clock, IMPAIRED))
    account.finish(7)
    run = house.run(house.follow(answer))
    assert run.outcome is Outcome.ESCALATED
    assert any("1 of 2 targets are healthy in web" in entry.text for entry in house.store.entries)


def test_a_rollback_to_another_version_than_the_planned_one_is_not_proven(house: House, account: EcsAccount) -> None:
    account.fails()
    answer = house.deliver(event(house.clock, IMPAIRED))
    account.finish(8)
    assert house.run(house.follow(answer)).outcome is Outcome.ESCALATED


def test_a_rollback_that_ecs_cannot_make_is_handed_to_a_person(house: House, account: EcsAccount) -> None:
    account.fails()
    answer = house.deliver(event(house.clock, IMPAIRED))
    account.newest["status"] = "ROLLBACK_FAILED"
    assert house.run(house.follow(answer)).outcome is Outcome.ESCALATED


def test_there_is_no_way_back_to_a_bad_version_and_the_plan_says_so(house: House, account: EcsAccount) -> None:
    account.fails()
    way_back = plan_for(house, request()).actions[0].undo()
    assert isinstance(way_back, Irreversible) and definition_arn(9) in way_back.because


def test_deployments_that_ended_well_are_ranked_by_when_they_ended(house: House, account: EcsAccount) -> None:
    """Deployment 6 began before 7 and ended after it: a rollback to revision 6."""
    ended = account.now() - timedelta(days=1)
    account.definitions[definition_arn(6)] = account.definition(6, "registry.invalid/web:1.6")
    account.revisions[revision_arn(6)] = account.revision(6)
    account.deployments[deployment_arn(6)] = account.deployment(
        6, "ROLLBACK_SUCCESSFUL", ended - timedelta(days=9), finished=ended, over=None,
        rollback={"serviceRevisionArn": revision_arn(6)}, targetServiceRevision={"arn": revision_arn(5)},
    )  # fmt: skip
    account.in_place()
    house.deliver(event(house.clock, IMPAIRED))
    assert account.calls == [("UpdateService", {"taskDefinition": definition_arn(6)})]


def plan_for(house: House, body: dict[str, Any]) -> Plan:
    """The plan of a fresh look, nothing done."""
    remediation = RollBackEcsDeployment()
    alarm: Any = normalise(body, parse_arn(FUNCTION, "here"), house.clock.now(), "once")[0]
    found = remediation.diagnose(house.aws, parse_arn(SERVICE, "target"), alarm)
    assert not isinstance(found, Decline)
    plan = remediation.plan(found, Policy(mode=Mode.ACT, cooldown=timedelta(hours=1), caps={}))
    assert isinstance(plan, Plan), plan
    assert plan.hash == remediation.plan(found, Policy(mode=Mode.ACT, cooldown=timedelta(hours=1), caps={})).hash  # type: ignore[union-attr]
    return plan


# Under moto, which has no service deployments


def create_service(aws: Boto3Aws, **more: Any) -> None:
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName="prod")
    containers = [{"name": "web", "image": "registry.invalid/web:1.0", "essential": True, "memory": 128}]
    ecs.register_task_definition(family="web", containerDefinitions=containers)
    tags = [{"key": "first-responder:mode", "value": "act"}]
    ecs.create_service(**{
        "cluster": "prod", "serviceName": "web", "taskDefinition": "web:1", "desiredCount": 2, "tags": tags, **more
    })  # fmt: skip


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"deploymentController": {"type": "CODE_DEPLOY"}}, "code_deploy_controller"),
        ({"deploymentController": {"type": "EXTERNAL"}}, "external_controller"),
        ({"desiredCount": 0}, "desired_zero"),
        ({"tags": [{"key": "first-responder:mode", "value": "act"}, {"key": "first-responder:rollback-safe", "value": "false"}]}, "not_rollback_safe"),
    ],
)  # fmt: skip
def test_boto3_shapes_what_the_service_alone_says_needs_no_history(
    aws: Boto3Aws, clock: FakeClock, more: dict[str, Any], code: str
) -> None:
    create_service(aws, **more)
    answer = house_of(aws, clock).deliver(event(clock, IMPAIRED))
    assert answer.text.startswith(f"{code}:"), answer


def test_boto3_shapes_a_service_or_cluster_that_is_missing(aws: Boto3Aws, clock: FakeClock) -> None:
    house = house_of(aws, clock)
    assert house.deliver(event(clock, IMPAIRED)).text.startswith("target_not_found:")
    aws.client("ecs").create_cluster(clusterName="prod")
    clock.move(MINUTE)
    assert house.deliver(event(clock, IMPAIRED)).text.startswith("target_not_found:")


# Evidence

SECRET = "login of ada@example.org failed"


def logs_of_a_failed_task(account: EcsAccount) -> None:
    account.fails()
    account.stop_task(9, "EssentialContainerExited", "Essential container in task exited", 1)
    account.logged(*(f"line {number}" for number in range(30)), SECRET + "x" * 1000)


def test_the_last_lines_of_a_failed_task_are_kept_shortened_and_marked_by_one_call_before_the_change(
    house: House, account: EcsAccount
) -> None:
    logs_of_a_failed_task(account)
    answer = house.deliver(event(house.clock, IMPAIRED))
    words = house.run(answer).found["last_words"]
    assert answer.decision == "acting"
    assert (words["group"], words["stream"], words["not_read"]) == ("/ecs/web", "v/web/1", "")
    assert len(words["lines"]) == 20 and words["lines"][-1].startswith(SECRET) and len(words["lines"][-1]) == 300
    assert "personal data" in words["handle_as"]
    assert account.reads[: account.reads.index("stop_service_deployment")].count("get_log_events") == 1


def test_what_was_logged_is_in_no_text_for_people(house: House, account: EcsAccount) -> None:
    logs_of_a_failed_task(account)
    answer = house.deliver(event(house.clock, IMPAIRED))
    account.finish(7)
    run = house.run(house.follow(answer))
    assert run.outcome is Outcome.RECOVERED
    told = [entry.text for entry in house.store.entries] + [str(run.plan), str(run.decline), answer.text]
    assert told and not any("ada@" in text or "line 29" in text for text in told)


@pytest.mark.parametrize(
    ("turn", "why"),
    [
        (lambda account: account.refuses.update(get_log_events="AccessDeniedException"), "AccessDenied"),
        (lambda account: account.refuses.update(get_log_events="ThrottlingException"), "Throttling"),
        (lambda account: account.logs.clear(), "ResourceNotFound"),
        (lambda account: account.logged(), "empty"),
    ],
)
def test_a_log_that_cannot_be_read_is_told_and_stops_nothing(
    house: House, account: EcsAccount, turn: Turn, why: str
) -> None:
    logs_of_a_failed_task(account)
    turn(account)
    answer = house.deliver(event(house.clock, IMPAIRED))
    words = house.run(answer).found["last_words"]
    assert answer.decision == "acting" and account.calls[0][0] == "StopServiceDeployment"
    assert words["lines"] == [] and why in words["not_read"]


def never_started(account: EcsAccount) -> None:
    account.fails()
    account.tasks.clear()
    account.stop_task(9, "TaskFailedToStart", "CannotStartContainerError: no such file", 1)
    account.logged("nothing")


def logs_elsewhere(account: EcsAccount) -> None:
    logs_of_a_failed_task(account)
    account.logged("nothing", region="us-west-2")


@pytest.mark.parametrize("turn", [lambda account: account.fails(), never_started, logs_elsewhere])
def test_where_no_log_can_be_known_none_is_asked_for(house: House, account: EcsAccount, turn: Turn) -> None:
    turn(account)
    answer = house.deliver(event(house.clock, IMPAIRED))
    assert answer.decision == "acting" and house.run(answer).found["last_words"] is None
    assert "get_log_events" not in account.reads


UNHEALTHY = "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/web/1)"


def test_what_the_health_checks_say_is_kept(house: House, account: EcsAccount) -> None:
    """ECS words the load balancer's reason code in an event of the service."""
    account.fails()
    message = "(service web) (port 80) is unhealthy in (target-group web) due to (reason Health checks failed with these codes: [503])"
    account.service["events"] = [{"id": "1", "createdAt": house.clock.now(), "message": message}]
    account.stop_task(9, "ServiceSchedulerInitiated", UNHEALTHY)
    answer = house.deliver(event(house.clock, IMPAIRED))
    found = house.run(answer).found
    assert answer.decision == "acting"
    assert found["failed"][-1]["reason"] == UNHEALTHY
    assert "[503]" in found["service"]["events"][0][1]


def test_a_version_before_that_fails_its_health_checks_as_well_is_no_help(house: House, account: EcsAccount) -> None:
    account.fails()
    account.stop_task(7, "ServiceSchedulerInitiated", UNHEALTHY)
    run = house.run(house.deliver(event(house.clock, IMPAIRED)))
    assert run.decline is not None and run.decline.code == "last_good_fails_too" and account.calls == []


# Scenes


@contextmanager
def _account(after: str, service: int = 7) -> Iterator[tuple[EcsAccount, House]]:
    """`service` is what it runs a moment after the change that is called `after`."""
    clock = FakeClock(NOON)
    account = EcsAccount(clock)
    yield account, house_of(Reacting(account, {after: partial(account.finish, service)}), clock)


@contextmanager
def a_failing_deployment_is_stopped() -> Iterator[tuple[House, Any]]:
    """Version 7 comes from this account's registry, and stands behind a load balancer."""
    with _account("stop_service_deployment") as (account, house):
        account.fails()
        account.behind()
        image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/web:1.7"
        use_image(image)(account)
        account.revisions[revision_arn(7)]["containerImages"] = [
            {"containerName": "web", "image": image, "imageDigest": "sha256:good"}
        ]
        account.images["1.7"] = "sha256:good"
        yield house, event(house.clock, IMPAIRED)


@contextmanager
def a_bad_version_in_place_is_replaced() -> Iterator[tuple[House, Any]]:
    """The service belongs to a stack."""
    with _account("update_service") as (account, house):
        account.in_place()
        account.tag("aws:cloudformation:stack-name", "web")
        yield house, event(house.clock, IMPAIRED)


@contextmanager
def a_failing_deployment_that_has_left_a_log_is_stopped() -> Iterator[tuple[House, Any]]:
    with _account("stop_service_deployment") as (account, house):
        logs_of_a_failed_task(account)
        yield house, event(house.clock, IMPAIRED)


@contextmanager
def the_version_put_in_its_place_is_replaced_by_somebody_else() -> Iterator[tuple[House, Any]]:
    with _account("update_service", service=8) as (account, house):
        account.in_place()
        yield house, event(house.clock, IMPAIRED)


@contextmanager
def a_person_asks_for_the_version_before() -> Iterator[tuple[House, Any]]:
    with _account("update_service") as (account, house):
        account.in_place()
        account.service["runningCount"] = account.primary["runningCount"] = 2
        yield house, request()


SCENES = {
    scene.__name__: scene
    for scene in (
        a_person_asks_for_the_version_before,
        a_failing_deployment_is_stopped,
        a_failing_deployment_that_has_left_a_log_is_stopped,
        a_bad_version_in_place_is_replaced,
        the_version_put_in_its_place_is_replaced_by_somebody_else,
    )
}
