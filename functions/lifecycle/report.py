"""Takes what people and health checks report, and opens incidents by it. For who may invoke it: IAM is who lets them in.

Takes `{"report": {"service", "title", "what", "severity"?, "environment"?}, "by"}` or
`{"health_check": {"service", "check", "healthy", "what", "environment"?}, "by"}`. Answers `{"incident", "text"}`.
"""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import SystemClock
from functions.adapters.dynamodb_incidents import DynamoDbIncidents
from functions.adapters.runbook_files import due_by, severity_rules, time_rules
from functions.core.incident.opening import DueBy
from functions.core.incident.ports import Incidents
from functions.core.incident.report import read_report, receive
from functions.core.incident.severity import SeverityRules
from functions.core.ports import Clock
from functions.wiring import PREFIX, in_lambda

logger = Logger(service="first-responder")


@dataclass(frozen=True, kw_only=True, slots=True)
class Counter:
    """The doors of this function."""

    incidents: Incidents
    rules: SeverityRules
    due: DueBy
    clock: Clock


def lambda_handler(event: Any, context: Any) -> dict[str, str]:
    """Raises InvalidEvent for what is no report, naming the field."""
    return report(_counter(), event, context.aws_request_id)


def report(counter: Counter, event: Any, request: str) -> dict[str, str]:
    """One report, as JSON."""
    received = receive(read_report(event), request, counter.incidents, counter.rules, counter.due, counter.clock.now())
    logger.info("received", extra={"incident": received.incident})
    return asdict(received)


@cache
def _counter() -> Counter:
    clock = SystemClock()
    return Counter(
        incidents=DynamoDbIncidents(Boto3Aws(clock).client("dynamodb"), os.environ[f"{PREFIX}TABLE"]),
        rules=severity_rules(),
        due=due_by(time_rules(os.environ)),
        clock=clock,
    )


if in_lambda():
    _counter()
