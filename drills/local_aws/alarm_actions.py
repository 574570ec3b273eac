"""What an alarm does when its state changes: an event on the bus, SNS messages, direct invocations.

The event goes out whatever happens to the actions. Disabled actions are dropped; muted ones are run when the muting ends and
the alarm is still in that state (CloudWatch User Guide, How alarm mute rules work). Limits: SSM, EC2 and Auto Scaling actions
are only logged.
"""

import json
import logging
from typing import Any

from ministack.core.responses import AccountRegionScopedDict, new_uuid
from ministack.services import cloudwatch as cw
from ministack.services import eventbridge, sns

from drills.local_aws import alarm_messages, alarm_mutes, delivery

log = logging.getLogger("local_aws.alarms")
_muted: Any = AccountRegionScopedDict()


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
    _muted.pop(alarm["AlarmName"], None)
    if alarm_mutes.mutes(alarm["AlarmName"]):
        _muted[alarm["AlarmName"]] = (alarm, old_state, state, before)
    else:
        _run(alarm, old_state, state, before)


def unmute() -> None:
    """Run what was held back where no rule mutes it any more and the alarm is still in that state."""
    for name, held in list(_muted.items()):
        if alarm_mutes.mutes(name):
            continue
        _muted.pop(name, None)
        present = cw._alarms.get(name) or cw._composite_alarms.get(name)
        if present is not None and present["StateValue"] == held[2]["value"]:
            _run(present, *held[1:])


def _run(alarm: dict[str, Any], old_state: str, state: dict[str, Any], before: dict[str, Any]) -> None:
    if not alarm.get("ActionsEnabled", True):
        return
    field = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}[state["value"]]
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
