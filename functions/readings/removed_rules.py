"""The recorded baseline of security groups: what CloudTrail says was taken out of them within the last day, and by whom.

CloudTrail keeps 90 days of management events in every account without any set-up, and shows them some minutes late. A rule that
is not in there was never there, as far as a machine may believe.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws

LOOKUP_EVENTS = Allow(
    action="cloudtrail:LookupEvents", on=EVERYTHING, because="LookupEvents has no resource scope in IAM"
)
_BACK = timedelta(days=1)
_MOST_EVENTS = 200
"""LookupEvents gives 50 at a time and is throttled at two calls a second."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RemovedRule:
    """One ingress rule that was taken out of a security group."""

    group: str
    protocol: str
    from_port: int
    to_port: int
    peer: str
    by: str
    at: datetime

    def __str__(self) -> str:
        ports = str(self.from_port) if self.from_port == self.to_port else f"{self.from_port}-{self.to_port}"
        return f"{self.protocol} {ports} from {self.peer}, removed from {self.group} by {self.by} at {self.at:%Y-%m-%d %H:%M} UTC"


def read_removed_rules(aws: Aws, groups: Collection[str]) -> tuple[RemovedRule, ...]:
    """What was removed from these groups, the latest first; each rule once."""
    now = aws.now()
    pages = aws.client("cloudtrail").get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "RevokeSecurityGroupIngress"}],
        StartTime=now - _BACK, EndTime=now, PaginationConfig={"MaxItems": _MOST_EVENTS, "PageSize": 50},
    )  # fmt: skip
    found = [rule for page in pages for event in page["Events"] for rule in _rules(event) if rule.group in groups]
    latest: dict[tuple[Any, ...], RemovedRule] = {}
    for rule in sorted(found, key=lambda one: one.at, reverse=True):
        latest.setdefault((rule.group, rule.protocol, rule.from_port, rule.to_port, rule.peer), rule)
    return tuple(latest.values())


def _rules(event: Mapping[str, Any]) -> Iterator[RemovedRule]:
    """Those that AWS answered it has removed, else those that were asked to be removed; of a refused call none."""
    told = json.loads(event["CloudTrailEvent"])
    if told.get("errorCode"):
        return
    asked, answered = told.get("requestParameters") or {}, told.get("responseElements") or {}
    by = (told.get("userIdentity") or {}).get("arn") or event.get("Username") or "somebody"
    removed = _items(answered.get("revokedSecurityGroupRuleSet"))
    flat = [_answered(one) for one in removed] or list(_asked(asked))
    for group, protocol, low, high, peer in flat:
        group = group or asked.get("groupId", "")
        if peer and low is not None and high is not None:
            yield RemovedRule(
                group=group, protocol=protocol, from_port=int(low), to_port=int(high), peer=peer, by=str(by),
                at=event["EventTime"],
            )  # fmt: skip


def _answered(said: Mapping[str, Any]) -> tuple[Any, ...]:
    peer = next(
        (said[key] for key in ("referencedGroupId", "cidrIpv4", "cidrIpv6", "prefixListId") if said.get(key)), ""
    )
    return said.get("groupId", ""), said.get("ipProtocol", ""), said.get("fromPort"), said.get("toPort"), peer


def _asked(said: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    lists = {
        "groups": "groupId",
        "ipRanges": "cidrIp",
        "ipv6Ranges": "cidrIpv6",
        "prefixListIds": "prefixListId",
    }
    for one in _items(said.get("ipPermissions")):
        peers = [peer.get(key, "") for name, key in lists.items() for peer in _items(one.get(name))]
        yield from (("", one.get("ipProtocol", ""), one.get("fromPort"), one.get("toPort"), peer) for peer in peers)


def _items(said: object) -> list[Mapping[str, Any]]:
    items = said.get("items") if isinstance(said, Mapping) else said
    return [one for one in items if isinstance(one, Mapping)] if isinstance(items, list) else []
