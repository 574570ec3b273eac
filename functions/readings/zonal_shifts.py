"""Zonal shifts: a load balancer's traffic taken away from one Availability Zone, by a person, by AWS, or by us."""

from __future__ import annotations

from dataclasses import dataclass

from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws

LIST_ZONAL_SHIFTS = Allow(
    action="arc-zonal-shift:ListZonalShifts", on=EVERYTHING, because="ListZonalShifts has no resource scope in IAM"
)
ACTIVE = "ACTIVE"


@dataclass(frozen=True, kw_only=True, slots=True)
class ZonalShift:
    """One shift. `away_from` is a zone's id (euw1-az1), `status` ACTIVE, EXPIRED or CANCELED."""

    id: str
    away_from: str
    status: str
    comment: str


def read_zonal_shifts(aws: Aws, load_balancer: str) -> tuple[ZonalShift, ...]:
    """All shifts of a load balancer that are on record, over or not."""
    pages = aws.client("arc-zonal-shift").get_paginator("list_zonal_shifts").paginate(resourceIdentifier=load_balancer)
    return tuple(
        ZonalShift(id=one["zonalShiftId"], away_from=one["awayFrom"], status=one["status"], comment=one["comment"])
        for page in pages
        for one in page.get("items") or ()
    )
