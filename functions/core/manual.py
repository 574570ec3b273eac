"""A person's request: `{"target": ARN, "reason": ..., "requested_by": ..., "mode": "observe"}`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.core.alarm import Alarm, Kind, Request, Via
from functions.core.arn import Arn, parse_arn
from functions.core.errors import InvalidEvent, InvalidSetting
from functions.core.policy import Mode, read_mode

_FIELDS = {"target": 2048, "reason": 1000, "requested_by": 200, "mode": 20}


def requested(body: Mapping[str, Any], here: Arn, now: datetime, delivery: str) -> Alarm:
    """The request as an alarm that goes the same way as any other. Without a mode it only observes.

    Raises InvalidEvent naming the field.
    """
    unknown = sorted(str(name) for name in body if name not in _FIELDS)
    if unknown:
        raise InvalidEvent("request", unknown[0], f"only the fields {', '.join(_FIELDS)}")
    said = {name: _said(body, name, longest) for name, longest in _FIELDS.items() if name != "mode"}
    target = parse_arn(said["target"], "target")
    request = Request(**said, mode=_mode(body.get("mode", Mode.OBSERVE.value)))
    return Alarm(
        kind=Kind.MANUAL,
        via=Via.MANUAL,
        arn=f"{target}#request-{delivery}",
        name=f"request by {request.requested_by}",
        account=here.account,
        region=here.region,
        partition=here.partition,
        state="ALARM",
        at=now,
        reason=request.reason,
        request=request,
    )


def _said(body: Mapping[str, Any], name: str, longest: int) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise InvalidEvent(name, value, f"a text of 1 to {longest} characters")
    return value


def _mode(value: object) -> Mode:
    try:
        return read_mode(value if isinstance(value, str) else repr(value), "mode")
    except InvalidSetting as error:
        raise InvalidEvent("mode", value, error.allowed) from None
