"""The bounds of a scalable target, raised and restored."""

from __future__ import annotations

import pytest

from functions.actions.application_autoscaling import RaiseScalingFloor, RestoreScalingBounds
from functions.adapters.aws import Boto3Aws
from functions.core.action import Action, Effect, PropertyChange, decode, encode

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


@pytest.mark.parametrize("maximum", [6, 8])
def test_bounds_that_are_neither_as_before_nor_as_wished_are_somebody_elses(scaled: Boto3Aws, maximum: int) -> None:
    scaled.client("application-autoscaling").register_scalable_target(**TARGET, MinCapacity=4, MaxCapacity=maximum)
    assert BOTH.progress(scaled).effect is Effect.FAILED
    assert BOTH.undo().progress(scaled).effect is Effect.FAILED  # type: ignore[union-attr]


def test_a_scalable_target_that_is_gone_fails_the_change(scaled: Boto3Aws) -> None:
    scaled.client("application-autoscaling").deregister_scalable_target(**TARGET)
    assert FLOOR.progress(scaled).effect is Effect.FAILED


@pytest.mark.parametrize("action", [FLOOR, BOTH, FLOOR.undo(), BOTH.undo()])
def test_an_action_survives_the_journal_and_reads_as_one_line(action: Action) -> None:
    assert decode(encode(action), [RaiseScalingFloor, RestoreScalingBounds]) == action
    assert "prod/web from" in str(action) and "\n" not in str(action)


def of_the_target(name: str, old: int, new: int) -> PropertyChange:
    return PropertyChange(
        resource_type="AWS::ApplicationAutoScaling::ScalableTarget",
        property=name,
        old=old,
        new=new,
        resource="service/prod/web|ecs:service:DesiredCount|ecs",
    )


def test_bounds_are_properties_of_the_scalable_target_and_never_of_the_service() -> None:
    assert FLOOR.properties() == (of_the_target("MinCapacity", 1, 3),)
    assert BOTH.properties() == (of_the_target("MinCapacity", 1, 7), of_the_target("MaxCapacity", 6, 7))
    back = BOTH.undo()
    assert isinstance(back, Action)
    assert back.properties() == (of_the_target("MinCapacity", 7, 1), of_the_target("MaxCapacity", 7, 6))


def test_a_bound_that_stays_as_it_was_is_no_change_of_a_property() -> None:
    only_the_maximum = RaiseScalingFloor(
        cluster="prod", service="web", minimum=3, was_minimum=3, maximum=7, was_maximum=6
    )
    assert only_the_maximum.properties() == (of_the_target("MaxCapacity", 6, 7),)
