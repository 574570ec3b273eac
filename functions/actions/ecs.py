"""Changes of an ECS service: how many tasks it wants, and which version it runs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.arn import parse_arn
from functions.core.decision import Decline
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.ecs import DESCRIBE_SERVICES, SERVICES, Service, read_service
from functions.readings.ecs_deployments import DESCRIBE_SERVICE_DEPLOYMENTS, SERVICE_DEPLOYMENTS

_UPDATE_SERVICE = Allow(action="ecs:UpdateService", on=SERVICES, tagged=True)
_SERVICE_TYPE = "AWS::ECS::Service"
_OF_TASK_DEFINITION = ("platformFamily", "fargateEphemeralStorage")
"""Parts of a service revision that a template declares in the task definition."""
_ROLLBACK = {
    "PENDING": Effect.ABSENT,
    "IN_PROGRESS": Effect.ABSENT,
    "STOP_REQUESTED": Effect.UNDER_WAY,
    "ROLLBACK_REQUESTED": Effect.UNDER_WAY,
    "ROLLBACK_IN_PROGRESS": Effect.UNDER_WAY,
    "ROLLBACK_SUCCESSFUL": Effect.DONE,
}


@dataclass(frozen=True, kw_only=True)
class SetDesiredCount(Action):
    """Set how many tasks a service wants. Starts no deployment: neither a task definition nor a forced one is sent."""

    permissions: ClassVar[tuple[Allow, ...]] = (_UPDATE_SERVICE, DESCRIBE_SERVICES)
    patience: ClassVar[timedelta] = timedelta(minutes=5)

    service_arn: str
    count: int
    was: int

    def do(self, aws: Aws) -> None:
        cluster, service = _names(self.service_arn)
        aws.client("ecs").update_service(cluster=cluster, service=service, desiredCount=self.count)

    def progress(self, aws: Aws) -> Progress:
        """In effect when the count is set; whether the tasks come is for the proof. Another count is somebody else's."""
        service = read_service(aws, parse_arn(self.service_arn, "service_arn"))
        if isinstance(service, Decline):
            return Progress(Effect.FAILED, service.seen)
        seen = f"{service.name} wants {service.desired} tasks and runs {service.running}"
        return Progress({self.count: Effect.DONE, self.was: Effect.ABSENT}.get(service.desired, Effect.FAILED), seen)

    def undo(self) -> Action:
        return SetDesiredCount(service_arn=self.service_arn, count=self.was, was=self.count)

    def properties(self) -> tuple[PropertyChange, ...]:
        return (PropertyChange(resource_type=_SERVICE_TYPE, property="DesiredCount", old=self.was, new=self.count),)

    def __str__(self) -> str:
        return f"set the desired count of {_short(self.service_arn)} from {self.was} to {self.count} tasks"


@dataclass(frozen=True, kw_only=True)
class StopDeployment(Action):
    """Stop a running service deployment and have ECS roll it back, as a whole, to the revision that ran before it.

    Valid while it is PENDING or IN_PROGRESS, and harmless while it is being stopped or rolled back already
    (Developer Guide, "Stopping Amazon ECS service deployments"). A finished one is refused with ConflictException.
    """

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(action="ecs:StopServiceDeployment", on=SERVICES),
        Allow(action="ecs:StopServiceDeployment", on=SERVICE_DEPLOYMENTS),
        DESCRIBE_SERVICE_DEPLOYMENTS,
    )
    patience: ClassVar[timedelta] = timedelta(minutes=30)

    deployment: str
    task_definition: str
    instead_of: str
    besides: str = ""
    """What else goes back, comma-separated, as a service revision names it, e.g. `networkConfiguration`."""

    def do(self, aws: Aws) -> None:
        aws.client("ecs").stop_service_deployment(serviceDeploymentArn=self.deployment, stopType="ROLLBACK")

    def progress(self, aws: Aws) -> Progress:
        found = aws.client("ecs").describe_service_deployments(serviceDeploymentArns=[self.deployment])
        status = next((one["status"] for one in found["serviceDeployments"]), "gone")
        return Progress(_ROLLBACK.get(status, Effect.FAILED), f"the deployment is {status}")

    def undo(self) -> Irreversible:
        return _never_again(self.instead_of)

    def properties(self) -> tuple[PropertyChange, ...]:
        """ECS rolls back the whole configuration; of all but the task definition only the name is known here."""
        parts = [part for part in self.besides.split(",") if part and part not in _OF_TASK_DEFINITION]
        return _task_definition(self.instead_of, self.task_definition) + tuple(
            PropertyChange(
                resource_type=_SERVICE_TYPE,
                property=part[:1].upper() + part[1:],
                old=f"as deployed by {self.deployment}",
                new=f"as before {self.deployment}",
                literal=False,
            )
            for part in parts
        )

    def __str__(self) -> str:
        there = _short(self.task_definition)
        besides = f", and its {self.besides.replace(',', ', ')} with it" if self.besides else ""
        return (
            f"stop deployment {_short(self.deployment)} of {_short(self.instead_of)} and roll back to {there}{besides}"
        )


@dataclass(frozen=True, kw_only=True)
class DeployTaskDefinition(Action):
    """Have a service run another revision, by its full ARN. Changes nothing else of the service's configuration."""

    permissions: ClassVar[tuple[Allow, ...]] = (_UPDATE_SERVICE, DESCRIBE_SERVICES)
    patience: ClassVar[timedelta] = timedelta(minutes=30)

    service_arn: str
    task_definition: str
    instead_of: str

    def do(self, aws: Aws) -> None:
        cluster, service = _names(self.service_arn)
        aws.client("ecs").update_service(cluster=cluster, service=service, taskDefinition=self.task_definition)

    def progress(self, aws: Aws) -> Progress:
        service = read_service(aws, parse_arn(self.service_arn, "service_arn"))
        if isinstance(service, Decline):
            return Progress(Effect.FAILED, service.seen)
        if service.task_definition not in (self.task_definition, self.instead_of):
            seen = f"{service.name} is to run {_short(service.task_definition)}: somebody else has deployed that"
            return Progress(Effect.FAILED, seen)
        return _rollout(service, self.task_definition)

    def undo(self) -> Irreversible:
        return _never_again(self.instead_of)

    def properties(self) -> tuple[PropertyChange, ...]:
        return _task_definition(self.instead_of, self.task_definition)

    def __str__(self) -> str:
        there = _short(self.task_definition)
        return f"deploy {there} to {_short(self.service_arn)} instead of {_short(self.instead_of)}"


def _rollout(service: Service, wanted: str) -> Progress:
    primary = service.primary
    if primary is None or service.task_definition != wanted:
        return Progress(Effect.ABSENT, f"{service.name} is to run {_short(service.task_definition)}")
    state, tasks = primary.rollout or "rolled out", f"{service.running} of {service.desired} tasks run"
    seen = f"{_short(primary.task_definition)} is {state}, {tasks}"
    if primary.rollout == "FAILED":
        return Progress(Effect.FAILED, seen)
    there = primary.task_definition == wanted and not service.deploying and service.running == service.desired
    return Progress(Effect.DONE if there else Effect.UNDER_WAY, seen)


def _task_definition(old: str, new: str) -> tuple[PropertyChange, ...]:
    change = PropertyChange(resource_type=_SERVICE_TYPE, property="TaskDefinition", old=old, new=new)
    return () if old == new else (change,)


def _never_again(task_definition: str) -> Irreversible:
    return Irreversible(
        "a version that failed is never deployed by a machine; "
        f"mend it and deploy it through the pipeline that made {task_definition}"
    )


def _names(service_arn: str) -> tuple[str, str]:
    _, cluster, service = parse_arn(service_arn, "service_arn").resource.split("/")
    return cluster, service


def _short(arn: str) -> str:
    """What a person calls it: `web:42` of a task definition, `prod/web` of a service."""
    return arn.split(":", 5)[-1].partition("/")[2] or arn
