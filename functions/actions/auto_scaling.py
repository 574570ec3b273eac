"""Taking an instance out of the hands of its Auto Scaling group."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.ec2_auto_scaling import DESCRIBE_AUTO_SCALING_INSTANCES, membership

_LEAVING = ("Detaching", "Detached")


@dataclass(frozen=True, kw_only=True)
class DetachInstance(Action):
    """Detach one instance without lowering the desired capacity: the group starts another in its place.

    Not standby: an instance in standby is still the group's, to be ended by an instance refresh or with the group. Detaching takes
    it out of the group's target groups as well (User Guide, "Detach or attach instances"). Done as soon as it is leaving: the
    health checks of the group no longer end it, and draining its connections is nothing to wait for.
    """

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(
            action="autoscaling:DetachInstances",
            on="arn:{partition}:autoscaling:{region}:{account}:autoScalingGroup:*:autoScalingGroupName/*",
        ),
        DESCRIBE_AUTO_SCALING_INSTANCES,
    )
    patience: ClassVar[timedelta] = timedelta(minutes=5)
    look_again: ClassVar[timedelta] = timedelta(seconds=1)
    kept: ClassVar[bool] = True

    instance: str
    group: str

    def do(self, aws: Aws) -> None:
        aws.client("autoscaling").detach_instances(
            InstanceIds=[self.instance], AutoScalingGroupName=self.group, ShouldDecrementDesiredCapacity=False
        )

    def progress(self, aws: Aws) -> Progress:
        found = membership(aws, self.instance)
        if not found.group or found.state in _LEAVING:
            return Progress(Effect.DONE, f"{self.instance} is {found.state or 'out of'} {self.group}")
        if found.group != self.group:
            return Progress(Effect.FAILED, f"{self.instance} is in {found.group} by now")
        return Progress(Effect.ABSENT, f"{self.instance} is {found.state} in {self.group}")

    def undo(self) -> Irreversible:
        return Irreversible(
            f"{self.group} has another instance in its place; attaching this one again is a person's decision"
        )

    def properties(self) -> tuple[PropertyChange, ...]:
        """No template declares which instances a group has."""
        return ()

    def __str__(self) -> str:
        return f"detach {self.instance} from {self.group}, which starts another one in its place"
