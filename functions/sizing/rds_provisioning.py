"""Which IOPS and throughput go with a volume's size, by storage type.

Sources: API reference, ModifyDBInstance; RDS User Guide, "gp3 storage" and "I/O-intensive storage modifications".
"""

from __future__ import annotations

from dataclasses import dataclass

_PROVISIONED = ("io1", "io2")
_GP3_IOPS, _GP3_MIBPS = 3000, 125
_STRIPED_IOPS, _STRIPED_MIBPS = 12000, 500


@dataclass(frozen=True, slots=True)
class Provisioned:
    """What to send beside the size, throughput in MiB/s; None is left out."""

    iops: int | None = None
    throughput: int | None = None


def striped_from(engine: str, storage_type: str) -> int | None:
    """The size in GiB from which a gp3 volume is laid out over four; None where size makes no difference."""
    if storage_type != "gp3" or engine.startswith("sqlserver"):
        return None
    return 200 if engine.startswith("oracle") else 400


def provisioned(engine: str, storage_type: str, now: Provisioned, gib: int) -> Provisioned:
    """What a volume that becomes `gib` large has to be given.

    io1, io2: the present IOPS have to be repeated. gp3: nothing below the layout's threshold, where RDS refuses it; at or
    above it the present values, or the new free baseline where that is more. All others: size only.
    """
    if storage_type in _PROVISIONED:
        return Provisioned(iops=now.iops)
    if storage_type != "gp3":
        return Provisioned()
    edge = striped_from(engine, storage_type)
    if edge is None:
        return Provisioned(max(now.iops or 0, _GP3_IOPS), max(now.throughput or 0, _GP3_MIBPS))
    if gib < edge:
        return Provisioned()
    return Provisioned(max(now.iops or 0, _STRIPED_IOPS), max(now.throughput or 0, _STRIPED_MIBPS))
