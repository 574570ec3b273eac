"""A person's request: `{"target": ARN, "reason": ..., "requested_by": ..., "mode": "observe", "parameters": {}}`.

With `"undo": {"incident": ..., "run": ...}` instead of the target it asks to take back what that run has changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from functions.core.alarm import Alarm, Kind, Request, Via
from functions.core.arn import Arn, parse_arn
from functions.core.errors import InvalidEvent, InvalidSetting
from functions.core.policy import Mode, read_mode

_FIELDS = {"target": 2048, "reason": 1000, "requested_by": 200, "mode": 20}
_MOST_PARAMETERS = 20
_UNDO = {"incident": 100, "run": 200}


def requested(body: Mapping[str, Any], here: Arn, now: datetime, delivery: str) -> Alarm:
    """The request as an alarm that goes the same way as any other. Without a mode it only observes.

    Raises InvalidEvent naming the field.
    """
    _only(body, "request", (*_FIELDS, "parameters"))
    target = parse_arn(_said(body, "target", _FIELDS["target"]), "target")
    request = replace(_request(body, str(target)), parameters=_parameters(body.get("parameters", {})))
    return _alarm(request, f"{target}#request-{delivery}", here, now)


def requested_undo(body: Mapping[str, Any], here: Arn, now: datetime, delivery: str) -> tuple[str, str, Alarm]:
    """Incident and run that are to be taken back, and the request. Raises InvalidEvent naming the field."""
    _only(body, "request", ("undo", *(name for name in _FIELDS if name != "target")))
    which = body["undo"]
    if not isinstance(which, Mapping):
        raise InvalidEvent("undo", which, "an object with the texts incident and run")
    _only(which, "undo", tuple(_UNDO))
    incident, run = (_said(which, name, longest) for name, longest in _UNDO.items())
    return incident, run, _alarm(_request(body, run), f"{incident}/{run}#undo-{delivery}", here, now)


def _only(body: Mapping[str, Any], field: str, allowed: tuple[str, ...]) -> None:
    unknown = sorted(str(name) for name in body if name not in allowed)
    if unknown:
        raise InvalidEvent(field, unknown[0], f"only the fields {', '.join(allowed)}")


def _parameters(said: object) -> dict[str, str]:
    """Texts by name; whether they are the remediation's is checked where its target is."""
    if not isinstance(said, Mapping) or len(said) > _MOST_PARAMETERS:
        raise InvalidEvent("parameters", said, f"an object of at most {_MOST_PARAMETERS} texts")
    return {str(name): _said(said, name, _FIELDS["reason"]) for name in said}


def _request(body: Mapping[str, Any], target: str) -> Request:
    reason, by = (_said(body, name, _FIELDS[name]) for name in ("reason", "requested_by"))
    return Request(target=target, reason=reason, requested_by=by, mode=_mode(body.get("mode", Mode.OBSERVE.value)))


def _alarm(request: Request, arn: str, here: Arn, now: datetime) -> Alarm:
    return Alarm(
        kind=Kind.MANUAL,
        via=Via.MANUAL,
        arn=arn,
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
