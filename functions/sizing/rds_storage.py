"""How large an RDS volume is to become. GiB throughout.

RDS takes growth of 10 % or more, never shrinks a volume, and may not take a second change for hours: so the first step is
generous (a quarter free after another day of growth), and bounded (at most doubled, never above a limit).
Source: RDS User Guide, "Scaling up DB instance storage"; API reference, ModifyDBInstance, AllocatedStorage.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

Range = tuple[int, int, int]
"""Sizes that RDS accepts: from, to, step."""

_FREE_AFTERWARDS = 0.25
_ENOUGH_FREE = 0.20
_ENOUGH_DAYS = 3.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Volume:
    """What is to grow. `wanted_free_gib` must be free afterwards at least; `copied_from_gib` is the size from which RDS
    would lay the volume out anew, copying all of it (None where it never does)."""

    allocated_gib: int
    free_gib: float
    growth_gib_per_day: float | None
    wanted_free_gib: float = 0.0
    copied_from_gib: int | None = None

    @property
    def used_gib(self) -> float:
        return self.allocated_gib - self.free_gib


def least(allocated_gib: int) -> int:
    """The smallest step that is worth its while: 10 % as RDS demands, and 10 GiB."""
    return max(-(-allocated_gib * 11 // 10), allocated_gib + 10)


def wished(volume: Volume) -> int:
    """The size that would do: 25 % free and the wanted space free after another day, at most twice the present size."""
    tomorrow = volume.used_gib + (volume.growth_gib_per_day or 0.0)
    needed = max(tomorrow / (1 - _FREE_AFTERWARDS), tomorrow + volume.wanted_free_gib)
    return max(least(volume.allocated_gib), min(math.ceil(needed), 2 * volume.allocated_gib))


def grown(volume: Volume, at_most: int, ranges: Sequence[Range]) -> int | None:
    """The size to ask for, None where nothing worth its while fits between 10 % and the limit.

    Just below the size that means a full copy where that gives enough room: the database is in trouble already.
    """
    at_least = least(volume.allocated_gib)
    size = fit(wished(volume), at_least, at_most, ranges)
    edge = volume.copied_from_gib
    if size is None or edge is None or not volume.allocated_gib < edge <= size:
        return size
    below = fit(edge - 1, at_least, min(at_most, edge - 1), ranges)
    return below if below is not None and _roomy(volume, below) else size


def fit(size: int, at_least: int, at_most: int, ranges: Sequence[Range]) -> int | None:
    """The accepted size nearest above `size`, else the largest below it, within the bounds; None where there is none."""
    above, below = [], []
    for start, end, step in ranges:
        up = start + max(0, -(-(max(size, at_least) - start) // step)) * step
        down = start + (min(end, at_most, size) - start) // step * step
        above += [up] if up <= min(end, at_most) else []
        below += [down] if down >= max(start, at_least) else []
    return min(above, default=max(below, default=None))


def _roomy(volume: Volume, size: int) -> bool:
    free = size - volume.used_gib
    if free < volume.wanted_free_gib:
        return False
    if volume.growth_gib_per_day is None:
        return free >= _ENOUGH_FREE * size
    fair = free >= _ENOUGH_FREE * size and free >= volume.growth_gib_per_day
    return fair or (free >= _ENOUGH_FREE / 2 * size and free >= _ENOUGH_DAYS * volume.growth_gib_per_day)
