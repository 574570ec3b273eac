"""What an alarm does when its state changes: an event on the bus, SNS messages, direct invocations.

The event goes out whatever happens to the actions. Limits: SSM, EC2 and Auto Scaling actions are only logged.
"""

import json
import logging
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services import eventbridge, sns

from drills.local_aws import alarm_messages, delivery

log = logging.getLogger("local_aws.alarms")


def act(alarm: dict[str, Any], old_state: str, new_state: str, reason: str) -> None:
    """Everything the outside world hears of a transition."""
    before = alarm_messages.previous(alarm, old_state)
    state = alarm_messages.remember(alarm)
    log.info("%s: %s -> %s (%s)", alarm["AlarmName"], old_state, new_state, reason)
    eventbridge._put_events(
        {
            "Entries": [
                {
                    "Source": "aws.cloudwatch",
                    "DetailType": "CloudWatch Alarm State Change",
                    "Resources": [alarm["AlarmArn"]],
                    "Detail": json.dumps(alarm_messages.data(alarm, state, before)),
                }
            ]
        },
        allow_aws_source=True,
    )
    if not alarm.get("ActionsEnabled", True):
        return
    field = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}[new_state]
    for action in alarm.get(field) or []:
        if ":sns:" in action:
            sns._fanout(
                action,
                new_uuid(),
                json.dumps(alarm_messages.notification(alarm, old_state)),
                alarm_messages.subject(alarm),
            )
        elif ":lambda:" in action:
            delivery.enqueue(
                delivery.Delivery(
                    action,
                    alarm_messages.direct(alarm, state, before),
                    origin={"service": "lambda.alarms.cloudwatch.amazonaws.com", "source_arn": alarm["AlarmArn"]},
                )
            )
        else:
            log.info("%s: action %s is not simulated", alarm["AlarmName"], action)
