"""Drafts the post-incident review when an incident is over, keeps it in the bucket, and tells the timeline where it is.

Takes the lines of its queue, and by hand `{"review": {"incident"}}` to have it drafted again, and `{"review": {"incident", "by",
"agreed": true}}` to close it: that person has agreed it. Answers `{"text", "page", "markdown"}`. Drafting again overwrites the
draft (the bucket keeps each version) and adds no line to the timeline that it has.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import SystemClock
from functions.adapters.dynamodb_delivery import DynamoDbDelivery
from functions.adapters.dynamodb_drifts import Drifts
from functions.adapters.dynamodb_incidents import DynamoDbIncidents
from functions.adapters.runbook_files import load, time_rules
from functions.adapters.s3_evidence import S3Evidence
from functions.core.drift import Row
from functions.core.errors import InvalidEvent
from functions.core.incident.approvers import Approvers, read_approvers
from functions.core.incident.calendar import Calendar
from functions.core.incident.change import change
from functions.core.incident.incident import Incident
from functions.core.incident.inquiry.console_link import console_link
from functions.core.incident.news import read_news
from functions.core.incident.ports import Delivery, Incidents, Story
from functions.core.incident.review.action_items import Days
from functions.core.incident.review.draft import draft
from functions.core.incident.review.markdown import markdown
from functions.core.incident.review.page import page
from functions.core.incident.review.request import Asked, read_review_request
from functions.core.incident.review.told import told
from functions.core.incident.turns import Turn, review
from functions.core.ports import Aws, Clock, Evidence
from functions.readings.alarm_curve import alarm_curve
from functions.wiring import PREFIX, in_lambda

HTML, MARKDOWN = "text/html; charset=utf-8", "text/markdown; charset=utf-8"
PLACE = "review"
_STARTS = "resolved"

logger = Logger(service="first-responder")


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """The doors of this function. `drifts` reads the whole IaC ledger, `after` counts business days."""

    incidents: Incidents
    delivery: Delivery
    drifts: Callable[[], Iterable[Row]]
    evidence: Evidence
    approvers: Approvers
    after: Days
    aws: Aws
    clock: Clock
    region: str


def lambda_handler(event: Any, context: Any) -> dict[str, Any] | None:
    """Raises InvalidEvent for what is neither a line nor a request, and what AWS raises: then it is tried again."""
    return take(_desk(), event)


def take(desk: Desk, event: Any) -> dict[str, Any] | None:
    """Lines of the queue get no answer."""
    match event:
        case {"Records": list(records)}:
            for news in map(read_news, (record["body"] for record in records)):
                if news.kind == _STARTS:
                    write(desk, news.incident)
            return None
        case {"review": asked}:
            return _answer(desk, read_review_request(asked))
        case _:
            raise InvalidEvent("event", event, "Records of a queue, or a review with its incident")


def write(desk: Desk, incident: str) -> dict[str, Any]:
    """Draft it, keep both forms, then tell the timeline. Each part may be repeated after a crash."""
    story, now = _story(desk, incident), desk.clock.now()
    end = story.incident.resolved.at if story.incident.resolved else now
    curve = alarm_curve(desk.aws, story.runs, story.incident.opened_at, end)
    drafted = draft(story, desk.drifts(), curve, after=desk.after, now=now)
    html = console_link(desk.evidence.keep_page(f"{incident}/review.html", page(drafted), HTML), desk.region)
    text = console_link(desk.evidence.keep_page(f"{incident}/review.md", markdown(drafted), MARKDOWN), desk.region)
    desk.delivery.keep(PLACE, incident, {"url": html})
    change(desk.incidents, incident, lambda lead: told(lead, _story(desk, incident).lines, drafted, html, now))
    logger.info("drafted a review", extra={"incident": incident, "page": html})
    return {"text": f"the review of {incident} is drafted: {html}", "page": html, "markdown": text}


def business_days(calendar: Calendar) -> Days:
    """The date by the calendar's own wall clock."""
    return lambda since, days: calendar.after(since, Fraction(days)).astimezone(calendar.zone).date()


def _answer(desk: Desk, asked: Asked) -> dict[str, Any]:
    lead = desk.incidents.load(asked.incident)
    if lead is None:
        raise InvalidEvent("incident", asked.incident, "an incident on record")
    incident = lead.joined or lead.id
    said = f"{_agree(desk, incident, asked.by)}. " if asked.by else ""
    answer = write(desk, incident)
    return {**answer, "text": f"{said}{answer['text']}"}


def _agree(desk: Desk, incident: str, by: str) -> str:
    now = desk.clock.now()

    def agreed(found: Incident) -> Turn:
        if not desk.approvers.may_answer(by, found.service):
            names = ", ".join(desk.approvers.of(found.service)) or "nobody"
            raise InvalidEvent("by", by, f"who may answer for {found.service}: {names}")
        if not found.resolved:
            raise InvalidEvent("agreed", True, f"the review of an incident that is over; {found.id} is {found.status}")
        return review(found, by, now)

    turn = change(desk.incidents, incident, agreed)
    return turn.entries[0].text if turn.new else f"{incident} was agreed before"


def _story(desk: Desk, incident: str) -> Story:
    story = desk.incidents.story(incident)
    if story is None:
        raise InvalidEvent("incident", incident, "an incident on record")
    return story


@cache
def _desk() -> Desk:
    clock = SystemClock()
    aws, table = Boto3Aws(clock), os.environ[f"{PREFIX}TABLE"]
    return Desk(
        incidents=DynamoDbIncidents(aws.client("dynamodb"), table),
        delivery=DynamoDbDelivery(aws.client("dynamodb"), table),
        drifts=Drifts(aws.client("dynamodb"), table).rows,
        evidence=S3Evidence(aws.client("s3"), os.environ[f"{PREFIX}BUCKET"]),
        approvers=read_approvers(load("approvers")),
        after=business_days(time_rules(os.environ).calendar),
        aws=aws,
        clock=clock,
        region=os.environ["AWS_REGION"],
    )


if in_lambda():
    _desk()
