"""The two instances whose names are swapped: one that a restore of ours has made, and the one that it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.ports import Aws
from functions.readings.cloudwatch import metric
from functions.readings.rds import DbInstance, db_instance, describe, tags_of
from functions.readings.rds_restore_source import AS_TAG, FROM_TAG, new_name
from functions.readings.rds_settings import pending_reboot, settings_that_differ

RETIRED = "-retired-"
_MODE = "first-responder:mode"


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """One of the two, with what a name does not tell."""

    db: DbInstance
    resource_id: str
    engine_version: str
    mode: str
    pending_reboot: tuple[str, ...]
    """Parameter groups that wait for a reboot, which a rename is."""
    initialising: int | None
    """Percent of the volume that is there; None once all of it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Swap:
    """`name` is what the recovered instance is to be called, `retired_name` what the original is to be called then.

    After the swap `swapped` is true, and `original` is the retired one, where it is found.
    """

    recovered: Named
    original: Named | None
    name: str
    retired_name: str
    retired_taken: bool
    swapped: bool
    differences: tuple[str, ...] = ()
    connections: int | None = None


def swap_of(aws: Aws, target: Arn, alarm: Alarm) -> tuple[Swap, Mapping[str, str]] | None:
    """The swap and the tags of the original, whose owner decides; None where the target is no instance of ours.

    The target is the recovered instance by the name that it was made with, also after it has got the other one.
    """
    described = describe(aws, target.id)
    if described is None:
        return _after(aws, target.id, alarm)
    tags = tags_of(described)
    name = tags.get(FROM_TAG, "")
    if tags.get(AS_TAG) != target.id or not name:
        return None
    original, retired = describe(aws, name), new_name(name, RETIRED, alarm.transition)
    differing = settings_that_differ(original, described) if original else ()
    swap = Swap(
        recovered=_named(described),
        original=_named(original) if original else None,
        name=name,
        retired_name=retired,
        retired_taken=describe(aws, retired) is not None,
        swapped=False,
        differences=differing,
        connections=_connections(aws, name) if original else None,
    )
    return swap, tags_of(original or described)


def _after(aws: Aws, made_as: str, alarm: Alarm) -> tuple[Swap, Mapping[str, str]] | None:
    """By its tag: of a long name the recovered instance's has only the beginning."""
    pages = aws.client("rds").get_paginator("describe_db_instances").paginate()
    known = [each for page in pages for each in page["DBInstances"]]
    described = next((each for each in known if _swapped(each, made_as)), None)
    if described is None:
        return None
    name = described["DBInstanceIdentifier"]
    begins = new_name(name, RETIRED, "0" * 8)[:-8]
    found = [each for each in known if each["DBInstanceIdentifier"].startswith(begins)]
    retired = found[0] if len(found) == 1 else None
    swap = Swap(
        recovered=_named(described),
        original=_named(retired) if retired else None,
        name=name,
        retired_name=retired["DBInstanceIdentifier"] if retired else "",
        retired_taken=retired is not None,
        swapped=True,
    )
    return swap, tags_of(retired or described)


def _swapped(described: Mapping[str, Any], made_as: str) -> bool:
    tags = tags_of(described)
    return tags.get(AS_TAG) == made_as and tags.get(FROM_TAG) == described["DBInstanceIdentifier"]


def _named(described: Mapping[str, Any]) -> Named:
    at_work = described.get("StorageOperationStatus") == "Initializing"
    return Named(
        db=db_instance(described),
        resource_id=described["DbiResourceId"],
        engine_version=described["EngineVersion"],
        mode=tags_of(described).get(_MODE, ""),
        pending_reboot=pending_reboot(described),
        initialising=int(described.get("StorageOperationPercentProgress") or 0) if at_work else None,
    )


def _connections(aws: Aws, name: str) -> int | None:
    """The most connections of the last ten minutes, None where CloudWatch has no data."""
    points = metric(
        aws,
        "AWS/RDS",
        "DatabaseConnections",
        {"DBInstanceIdentifier": name},
        stat="Maximum",
        period=timedelta(minutes=1),
        back=timedelta(minutes=10),
    )
    return max((int(point.value) for point in points), default=None)
