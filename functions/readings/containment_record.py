"""What was before a containment, as it is written on the snapshots that were taken first, and read again for the release.

The tags are neutral: a run's mark is the end of its id. They are only as trustworthy as whoever may tag snapshots, so who
releases names the run, and two people compare what the tags say with the evidence of that run.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws
from functions.readings.ec2_instances import Interface

DESCRIBE_SNAPSHOTS = Allow(
    action="ec2:DescribeSnapshots", on=EVERYTHING, because="DescribeSnapshots has no resource scope in IAM"
)
CREATED_BY = "first-responder"
RUN, INSTANCE, SCALED_BY = "first-responder:run", "first-responder:instance", "first-responder:auto-scaling-group"
_GROUPS, _WAS = "first-responder:groups-", "first-responder:was-"
LONGEST_TAG = 256
"""Characters of a tag's value (EC2 User Guide, "Tag restrictions")."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """One EBS snapshot of ours."""

    id: str
    volume: str
    state: str
    started: datetime
    tags: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """`groups` are those of each interface, `attributes` what the instance's were."""

    instance: str
    groups: Mapping[str, tuple[str, ...]]
    attributes: Mapping[str, str]
    scaled_by: str


def mark_of(run: str) -> str:
    """What of a run's id says nothing to whom it is no business of."""
    return run.rpartition("-")[2]


def written(
    run: str, instance: str, interfaces: Iterable[Interface], attributes: Mapping[str, str], scaled_by: str
) -> str:
    """The tags of a run's snapshots, as the JSON of one object."""
    tags = {"created-by": CREATED_BY, RUN: mark_of(run), INSTANCE: instance}
    tags |= {f"{_GROUPS}{one.id}": groups_text(one.groups) for one in interfaces}
    tags |= {f"{_WAS}{name}": value for name, value in attributes.items()}
    tags |= {SCALED_BY: scaled_by} if scaled_by else {}
    return json.dumps(tags, sort_keys=True)


def groups_text(groups: Iterable[str]) -> str:
    return " ".join(sorted(groups))


def read_snapshots(aws: Aws, tag: str, value: str) -> tuple[Snapshot, ...]:
    """Our snapshots with this tag, in the order of their ids."""
    filters = [{"Name": f"tag:{tag}", "Values": [value]}, {"Name": "tag:created-by", "Values": [CREATED_BY]}]
    pages = aws.client("ec2").get_paginator("describe_snapshots").paginate(OwnerIds=["self"], Filters=filters)
    found = [_snapshot(one) for page in pages for one in page["Snapshots"]]
    return tuple(sorted(found, key=lambda one: one.id))


def read_before(snapshots: Iterable[Snapshot]) -> Before | None:
    """What the snapshots of one run say with one voice; None where they contradict each other, or there is none."""
    said = [_before(snapshot.tags) for snapshot in snapshots]
    return said[0] if said and all(one == said[0] for one in said) else None


def _before(tags: Mapping[str, str]) -> Before:
    return Before(
        instance=tags.get(INSTANCE, ""),
        groups={key.removeprefix(_GROUPS): tuple(tags[key].split()) for key in sorted(tags) if key.startswith(_GROUPS)},
        attributes={key.removeprefix(_WAS): tags[key] for key in sorted(tags) if key.startswith(_WAS)},
        scaled_by=tags.get(SCALED_BY, ""),
    )


def _snapshot(said: Mapping[str, Any]) -> Snapshot:
    tags = {tag["Key"]: tag["Value"] for tag in said.get("Tags") or ()}
    return Snapshot(
        id=said["SnapshotId"], volume=said["VolumeId"], state=said["State"], started=said["StartTime"], tags=tags
    )
