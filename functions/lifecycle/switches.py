"""Sets, lifts and lists switches: stops and freeze windows. Invoked by hand or by `./first-responder`.

Takes `{"switch": "stop" | "freeze" | "lift" | "list" | "log", ...}`:
    stop    scope, reason, by
    freeze  scope, reason, by, starts (a time; now if left out), and either ends (a time) or for (90m, 6h, 2d)
    lift    scope as it is listed, reason, by
    list    nothing more
    log     since (a time; 31 days ago if left out)
Answers `{"text", "changes"}` where something was set or lifted, `{"switches"}` or `{"log"}` where it was asked for.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import SystemClock
from functions.adapters.dynamodb_switches import Switches
from functions.catalogue import names
from functions.core.arn import Arn, parse_arn
from functions.core.switch import Switch
from functions.core.switch_board import SwitchBoard
from functions.core.switch_change import SwitchChange, write_change
from functions.core.switch_record import write_switch
from functions.core.switch_request import Lift, ListChanges, ListSwitches, read_request
from functions.wiring import PREFIX, in_lambda

logger = Logger(service="first-responder")


def lambda_handler(event: Any, context: Any) -> dict[str, Any]:
    """Raises InvalidEvent for a request that cannot be carried out, and what DynamoDB raises: then the caller asks again."""
    here = parse_arn(context.invoked_function_arn, "the function's ARN")
    return answer(_switches(), event, here, SystemClock().now(), context.aws_request_id)


def answer(board: SwitchBoard, event: Any, here: Arn, now: datetime, request: str) -> dict[str, Any]:
    """Carry out one request, as JSON."""
    asked = read_request(event, here=here, remediations=names(), now=now)
    match asked:
        case ListSwitches():
            return {"switches": [_write(switch, now) for switch in board.all(now)]}
        case ListChanges():
            return {"log": [write_change(change) for change in board.log(asked.since)]}
        case Lift():
            lifted = board.lift(asked.scope, reason=asked.reason, by=asked.by, now=now, request=request)
            return _changed(lifted)
        case Switch():
            return _changed([board.set(asked, now=now, request=request)])


def _changed(changes: Sequence[SwitchChange]) -> dict[str, Any]:
    text = " ".join(change.text for change in changes)
    logger.info(text, extra={"changes": [write_change(change) for change in changes]})
    return {"text": text, "changes": [write_change(change) for change in changes]}


def _write(switch: Switch, now: datetime) -> dict[str, Any]:
    return {"scope": switch.scope, **write_switch(switch), "holds": switch.holds(now), "text": str(switch)}


@cache
def _switches() -> Switches:
    return Switches(Boto3Aws(SystemClock()).client("dynamodb"), os.environ[f"{PREFIX}TABLE"])


if in_lambda():
    _switches()
