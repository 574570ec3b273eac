"""Changes of an ECS service: how many tasks it wants, and which version it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from functions.core.action import Action, Effect, Irreversible, Progress
from functions.core.arn import parse_arn
from functions.core.permission import Allow
from functions.core.ports import Aws

_SERVICES = "arn:{partition}:ecs:{region}:{account}:service/*"
_SERVICE_DEPLOYMENTS = "arn:{partition}:ecs:{region}:{account}:service-deployment/*"
_UPDATE_SERVICE = Allow(action="ecs:UpdateService", on=_SERVICES, tagged=True)
_DESCRIBE_SERVICES = Allow(action="ecs:DescribeServices", on=_SERVICES)
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

    permissions: ClassVar[tuple[Allow, ...]] = (_UPDATE_SERVICE, _DESCRIBE_SERVICES)
    patience: ClassVar[timedelta] = timedelta(minutes=5)

    service_arn: str
    count: int
    was: int

    def do(self, aws: Aws) -> None:
        cluster, service = _names(self.service_arn)
        aws.client("ecs").update_service(cluster=cluster, service=service, desiredCount=self.count)

    def progress(self, aws: Aws) -> Progress:
        """In effect when the count is set; whether the tasks come is for the proof."""
        service = _look(aws, self.service_arn)
        if service is None:
            return Progress(Effect.FAILED, f"{self.service_arn} is gone")
        seen = f"{_short(self.service_arn)} wants {service['desiredCount']} tasks and runs {service['runningCount']}"
        return Progress(Effect.DONE if service["desiredCount"] == self.count else Effect.ABSENT, seen)

    def undo(self) -> Action:
        return SetDesiredCount(service_arn=self.service_arn, count=self.was, was=self.count)

    def __str__(self) -> str:
        return f"set the desired count of {_short(self.service_arn)} from {self.was} to {self.count} tasks"


@dataclass(frozen=True, kw_only=True)
class StopDeployment(Action):
    """Stop a running service deployment and have ECS roll it back, as a whole, to the revision that ran before it.

    Valid while it is PENDING or IN_PROGRESS, and harmless while it is being stopped or rolled back already
    (Developer Guide, "Stopping Amazon ECS service deployments"). A finished one is refused with ConflictException.
    """

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(action="ecs:StopServiceDeployment", on=_SERVICES),
        Allow(action="ecs:StopServiceDeployment", on=_SERVICE_DEPLOYMENTS),
        Allow(action="ecs:DescribeServiceDeployments", on=_SERVICE_DEPLOYMENTS),
    )
    patience: ClassVar[timedelta] = timedelta(minutes=30)

    deployment: str
    task_definition: str
    instead_of: str

    def do(self, aws: Aws) -> None:
        aws.client("ecs").stop_service_deployment(serviceDeploymentArn=self.deployment, stopType="ROLLBACK")

    def progress(self, aws: Aws) -> Progress:
        found = aws.client("ecs").describe_service_deployments(serviceDeploymentArns=[self.deployment])
        status = next((one["status"] for one in found["serviceDeployments"]), "gone")
        return Progress(_ROLLBACK.get(status, Effect.FAILED), f"the deployment is {status}")

    def undo(self) -> Irreversible:
        return _never_again(self.instead_of)

    def __str__(self) -> str:
        return f"stop deployment {_short(self.deployment)} of {_short(self.instead_of)}, rolling back to {_short(self.task_definition)}"


@dataclass(frozen=True, kw_only=True)
class DeployTaskDefinition(Action):
    """Have a service run another revision, by its full ARN. Changes nothing else of the service's configuration."""

    permissions: ClassVar[tuple[Allow, ...]] = (_UPDATE_SERVICE, _DESCRIBE_SERVICES)
    patience: ClassVar[timedelta] = timedelta(minutes=30)

    service_arn: str
    task_definition: str
    instead_of: str

    def do(self, aws: Aws) -> None:
        cluster, service = _names(self.service_arn)
        aws.client("ecs").update_service(cluster=cluster, service=service, taskDefinition=self.task_definition)

    def progress(self, aws: Aws) -> Progress:
        service = _look(aws, self.service_arn)
        if service is None:
            return Progress(Effect.FAILED, f"{self.service_arn} is gone")
        return _rollout(service, self.task_definition)

    def undo(self) -> Irreversible:
        return _never_again(self.instead_of)

    def __str__(self) -> str:
        return f"deploy {_short(self.task_definition)} to {_short(self.service_arn)} instead of {_short(self.instead_of)}"


def _rollout(service: Mapping[str, Any], wanted: str) -> Progress:
    primary = next((one for one in service["deployments"] if one["status"] == "PRIMARY"), None)
    if primary is None or service["taskDefinition"] != wanted:
        return Progress(Effect.ABSENT, f"the service is to run {_short(service['taskDefinition'])}")
    state, tasks = primary.get("rolloutState") or "rolled out", (service["runningCount"], service["desiredCount"])
    seen = f"{_short(primary['taskDefinition'])} is {state}, {tasks[0]} of {tasks[1]} tasks run"
    if state == "FAILED":
        return Progress(Effect.FAILED, seen)
    alone = primary["taskDefinition"] == wanted and len(service["deployments"]) == 1
    there = alone and state != "IN_PROGRESS" and tasks[0] == tasks[1]
    return Progress(Effect.DONE if there else Effect.UNDER_WAY, seen)


def _look(aws: Aws, service_arn: str) -> Mapping[str, Any] | None:
    """The service as DescribeServices shows it; a missing one is no error there."""
    cluster, name = _names(service_arn)
    found = aws.client("ecs").describe_services(cluster=cluster, services=[name])["services"]
    return found[0] if found else None


def _never_again(task_definition: str) -> Irreversible:
    return Irreversible(
        f"a version that failed is never deployed by a machine; mend it and deploy it through the pipeline that made {task_definition}"
    )


def _names(service_arn: str) -> tuple[str, str]:
    _, cluster, service = parse_arn(service_arn, "service_arn").resource.split("/")
    return cluster, service


def _short(arn: str) -> str:
    """What a person calls it: `web:42` of a task definition, `prod/web` of a service."""
    return arn.split(":", 5)[-1].partition("/")[2] or arn
