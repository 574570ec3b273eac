from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.core.alarm import Alarm, Kind, Via
from functions.core.decision import Watch
from functions.readings.application_autoscaling import ScalableTarget
from functions.readings.ecs import Service
from functions.readings.ecs_native_scaling import NativeScaling, left_to_scaling, read_native_scaling
from functions.readings.ecs_utilization import CPU, MEMORY
from tests.conftest import NOON
from tests.events import ACCOUNT, REGION, alarm_arn

TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/prod/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}
WEB = Service(
    cluster="prod", name="web", status="ACTIVE", controller="ECS", scheduling="REPLICA", strategy="ROLLING",
    task_definition="web:1", desired=2, running=2, minimum_healthy_percent=100, maximum_percent=200,
    rolls_back_by_itself=False, on_fargate=True, task_sets=0, subnets=(), deployments=(), events=(), tags={},
)  # fmt: skip
BUSY = Alarm(
    kind=Kind.METRIC, via=Via.EVENTBRIDGE, arn=alarm_arn(), name="busy", account=ACCOUNT, region=REGION, state="ALARM", at=NOON
)  # fmt: skip
BOUNDS = ScalableTarget(minimum=1, maximum=6, suspended=())
TRACKS_CPU = NativeScaling(policies=("cpu",), alarm_at=NOON, read_at=NOON)


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


@pytest.fixture
def scaled(aws: Boto3Aws) -> Any:
    """Application Auto Scaling, with a scalable target for two services."""
    client, ecs = aws.client("application-autoscaling"), aws.client("ecs")
    ecs.create_cluster(clusterName="prod")
    ecs.register_task_definition(family="web", containerDefinitions=[{"name": "web", "image": "web:1", "memory": 64}])
    for name in ("web", "other"):
        ecs.create_service(cluster="prod", serviceName=name, taskDefinition="web:1", desiredCount=2)
        resource = f"service/prod/{name}"
        client.register_scalable_target(**{**TARGET, "ResourceId": resource}, MinCapacity=1, MaxCapacity=6)
    return client


def tracking(**metric: Any) -> dict[str, Any]:
    return {
        "PolicyType": "TargetTrackingScaling",
        "TargetTrackingScalingPolicyConfiguration": {"TargetValue": 60.0, **metric},
    }


def predefined(metric: str) -> dict[str, Any]:
    return tracking(PredefinedMetricSpecification={"PredefinedMetricType": metric})


def steps(adjustment: int) -> dict[str, Any]:
    step = {"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": adjustment}
    configuration = {"AdjustmentType": "ChangeInCapacity", "StepAdjustments": [step]}
    return {"PolicyType": "StepScaling", "StepScalingPolicyConfiguration": configuration}


def schedule(client: Any, name: str, expression: str, **more: Any) -> None:
    action = {"MinCapacity": 4, "MaxCapacity": 8}
    client.put_scheduled_action(
        **{**TARGET, **more}, ScheduledActionName=name, Schedule=expression, ScalableTargetAction=action
    )


CUSTOM = {"MetricName": CPU, "Namespace": "AWS/ECS", "Statistic": "Maximum"}


@pytest.mark.parametrize(
    ("policy", "metric", "counts"),
    [
        (predefined("ECSServiceAverageCPUUtilization"), CPU, True),
        (predefined("ECSServiceAverageCPUUtilization"), MEMORY, False),
        (predefined("ECSServiceAverageMemoryUtilization"), MEMORY, True),
        (tracking(CustomizedMetricSpecification=CUSTOM), CPU, True),
        (tracking(CustomizedMetricSpecification=CUSTOM), MEMORY, False),
        (steps(2), CPU, True),
        (steps(-1), CPU, False),
    ],
)
def test_policies_count_that_add_tasks_at_the_alarms_metric(
    aws: Boto3Aws, scaled: Any, policy: dict[str, Any], metric: str, counts: bool
) -> None:
    scaled.put_scaling_policy(**TARGET, PolicyName="mine", **policy)
    scaled.put_scaling_policy(**{**TARGET, "ResourceId": "service/prod/other"}, PolicyName="theirs", **steps(1))
    assert read_native_scaling(aws, WEB, BUSY, metric).policies == (("mine",) if counts else ())


def test_a_person_who_asks_is_not_told_to_wait_for_a_policy(aws: Boto3Aws, scaled: Any) -> None:
    scaled.put_scaling_policy(**TARGET, PolicyName="mine", **steps(2))
    assert read_native_scaling(aws, WEB, replace(BUSY, kind=Kind.MANUAL), CPU).policies == ()


@pytest.mark.parametrize(("later", "waits"), [(0, True), (9, True), (10, False), (60, False)])
def test_a_policy_has_ten_minutes_from_the_alarm_on(later: int, waits: bool) -> None:
    answer = left_to_scaling(WEB, BOUNDS, replace(TRACKS_CPU, read_at=NOON + minutes(later)))
    assert isinstance(answer, Watch) is waits
    if isinstance(answer, Watch):
        assert answer.code == "scaling_policy_at_work"
        assert f"have had {later} minutes" in answer.seen and "(cpu)" in answer.seen


def test_a_policy_at_its_maximum_is_not_waited_for() -> None:
    assert left_to_scaling(replace(WEB, desired=6), BOUNDS, TRACKS_CPU) is None


def test_without_scaling_nothing_is_waited_for() -> None:
    assert left_to_scaling(WEB, None, None) is None
    assert left_to_scaling(WEB, BOUNDS, replace(TRACKS_CPU, policies=())) is None


@pytest.mark.parametrize(
    ("expression", "more", "at"),
    [
        ("at(2026-11-23T12:20:00)", {}, NOON + minutes(20)),
        ("at(2026-11-23T12:40:00)", {}, None),
        ("cron(20 13 * * ? *)", {"Timezone": "Europe/Berlin"}, NOON + minutes(20)),
        ("cron(20 12 * * ? *)", {"ResourceId": "service/prod/other"}, None),
        ("cron(20 12 * * ? *)", {"EndTime": NOON - minutes(1)}, None),
        ("cron(20 12 * * ? *)", {"StartTime": NOON + minutes(10)}, NOON + minutes(10)),
        ("cron(20 12 * * ? *)", {"StartTime": NOON + minutes(31)}, None),
        ("cron(20 12 * * ? *)", {"StartTime": NOON - minutes(10)}, NOON + minutes(20)),
    ],
)
def test_a_scheduled_action_counts_where_it_is_due_within_half_an_hour(
    aws: Boto3Aws, scaled: Any, expression: str, more: dict[str, Any], at: datetime | None
) -> None:
    schedule(scaled, "morning", expression, **more)
    native = read_native_scaling(aws, WEB, BUSY, CPU)
    assert (native.scheduled, native.scheduled_at) == (("morning", at) if at else ("", None))


def test_the_first_of_several_scheduled_actions_is_waited_for(aws: Boto3Aws, scaled: Any, clock: FakeClock) -> None:
    schedule(scaled, "second", "cron(20 12 * * ? *)")
    schedule(scaled, "first", "cron(10 12 * * ? *)")
    answer = left_to_scaling(WEB, BOUNDS, read_native_scaling(aws, WEB, BUSY, CPU))
    assert isinstance(answer, Watch) and answer.code == "scheduled_scaling_due"
    assert "first of web is due at 2026-11-23 12:10 UTC" in answer.seen
    assert answer.again_in == minutes(11)
    clock.move(minutes(21))
    assert left_to_scaling(WEB, BOUNDS, read_native_scaling(aws, WEB, BUSY, CPU)) is None
