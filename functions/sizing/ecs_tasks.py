"""How many tasks an ECS service should run.

A quarter more, so that an hour of it is at most twice as much; the runbook's step, not a number of AWS's.
"""

from __future__ import annotations

import math


def more_tasks(desired: int, cap: int) -> int:
    """A quarter more, at least one, at most twice as many, never above `cap`; `desired` itself where that is no less."""
    wanted = desired + max(1, math.ceil(desired / 4))
    return max(desired, min(wanted, 2 * desired, cap))
