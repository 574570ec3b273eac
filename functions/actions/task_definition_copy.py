"""A task definition with another size, from one that exists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.readings.fargate_task_size import TaskSize

_READ_ONLY = frozenset(
    {
        "taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities", "registeredAt", "registeredBy",
        "deregisteredAt", "deleteRequestedAt",
    }
)  # fmt: skip
"""What DescribeTaskDefinition answers and RegisterTaskDefinition does not take."""
_LIMITS = {"cpu": "cpu_units", "memory": "memory_mib", "memoryReservation": "memory_mib"}


def resized_copy(definition: Mapping[str, Any], size: TaskSize) -> dict[str, Any]:
    """What to register for a copy of that size, without tags.

    The limits of its containers grow in proportion: a container is stopped at its own, however large the task is.
    """
    was = TaskSize(cpu_units=int(definition["cpu"]), memory_mib=int(definition["memory"]))
    kept = {key: value for key, value in definition.items() if key not in _READ_ONLY}
    return {
        **kept,
        "cpu": str(size.cpu_units),
        "memory": str(size.memory_mib),
        "containerDefinitions": [_resized(each, was, size) for each in definition["containerDefinitions"]],
    }


def _resized(container: Mapping[str, Any], was: TaskSize, size: TaskSize) -> dict[str, Any]:
    limits = {
        limit: container[limit] * getattr(size, unit) // getattr(was, unit)
        for limit, unit in _LIMITS.items()
        if container.get(limit)
    }
    return {**container, **limits}
