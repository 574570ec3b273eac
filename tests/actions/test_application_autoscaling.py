"""The bounds of a scalable target, raised and restored."""

from __future__ import annotations

import pytest

from functions.actions.application_autoscaling import RaiseScalingFloor, RestoreScalingBounds
from functions.adapters.aws import Boto3Aws
from functions.core.action import Action, Effect, decode, encode

TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/prod/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}
FLOOR = RaiseScalingFloor(cluster="prod", service="web", minimum=3, was_minimum=1)
BOTH = RaiseScalingFloor(cluster="prod", service="web", minimum=7, was_minimum=1, maximum=7, was_maximum=6)


@pytest.fixture
def scaled(aws: Boto3Aws) -> Boto3Aws:
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName="prod")
    ecs.register_task_definition(family="web", containerDefinitions=[{"name": "web", "image": "web", "memory": 128}])
    ecs.create_service(cluster="prod", serviceName="web", taskDefinition="web:1", desiredCount=2)
    aws.client("application-autoscaling").register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=6)
    return aws


def bounds(aws: Boto3Aws) -> tuple[int, int]:
    found = aws.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    return found[0]["MinCapacity"], found[0]["MaxCapacity"]


@pytest.mark.parametrize(("action", "raised"), [(FLOOR, (3, 6)), (BOTH, (7, 7))])
def test_bounds_are_raised_seen_and_restored_and_twice_is_harmless(
    scaled: Boto3Aws, action: RaiseScalingFloor, raised: tuple[int, int]
) -> None:
    assert action.progress(scaled).effect is Effect.ABSENT
    for _ in range(2):
        action.do(scaled)
        assert (action.progress(scaled).effect, bounds(scaled)) == (Effect.DONE, raised)
    back = action.undo()
    back.do(scaled)
    assert (back.progress(scaled).effect, bounds(scaled)) == (Effect.DONE, (1, 6))
    assert isinstance(back, RestoreScalingBounds) and back.undo() == action


def test_a_maximum_that_is_not_ours_is_left_alone_and_not_waited_for(scaled: Boto3Aws) -> None:
    FLOOR.do(scaled)
    scaled.client("application-autoscaling").register_scalable_target(**TARGET, MaxCapacity=9)
    assert FLOOR.progress(scaled).effect is Effect.DONE
    FLOOR.undo().do(scaled)  # type: ignore[union-attr]
    assert bounds(scaled) == (1, 9)


def test_a_maximum_that_is_missing_is_waited_for(scaled: Boto3Aws) -> None:
    scaled.client("application-autoscaling").register_scalable_target(**TARGET, MinCapacity=7, MaxCapacity=8)
    assert BOTH.progress(scaled).effect is Effect.ABSENT


def test_a_scalable_target_that_is_gone_fails_the_change(scaled: Boto3Aws) -> None:
    scaled.client("application-autoscaling").deregister_scalable_target(**TARGET)
    assert FLOOR.progress(scaled).effect is Effect.FAILED


@pytest.mark.parametrize("action", [FLOOR, BOTH, FLOOR.undo(), BOTH.undo()])
def test_an_action_survives_the_journal_and_reads_as_one_line(action: Action) -> None:
    assert decode(encode(action), [RaiseScalingFloor, RestoreScalingBounds]) == action
    assert "prod/web from" in str(action) and "\n" not in str(action)
