"""The next larger class of a DB instance's own family that RDS offers for it where it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from functions.core.ports import Aws

_SMALLER = ("micro", "small", "medium", "large")
_XLARGE = re.compile(r"([1-9]\d{0,2})?xlarge")


def larger_class(aws: Aws, described: Mapping[str, Any]) -> str:
    """For one item of DescribeDBInstances; empty where RDS offers none. Raises ClientError where AWS refuses to say."""
    family, size = _parted(described["DBInstanceClass"])
    now = _rung(size)
    if now is None:
        return ""
    same = [one for one in map(_parted, _offered(aws, described)) if one[0] == family]
    above = [(rung, of_size) for _, of_size in same if (rung := _rung(of_size)) is not None and rung > now]
    return f"{family}.{min(above)[1]}" if above else ""


def _rung(size: str) -> int | None:
    """For sorting only: which sizes a family has, RDS says, be it 3xlarge. None for what is no size of the ladder, like metal."""
    if size in _SMALLER:
        return _SMALLER.index(size)
    match = _XLARGE.fullmatch(size)
    return len(_SMALLER) + int(match[1] or 1) if match else None


def _parted(instance_class: str) -> tuple[str, str]:
    """`db.m6g.large` into `db.m6g` and `large`."""
    family, _, size = instance_class.rpartition(".")
    return family, size


def _offered(aws: Aws, described: Mapping[str, Any]) -> set[str]:
    """The classes for this very engine version, licence and storage, in the zones of the instance and of its standby."""
    zones = {zone for name in ("AvailabilityZone", "SecondaryAvailabilityZone") if (zone := described.get(name))}
    asked = {"Engine": described["Engine"], "EngineVersion": described["EngineVersion"]}
    licence = {"LicenseModel": described["LicenseModel"]} if described.get("LicenseModel") else {}
    pages = (
        aws.client("rds").get_paginator("describe_orderable_db_instance_options").paginate(**asked, **licence, Vpc=True)
    )
    return {
        str(option["DBInstanceClass"])
        for page in pages
        for option in page["OrderableDBInstanceOptions"]
        if zones <= {zone["Name"] for zone in option.get("AvailabilityZones") or ()}
        and (option.get("MultiAZCapable") or not described.get("MultiAZ"))
        and option.get("StorageType", described.get("StorageType")) == described.get("StorageType")
    }
