"""Mail, and whatever else subscribes to the topics: one topic for each severity, and one of its own for security.

Everything that strangers wrote goes into the plain text of the message, cut and stripped of control characters; never into
its subject or its attributes.
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
from functions.core.incident.news import News, read_news
from functions.core.incident.ports import Delivery
from functions.core.printable import visible
from functions.core.remediation import Audience
from functions.lifecycle.invitation import Links, invitation, links_of
from functions.wiring import PREFIX, in_lambda

PLACE = "mail"
_LONGEST = 2000

logger = Logger(service="first-responder")


@dataclass(frozen=True, kw_only=True, slots=True)
class Post:
    """The doors of this function. `topics` are ARNs by severity, and one by the name of the audience that reads security."""

    sns: Any
    topics: Mapping[str, str]
    delivery: Delivery
    links: Links | None


def lambda_handler(event: Mapping[str, Any], context: Any) -> None:
    """Publish one line. Raises what SNS raises: the queue gives it again, then puts it aside."""
    for record in event["Records"]:
        post_line(_post(), read_news(record["body"]))


def post_line(post: Post, news: News) -> None:
    """SNS cannot be asked what it has sent: where an earlier try died on the way, the line is sent again and says so. A second
    mail is better than none."""
    begun = post.delivery.begin(PLACE, news.incident, news.id)
    if begun:
        return
    again = "(perhaps again) " if begun == "" else ""
    topic = post.topics[Audience.SECURITY if news.audience is Audience.SECURITY else news.severity]
    sent = post.sns.publish(TopicArn=topic, Subject=f"{again}{subject(news)}"[:100], Message=message(news, post.links))
    post.delivery.done(PLACE, news.incident, news.id, sent["MessageId"])
    logger.info("mailed", extra={"incident": news.incident, "kind": news.kind})


def subject(news: News) -> str:
    """At most 100 characters, of our own words only."""
    return f"[{news.severity}] {news.incident} {news.kind}"[:100]


def message(news: News, links: Links | None = None) -> str:
    """What happened to what, in plain text; and how to answer."""
    lines = {
        "What": news.text,
        "Incident": f"{news.incident} ({news.severity}, {news.status})",
        "Title": news.title,
        "Service": news.service,
        "Target": news.target,
        "Remediation": news.remediation,
        "Run": news.run,
        "When": news.at.isoformat(timespec="seconds"),
        "Take it on": f"./first-responder ack {news.incident}" if news.status == "open" else "",
        **invitation({"kind": news.kind, "incident": news.of, "run": news.run}, links),
    }
    return "\n".join(f"{name}: {_printable(value)}" for name, value in lines.items() if value)


def _printable(value: object) -> str:
    return visible(value)[:_LONGEST]


@cache
def _post() -> Post:
    aws = Boto3Aws(SystemClock())
    return Post(
        sns=aws.client("sns"),
        topics=json.loads(os.environ[f"{PREFIX}TOPICS"]),
        delivery=DynamoDbDelivery(aws.client("dynamodb"), os.environ[f"{PREFIX}TABLE"]),
        links=links_of(os.environ),
    )


if in_lambda():
    _post()
