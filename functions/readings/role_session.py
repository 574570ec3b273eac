"""What an instance's role has called lately, by CloudTrail. For the person who judges how far a breach goes.

The session of an instance profile is named after the instance. CloudTrail shows management events only, some minutes late:
that something is not in there proves nothing.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from botocore.exceptions import ClientError

from functions.core.ports import Aws

_BACK = timedelta(days=1)
_MOST_EVENTS = 150
"""LookupEvents gives 50 at a time and is throttled at two calls a second."""
_MOST_NAMES = 50
CAVEAT = "management events of this Region only, and late: absence proves nothing"


@dataclass(frozen=True, kw_only=True, slots=True)
class Called:
    """One kind of call."""

    event: str
    times: int
    first: datetime
    last: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class RoleSession:
    """`unread` says why CloudTrail gave no answer: what is only told holds no containment up. `more` that there was more."""

    called: tuple[Called, ...]
    more: bool
    unread: str
    caveat: str = CAVEAT


def read_role_session(aws: Aws, instance: str) -> RoleSession:
    """The calls of one day, the most frequent first."""
    at: dict[str, list[datetime]] = defaultdict(list)
    pages = aws.client("cloudtrail").get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "Username", "AttributeValue": instance}],
        StartTime=aws.now() - _BACK, EndTime=aws.now(), PaginationConfig={"MaxItems": _MOST_EVENTS, "PageSize": 50},
    )  # fmt: skip
    try:
        for event in (event for page in pages for event in page["Events"]):
            at[str(event.get("EventName", ""))[:100]].append(event["EventTime"])
    except ClientError as error:
        return RoleSession(called=(), more=False, unread=f"CloudTrail said {error.response['Error']['Code']}")
    kinds = sorted(at.items(), key=lambda one: (-len(one[1]), one[0]))
    called = [
        Called(event=name, times=len(times), first=min(times), last=max(times))
        for name, times in islice(kinds, _MOST_NAMES)
    ]
    seen = sum(map(len, at.values()))
    return RoleSession(called=tuple(called), more=seen >= _MOST_EVENTS or len(kinds) > _MOST_NAMES, unread="")
