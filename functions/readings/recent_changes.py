"""What was deployed and changed in the hours before and since, from four sources, each of which may be refused by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from botocore.exceptions import ClientError

from functions.core.incident.inquiry.findings import CALL, DEPLOYMENT, EVENT, STACK, Change, Part
from functions.core.permission import Allow
from functions.readings.ecs_deployments import LIST_SERVICE_DEPLOYMENTS
from functions.readings.look import Look, each
from functions.readings.rds_storage_history import DESCRIBE_EVENTS
from functions.readings.removed_rules import LOOKUP_EVENTS
from functions.readings.surroundings import Near, Surroundings

DESCRIBE_STACK_EVENTS = Allow(
    action="cloudformation:DescribeStackEvents", on="arn:{partition}:cloudformation:{region}:{account}:stack/*"
)
READS_OF_CHANGES: tuple[Allow, ...] = (
    LIST_SERVICE_DEPLOYMENTS,
    DESCRIBE_STACK_EVENTS,
    DESCRIBE_EVENTS,
    LOOKUP_EVENTS,
)
BACK = timedelta(hours=3)
_MOST = 20
_STACK_PAGES, _TRAIL_PAGES, _TRAIL_NAMES = 3, 2, 2
_BEGINS = {
    "CREATE": "the creation",
    "UPDATE": "an update",
    "DELETE": "the deletion",
    "ROLLBACK": "a rollback",
    "UPDATE_ROLLBACK": "a rollback",
    "IMPORT": "an import",
}
_BETWEEN = timedelta(milliseconds=600)
"""CloudTrail answers two LookupEvents a second in an account and Region, other people's counted in."""


def read_deployments(look: Look, around: Surroundings) -> Part[Change]:
    """Of each service, by ECS's history; where ECS keeps none, by what is deployed now."""
    return each(look, around.near, lambda one: f"deployments of {one.arn.id}", lambda one: _deployments(look, one))


def read_stack_events(look: Look, around: Surroundings) -> Part[Change]:
    """Of each stack, the latest first; the event of the stack itself says that an update began."""
    return each(look, around.stacks, lambda name: f"events of the stack {name}", lambda name: _stack(look, name))


def read_database_events(look: Look, around: Surroundings) -> Part[Change]:
    """RDS promises neither order nor existence of its events."""
    return each(look, around.databases, lambda name: f"events of {name}", lambda name: _database(look, name))


def read_calls(look: Look, around: Surroundings) -> Part[Change]:
    """Calls that changed something, by the name of the resource: CloudTrail takes one attribute at a time."""
    found = each(look, around.names[:_TRAIL_NAMES], lambda name: f"calls on {name}", lambda name: _calls(look, name))
    note = (
        "CloudTrail shows calls some minutes late and under one name of a resource: that one is not here proves nothing"
    )
    return Part(items=found.items, missing=found.missing, notes=(note,))


def _deployments(look: Look, near: Near) -> list[Change]:
    start = look.aws.now() - BACK
    try:
        said = look.aws.client("ecs").list_service_deployments(
            cluster=near.service.cluster, service=near.service.name, createdAt={"after": start}, maxResults=_MOST
        )["serviceDeployments"]
        times = [one["createdAt"] for one in said]
    except ClientError as error:
        if error.response["Error"]["Code"] != "UnsupportedFeatureException":
            raise
        times = []
    times = times or [one.created_at for one in near.service.deployments]
    return [Change(at=at, kind=DEPLOYMENT, what="a deployment", on=near.arn.id) for at in times if at >= start]


def _stack(look: Look, name: str) -> list[Change]:
    start = look.aws.now() - BACK
    pages = look.aws.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=name)
    found: list[Change] = []
    for page in islice(pages, _STACK_PAGES):
        events = [one for one in page["StackEvents"] if one["Timestamp"] >= start]
        found += filter(None, map(_stack_event, events))
        if look.over or len(events) < len(page["StackEvents"]) or len(found) >= _MOST:
            break
    begun = [one for one in found if one.kind == STACK]
    return [*begun[:_MOST], *(one for one in found if one.kind != STACK)][:_MOST]


def _stack_event(said: Mapping[str, Any]) -> Change | None:
    """Of a resource only how it ended is told; of the stack itself also that something began."""
    status, stack, which = said.get("ResourceStatus", ""), said["StackName"], said.get("LogicalResourceId", "")
    if not status.endswith("_IN_PROGRESS"):
        return Change(at=said["Timestamp"], kind=EVENT, what=status, on=f"{which} of {stack}")
    begins = next((what for verb, what in _BEGINS.items() if status == f"{verb}_IN_PROGRESS"), "")
    if said.get("ResourceType") != "AWS::CloudFormation::Stack" or which != stack or not begins:
        return None
    return Change(at=said["Timestamp"], kind=STACK, what=begins, on=f"the stack {stack}")


def _database(look: Look, name: str) -> Iterator[Change]:
    said = look.aws.client("rds").describe_events(
        SourceIdentifier=name, SourceType="db-instance", Duration=int(BACK / timedelta(minutes=1)), MaxRecords=100
    )["Events"]
    for one in sorted(said, key=_date, reverse=True)[:_MOST]:
        yield Change(at=one["Date"], kind=EVENT, what=one.get("Message", "")[:500], on=name)


def _date(said: Mapping[str, Any]) -> datetime:
    at: datetime = said["Date"]
    return at


def _calls(look: Look, name: str) -> list[Change]:
    now = look.aws.now()
    pages = look.aws.client("cloudtrail").get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": name}],
        StartTime=now - BACK, EndTime=now, PaginationConfig={"PageSize": 50},
    )  # fmt: skip
    found: list[Change] = []
    for page in islice(pages, _TRAIL_PAGES):
        changing = (one for one in page["Events"] if one.get("ReadOnly") != "true")
        found += [
            Change(at=one["EventTime"], kind=CALL, what=one["EventName"], on=name, by=one.get("Username", ""))
            for one in changing
        ]
        look.pause(_BETWEEN)
        if look.over:
            break
    return found[:_MOST]
