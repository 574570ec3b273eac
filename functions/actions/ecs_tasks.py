"""Changes of single tasks of an ECS service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.arn import parse_arn
from functions.core.decision import Decline
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.ecs import DESCRIBE_SERVICES, read_service
from functions.readings.ecs_stopped_tasks import DESCRIBE_TASKS
from functions.readings.ecs_tasks import task_of

_REASON = "First Responder: the load balancer finds it unhealthy while others of its service are well"


@dataclass(frozen=True, kw_only=True)
class StopTask(Action):
    """Stop one task that its service replaces by another of the same version: no deployment, no image tag is looked up anew.

    Tasks have tags of their own, and only where their service propagates its tags: so IAM cannot hold the owner's mode here.
    """

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(action="ecs:StopTask", on="arn:{partition}:ecs:{region}:{account}:task/*"),
        DESCRIBE_TASKS,
        DESCRIBE_SERVICES,
    )
    patience: ClassVar[timedelta] = timedelta(minutes=20)
    """The deregistration delay of its target group is five minutes where nobody set another, and comes before the stop."""

    service_arn: str
    task_arn: str

    def do(self, aws: Aws) -> None:
        aws.client("ecs").stop_task(cluster=self._cluster, task=self.task_arn, reason=_REASON)

    def progress(self, aws: Aws) -> Progress:
        """In effect when it is gone and the service runs as many as it wants: only then may the next one be stopped."""
        service = read_service(aws, parse_arn(self.service_arn, "service_arn"))
        if isinstance(service, Decline):
            return Progress(Effect.FAILED, service.seen)
        found = aws.client("ecs").describe_tasks(cluster=self._cluster, tasks=[self.task_arn])["tasks"]
        task = task_of(found[0]) if found else None
        seen = f"{self._id} is {task.status if task else 'gone'}, {service.running} of {service.desired} tasks run"
        if task is not None and task.wanted != "STOPPED":
            return Progress(Effect.ABSENT, seen)
        gone = task is None or task.status == "STOPPED"
        return Progress(Effect.DONE if gone and service.running >= service.desired else Effect.UNDER_WAY, seen)

    def undo(self) -> Irreversible:
        return Irreversible(
            "a task that has stopped does not run again; its service has started another one in its place"
        )

    def properties(self) -> tuple[PropertyChange, ...]:
        """A template declares the service, never its tasks."""
        return ()

    @property
    def _cluster(self) -> str:
        return parse_arn(self.service_arn, "service_arn").resource.split("/")[1]

    @property
    def _id(self) -> str:
        return self.task_arn.rpartition("/")[2]

    def __str__(self) -> str:
        return f"stop task {self._id} of {self.service_arn.partition(':service/')[2]}, which the service replaces"
