"""What AWS Health says: only accounts with a support plan for it are told, and nobody waits for it."""

from __future__ import annotations

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws

DESCRIBE_EVENTS = Allow(
    action="health:DescribeEvents", on=EVERYTHING, because="DescribeEvents has no resource scope in IAM"
)
_MOST = 10


def open_issues(aws: Aws, region: str, services: tuple[str, ...]) -> tuple[str, ...] | None:
    """The open issues of these services in a Region, as AWS Health's event types; None where nobody tells.

    `services` are named as Health names them (VPC, EC2). It is one global service: what keeps it from answering, a plan that
    does not include it (SubscriptionRequiredException) among others, says nothing of the Region.
    """
    asked = {
        "regions": [region],
        "services": list(services),
        "eventStatusCodes": ["open"],
        "eventTypeCategories": ["issue"],
    }
    try:
        found = aws.client("health").describe_events(filter=asked, maxResults=_MOST)["events"]
    except (BotoCoreError, ClientError):
        return None
    return tuple(sorted({one["eventTypeCode"] for one in found}))
