"""What was found about a busy DB instance, in words: it goes with every proposal and with every decline."""

from __future__ import annotations

from functions.readings.rds_changed_before import ChangedBefore
from functions.readings.rds_load import DbLoad, Share, one_line

_SHOWN = 3


def findings(load: DbLoad, before: ChangedBefore, slow_logs: tuple[str, ...]) -> str:
    """Waits, statements (tokenised, cut), what changed within the hour before, and where slow statements are logged."""
    connections = [] if load.connections is None else [f"{load.connections:.0f} connections"]
    insights = [_largest("waits", load.waits), _largest("statements", load.statements)]
    told = [*connections, *(insights if load.insights else ["Performance Insights is off"])]
    told += [f"RDS said before: {', '.join(map(one_line, before.events))}"] if before.events else []
    told += [f"slow statements are in {', '.join(slow_logs)}" if slow_logs else "no log of slow statements is exported"]
    return "; ".join(told)


def _largest(what: str, shares: tuple[Share, ...]) -> str:
    named = ", ".join(f"{one.share:.0%} {one.name}" for one in shares[:_SHOWN])
    return f"largest {what}: {named}" if named else f"no {what} were sampled"
