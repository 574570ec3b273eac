"""The ticket for a volume that keeps growing: growing it again and again is a bill, not a remedy."""

from __future__ import annotations

from collections.abc import Sized
from datetime import datetime, timedelta
from decimal import Decimal

from functions.core.ledger import Ledger

_WITHIN = timedelta(days=30)
_TOO_OFTEN = 2


def growths(ledger: Ledger, action: str, seen: Sized, now: datetime) -> int:
    """How often the volume has grown within 30 days at least, with the growth that has just been made.

    Ours (`action` in the ledger) are known for all that time, attempts among them: space was short then too. `seen` are those
    that RDS had events of before, by whomever, in 14 days; ours are among them, so the larger count holds and never the sum.
    """
    return max(ledger.made(action, now - _WITHIN), len(seen) + 1)


def archiving_ticket(name: str, gib: int, times: int, a_month: Decimal | None, found: str) -> str:
    """What the ticket says from the second growth within 30 days on; empty before. `found` is what was seen when it grew."""
    if times < _TOO_OFTEN:
        return ""
    cost = "a price that is not known" if a_month is None else f"USD {a_month} a month, without its IOPS"
    return (
        f"The volume of {name} has grown at least {times} times within 30 days, to {gib} GiB at {cost}; it never shrinks. "
        f"When it grew: {found}. Archive or purge what is not needed; the owner decides what"
    )
