"""What things cost a month, in USD at the list prices of core/price_table.py; None where the table does not know.

A cost that is not known is never taken for zero: whoever asks has to ask a person then.
"""

from __future__ import annotations

from decimal import Decimal

from functions.core.price_table import (
    EBS_SNAPSHOT,
    FARGATE_ARM_MEMORY,
    FARGATE_ARM_VCPU,
    FARGATE_MEMORY,
    FARGATE_VCPU,
    RDS_ENGINES,
    RDS_IOPS,
    RDS_LARGE,
    RDS_SIZES,
    RDS_SNAPSHOT,
    RDS_STORAGE,
)

HOURS_PER_MONTH = 730
_CPU_UNITS_PER_VCPU = 1024
_MIB_PER_GIB = 1024


def rds_storage(gib: int, storage_type: str, copies: int) -> Decimal | None:
    """`gib` of a volume; `copies` is 2 for Multi-AZ, whose standby has a volume of its own."""
    price = RDS_STORAGE.get(storage_type)
    return None if price is None else _cents(price.usd * gib * copies)


def rds_iops(iops: int, storage_type: str, copies: int) -> Decimal:
    """Provisioned IOPS of a volume, where they are paid for one by one; `copies` as for its storage."""
    price = RDS_IOPS.get(storage_type)
    return Decimal(0) if price is None else _cents(price.usd * iops * copies)


def rds_instance(instance_class: str, engine: str, *, multi_az: bool) -> Decimal | None:
    """An instance of a class like `db.m6g.xlarge`, without its storage; the standby of Multi-AZ doubles it."""
    match instance_class.split("."):
        case ["db", family, size] if engine in RDS_ENGINES and size in RDS_SIZES.get(family, {}):
            hourly = RDS_LARGE[family].usd * RDS_SIZES[family][size]
        case _:
            return None
    return _cents(hourly * (2 if multi_az else 1) * HOURS_PER_MONTH)


def rds_snapshot(gib: int) -> Decimal:
    """A manual snapshot of `gib`, were it kept for the month; what AWS gives for free is not taken off."""
    return _cents(RDS_SNAPSHOT.usd * gib)


def ebs_snapshot(gib: int) -> Decimal:
    """A snapshot of `gib` in the standard tier."""
    return _cents(EBS_SNAPSHOT.usd * gib)


def fargate_tasks(
    tasks: int, cpu_units: int, memory_mib: int, *, arm: bool = False, windows: bool = False
) -> Decimal | None:
    """`tasks` of a size that run all month; cpu_units are 1024 to a vCPU. A task without a size, or with a licence, has no price."""
    if cpu_units <= 0 or memory_mib <= 0 or windows:
        return None
    vcpu, gib = Decimal(cpu_units) / _CPU_UNITS_PER_VCPU, Decimal(memory_mib) / _MIB_PER_GIB
    of_vcpu, of_gib = (FARGATE_ARM_VCPU, FARGATE_ARM_MEMORY) if arm else (FARGATE_VCPU, FARGATE_MEMORY)
    return _cents((vcpu * of_vcpu.usd + gib * of_gib.usd) * tasks * HOURS_PER_MONTH)


def together(*costs: Decimal | None) -> Decimal | None:
    """The sum; one unknown part makes it unknown."""
    known = [cost for cost in costs if cost is not None]
    return sum(known, Decimal(0)) if len(known) == len(costs) else None


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))
