"""Services that belong together by their tags, on moto; and the fixed pieces that are around an alarm there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.readings.look import Look
from functions.readings.service_mates import read_mates
from functions.readings.watched_alarms import read_firing


@pytest.fixture
def services(aws: Boto3Aws) -> Boto3Aws:
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName="shop")
    ecs.register_task_definition(family="web", containerDefinitions=[{"name": "web", "image": "web", "memory": 64}])
    for name, tags in {
        "web": {"first-responder:service": "shop"},
        "api": {"first-responder:service": "shop"},
        "mail": {"aws:cloudformation:stack-name": "post"},
        "other": {},
    }.items():
        ecs.create_service(
            cluster="shop",
            serviceName=name,
            taskDefinition="web",
            desiredCount=1,
            tags=[{"key": key, "value": value} for key, value in tags.items()],
        )
    return aws


@pytest.mark.parametrize(
    ("service", "names"), [("shop", {"shop/web", "shop/api"}), ("post", {"shop/mail"}), ("x", set())]
)
def test_the_owners_tag_or_the_stack_says_who_belongs_together(
    services: Boto3Aws, service: str, names: set[str]
) -> None:
    assert {arn.id for arn in read_mates(services, service)} == names


def test_alarms_that_fire_are_found_in_an_account_as_moto_plays_it(aws: Boto3Aws, clock: FakeClock) -> None:
    cloudwatch = aws.client("cloudwatch")
    for name, state in (("a", "ALARM"), ("b", "OK"), ("c", "ALARM")):
        cloudwatch.put_metric_alarm(
            AlarmName=name, Namespace="N", MetricName="M", Statistic="Sum", Period=60, EvaluationPeriods=1, Threshold=1,
            ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")
    look = Look(aws=aws, until=clock.now() + timedelta(minutes=1), pause=clock.pause)
    assert {one.name for one in read_firing(look, ()).items} == {"a", "c"}
