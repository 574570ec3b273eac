"""What uses an instance's volume, as far as AWS can tell without SQL. Sizes in GiB.

Metrics by engine, in bytes: RDS User Guide, "Amazon CloudWatch metrics for Amazon RDS". AWS does not say whether the files of a
slot are part of the write-ahead log, nor that swap lies on this volume: nothing is added up, and swap is not counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from functions.readings.cloudwatch import Point
from functions.readings.rds import GIB, DbInstance

_WRITE_AHEAD = "write-ahead log"
_LOGS = {
    "postgres": {"TransactionLogsDiskUsage": _WRITE_AHEAD, "ReplicationSlotDiskUsage": "replication slot files"},
    "mysql": {"BinLogDiskUsage": "binary logs"},
    "mariadb": {"BinLogDiskUsage": "binary logs"},
}
_SLOT_LAG = "OldestReplicationSlotLag"
_TEMPDB = ("TempDbDataFileUsage", "TempDbLogFileUsage")
_MUCH, _LITTLE = 0.10, 0.01
"""Shares of the volume: from the first on it is worth an advice, below the second it is not worth a word."""
_TEMPDB_FULL = 90.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Space:
    """`logs` are sizes by name. `slot_lag_gib` is how far behind the slowest replication slot is, in write-ahead log.

    `tempdb_percent` is how full the fuller one of tempdb's kinds of file is; None where nobody said, as everywhere.
    """

    logs: Mapping[str, float] = field(default_factory=dict)
    slot_lag_gib: float | None = None
    tempdb_percent: float | None = None


def space_metrics(db: DbInstance) -> tuple[str, ...]:
    """The metrics that tell of this instance's engine. A dedicated log volume keeps the logs off this one ("Using a DLV")."""
    if db.engine.startswith("sqlserver"):
        return _TEMPDB
    if db.log_volume or db.engine not in _LOGS:
        return ()
    return (*_LOGS[db.engine], *([_SLOT_LAG] if db.engine == "postgres" else []))


def space(db: DbInstance, series: Mapping[str, Sequence[Point]]) -> Space:
    """From the datapoints of `space_metrics`; zero and less say that there is no such thing."""
    last = {name: points[-1].value for name, points in series.items() if points and points[-1].value > 0}
    logs = {label: last[name] / GIB for name, label in _LOGS.get(db.engine, {}).items() if name in last}
    return Space(
        logs=logs,
        slot_lag_gib=last[_SLOT_LAG] / GIB if _SLOT_LAG in last else None,
        tempdb_percent=max((last[name] for name in _TEMPDB if name in last), default=None),
    )


def held_by_slot(db: DbInstance, used: Space) -> float:
    """GiB of write-ahead log that a replication slot keeps from being removed; 0 where that is not much of the volume."""
    held = min(used.slot_lag_gib or 0.0, used.logs.get(_WRITE_AHEAD, 0.0))
    return held if held >= _MUCH * db.allocated_gib else 0.0


def uses(db: DbInstance, used: Space, log_files_gib: float | None = None) -> str:
    """What uses the volume and what may be done about it, in words, the largest first."""
    sizes = {**used.logs, **({} if log_files_gib is None else {"log files": log_files_gib})}
    told = {name: gib for name, gib in sizes.items() if gib >= _LITTLE * db.allocated_gib}
    named = [f"{name} {gib:.1f} GiB" for name, gib in sorted(told.items(), key=lambda one: -one[1])]
    known = f"of what is used: {', '.join(named)}" if named else "what uses it no metric tells"
    return "; ".join([known, *_advice(db, used, log_files_gib or 0.0), "large tables need SQL and their owner"])


def _advice(db: DbInstance, used: Space, log_files_gib: float) -> list[str]:
    """Growing helps against none of these for long: they are the owner's to clean up."""
    advice = ["its transaction and binary logs have a volume of their own"] if db.log_volume else []
    if held := held_by_slot(db, used):
        bridge = "growing is only a bridge until its consumer reads on or its owner drops it"
        advice.append(f"a replication slot that lags behind holds back {held:.1f} GiB of the log: {bridge}")
    if used.logs.get("binary logs", 0.0) >= _MUCH * db.allocated_gib:
        advice.append("look at replicas that lag and at the setting 'binlog retention hours'")
    if log_files_gib >= _MUCH * db.allocated_gib:
        advice.append("look at what is logged and for how long log files are kept")
    if (used.tempdb_percent or 0.0) >= _TEMPDB_FULL:
        advice.append(
            f"the files of tempdb are {used.tempdb_percent:.0f} % used: look at large temporary tables and sorts"
        )
    return advice
