"""A task definition revision: what runs in a task and how large it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws
from functions.readings.fixed_heap import fixed_heaps
from functions.readings.secrets import secret_arn

DESCRIBE_TASK_DEFINITION = Allow(
    action="ecs:DescribeTaskDefinition", on=EVERYTHING, because="DescribeTaskDefinition has no resource scope in IAM"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskDefinition:
    """`cpu_units` (1024 to a vCPU) and `memory_mib` are 0 where only the containers say a size.

    Tasks run on Linux on x86 where it does not say otherwise. `fixed_heaps` are heap sizes that do not grow with the task.
    """

    arn: str
    status: str
    cpu_units: int
    memory_mib: int
    images: tuple[str, ...]
    tags: Mapping[str, str]
    windows: bool = False
    arm: bool = False
    fixed_heaps: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    """The ARNs of the secrets without which a task does not start."""
    health_checked: bool = False
    """Whether ECS checks the health of a container in it."""
    log_groups: tuple[str, ...] = ()
    """The log groups of CloudWatch that its containers write to."""


def read_task_definition(aws: Aws, arn: str) -> TaskDefinition:
    """A revision by its full ARN: a bare family name would mean the newest one, which may never have run."""
    answer = aws.client("ecs").describe_task_definition(taskDefinition=arn, include=["TAGS"])
    said = answer["taskDefinition"]
    platform = said.get("runtimePlatform") or {}
    return TaskDefinition(
        arn=said["taskDefinitionArn"],
        status=said.get("status", ""),
        cpu_units=int(said.get("cpu") or 0),
        memory_mib=int(said.get("memory") or 0),
        images=tuple(sorted({container["image"] for container in said["containerDefinitions"]})),
        tags={tag["key"]: tag["value"] for tag in answer.get("tags") or ()},
        windows=str(platform.get("operatingSystemFamily", "")).startswith("WINDOWS"),
        arm=platform.get("cpuArchitecture") == "ARM64",
        fixed_heaps=fixed_heaps(said["containerDefinitions"]),
        secrets=tuple(sorted({arn for one in said["containerDefinitions"] for arn in _secrets(one)})),
        health_checked=any(one.get("healthCheck") for one in said["containerDefinitions"]),
        log_groups=tuple(dict.fromkeys(filter(None, map(_log_group, said["containerDefinitions"])))),
    )


def _log_group(container: Mapping[str, Any]) -> str:
    """Empty for a container that writes elsewhere (ECS Developer Guide, "Send Amazon ECS logs to CloudWatch")."""
    logs = container.get("logConfiguration") or {}
    return str((logs.get("options") or {}).get("awslogs-group", "")) if logs.get("logDriver") == "awslogs" else ""


def _secrets(container: Mapping[str, Any]) -> Iterator[str]:
    """Those in its environment, of its log driver, and of its registry."""
    logs = container.get("logConfiguration") or {}
    registry = container.get("repositoryCredentials") or {}
    references = [one["valueFrom"] for one in (*(container.get("secrets") or ()), *(logs.get("secretOptions") or ()))]
    yield from filter(None, map(secret_arn, [*references, registry.get("credentialsParameter", "")]))
