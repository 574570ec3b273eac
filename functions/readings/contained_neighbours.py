"""Which other instances are contained already: of the same Auto Scaling group, and in the same Availability Zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from functions.core.ports import Aws
from functions.readings.containment_record import INSTANCE, SCALED_BY, read_snapshots
from functions.readings.ec2_instances import Instance

_UNDER_WAY = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbours:
    """Instance ids."""

    same_group: tuple[str, ...] = ()
    same_zone: tuple[str, ...] = ()


def contained_neighbours(aws: Aws, instance: Instance, closed: str, scaled_by: str) -> Neighbours:
    """By who is in the containment group `closed`; a detached one is known to its Auto Scaling group by the record alone.

    One whose snapshots are young counts as well: it may be about to be contained.
    """
    filters = [{"Name": "group-id", "Values": [closed]}]
    pages = aws.client("ec2").get_paginator("describe_network_interfaces").paginate(Filters=filters)
    zones = {
        (one.get("Attachment") or {}).get("InstanceId", ""): one.get("AvailabilityZone", "")
        for page in pages
        for one in page["NetworkInterfaces"]
    }
    others = {other: zone for other, zone in zones.items() if other and other != instance.id}
    recorded = read_snapshots(aws, SCALED_BY, scaled_by) if scaled_by else ()
    lately = {one.tags.get(INSTANCE, "") for one in recorded if one.started > aws.now() - _UNDER_WAY}
    left = {one.tags.get(INSTANCE, "") for one in recorded} & set(others)
    return Neighbours(
        same_group=tuple(sorted((left | lately) - {instance.id, ""})),
        same_zone=tuple(sorted(other for other, zone in others.items() if zone == instance.zone)),
    )
