"""A task definition revision: what runs in a task and how large it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws
from functions.readings.fixed_heap import fixed_heaps
from functions.readings.secrets import secret_arn

DESCRIBE_TASK_DEFINITION = Allow(
    action="ecs:DescribeTaskDefinition", on=EVERYTHING, because="DescribeTaskDefinition has no resource scope in IAM"
)


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskLog:
    """Where a container logs by the awslogs driver: to the stream PREFIX/CONTAINER/TASK-ID of a group."""

    group: str
    stream_prefix: str


@dataclass(frozen=True, kw_only=True, slots=True)
class TaskDefinition:
    """`cpu_units` (1024 to a vCPU) and `memory_mib` are 0 where only the containers say a size.

    Tasks run on Linux on x86 where it does not say otherwise. `logs` is by the container's name. `fixed_heaps` are heap sizes that do not grow with the task.
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
    logs: Mapping[str, TaskLog] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    """The ARNs of the secrets without which a task does not start."""
    health_checked: bool = False
    """Whether ECS checks the health of a container in it."""


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
        logs=dict(_logs(said["containerDefinitions"], said["taskDefinitionArn"].split(":")[3])),
        secrets=tuple(sorted({arn for one in said["containerDefinitions"] for arn in _secrets(one)})),
        health_checked=any(one.get("healthCheck") for one in said["containerDefinitions"]),
    )


def _logs(containers: Iterable[Mapping[str, Any]], region: str) -> Iterator[tuple[str, TaskLog]]:
    """Of those whose streams can be named beforehand, in this Region."""
    for container in containers:
        said = container.get("logConfiguration") or {}
        options = said.get("options") or {}
        group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
        if said.get("logDriver") == "awslogs" and group and prefix and options.get("awslogs-region", region) == region:
            yield container["name"], TaskLog(group=group, stream_prefix=prefix)


def _secrets(container: Mapping[str, Any]) -> Iterator[str]:
    """Those in its environment, of its log driver, and of its registry."""
    logs = container.get("logConfiguration") or {}
    registry = container.get("repositoryCredentials") or {}
    references = [one["valueFrom"] for one in (*(container.get("secrets") or ()), *(logs.get("secretOptions") or ()))]
    yield from filter(None, map(secret_arn, [*references, registry.get("credentialsParameter", "")]))
