"""Lists what our changes make resources differ in from their templates, and settles it. Invoked by hand or by `./first-responder`.

Takes `{"drifts": "list" | "settle", ...}`:
    list    stack (all of them if left out)
    settle  stack, resource, property and at as they are listed, by, reason: the template says now what is in effect
Answers `{"drifts"}` to list: `old` is the template's value, `new` the one in effect, `patch` what to change in the synthesised
template as JSON Patch (RFC 6902), empty where it is not known, `line` the same for people, `at` when and by which step. Answers
`{"text", "settled"}` to settle.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import datetime
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import SystemClock
from functions.adapters.dynamodb_drifts import Drifts
from functions.core.drift import Drift, open_drifts
from functions.core.drift_request import ListDrifts, Settle, find_open, overtaken, read_drift_request
from functions.core.template_patch import template_line, template_patch
from functions.wiring import PREFIX, in_lambda

_LISTED = ("stack", "stack_id", "logical_id", "resource", "resource_type", "property", "old", "new", "incident", "run")

logger = Logger(service="first-responder")


def lambda_handler(event: Any, context: Any) -> dict[str, Any]:
    """Raises InvalidEvent for a request that cannot be carried out, and what DynamoDB raises: then the caller asks again."""
    return answer(_drifts(), event, SystemClock().now())


def answer(ledger: Drifts, event: Any, now: datetime) -> dict[str, Any]:
    """Carry out one request, as JSON."""
    asked = read_drift_request(event)
    match asked:
        case ListDrifts():
            found = open_drifts(ledger.rows((asked.stack,) if asked.stack else ()))
            return {"drifts": [_write(drift) for drift in found]}
        case Settle():
            return _settle(ledger, asked, now)


def _settle(ledger: Drifts, asked: Settle, now: datetime) -> dict[str, Any]:
    seen = find_open(asked, open_drifts(ledger.rows()))
    if not ledger.settle(seen, by=asked.by, reason=asked.reason, at=now):
        raise overtaken(asked)
    settled = {**asdict(asked), "settled_at": now.isoformat()}
    text = f"{asked.by} settled {asked.property} of {asked.resource} in {asked.stack}: {asked.reason}"
    logger.info(text, extra={"settled": settled})
    return {"text": text, "settled": settled}


def _write(drift: Drift) -> dict[str, Any]:
    listed = {name: getattr(drift, name) for name in _LISTED}
    return {**listed, "at": drift.position(), "patch": template_patch(drift), "line": template_line(drift)}


@cache
def _drifts() -> Drifts:
    return Drifts(Boto3Aws(SystemClock()).client("dynamodb"), os.environ[f"{PREFIX}TABLE"])


if in_lambda():
    _drifts()
