"""What CloudTrail tells of a principal in the last day: what it called, from where, what it made, which secrets it read.

It only informs: a principal is contained whether CloudTrail answers or not.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.ports import Aws

_BACK = timedelta(days=1)
_MOST_EVENTS = 100
"""Two pages: LookupEvents gives 50 at a time and is throttled at two calls a second."""
_MOST_TOLD = 20
_GLOBAL = "us-east-1"
_MAKES = (
    "AddUserToGroup", "AttachRolePolicy", "AttachUserPolicy", "CreateAccessKey", "CreateFunction20150331", "CreateLoginProfile",
    "CreatePolicyVersion", "CreateRole", "CreateUser", "PutRolePolicy", "PutUserPolicy", "RunInstances", "UpdateAssumeRolePolicy",
    "UpdateLoginProfile",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Trail:
    """`calls` counts by event name, `made` names what lets somebody in again, `secrets` are as they were asked for.

    `told` says what it covers, or why CloudTrail told nothing.
    """

    told: str
    calls: Mapping[str, int] = field(default_factory=dict)
    refused: int = 0
    sources: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()


def read_trail(aws: Aws, region: str, *, user: str, key: str) -> Trail:
    """Of a user with all its keys, else of one access key: a role has many sessions, each with a name and a key of its own."""
    if not key and not user:
        return Trail(told="CloudTrail was not asked: the access key of the role's session is not known")
    attribute = {"AttributeKey": "Username" if user else "AccessKeyId", "AttributeValue": user or key}
    try:
        events = _events(aws, attribute)
    except (BotoCoreError, ClientError) as error:
        return Trail(told=f"CloudTrail could not be asked: {type(error).__name__}")
    elsewhere = "" if region == _GLOBAL else f"; what it did to IAM and STS is in {_GLOBAL}: look there as well"
    more = f"the last {_MOST_EVENTS}" if len(events) >= _MOST_EVENTS else "all"
    return _trail(events, f"{more} events of {attribute['AttributeValue']} in {region} within 24 hours{elsewhere}")


def _events(aws: Aws, attribute: Mapping[str, str]) -> list[Mapping[str, Any]]:
    now = aws.now()
    pages = aws.client("cloudtrail").get_paginator("lookup_events").paginate(
        LookupAttributes=[attribute], StartTime=now - _BACK, EndTime=now,
        PaginationConfig={"MaxItems": _MOST_EVENTS, "PageSize": 50},
    )  # fmt: skip
    return [event for page in pages for event in page["Events"]]


def _trail(events: Sequence[Mapping[str, Any]], told: str) -> Trail:
    records = [(str(event.get("EventName", "")), _record(event)) for event in events]
    done = [(name, record) for name, record in records if not record.get("errorCode")]
    return Trail(
        told=told,
        calls=dict(Counter(name for name, _ in records).most_common(_MOST_TOLD)),
        refused=len(records) - len(done),
        sources=_told(str(record.get("sourceIPAddress") or "") for _, record in records),
        made=_told(f"{name} {_named(record)}".strip() for name, record in done if name in _MAKES),
        secrets=_told(_asked(record, "secretId") for name, record in done if name == "GetSecretValue"),
    )


def _record(event: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        record = json.loads(event.get("CloudTrailEvent") or "{}")
    except ValueError:
        return {}
    return record if isinstance(record, Mapping) else {}


def _named(record: Mapping[str, Any]) -> str:
    return next(filter(None, (_asked(record, name) for name in ("userName", "roleName", "functionName"))), "")


def _asked(record: Mapping[str, Any], name: str) -> str:
    parameters = record.get("requestParameters")
    return str(parameters.get(name) or "")[:200] if isinstance(parameters, Mapping) else ""


def _told(texts: Any) -> tuple[str, ...]:
    return tuple(list(dict.fromkeys(filter(None, texts)))[:_MOST_TOLD])
