"""Putting new tasks in the place of a service's tasks, of the same version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.arn import parse_arn
from functions.core.decision import Decline
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.ecs import DESCRIBE_SERVICES, SERVICES, Deployment, Service, read_service


@dataclass(frozen=True, kw_only=True)
class RestartService(Action):
    """Force a deployment of the version that runs: ECS replaces the tasks within the service's healthy percentages.

    It names no task definition, so that the service's own stays. The wished-for state is another deployment than `deployment`.
    """

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(action="ecs:UpdateService", on=SERVICES, tagged=True),
        DESCRIBE_SERVICES,
    )
    patience: ClassVar[timedelta] = timedelta(minutes=30)

    service_arn: str
    task_definition: str
    deployment: str
    """The id of the deployment whose tasks are to go, e.g. `ecs-svc/123`."""

    def do(self, aws: Aws) -> None:
        _, cluster, service = parse_arn(self.service_arn, "service_arn").resource.split("/")
        aws.client("ecs").update_service(cluster=cluster, service=service, forceNewDeployment=True)

    def progress(self, aws: Aws) -> Progress:
        """In effect when every task is one of the new deployment."""
        service = read_service(aws, parse_arn(self.service_arn, "service_arn"))
        if isinstance(service, Decline):
            return Progress(Effect.FAILED, service.seen)
        primary = service.primary
        if primary is None:
            return Progress(Effect.FAILED, f"{service.name} is {service.status} and has no deployment")
        if primary.id == self.deployment:
            return Progress(Effect.ABSENT, f"{service.name} runs the tasks of {primary.id}")
        if primary.task_definition != self.task_definition:
            seen = f"{service.name} is to run {primary.task_definition}: somebody else has deployed that"
            return Progress(Effect.FAILED, seen)
        return _replaced(service, primary)

    def undo(self) -> Irreversible:
        return Irreversible("tasks that have stopped do not run again; the service runs the version that it ran before")

    def properties(self) -> tuple[PropertyChange, ...]:
        """A forced deployment changes nothing that a template declares."""
        return ()

    def __str__(self) -> str:
        service, version = (arn.split(":", 5)[-1].partition("/")[2] for arn in (self.service_arn, self.task_definition))
        return f"restart the tasks of {service}, a few at a time, with {version} as before"


def _replaced(service: Service, primary: Deployment) -> Progress:
    state, tasks = primary.rollout or "rolled out", f"{service.running} of {service.desired} tasks run"
    seen = f"{primary.id} is {state}, {tasks}"
    if primary.rollout == "FAILED":
        return Progress(Effect.FAILED, seen)
    there = not service.deploying and service.running == service.desired
    return Progress(Effect.DONE if there else Effect.UNDER_WAY, seen)
