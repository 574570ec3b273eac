"""Bringing a service back to its tasks, and being done only when it is up: whoever needs it comes after it.

Where a service comes up in several steps, each knows the count, or the floor, after the `last` of them: what lies between its
own and the last one is our own doing.
"""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from functions.actions.application_autoscaling import RaiseScalingFloor, RestoreScalingBounds
from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.arn import parse_arn
from functions.core.decision import Decline
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.application_autoscaling import read_scalable_target
from functions.readings.ecs import DESCRIBE_SERVICES, SERVICES, Service, read_service
from functions.readings.ecs_up import READS_OF_UP, read_up

_PATIENCE = timedelta(minutes=20)
_UPDATE_SERVICE = Allow(action="ecs:UpdateService", on=SERVICES, tagged=True)
_NEVER_UP_AGAIN = Irreversible("what was taken back is brought up by a new recovery, which looks anew")


@dataclass(frozen=True, kw_only=True)
class _DesiredCount(Action, ABC):
    """How many tasks a service wants that is not the run's target but beside it. Starts no deployment."""

    service_arn: str
    count: int
    was: int

    def do(self, aws: Aws) -> None:
        cluster, service = _names(self.service_arn)
        aws.client("ecs").update_service(cluster=cluster, service=service, desiredCount=self.count)

    def properties(self) -> tuple[PropertyChange, ...]:
        """Of the service, whose ARN is what CloudFormation's Ref returns. What its template says is not known: whoever has
        stopped the service has left it behind already, and this may be the way back to it."""
        change = PropertyChange(
            resource_type="AWS::ECS::Service",
            property="DesiredCount",
            old=f"{self.was} tasks",
            new=f"{self.count} tasks",
            resource=self.service_arn,
            literal=False,
        )
        return () if self.was == self.count else (change,)

    def _of_count(self, service: Service) -> Progress:
        """A count that is neither the wished-for one nor the one before is somebody else's."""
        seen = f"{service.name} wants {service.desired} tasks and runs {service.running}"
        return Progress({self.was: Effect.ABSENT, self.count: Effect.DONE}.get(service.desired, Effect.FAILED), seen)


@dataclass(frozen=True, kw_only=True)
class StartService(_DesiredCount):
    """Set how many tasks a service wants, and wait until they run and are healthy.

    Where it wants that many already the call changes nothing, and only its coming up is waited for.
    """

    permissions: ClassVar[tuple[Allow, ...]] = (_UPDATE_SERVICE, *READS_OF_UP)
    patience: ClassVar[timedelta] = _PATIENCE
    kept: ClassVar[bool] = True

    last: int
    health_checked: bool

    def progress(self, aws: Aws) -> Progress:
        service = read_service(aws, parse_arn(self.service_arn, "service_arn"))
        if isinstance(service, Decline):
            return Progress(Effect.FAILED, service.seen)
        if self.count <= service.desired <= self.last:
            return _up(aws, service, health_checked=self.health_checked)
        return self._of_count(service)

    def undo(self) -> Action | Irreversible:
        if self.count == self.was:
            return Irreversible("it wanted as many tasks before, and was only waited for")
        return StopTasksAgain(service_arn=self.service_arn, count=self.was, was=self.count)

    def __str__(self) -> str:
        change = f"from {self.was} to {self.count} tasks" if self.was != self.count else f"as it is, {self.count} tasks"
        return f"set the desired count of {_short(self.service_arn)} {change}, and wait until it is up"


@dataclass(frozen=True, kw_only=True)
class StopTasksAgain(_DesiredCount):
    """The count as it was before the service was brought back. In effect when it is set: nobody waits for the tasks to go."""

    permissions: ClassVar[tuple[Allow, ...]] = (_UPDATE_SERVICE, DESCRIBE_SERVICES)
    patience: ClassVar[timedelta] = timedelta(minutes=5)

    def progress(self, aws: Aws) -> Progress:
        service = read_service(aws, parse_arn(self.service_arn, "service_arn"))
        return Progress(Effect.FAILED, service.seen) if isinstance(service, Decline) else self._of_count(service)

    def undo(self) -> Irreversible:
        return _NEVER_UP_AGAIN

    def __str__(self) -> str:
        return f"set the desired count of {_short(self.service_arn)} back from {self.was} to {self.count} tasks"


@dataclass(frozen=True, kw_only=True)
class StartScaledService(RaiseScalingFloor):
    """Raise the floor of a service that Application Auto Scaling scales, and wait until its tasks run and are healthy.

    Registering a scalable target moves the desired count to its floor at once, also where the floor stays what it was. Without
    it nothing would: a service that has no tasks has no metrics to scale on.
    """

    permissions: ClassVar[tuple[Allow, ...]] = (*RaiseScalingFloor.permissions, *READS_OF_UP)
    patience: ClassVar[timedelta] = _PATIENCE
    kept: ClassVar[bool] = True

    service_arn: str
    last: int
    health_checked: bool

    def progress(self, aws: Aws) -> Progress:
        bounds = read_scalable_target(aws, self.cluster, self.service)
        if bounds is None or not self.minimum <= bounds.minimum <= self.last:
            return super().progress(aws)
        service = read_service(aws, parse_arn(self.service_arn, "service_arn"))
        if isinstance(service, Decline):
            return Progress(Effect.FAILED, service.seen)
        if service.desired >= self.minimum:
            return _up(aws, service, health_checked=self.health_checked)
        seen = f"{service.name} wants {service.desired} tasks, its floor is {bounds.minimum}"
        return Progress(Effect.ABSENT if self.minimum == self.was_minimum else Effect.UNDER_WAY, seen)

    def undo(self) -> Action | Irreversible:
        if self.minimum == self.was_minimum:
            return Irreversible("its floor is what it was, and holds its tasks")
        return LowerFloorAgain(
            cluster=self.cluster, service=self.service, minimum=self.was_minimum, was_minimum=self.minimum
        )

    def __str__(self) -> str:
        return f"{super().__str__()}, and wait until it is up"


@dataclass(frozen=True, kw_only=True)
class LowerFloorAgain(RestoreScalingBounds):
    """The floor as it was. Its tasks stay until its policies take them away."""

    def undo(self) -> Irreversible:
        return _NEVER_UP_AGAIN


def _up(aws: Aws, service: Service, *, health_checked: bool) -> Progress:
    up = read_up(aws, service, health_checked=health_checked)
    return Progress(Effect.DONE if up.there else Effect.FAILED if up.failed else Effect.UNDER_WAY, up.seen)


def _names(service_arn: str) -> tuple[str, str]:
    _, cluster, service = parse_arn(service_arn, "service_arn").resource.split("/")
    return cluster, service


def _short(service_arn: str) -> str:
    return "/".join(_names(service_arn))
