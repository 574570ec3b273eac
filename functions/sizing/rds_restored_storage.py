"""Which storage a restored DB instance has to be asked for to get what its source has, and what the instance costs.

Source: API reference, RestoreDBInstanceToPointInTime: without type and IOPS it is gp3, Iops and AllocatedStorage do not apply
to SQL Server.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from functions.core.prices import rds_instance, rds_iops, rds_storage, together
from functions.sizing.rds_provisioning import Provisioned, provisioned


@dataclass(frozen=True, kw_only=True, slots=True)
class RestoredStorage:
    """The restore's parameters; empty and None are left out."""

    storage_type: str
    gib: int | None
    beside: Provisioned


def restored_storage(engine: str, storage_type: str, now: Provisioned, gib: int) -> RestoredStorage:
    """`now` and `gib` are the source's. A gp3 volume below the layout's threshold may not be asked for with IOPS, and not
    as gp3 without: it is what comes unasked."""
    if engine.startswith("sqlserver"):
        return RestoredStorage(storage_type=storage_type, gib=None, beside=Provisioned())
    beside = provisioned(engine, storage_type, now, gib)
    unasked = storage_type == "gp3" and beside.iops is None
    return RestoredStorage(storage_type="" if unasked else storage_type, gib=gib, beside=beside)


def second_instance(
    instance_class: str, engine: str, storage_type: str, gib: int, *, iops: int | None, multi_az: bool
) -> Decimal | None:
    """What an instance like the source costs a month, for as long as it is kept."""
    copies = 2 if multi_az else 1
    return together(
        rds_instance(instance_class, engine, multi_az=multi_az),
        rds_storage(gib, storage_type, copies),
        rds_iops(iops or 0, storage_type, copies),
    )
