"""Tickets: one for each incident, kept up to date and closed with it, and one for each piece of work that it leaves behind.

The tracker is asked before a ticket is made, whichever line it is: one whose making was cut short is found again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import SystemClock
from functions.adapters.dynamodb_delivery import DynamoDbDelivery
from functions.adapters.jira_issues import SECRET_FIELDS, JiraIssues, Project
from functions.adapters.json_http import JsonHttp
from functions.adapters.json_secret import JsonSecret
from functions.adapters.ops_items import OpsItems
from functions.adapters.stored_secret import StoredSecret
from functions.core.incident.incident import Severity
from functions.core.incident.news import News, read_news
from functions.core.incident.ports import Delivery
from functions.core.incident.tracker import Draft, Ticket, Tracker
from functions.core.printable import trimmed
from functions.core.remediation import Audience
from functions.wiring import PREFIX, in_lambda

PLACE = "ticket"
_OWN = ("ticket", "action_item")
"""Kinds of lines that are work of their own; it stays open when the incident is over."""
_NONE = "none"
"""Stands for a ticket where a line needed none."""
_TITLE, _SHORT, _LONG = 200, 250, 1000
_BY_HAND = "The workflow of this ticket leaves its closing to a person"

logger = Logger(service="first-responder")


@dataclass(frozen=True, kw_only=True, slots=True)
class Office:
    """The doors of this function. `trackers` by audience: what has none gets no ticket. `severities` are those of incidents that
    get one."""

    trackers: Mapping[Audience, Tracker]
    severities: frozenset[Severity]
    delivery: Delivery


def lambda_handler(event: Mapping[str, Any], context: Any) -> None:
    """File one line. Raises what the tracker or the network raises: the queue gives it again, then puts it aside."""
    for record in event["Records"]:
        file_line(_office(), read_news(record["body"]))


def file_line(office: Office, news: News) -> None:
    """What is kept of an incident is `key` and `url` of its ticket, once it has one, and `others`: those of its own tickets."""
    tracker = office.trackers.get(news.audience)
    if tracker is None or office.delivery.begin(PLACE, news.incident, news.id):
        return
    filed = _own(office, tracker, news) if news.kind in _OWN else _of_incident(office, tracker, news)
    office.delivery.done(PLACE, news.incident, news.id, filed.key if filed else _NONE)
    logger.info("filed", extra={"incident": news.incident, "kind": news.kind, "ticket": filed.key if filed else _NONE})


def _own(office: Office, tracker: Tracker, news: News) -> Ticket:
    state = office.delivery.state(PLACE, news.incident)
    ticket = _found_or_made(tracker, _draft(news, news.id, trimmed(news.text, _TITLE) or news.kind, _ticket_in(state)))
    others = [other for other in state.get("others", []) if other["key"] != ticket.key]
    kept = {**state, "others": [*others, {**asdict(ticket), "kind": news.kind}]}
    office.delivery.keep(PLACE, news.incident, kept)
    return ticket


def _of_incident(office: Office, tracker: Tracker, news: News) -> Ticket | None:
    """None where the incident has no ticket and needs none."""
    state = office.delivery.state(PLACE, news.incident)
    ticket = _ticket_in(state)
    if ticket is None:
        if news.kind not in ("opened", "severity") or news.severity not in office.severities:
            return None
        title = f"{news.incident}: {news.title}"
        ticket = _found_or_made(tracker, _draft(news, news.incident, trimmed(title, _TITLE), None))
        office.delivery.keep(PLACE, news.incident, {**state, **asdict(ticket)})
    _update(tracker, ticket, news)
    return ticket


def _update(tracker: Tracker, ticket: Ticket, news: News) -> None:
    """All of it may be repeated. A ticket that people have opened again after the end is left open by the review."""
    text = trimmed(news.text, _LONG) or news.kind
    if news.kind == "severity":
        tracker.rate(ticket, news.severity)
    elif news.kind == "resolved" and not tracker.close(ticket):
        text = f"{text}. {_BY_HAND}"
    if news.kind != "opened":
        tracker.note(ticket, news.id, news.kind, text)


def _found_or_made(tracker: Tracker, draft: Draft) -> Ticket:
    return tracker.find(draft.key) or tracker.create(draft)


def _draft(news: News, key: str, title: str, parent: Ticket | None) -> Draft:
    """A new severity is told by a note, also on the ticket that it has led to."""
    said = {
        "Incident": f"{news.incident} ({news.severity})",
        "What": trimmed(news.text, _LONG) if news.kind != "severity" else "",
        "Title": trimmed(news.title, _SHORT),
        "Service": trimmed(news.service, _SHORT),
        "Target": trimmed(news.target, _SHORT),
        "Remediation": trimmed(news.remediation, _SHORT),
        "Run": trimmed(news.run, _SHORT),
        "When": news.at.isoformat(timespec="seconds"),
    }
    facts = {name: text for name, text in said.items() if text}
    return Draft(key=key, incident=news.incident, severity=news.severity, title=title, facts=facts, parent=parent)


def _ticket_in(state: Mapping[str, Any]) -> Ticket | None:
    return Ticket(key=state["key"], url=state["url"]) if "key" in state else None


@cache
def _office() -> Office:
    clock = SystemClock()
    aws, said = Boto3Aws(clock), json.loads(os.environ[f"{PREFIX}TICKET"])
    return Office(
        trackers={Audience.OPERATIONS: OpsItems(aws.client("ssm"))}
        if said["system"] == "opscenter"
        else _jira(aws, clock, said),
        severities=frozenset(Severity(severity) for severity in said["severities"]),
        delivery=DynamoDbDelivery(aws.client("dynamodb"), os.environ[f"{PREFIX}TABLE"]),
    )


def _jira(aws: Boto3Aws, clock: SystemClock, said: Mapping[str, Any]) -> dict[Audience, Tracker]:
    stored = StoredSecret(aws.client("secretsmanager"), said["secret"], clock)
    http, secret = JsonHttp("Jira", said["url"]), JsonSecret(stored, "the secret of Jira", SECRET_FIELDS)
    return {
        Audience(audience): JiraIssues(
            http, secret, Project(url=said["url"], key=key, issue_type=said["issue_type"], done=said["done"])
        )
        for audience, key in said["projects"].items()
    }


if in_lambda():
    _office()
