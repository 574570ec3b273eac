"""No alarm in reach is lost: writes down those that no remediation takes, and what AWS Health says.

It hears of every alarm of the account by a rule, and of every message of the alarm topic without a filter (a subscription's
filter on the body takes neither metric-math nor composite alarms, nor what is no JSON). What is a remediation's it leaves to it.
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
from functions.core.alarm import Alarm, Kind, Via
from functions.core.arn import parse_arn
from functions.core.decision import Decline
from functions.core.errors import InvalidEvent
from functions.core.normalise import normalise
from functions.core.trigger import MetricAlarm
from functions.wiring import PREFIX, in_lambda

HEALTH = "aws.health"
_ISSUE = "issue"

logger = Logger(service="first-responder")


def lambda_handler(event: Any, context: Any) -> dict[str, int]:
    """Raises InvalidEvent for what cannot be understood: it ends in the dead-letter queue, whole."""
    here = parse_arn(context.invoked_function_arn, "the function's ARN")
    found = normalise(event, here, SystemClock().now(), context.aws_request_id)
    unclaimed = [alarm for alarm in found if isinstance(alarm, Alarm) and not taken(alarm)]
    recorded = [_record(_journal(), alarm) for alarm in unclaimed]
    for error in found:
        if isinstance(error, InvalidEvent):
            raise error
    return {"recorded": sum(recorded)}


def taken(alarm: Alarm) -> bool:
    """Whether a remediation gets this one the same way: by its rules, or by its subscription, which takes plain alarms alone."""
    triggers = [trigger for remediation in load_all() for trigger in remediation.triggers]
    if alarm.via is Via.SNS and alarm.kind not in (Kind.METRIC, Kind.DIMENSIONLESS):
        return False
    kinds = (MetricAlarm,) if alarm.via is Via.SNS else object
    return any(isinstance(trigger, kinds) and trigger.claims(alarm) for trigger in triggers)


def _record(journal: Journal, alarm: Alarm) -> bool:
    why = _of_health(alarm) if alarm.source == HEALTH else _of_alarm(alarm)
    return journal.record(alarm, "none", why, None)


def _of_alarm(alarm: Alarm) -> Decline:
    seen = f"no remediation answers this {alarm.kind.replace('_', ' ')} alarm ({alarm.state})"
    quiet = alarm.state != "ALARM" or alarm.suppressed_by is not None
    return Decline(code="no_remediation", seen=seen, advice="Look at the alarm by hand", call_person=not quiet)


def _of_health(alarm: Alarm) -> Decline:
    """AWS Health User Guide, "AWS Health events Amazon EventBridge schema": only an issue is trouble now."""
    said = alarm.detail
    category = said.get("eventTypeCategory", "")
    seen = f"AWS Health reports {said.get('eventTypeCode', 'an event')} of {said.get('service', 'AWS')} ({category or 'unknown'})"
    over = said.get("statusCode") == "closed"
    advice = "Read the event in the AWS Health Dashboard before anything is changed in this Region"
    return Decline(code="aws_health", seen=seen, advice=advice, call_person=category == _ISSUE and not over)


@cache
def _journal() -> Journal:
    return Journal(Boto3Aws(SystemClock()).client("dynamodb"), os.environ[f"{PREFIX}TABLE"])


if in_lambda():
    _journal()
