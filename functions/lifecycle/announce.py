"""Calls a person: hangs on the table's stream and passes timeline entries that ask for one on to the people's topic.

Everything that strangers wrote goes into the plain text of the message, cut and stripped of control characters; never into
its subject or its attributes.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import SystemClock
from functions.adapters.dynamodb_table import from_item
from functions.lifecycle.invitation import Links, invitation, links_of
from functions.wiring import PREFIX, in_lambda

_LONGEST = 2000

logger = Logger(service="first-responder")


def lambda_handler(event: Mapping[str, Any], context: Any) -> None:
    """Publish one message per entry. Raises what SNS raises: the stream tries again, then hands it to the dead-letter queue."""
    for record in event["Records"]:
        item = from_item(record["dynamodb"].get("NewImage", {}))
        if item.get("call_person"):
            text = message(item, _links())
            _sns().publish(TopicArn=os.environ[f"{PREFIX}PEOPLE_TOPIC"], Subject=subject(item), Message=text)
            logger.info("called a person", extra={"incident": item.get("incident"), "kind": item.get("kind")})


def subject(item: Mapping[str, Any]) -> str:
    """At most 100 characters, of our own words only."""
    return f"First Responder: {item.get('kind')} {item.get('incident', '')}".strip()[:100]


def message(item: Mapping[str, Any], links: Links | None = None) -> str:
    """What happened to what, in plain text; and how to answer where something is proposed."""
    lines = {
        "What": item.get("text"),
        "Target or alarm": item.get("target"),
        "Remediation": item.get("remediation"),
        "Incident": item.get("incident"),
        "Run": item.get("run"),
        "When": item.get("at"),
        **invitation(item, links),
    }
    return "\n".join(f"{name}: {_printable(value)}" for name, value in lines.items() if value)


def _printable(value: object) -> str:
    return "".join(char if char.isprintable() else " " for char in str(value))[:_LONGEST]


@cache
def _sns() -> Any:
    return Boto3Aws(SystemClock()).client("sns")


@cache
def _links() -> Links | None:
    return links_of(os.environ)


if in_lambda():
    _sns()
    _links()
