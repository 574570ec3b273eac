"""Changes of the bounds between which Application Auto Scaling moves an ECS service."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.application_autoscaling import (
    DESCRIBE_SCALABLE_TARGETS,
    DIMENSION,
    NAMESPACE,
    read_scalable_target,
    resource_id,
)


@dataclass(frozen=True, kw_only=True)
class _ScalingBounds(Action, ABC):
    """The minimum, and where it has to move too the maximum, of one service's scalable target.

    RegisterScalableTarget leaves alone what it is not given, and moves the desired count inside the bounds at once.
    Policies and the alarms that target tracking owns are never touched.
    """

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(
            action="application-autoscaling:RegisterScalableTarget",
            on="arn:{partition}:application-autoscaling:{region}:{account}:scalable-target/*",
            conditions=(
                ("StringEquals", "application-autoscaling:service-namespace", NAMESPACE),
                ("StringEquals", "application-autoscaling:scalable-dimension", DIMENSION),
            ),
        ),
        DESCRIBE_SCALABLE_TARGETS,
    )
    patience: ClassVar[timedelta] = timedelta(minutes=5)

    cluster: str
    service: str
    minimum: int
    was_minimum: int
    maximum: int | None = None
    was_maximum: int | None = None

    def do(self, aws: Aws) -> None:
        bounds: dict[str, Any] = {"MinCapacity": self.minimum}
        if self.maximum is not None:
            bounds["MaxCapacity"] = self.maximum
        aws.client("application-autoscaling").register_scalable_target(
            ServiceNamespace=NAMESPACE, ResourceId=self._resource, ScalableDimension=DIMENSION, **bounds
        )

    def progress(self, aws: Aws) -> Progress:
        """In effect when the bounds are set; whether the tasks come is for the proof. Other bounds are somebody else's."""
        found = read_scalable_target(aws, self.cluster, self.service)
        if found is None:
            return Progress(Effect.FAILED, f"{self._resource} has no scalable target any more")
        seen = f"{self._resource} scales between {found.minimum} and {found.maximum} tasks"
        if found.minimum == self.minimum and self.maximum in (None, found.maximum):
            return Progress(Effect.DONE, seen)
        untouched = found.minimum == self.was_minimum and self.was_maximum in (None, found.maximum)
        return Progress(Effect.ABSENT if untouched else Effect.FAILED, seen)

    def properties(self) -> tuple[PropertyChange, ...]:
        """Of the scalable target, which a template declares beside the service. The desired count that moves with the bounds
        is Application Auto Scaling's, and no template's."""
        changed = [_bound("MinCapacity", self.was_minimum, self.minimum, self._resource)]
        if self.maximum is not None:
            changed.append(_bound("MaxCapacity", self.was_maximum, self.maximum, self._resource))
        return tuple(one for one in changed if one.old != one.new)

    @property
    def _resource(self) -> str:
        return resource_id(self.cluster, self.service)

    def _back(self) -> dict[str, Any]:
        return {
            "cluster": self.cluster,
            "service": self.service,
            "minimum": self.was_minimum,
            "was_minimum": self.minimum,
            "maximum": self.was_maximum,
            "was_maximum": self.maximum,
        }

    def _change(self) -> str:
        maximum = "" if self.maximum is None else f" and the maximum from {self.was_maximum} to {self.maximum}"
        return f"the minimum of {self.cluster}/{self.service} from {self.was_minimum} to {self.minimum} tasks{maximum}"


@dataclass(frozen=True, kw_only=True)
class RaiseScalingFloor(_ScalingBounds):
    """More tasks for a service that scales by itself: its policies cannot scale in below the floor."""

    def undo(self) -> Action | Irreversible:
        return RestoreScalingBounds(**self._back())

    def __str__(self) -> str:
        return f"raise {self._change()}"


@dataclass(frozen=True, kw_only=True)
class RestoreScalingBounds(_ScalingBounds):
    """The bounds as they were. A lower minimum removes no task by itself, a lower maximum removes those above it."""

    def undo(self) -> Action | Irreversible:
        return RaiseScalingFloor(**self._back())

    def __str__(self) -> str:
        return f"restore {self._change()}"


def _bound(name: str, old: int | None, new: int, resource: str) -> PropertyChange:
    """`resource` becomes what CloudFormation's Ref returns for a scalable target: that is its physical id in a stack."""
    return PropertyChange(
        resource_type="AWS::ApplicationAutoScaling::ScalableTarget",
        property=name,
        old=old,
        new=new,
        resource=f"{resource}|{DIMENSION}|{NAMESPACE}",
    )
