"""What changed shortly before a database became busy: its own events, and deployments of services in the same account."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from functions.core.ports import Aws

BEFORE = timedelta(hours=1)
_MOST = 20
_DEPLOYS = "UpdateService"
_OF_A_COUNT = {"cluster", "service", "desiredCount"}


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangedBefore:
    """`events` are RDS's words, `deployments` are "service, by whom, when"; oldest first."""

    events: tuple[str, ...] = ()
    deployments: tuple[str, ...] = ()


def changed_before(aws: Aws, db: str, at: datetime) -> ChangedBefore:
    """Within the hour before `at`. CloudTrail shows what happened some minutes late: that nothing is there proves nothing."""
    return ChangedBefore(events=_events(aws, db, at), deployments=_deployments(aws, at))


def _events(aws: Aws, db: str, at: datetime) -> tuple[str, ...]:
    minutes = int((aws.now() - at + BEFORE).total_seconds() // 60) + 1
    pages = aws.client("rds").get_paginator("describe_events").paginate(
        SourceIdentifier=db, SourceType="db-instance", Duration=min(minutes, 20160)
    )  # fmt: skip
    told = [(event["Date"], event["Message"]) for page in pages for event in page["Events"]]
    return tuple(f"{when:%H:%M} UTC {text}" for when, text in sorted(told) if at - BEFORE <= when <= at)[-_MOST:]


def _deployments(aws: Aws, at: datetime) -> tuple[str, ...]:
    """One call: LookupEvents takes one attribute and is throttled at two calls a second."""
    try:
        found = aws.client("cloudtrail").lookup_events(
            LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": _DEPLOYS}],
            StartTime=at - BEFORE,
            EndTime=at,
            MaxResults=_MOST,
        )["Events"]
    except NotImplementedError:
        # Only a stand-in for AWS in the same process lacks the call. AWS answers, or its refusal stops the change.
        return ()
    deployed = [event for event in found if not _only_scaled(event)]
    told = sorted((event["EventTime"], _service(event), event.get("Username", "somebody")) for event in deployed)
    return tuple(f"{service}, by {by}, {when:%H:%M} UTC" for when, service, by in told)


def _only_scaled(event: Mapping[str, Any]) -> bool:
    """Whether the call gave a count and nothing else, as Auto Scaling does all day. What cannot be read counts as a deployment."""
    try:
        asked = json.loads(event.get("CloudTrailEvent", ""))["requestParameters"]
        return bool(asked) and set(asked) <= _OF_A_COUNT
    except (ValueError, KeyError, TypeError):
        return False


def _service(event: Mapping[str, Any]) -> str:
    resources = event.get("Resources")
    names = [each.get("ResourceName", "") for each in resources] if isinstance(resources, list) else []
    return str(names[0]) if names and names[0] else "a service"
