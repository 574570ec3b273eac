"""Whether one more DB instance like a given one finds a place: its class in its zones, addresses in its subnets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.core.decision import Decline
from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws

DESCRIBE_ORDERABLE = Allow(
    action="rds:DescribeOrderableDBInstanceOptions",
    on=EVERYTHING,
    because="DescribeOrderableDBInstanceOptions has no resource scope in IAM",
)
_FEW = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Placement:
    """`zones` are those of the subnet group with free addresses, None without a group.

    `offered` are the zones in which RDS offers the class for the engine version; None where it lists nothing at all for the
    version, so that only its own refusal tells.
    """

    group_status: str = ""
    zones: tuple[str, ...] | None = None
    offered: tuple[str, ...] | None = None
    for_multi_az: bool = True


def placement(aws: Aws, described: Mapping[str, Any], engine_version: str) -> Placement:
    """For one item of DescribeDBInstances, with this engine version. Raises ClientError where AWS refuses to say."""
    group = described.get("DBSubnetGroup") or {}
    offered, for_multi_az = _offered(aws, described, engine_version)
    return Placement(
        group_status=group.get("SubnetGroupStatus") or "",
        zones=_zones_with_room(aws, group) if group else None,
        offered=offered,
        for_multi_az=for_multi_az,
    )


def unplaceable(here: Placement, instance_class: str, *, multi_az: bool) -> Decline | None:
    """A decline where RDS would refuse the new instance, or leave it in incompatible-network or insufficient-capacity."""
    zones, needed = here.zones, 2 if multi_az else 1
    if here.group_status not in ("", "Complete"):
        seen = f"the DB subnet group is {here.group_status}"
        return Decline(code="subnet_group_unusable", seen=seen, advice="Mend the DB subnet group first")
    if zones is not None and len(zones) < needed:
        seen = f"of the DB subnet group only {len(zones)} zones have free addresses ({', '.join(zones)}), {needed} are needed"
        return Decline(code="no_free_addresses", seen=seen, advice="Free addresses, or add subnets to the group")
    if here.offered is None:
        return None
    usable = here.offered if zones is None else tuple(zone for zone in here.offered if zone in zones)
    if len(usable) >= needed and (here.for_multi_az or not multi_az):
        return None
    seen = f"RDS offers {instance_class} for this engine version in {len(usable)} of the zones, {needed} are needed"
    return Decline(code="class_not_orderable", seen=seen, advice="Restore by hand to a class that is offered there")


def _zones_with_room(aws: Aws, group: Mapping[str, Any]) -> tuple[str, ...]:
    active = [each["SubnetIdentifier"] for each in group.get("Subnets") or () if each.get("SubnetStatus") == "Active"]
    if not active:
        return ()
    pages = aws.client("ec2").get_paginator("describe_subnets").paginate(SubnetIds=active)
    subnets = [subnet for page in pages for subnet in page["Subnets"]]
    return tuple(sorted({each["AvailabilityZone"] for each in subnets if int(each["AvailableIpAddressCount"]) > 0}))


def _offered(aws: Aws, described: Mapping[str, Any], version: str) -> tuple[tuple[str, ...] | None, bool]:
    asked = {"Engine": described["Engine"], "EngineVersion": version, "Vpc": True}
    ask = aws.client("rds").describe_orderable_db_instance_options
    wanted = ask(**asked, DBInstanceClass=described["DBInstanceClass"])["OrderableDBInstanceOptions"]
    if not wanted and not ask(**asked, MaxRecords=_FEW)["OrderableDBInstanceOptions"]:
        return None, True
    zones = {zone["Name"] for option in wanted for zone in option.get("AvailabilityZones") or ()}
    return tuple(sorted(zones)), any(option.get("MultiAZCapable") for option in wanted)
