"""How many tasks an ECS service should run, and in which steps it gets them back.

A quarter more where it is busy, so that an hour of it is at most twice as much; the runbook's step, not a number of AWS's.
"""

from __future__ import annotations

import math

_MANY = 4


def more_tasks(desired: int, cap: int) -> int:
    """A quarter more, at least one, at most twice as many, never above `cap`; `desired` itself where that is no less."""
    wanted = desired + max(1, math.ceil(desired / 4))
    return max(desired, min(wanted, 2 * desired, cap))


def in_steps(now: int, wanted: int) -> tuple[int, ...]:
    """How many tasks a service is given one after the other on its way back: half of them first, where there are four or more.

    All at once would meet cold caches, and take all connections of a database at once, before one of them has answered.
    """
    half = math.ceil(wanted / 2)
    return (half, wanted) if wanted >= _MANY and now < half else (wanted,)
