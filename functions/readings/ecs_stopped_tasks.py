"""Why tasks of a service stopped. ECS shows stopped tasks for about an hour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws

LIST_TASKS = Allow(
    action="ecs:ListTasks",
    on=EVERYTHING,
    because="ListTasks is scoped by container instance, and tasks on Fargate have none",
)
DESCRIBE_TASKS = Allow(action="ecs:DescribeTasks", on="arn:{partition}:ecs:{region}:{account}:task/*")
_AT_ONCE = 100
_SHOWN = timedelta(hours=1)
_NEVER = datetime.min.replace(tzinfo=UTC)
_KILLED = 128 + 9
_BY_ITSELF = (
    "TaskFailedToStart",
    "EssentialContainerExited",
    "SpotInterruption",
    "TerminationNotice",
    "InfrastructureHealth",
)
_SCHEDULER, _UNHEALTHY = "ServiceSchedulerInitiated", "health check"
"""`Task failed ELB health checks in (target-group ...)`, `Task failed container health checks` (Stopped task error messages)."""
_IMAGE_NOT_FOUND = ("manifest unknown", ": not found", "does not exist", "no such manifest")
_CAUSES = {
    "secrets_or_network": ("resourceinitializationerror",),
    "quota": ("limit on the number of vcpus", "quota"),
    "capacity": ("capacity is unavailable", "resource:", "insufficient", "unable to place"),
}
_OF_THE_PLACE = {"SpotInterruption": "capacity", "TerminationNotice": "capacity", "InfrastructureHealth": "capacity"}


@dataclass(frozen=True, kw_only=True, slots=True)
class StoppedTask:
    """`reason` is ECS's own words, cut to 500 characters; `cause` is what they come to, empty where it is the version's own.

    `container` is the first one that ended with an error, else the first.
    """

    task_definition: str
    code: str
    reason: str
    cause: str
    exit_codes: tuple[int, ...] = ()
    arn: str = ""
    container: str = ""

    @property
    def out_of_memory(self) -> bool:
        """Whether it was stopped for its memory: ECS says so, or a container was killed before ECS had anything to stop."""
        killed = self.code == "EssentialContainerExited" and _KILLED in self.exit_codes
        return killed or "outofmemory" in self.reason.lower()


def read_failed_tasks(aws: Aws, cluster: str, service: str, since: datetime) -> tuple[StoppedTask, ...]:
    """The tasks that ended against the service's will after `since`, oldest first, of up to 100; what the scheduler no longer wanted is left out."""
    ecs = aws.client("ecs")
    pages = ecs.get_paginator("list_tasks").paginate(cluster=cluster, serviceName=service, desiredStatus="STOPPED")
    arns = [arn for page in pages for arn in page["taskArns"]][:_AT_ONCE]
    said = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
    failed = [one for one in said if _against_its_will(one) and _ended(one) >= since]
    return tuple(_stopped(one) for one in sorted(failed, key=_ended))


def cause_of(text: str) -> str:
    """What ECS's words come to: image_not_found, image_pull, secrets_or_network, quota, capacity, or empty for none of these."""
    low = text.lower()
    if "cannotpull" in low:
        return "image_not_found" if any(word in low for word in _IMAGE_NOT_FOUND) else "image_pull"
    return next((cause for cause, words in _CAUSES.items() if any(word in low for word in words)), "")


def failures_of(tasks: Sequence[StoppedTask], task_definition: str) -> tuple[StoppedTask, ...]:
    """Those of one task definition."""
    return tuple(task for task in tasks if task.task_definition == task_definition)


def killed_for_memory(aws: Aws, cluster: str, service: str, task_definition: str) -> int:
    """How many tasks of this version were stopped for their memory within the hour that ECS shows them."""
    failed = read_failed_tasks(aws, cluster, service, aws.now() - _SHOWN)
    return sum(task.out_of_memory for task in failures_of(failed, task_definition))


def _against_its_will(said: Mapping[str, Any]) -> bool:
    """The scheduler stops tasks because they are no longer wanted, and because they fail their health checks."""
    unhealthy = said.get("stopCode") == _SCHEDULER and _UNHEALTHY in said.get("stoppedReason", "").lower()
    return unhealthy or said.get("stopCode") in _BY_ITSELF


def _ended(said: Mapping[str, Any]) -> datetime:
    return said.get("stoppedAt") or said.get("stoppingAt") or _NEVER


def _stopped(said: Mapping[str, Any]) -> StoppedTask:
    containers = said.get("containers") or ()
    failing = [one.get("name", "") for one in containers if one.get("exitCode")]
    words = [said.get("stoppedReason", ""), *(one.get("reason", "") for one in containers)]
    reason = "; ".join(dict.fromkeys(filter(None, words)))
    return StoppedTask(
        task_definition=said["taskDefinitionArn"],
        code=said["stopCode"],
        reason=reason[:500],
        cause=_OF_THE_PLACE.get(said["stopCode"]) or cause_of(reason),
        exit_codes=tuple(one["exitCode"] for one in containers if "exitCode" in one),
        arn=said["taskArn"],
        container=(failing or [one.get("name", "") for one in containers] or [""])[0],
    )
