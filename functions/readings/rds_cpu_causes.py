"""Why a DB instance is busy, where a larger class would not help: the first cause that explains it, by name."""

from __future__ import annotations

import re

from functions.core.decision import Decline
from functions.readings.rds_changed_before import ChangedBefore
from functions.readings.rds_load import DbLoad, Share

_LOCKS = re.compile(
    r"([^:/]*:)?(lock|lwlock|latch|synch[/:]|lck_m_|pagelatch_|enq: |library cache|row cache|cursor: |buffer busy)"
)
_IO = re.compile(r"([^:/]*:)?(io[/:]|log file|db file|direct path|control file|write_?log|pageiolatch_|logbuffer)")
"""How wait events begin, in lower case, with or without their type: MySQL's by path, PostgreSQL's by type, Oracle's by words, SQL
Server's by wait type (the engines' own lists). What is of the disk is asked first: PAGEIOLATCH_ is no latch.
"""
_TOP, _ONE_STATEMENT = 0.5, 0.6
"""Parts of the load: what makes up half of the waits is what it waits for, and 60 % of one statement is that statement."""
_SWAPPING_BYTES = 256 * 1024**2
_DEEP_QUEUE = 20.0
_SPENT_PERCENT = 5.0


def other_cause(load: DbLoad, before: ChangedBefore, replicas: tuple[str, ...]) -> Decline | None:
    """None where the load is what the class is too small for, or where nothing tells."""
    top = load.waits[0] if load.waits else None
    statement = load.statements[0] if load.statements else None
    return (
        _waits(top)
        or _memory_or_disk(load)
        or _deployed(before)
        or _one_statement(statement)
        or _replica(load, replicas)
    )


def _waits(top: Share | None) -> Decline | None:
    if top is None or top.share < _TOP:
        return None
    seen = f"{top.share:.0%} of the load waits for {top.name}"
    name = top.name.lower().removeprefix("wait/")
    if _IO.match(name):
        return Decline(code="waits_for_io", seen=seen, advice="Look at indexes, at IOPS and throughput of the volume")
    if _LOCKS.match(name):
        advice = "Find and end the blocking session; a larger class lets more sessions wait"
        return Decline(code="waits_for_locks", seen=seen, advice=advice)
    return None


def _memory_or_disk(load: DbLoad) -> Decline | None:
    if (load.swap_bytes or 0) >= _SWAPPING_BYTES:
        seen = f"it swaps: {(load.swap_bytes or 0) / 1024**2:.0f} MiB"
        advice = "Look at connections and memory parameters; choose a class by memory, by hand"
        return Decline(code="short_of_memory", seen=seen, advice=advice)
    if (load.queue_depth or 0) >= _DEEP_QUEUE:
        seen = f"{load.queue_depth:.0f} requests wait for the disk"
        return Decline(code="waits_for_io", seen=seen, advice="Look at indexes, at IOPS and throughput of the volume")
    return _io_credits(load)


def _io_credits(load: DbLoad) -> Decline | None:
    left = {"volume (BurstBalance)": load.volume_io_percent, "instance (EBSIOBalance%)": load.instance_io_percent}
    spent = [
        f"{of}: {percent:.0f} % left"
        for of, percent in left.items()
        if percent is not None and percent <= _SPENT_PERCENT
    ]
    if not spent:
        return None
    seen = f"its I/O credits are spent, of the {' and of the '.join(spent)}"
    advice = "Look at indexes and at what reads so much; a gp3 volume needs no credits, and a class for its I/O is chosen by hand"
    return Decline(code="io_credits_spent", seen=seen, advice=advice)


def _deployed(before: ChangedBefore) -> Decline | None:
    if not before.deployments:
        return None
    seen = f"within the hour before there was a deployment: {before.deployments[-1]}"
    advice = "Roll it back where it uses this database (roll_back_ecs_deployment); a new query is cheaper to take back"
    return Decline(code="deployed_before", seen=seen, advice=advice)


def _one_statement(top: Share | None) -> Decline | None:
    if top is None or top.share < _ONE_STATEMENT:
        return None
    seen = f"one statement makes {top.share:.0%} of the load: {top.name}"
    advice = "Look at its plan, index or cache it, or end the session that runs it"
    return Decline(code="one_statement", seen=seen, advice=advice)


def _replica(load: DbLoad, replicas: tuple[str, ...]) -> Decline | None:
    """Only where the waits are known: without them nobody knows that it is reads."""
    reads = sum(one.share for one in load.statements if one.name.lstrip("( ").lower().startswith("select"))
    if not replicas or reads < _TOP:
        return None
    seen = f"{reads:.0%} of the load are reads, and there is a replica: {', '.join(replicas)}"
    return Decline(code="replica_can_read", seen=seen, advice="Send reads to the replica, or cache them")
