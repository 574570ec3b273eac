"""The sizes that a Fargate task may have, and the next larger one (Developer Guide, "Task CPU and memory")."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

CPU, MEMORY = "cpu", "memory"
_GIB = 1024


def _gib(least: int, most: int, step: int = 1) -> tuple[int, ...]:
    return tuple(gib * _GIB for gib in range(least, most + 1, step))


_LINUX: Mapping[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: _gib(1, 4),
    1024: _gib(2, 8),
    2048: _gib(4, 16),
    4096: _gib(8, 30),
    8192: _gib(16, 60, 4),
    16384: _gib(32, 120, 8),
}
"""MiB by CPU units."""
_WINDOWS = {cpu: _LINUX[cpu] for cpu in (1024, 2048, 4096)}
_NEW_PLATFORM_FROM = 8192


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class TaskSize:
    """CPU units are 1024 to a vCPU."""

    cpu_units: int
    memory_mib: int

    @property
    def needs_new_platform(self) -> bool:
        """Whether it needs platform version 1.4.0 or later."""
        return self.cpu_units >= _NEW_PLATFORM_FROM

    def __str__(self) -> str:
        return f"{self.cpu_units / 1024:g} vCPU and {self.memory_mib / _GIB:g} GiB"


def valid(size: TaskSize, *, windows: bool = False) -> bool:
    """Whether Fargate runs tasks of this size."""
    return size.memory_mib in (_WINDOWS if windows else _LINUX).get(size.cpu_units, ())


def next_size(size: TaskSize, short_of: Collection[str], *, windows: bool = False) -> TaskSize | None:
    """The smallest valid size with more of each of `short_of` and less of nothing; None where `size` is the largest of its kind.

    More CPU is the next step of CPU. More memory is the next step within the same CPU where there is one.
    """
    larger = (
        TaskSize(cpu_units=cpu, memory_mib=memory)
        for cpu, memories in (_WINDOWS if windows else _LINUX).items()
        for memory in memories
        if cpu >= size.cpu_units + (CPU in short_of) and memory >= size.memory_mib + (MEMORY in short_of)
    )
    return min(larger, default=None)
