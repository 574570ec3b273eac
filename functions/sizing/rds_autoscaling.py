"""How far RDS autoscaling may be let go. GiB throughout.

RDS refuses a maximum less than 10 % above what is allocated, and advises 26 %. Source: RDS User Guide, "Managing capacity
automatically with Amazon RDS storage autoscaling".
"""

from __future__ import annotations


def enough_above(gib: int, max_gib: int) -> bool:
    """Whether RDS takes this maximum for a volume of this size."""
    return max_gib * 10 >= gib * 11


def new_maximum(gib: int, at_most: int) -> int | None:
    """26 % above `gib` where the limit allows, at least 10 %; None where it allows neither."""
    found = min(-(-gib * 126 // 100), at_most)
    return found if enough_above(gib, found) else None
