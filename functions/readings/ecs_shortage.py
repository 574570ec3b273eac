"""What the tasks of a service are short of: CPU, memory, both, or nothing; by their utilization and by why tasks stopped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from functions.core.decision import Decline
from functions.core.ports import Aws
from functions.readings import ecs_utilization
from functions.readings.cloudwatch import read_series
from functions.readings.ecs_stopped_tasks import StoppedTask
from functions.readings.ecs_utilization import BACK, Utilization, leaking, series_of_utilization, use_of
from functions.readings.fargate_task_size import CPU, MEMORY


@dataclass(frozen=True, kw_only=True, slots=True)
class Shortage:
    """`out_of_memory` are the tasks of this version that were stopped for their memory in the last hour.

    `asked_for` is what a person has said, empty where nothing.
    """

    cpu: Utilization
    memory: Utilization
    out_of_memory: tuple[StoppedTask, ...]
    asked_for: str

    @property
    def of(self) -> tuple[str, ...]:
        """What more is needed of. Where nothing tells, of both: who asks for a larger task has seen more than was read."""
        if self.asked_for:
            return (self.asked_for,)
        short = {CPU: self.cpu.breached, MEMORY: self.memory.breached or bool(self.out_of_memory)}
        return tuple(name for name in (CPU, MEMORY) if short[name]) or (CPU, MEMORY)

    @property
    def of_memory(self) -> bool:
        """Whether memory is what is known to be short."""
        return (
            self.asked_for == MEMORY
            or bool(self.out_of_memory)
            or (not self.asked_for and self.memory.breached is True)
        )

    def __str__(self) -> str:
        killed = f", {len(self.out_of_memory)} tasks stopped for their memory" if self.out_of_memory else ""
        return f"CPU at {_percent(self.cpu)}, memory at {_percent(self.memory)}{killed}"


def read_shortage(aws: Aws, cluster: str, service: str, failed: Sequence[StoppedTask], asked_for: str) -> Shortage:
    """`failed` are the tasks of the version that runs, which ended against the service's will."""
    points = read_series(aws, series_of_utilization(cluster, service), back=BACK)
    return Shortage(
        cpu=use_of(points, ecs_utilization.CPU, aws.now()),
        memory=use_of(points, ecs_utilization.MEMORY, aws.now()),
        out_of_memory=tuple(task for task in failed if task.out_of_memory),
        asked_for=asked_for,
    )


def not_short(name: str, service_arn: str, shortage: Shortage) -> Decline | None:
    """A decline where a larger task would not help: nothing is short, or memory leaks away whatever its size."""
    leak = leaking(shortage.memory, None, service_arn) if MEMORY in shortage.of else None
    if leak is not None:
        return leak
    calm = (shortage.cpu.breached, shortage.memory.breached) == (False, False)
    if not calm or shortage.out_of_memory or shortage.asked_for:
        return None
    return Decline(
        code="nothing_short",
        seen=f"the tasks of {name} are short of nothing: {shortage}",
        advice="Look for another cause; where it is known what they need, say so by the parameter short_of",
    )


def _percent(use: Utilization) -> str:
    return "an unknown percentage" if use.latest is None else f"{use.latest:.0f} %"
