"""The price table: USD list prices of AWS, with the day, the Region, and the page of each.

They are what AWS's public price pages said as far as it was known on that day, written down from memory and not read from the
price list API: good enough to ask a person before something dear is done, not to check a bill.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

WRITTEN_DOWN = date(2026, 11, 23)
REGION = "us-east-1"
NOT_IN_THEM = (
    "prices of other Regions",
    "reserved instances, savings plans, Spot, free tiers and private agreements",
    "data transfer",
    "taxes",
    "IOPS and throughput of gp3 above what a volume includes",
    "licences of Windows, SQL Server and Oracle",
    "Extended Support of old engine versions, Performance Insights and other extras of RDS",
    "ephemeral storage of Fargate tasks above 20 GiB",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Price:
    """One list price. `page` is the AWS page that names it."""

    usd: Decimal
    per: str
    page: str


_RDS, _RDS_POSTGRES = "https://aws.amazon.com/rds/pricing/", "https://aws.amazon.com/rds/postgresql/pricing/"
_FARGATE, _EBS = "https://aws.amazon.com/fargate/pricing/", "https://aws.amazon.com/ebs/pricing/"


def _rds_storage(usd: str) -> Price:
    return Price(usd=Decimal(usd), per="GiB-month, Single-AZ", page=_RDS_POSTGRES)


def _rds_large(usd: str) -> Price:
    return Price(usd=Decimal(usd), per="hour of a .large, Single-AZ", page=_RDS_POSTGRES)


RDS_STORAGE = {
    "gp2": _rds_storage("0.115"),
    "gp3": _rds_storage("0.115"),
    "io1": _rds_storage("0.125"),
    "io2": _rds_storage("0.125"),
    "standard": _rds_storage("0.10"),
}
RDS_IOPS = {
    "io1": Price(usd=Decimal("0.10"), per="IOPS-month, Single-AZ", page=_RDS_POSTGRES),
    "io2": Price(usd=Decimal("0.10"), per="IOPS-month, Single-AZ", page=_RDS_POSTGRES),
}
"""Where every one is paid for; gp3 has some in its price."""
RDS_SNAPSHOT = Price(usd=Decimal("0.095"), per="GiB-month", page=_RDS)
EBS_SNAPSHOT = Price(usd=Decimal("0.05"), per="GiB-month, standard tier", page=_EBS)
FARGATE_VCPU = Price(usd=Decimal("0.04048"), per="vCPU-hour, Linux on x86", page=_FARGATE)
FARGATE_MEMORY = Price(usd=Decimal("0.004445"), per="GiB-hour, Linux on x86", page=_FARGATE)
FARGATE_ARM_VCPU = Price(usd=Decimal("0.03238"), per="vCPU-hour, Linux on ARM", page=_FARGATE)
FARGATE_ARM_MEMORY = Price(usd=Decimal("0.00356"), per="GiB-hour, Linux on ARM", page=_FARGATE)

RDS_ENGINES = frozenset({"postgres", "mysql", "mariadb"})
"""The engines without a licence in the price. The rows are PostgreSQL's; the other two cost the same or a few per cent less."""
RDS_LARGE = {
    "t3": _rds_large("0.145"),
    "t4g": _rds_large("0.129"),
    "m5": _rds_large("0.178"),
    "m6g": _rds_large("0.159"),
    "m7g": _rds_large("0.168"),
    "r5": _rds_large("0.25"),
    "r6g": _rds_large("0.225"),
    "r7g": _rds_large("0.239"),
}
_BURSTABLE = {size: Decimal(times) for size, times in {
    "micro": "0.125", "small": "0.25", "medium": "0.5", "large": "1", "xlarge": "2", "2xlarge": "4",
}.items()}  # fmt: skip
_GRAVITON = {size: Decimal(times) for size, times in {
    "large": 1, "xlarge": 2, "2xlarge": 4, "4xlarge": 8, "8xlarge": 16, "12xlarge": 24, "16xlarge": 32,
}.items()}  # fmt: skip
_INTEL = {**_GRAVITON, "24xlarge": Decimal(48)}
RDS_SIZES = {
    "t3": _BURSTABLE, "t4g": _BURSTABLE, "m5": _INTEL, "r5": _INTEL,
    "m6g": _GRAVITON, "m7g": _GRAVITON, "r6g": _GRAVITON, "r7g": _GRAVITON,
}  # fmt: skip
"""How many times the .large a size costs: within a family AWS prices sizes in proportion, to the tenth of a cent."""
