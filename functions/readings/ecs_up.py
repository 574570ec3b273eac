"""Whether a service is up: not only that its tasks run, but that whoever checks their health says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.ecs import DESCRIBE_SERVICES, Service
from functions.readings.ecs_stopped_tasks import DESCRIBE_TASKS, LIST_TASKS
from functions.readings.ecs_tasks import read_tasks
from functions.readings.load_balancers import DESCRIBE_TARGET_HEALTH, read_target_group

READS_OF_UP: tuple[Allow, ...] = (DESCRIBE_SERVICES, DESCRIBE_TARGET_HEALTH, LIST_TASKS, DESCRIBE_TASKS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Up:
    """`there` is True once all tasks that are wanted run and are healthy, wherever their health is checked.

    `failed` says that ECS has given its newest deployment up, and starts no more tasks of it.
    """

    there: bool
    failed: bool
    seen: str


def read_up(aws: Aws, service: Service, *, health_checked: bool) -> Up:
    """Its tasks, the targets in each of its target groups, and its containers where ECS checks their health."""
    counts = [("run", service.running), *_healthy(aws, service, health_checked)]
    failed = service.primary is not None and service.primary.rollout == "FAILED"
    state = "; its newest deployment has failed" if failed else "; it is being deployed" if service.deploying else ""
    seen = ", ".join(f"{count} {what}" for what, count in counts)
    there = all(count >= service.desired for _, count in counts) and service.running == service.desired
    return Up(
        there=there and not state,
        failed=failed,
        seen=f"{service.name} wants {service.desired} tasks: {seen}{state}",
    )


def _healthy(aws: Aws, service: Service, health_checked: bool) -> Iterator[tuple[str, int]]:
    """Nothing is asked of a service that has too few tasks anyway."""
    if service.running < service.desired:
        return
    for arn in service.target_groups:
        yield f"healthy in {arn.split('/')[-2]}", len(read_target_group(aws, arn).healthy)
    if health_checked:
        tasks = read_tasks(aws, service.cluster, service.name)
        yield "with healthy containers", sum(task.health == "HEALTHY" for task in tasks)
