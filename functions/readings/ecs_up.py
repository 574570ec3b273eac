"""Whether a service is up: not only that its tasks run, but that whoever checks their health says so."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from functions.core.arn import Arn
from functions.core.decision import Decline
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.ecs import DESCRIBE_SERVICES, Service, read_service
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


def unserved(aws: Aws, target: Arn) -> str:
    """Where a service has fewer healthy targets than tasks that it wants, in words; empty where it has as many everywhere."""
    service = read_service(aws, target)
    if isinstance(service, Decline):
        return service.seen
    few = ((name, count) for name, count in _healthy_targets(aws, service) if count < service.desired)
    return ", ".join(f"{count} of {service.desired} targets are healthy in {name}" for name, count in few)


def _healthy_targets(aws: Aws, service: Service) -> Iterator[tuple[str, int]]:
    """By the name of the target group that its tasks are in, or in the stand-in of."""
    for arn in service.target_groups:
        if arn not in service.stand_ins.values():
            both = filter(None, (arn, service.stand_ins.get(arn)))
            yield arn.split("/")[-2], sum(len(read_target_group(aws, one).healthy) for one in both)


def _healthy(aws: Aws, service: Service, health_checked: bool) -> Iterator[tuple[str, int]]:
    """Nothing is asked of a service that has too few tasks anyway."""
    if service.running < service.desired:
        return
    for name, count in _healthy_targets(aws, service):
        yield f"healthy in {name}", count
    if health_checked:
        tasks = read_tasks(aws, service.cluster, service.name)
        yield "with healthy containers", sum(task.health == "HEALTHY" for task in tasks)
