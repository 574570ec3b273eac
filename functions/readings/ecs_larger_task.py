"""The next larger task of a service, and why there may be none."""

from __future__ import annotations

from dataclasses import dataclass

from functions.core.decision import Decline
from functions.readings.ecs import Service
from functions.readings.ecs_shortage import Shortage
from functions.readings.ecs_task_definition import TaskDefinition
from functions.readings.fargate_task_size import TaskSize, next_size, valid

_OLD_PLATFORMS = ("1.0", "1.1", "1.2", "1.3")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sizes:
    """The size of a task, and the one that it is to have."""

    was: TaskSize
    next: TaskSize


def larger_task(service: Service, definition: TaskDefinition, shortage: Shortage) -> Sizes | Decline:
    """The next valid size with more of what is short, or the first thing that speaks against it."""
    was = TaskSize(cpu_units=definition.cpu_units, memory_mib=definition.memory_mib)
    if not service.on_fargate:
        return _on_instances(service)
    if not valid(was, windows=definition.windows):
        return _no_size(definition, was)
    if shortage.of_memory and definition.fixed_heaps:
        return _fixed_heap(definition)
    larger = next_size(was, shortage.of, windows=definition.windows)
    if larger is None:
        return _largest(definition, was, shortage)
    if larger.needs_new_platform and service.platform_version.startswith(_OLD_PLATFORMS):
        return _old_platform(service, larger)
    return Sizes(was=was, next=larger)


def _on_instances(service: Service) -> Decline:
    return Decline(
        code="not_on_fargate",
        seen=f"{service.name} does not run on Fargate: how large its tasks may be is up to its instances",
        advice="Register a revision with larger limits where the instances have room for it, and deploy it by hand",
    )


def _no_size(definition: TaskDefinition, was: TaskSize) -> Decline:
    return Decline(
        code="unknown_task_size",
        seen=f"{definition.arn} has {was}, which is none of the sizes of Fargate that are known here",
        advice="Look up the valid sizes, and deploy a larger one by hand",
    )


def _fixed_heap(definition: TaskDefinition) -> Decline:
    return Decline(
        code="fixed_heap",
        seen=f"{definition.arn} says how large its heap is ({', '.join(definition.fixed_heaps)}): it does not grow with the task",
        advice="Raise the heap together with the task, in the pipeline; or give the heap as a percentage of the task's memory",
    )


def _largest(definition: TaskDefinition, was: TaskSize, shortage: Shortage) -> Decline:
    return Decline(
        code="largest_task",
        seen=f"{definition.arn} has {was}: Fargate has no larger task with more {' and '.join(shortage.of)}",
        advice="Spread the work over more tasks",
    )


def _old_platform(service: Service, larger: TaskSize) -> Decline:
    return Decline(
        code="platform_too_old",
        seen=f"{larger} needs platform version 1.4.0, {service.name} has {service.platform_version}",
        advice="Deploy the service with platform version 1.4.0 or LATEST first",
    )
