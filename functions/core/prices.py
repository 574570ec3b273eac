"""List prices, for saying what a plan costs. Rough on purpose: they inform a person, they are not a bill.

US East (N. Virginia), Linux, on demand, USD, as written down in November 2026 from memory of AWS's public price pages
(Amazon RDS pricing, AWS Fargate pricing), not read from the price list API: check them against your Region and agreements.
"""

from __future__ import annotations

from decimal import Decimal

WRITTEN_DOWN = "2026-11"
HOURS_PER_MONTH = Decimal(730)

RDS_STORAGE_PER_GIB_MONTH = {
    "gp2": Decimal("0.115"),
    "gp3": Decimal("0.115"),
    "io1": Decimal("0.125"),
    "io2": Decimal("0.125"),
    "standard": Decimal("0.10"),
}
RDS_SNAPSHOT_PER_GIB_MONTH = Decimal("0.095")
FARGATE_PER_VCPU_HOUR = Decimal("0.04048")
FARGATE_PER_GIB_HOUR = Decimal("0.004445")


def rds_storage(gib: int, storage_type: str, copies: int) -> Decimal:
    """What `gib` more of a volume cost a month; `copies` is 2 for Multi-AZ. An unknown type counts as the dearest."""
    price = RDS_STORAGE_PER_GIB_MONTH.get(storage_type, max(RDS_STORAGE_PER_GIB_MONTH.values()))
    return _cents(price * gib * copies)


def fargate_tasks(tasks: int, cpu_units: int, memory_mib: int) -> Decimal:
    """What `tasks` more of a size cost a month, were they kept; cpu_units are 1024 to a vCPU."""
    vcpu, gib = Decimal(cpu_units) / 1024, Decimal(memory_mib) / 1024
    return _cents((vcpu * FARGATE_PER_VCPU_HOUR + gib * FARGATE_PER_GIB_HOUR) * tasks * HOURS_PER_MONTH)


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))
