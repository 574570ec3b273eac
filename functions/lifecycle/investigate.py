"""Looks around when an incident opens, and at what joins it: keeps the evidence in the bucket, tells the timeline one sentence.

What was read goes into the evidence alone. That of a security incident lies under a prefix of its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

from aws_lambda_powertools import Logger

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import SystemClock
from functions.adapters.crew import Threads
from functions.adapters.dynamodb_delivery import DynamoDbDelivery
from functions.adapters.dynamodb_incidents import DynamoDbIncidents
from functions.adapters.s3_evidence import S3Evidence
from functions.core.errors import InvalidEvent
from functions.core.incident.change import change
from functions.core.incident.incident import Incident
from functions.core.incident.inquiry.console_link import console_link
from functions.core.incident.inquiry.counts import sentence
from functions.core.incident.inquiry.findings import Findings
from functions.core.incident.inquiry.page import page
from functions.core.incident.inquiry.record import record
from functions.core.incident.inquiry.subject import Subject, subject_of
from functions.core.incident.news import News, read_news
from functions.core.incident.ports import Delivery, Incidents, Story
from functions.core.incident.turns import note
from functions.core.ports import Clock, Evidence
from functions.lifecycle.investigation import SERVICES, investigate
from functions.wiring import PREFIX, in_lambda

PLACE, STATE, KIND = "investigate", "evidence", "investigated"
FOLDER, SECRET_FOLDER = "investigations", "security/investigations"
_HTML = "text/html; charset=utf-8"

logger = Logger(service="first-responder")


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """The doors of this function. `look` investigates a subject, `region` is for links into the console."""

    incidents: Incidents
    delivery: Delivery
    evidence: Evidence
    look: Callable[[Subject], Findings]
    clock: Clock
    region: str


def lambda_handler(event: Mapping[str, Any], context: Any) -> None:
    """Raises what the record and the bucket raise: then it is tried again. What cannot be read is told, not raised."""
    for record_of_queue in event["Records"]:
        take(_desk(), read_news(record_of_queue["body"]))


def take(desk: Desk, news: News) -> None:
    """One line. Looked at once: a copy finds that it is done, and who comes after a crash keeps the same objects anew and
    tells the timeline only what it has not."""
    if news.kind not in ("opened", "joined") or desk.delivery.begin(PLACE, news.incident, news.id):
        return
    story = desk.incidents.story(news.incident)
    if story is None:
        raise InvalidEvent("incident", news.incident, "an incident on record")
    told = [_tell(desk, story, incident) for incident in _new(desk, story, news)]
    desk.delivery.done(PLACE, news.incident, news.id, " ".join(told) or "nothing new")


def _new(desk: Desk, story: Story, news: News) -> list[Incident]:
    """The incident itself when it opens; else what has joined and was not looked at: a line does not say which one it was."""
    if news.kind == "opened":
        return [story.incident]
    looked = desk.delivery.state(STATE, news.incident).get("joined", {})
    found = (desk.incidents.load(joiner) for joiner in story.incident.joiners if joiner not in looked)
    return [joiner for joiner in found if joiner is not None]


def _tell(desk: Desk, story: Story, incident: Incident) -> str:
    """Keep the evidence, then note where it is. Answers with its key."""
    findings = desk.look(subject_of(story.incident, incident, story.runs))
    folder = SECRET_FOLDER if findings.subject.alone else FOLDER
    key = f"{folder}/{story.incident.id}/{incident.id}.html"
    html = page(findings)
    digest = sha256(html.encode()).hexdigest()
    url = console_link(desk.evidence.keep_page(key, html, _HTML), desk.region)
    found = desk.evidence.keep(f"{key.removesuffix('.html')}.json", record(findings, digest))
    kept = {"url": url, "key": key, "sha256": digest, "json_sha256": found.sha256}
    if not any(line.kind == KIND and url in line.text for line in story.lines):
        text = sentence(findings, url)
        change(desk.incidents, story.incident.id, lambda lead: note(lead, KIND, text, desk.clock.now()))
    _keep(desk, story.incident, incident, kept)
    logger.info("investigated", extra={"incident": incident.id, "key": key, "unread": len(findings.missing)})
    return key


def _keep(desk: Desk, lead: Incident, incident: Incident, kept: Mapping[str, str]) -> None:
    """For other places: `url` and `key` of the lead, and those of each joiner under its id."""
    before = desk.delivery.state(STATE, lead.id)
    joined = dict(before.get("joined", {}))
    if incident.id == lead.id:
        desk.delivery.keep(STATE, lead.id, {**kept, "joined": joined})
    else:
        desk.delivery.keep(STATE, lead.id, {**before, "joined": {**joined, incident.id: dict(kept)}})


@cache
def _desk() -> Desk:
    clock = SystemClock()
    aws, table = Boto3Aws(clock), os.environ[f"{PREFIX}TABLE"]
    aws.warm(SERVICES)
    crew = Threads(clock)
    return Desk(
        incidents=DynamoDbIncidents(aws.client("dynamodb"), table),
        delivery=DynamoDbDelivery(aws.client("dynamodb"), table),
        evidence=S3Evidence(aws.client("s3"), os.environ[f"{PREFIX}BUCKET"]),
        look=lambda subject: investigate(aws, crew, clock, subject),
        clock=clock,
        region=os.environ["AWS_REGION"],
    )


if in_lambda():
    _desk()
