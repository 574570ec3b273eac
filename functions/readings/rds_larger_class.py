"""The next larger class of a DB instance's own family that RDS offers for it where it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.core.ports import Aws

LADDER = (
    "micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "6xlarge", "8xlarge", "10xlarge", "12xlarge",
    "16xlarge", "24xlarge", "32xlarge", "48xlarge",
)  # fmt: skip
"""For sorting only: which sizes a family has, RDS says (DescribeOrderableDBInstanceOptions)."""


def larger_class(aws: Aws, described: Mapping[str, Any]) -> str:
    """For one item of DescribeDBInstances; empty where RDS offers none. Raises ClientError where AWS refuses to say."""
    family, size = _parted(described["DBInstanceClass"])
    if size not in LADDER:
        return ""
    sizes = {of_size for of_family, of_size in map(_parted, _offered(aws, described)) if of_family == family}
    above = [one for one in LADDER[LADDER.index(size) + 1 :] if one in sizes]
    return f"{family}.{above[0]}" if above else ""


def _parted(instance_class: str) -> tuple[str, str]:
    """`db.m6g.large` into `db.m6g` and `large`."""
    family, _, size = instance_class.rpartition(".")
    return family, size


def _offered(aws: Aws, described: Mapping[str, Any]) -> set[str]:
    """The classes for this very engine version, licence and storage, in the zones of the instance and of its standby."""
    zones = {zone for name in ("AvailabilityZone", "SecondaryAvailabilityZone") if (zone := described.get(name))}
    asked = {"Engine": described["Engine"], "EngineVersion": described["EngineVersion"]}
    licence = {"LicenseModel": described["LicenseModel"]} if described.get("LicenseModel") else {}
    pages = aws.client("rds").get_paginator("describe_orderable_db_instance_options").paginate(**asked, **licence)
    return {
        str(option["DBInstanceClass"])
        for page in pages
        for option in page["OrderableDBInstanceOptions"]
        if zones <= {zone["Name"] for zone in option.get("AvailabilityZones") or ()}
        and (option.get("MultiAZCapable") or not described.get("MultiAZ"))
        and option.get("StorageType", described.get("StorageType")) == described.get("StorageType")
    }
