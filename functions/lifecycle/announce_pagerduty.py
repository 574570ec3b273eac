"""PagerDuty: calls the person on call for what is urgent enough, and takes the call back when it is answered or over.

All pages of an incident have its id, by which they are one alert there. So a page whose answer was lost is sent again.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import SystemClock
from functions.adapters.dynamodb_delivery import DynamoDbDelivery
from functions.adapters.json_http import JsonHttp
from functions.adapters.json_secret import JsonSecret
from functions.adapters.pagerduty_events import SECRET_FIELDS, PagerDutyEvents
from functions.adapters.stored_secret import StoredSecret
from functions.core.incident.incident import Severity
from functions.core.incident.news import News, read_news
from functions.core.incident.pager import Page, Pager, Step
from functions.core.incident.ports import Delivery
from functions.core.printable import trimmed
from functions.core.remediation import Audience
from functions.wiring import PREFIX, in_lambda

PLACE = "pagerduty"
_STEPS = {"acknowledged": Step.ACKNOWLEDGE, "resolved": Step.RESOLVE}
_CALLED, _OVER = "called", "over"
_SUMMARY, _SHORT, _LONG = 1024, 200, 2000

logger = Logger(service="first-responder")


@dataclass(frozen=True, kw_only=True, slots=True)
class Switchboard:
    """The doors of this function. `pagers` by audience: what has none is not paged. `severities` are those that page."""

    pagers: Mapping[Audience, Pager]
    severities: frozenset[Severity]
    delivery: Delivery


def lambda_handler(event: Mapping[str, Any], context: Any) -> None:
    """Send one line. Raises what PagerDuty or the network raises: the queue gives it again, then puts it aside."""
    for record in event["Records"]:
        page_line(_switchboard(), read_news(record["body"]))


def page_line(board: Switchboard, news: News) -> None:
    """What is remembered is written before the page is sent: a call that may have been heard is taken back in the end, and one
    that comes after the end, out of a queue of what was put aside, wakes nobody up."""
    pager = board.pagers.get(news.audience)
    if pager is None or board.delivery.begin(PLACE, news.incident, news.id):
        return
    step, state = _step(news), board.delivery.state(PLACE, news.incident)
    wanted = _wanted(board, news, state)
    if wanted or step is Step.RESOLVE:
        board.delivery.keep(PLACE, news.incident, {**state, _OVER if step is Step.RESOLVE else _CALLED: True})
    if wanted:
        pager.send(page(news))
        logger.info("paged", extra={"incident": news.incident, "kind": news.kind})
    board.delivery.done(PLACE, news.incident, news.id, news.incident)


def _wanted(board: Switchboard, news: News, state: Mapping[str, Any]) -> bool:
    """A call begins at a severity that pages, and while the incident is not over; nothing is taken back that was not begun."""
    if _step(news) is Step.TRIGGER:
        return news.severity in board.severities and not state.get(_OVER)
    return bool(state.get(_CALLED))


def _step(news: News) -> Step:
    return _STEPS.get(news.kind, Step.TRIGGER)


def page(news: News) -> Page:
    """In plain text, each part cut to length."""
    said = {
        "what": news.text,
        "incident": news.incident,
        "kind": news.kind,
        "title": news.title,
        "service": news.service,
        "target": news.target,
        "remediation": news.remediation,
        "run": news.run,
        "take it on": f"./first-responder ack {news.incident}",
    }
    return Page(
        step=_step(news),
        incident=news.incident,
        severity=news.severity,
        at=news.at,
        summary=trimmed(f"[{news.severity}] {news.kind}: {trimmed(news.title, _SHORT)}: {news.text}", _SUMMARY),
        source=trimmed(news.target, _SHORT) or news.incident,
        component=trimmed(news.service, _SHORT),
        details={name: text for name, value in said.items() if (text := trimmed(value, _LONG))},
    )


@cache
def _switchboard() -> Switchboard:
    clock = SystemClock()
    aws = Boto3Aws(clock)
    said = json.loads(os.environ[f"{PREFIX}PAGERDUTY"])
    http, secrets = JsonHttp("PagerDuty", said["url"]), aws.client("secretsmanager")
    pagers: dict[Audience, Pager] = {
        Audience(audience): PagerDutyEvents(
            http, JsonSecret(StoredSecret(secrets, secret, clock), "the secret of PagerDuty", SECRET_FIELDS)
        )
        for audience, secret in said["secrets"].items()
    }
    return Switchboard(
        pagers=pagers,
        severities=frozenset(Severity(severity) for severity in said["severities"]),
        delivery=DynamoDbDelivery(aws.client("dynamodb"), os.environ[f"{PREFIX}TABLE"]),
    )


if in_lambda():
    _switchboard()
