"""Nothing that reaches the alarm topic is lost: records the alarms that no remediation's subscription takes.

A subscription's filter on the message body takes neither metric-math nor composite alarms, nor what is no JSON. This function
is subscribed without a filter; it leaves to the remediations what is theirs and writes down the rest.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import SystemClock
from functions.adapters.dynamodb_journal import Journal
from functions.catalogue import load_all
from functions.core.alarm import Alarm, Kind
from functions.core.arn import parse_arn
from functions.core.decision import Decline
from functions.core.errors import InvalidEvent
from functions.core.normalise import normalise
from functions.core.trigger import MetricAlarm
from functions.wiring import PREFIX, in_lambda

logger = Logger(service="first-responder")


def lambda_handler(event: Any, context: Any) -> dict[str, int]:
    """Raises InvalidEvent for what cannot be understood: it ends in the dead-letter queue, whole."""
    here = parse_arn(context.invoked_function_arn, "the function's ARN")
    found = normalise(event, here, SystemClock().now(), context.aws_request_id)
    unclaimed = [alarm for alarm in found if isinstance(alarm, Alarm) and not taken_by_subscription(alarm)]
    recorded = [_record(_journal(), alarm) for alarm in unclaimed]
    for error in found:
        if isinstance(error, InvalidEvent):
            raise error
    return {"recorded": sum(recorded)}


def taken_by_subscription(alarm: Alarm) -> bool:
    """Whether a remediation's own subscription delivers this alarm: it filters on the one metric of a plain alarm."""
    triggers = [trigger for remediation in load_all() for trigger in remediation.triggers]
    plain = alarm.kind in (Kind.METRIC, Kind.DIMENSIONLESS)
    return plain and any(isinstance(trigger, MetricAlarm) and trigger.claims(alarm) for trigger in triggers)


def _record(journal: Journal, alarm: Alarm) -> bool:
    seen = f"no remediation answers this {alarm.kind.replace('_', ' ')} alarm ({alarm.state})"
    quiet = alarm.state != "ALARM"
    why = Decline(code="no_remediation", seen=seen, advice="Look at the alarm by hand", call_person=not quiet)
    return journal.record(alarm, "none", why, None)


@cache
def _journal() -> Journal:
    return Journal(Boto3Aws(SystemClock()).client("dynamodb"), os.environ[f"{PREFIX}TABLE"])


if in_lambda():
    _journal()
