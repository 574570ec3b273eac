"""A person's request about switches, checked. Whatever is wrong with it is one InvalidEvent naming the field."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from functions.core.arn import Arn
from functions.core.errors import InvalidEvent, InvalidSetting
from functions.core.normalise import read_time
from functions.core.policy import read_duration
from functions.core.switch import LONGEST_FREEZE, LONGEST_NAME, LONGEST_REASON, Switch, SwitchKind, show
from functions.core.switch_scope import read_scope

_WHO_AND_WHY = ("scope", "reason", "by")
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "stop": _WHO_AND_WHY,
    "freeze": (*_WHO_AND_WHY, "starts", "ends", "for"),
    "lift": _WHO_AND_WHY,
    "list": (),
    "log": ("since",),
}
_LONGEST_SCOPE = 4096
_PLANNED_AHEAD = timedelta(days=366)
_LOG_GOES_BACK = timedelta(days=31)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lift:
    """Take back the switch on a scope, as it is spelled on the record."""

    scope: str
    reason: str
    by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ListSwitches:
    """What holds and what will hold."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListChanges:
    """What was set and lifted since then."""

    since: datetime


def read_request(
    event: object, *, here: Arn, remediations: Collection[str], now: datetime
) -> Switch | Lift | ListSwitches | ListChanges:
    """A `Switch` is one that is to be set. Raises InvalidEvent."""
    verb, body = _checked(event)
    if verb == "list":
        return ListSwitches()
    if verb == "log":
        return ListChanges(since=_time(body, "since", now - _LOG_GOES_BACK))
    who = {"reason": _said(body, "reason", LONGEST_REASON), "by": _said(body, "by", LONGEST_NAME)}
    if verb == "lift":
        return Lift(scope=_said(body, "scope", _LONGEST_SCOPE), **who)
    scope = read_scope(body.get("scope"), here=here, remediations=remediations)
    starts, ends = _window(body, now) if verb == "freeze" else (None, None)
    return Switch(kind=SwitchKind(verb), scope=scope, **who, since=now, starts=starts, ends=ends)


def _checked(event: object) -> tuple[str, Mapping[str, Any]]:
    """What is asked, and with which fields: only such as belong to it."""
    if not isinstance(event, Mapping):
        raise InvalidEvent("event", event, 'an object like {"switch": "list"}')
    verb = event.get("switch")
    if not isinstance(verb, str) or verb not in _FIELDS:
        raise InvalidEvent("switch", verb, " | ".join(_FIELDS))
    unknown = sorted(str(name) for name in event if name not in ("switch", *_FIELDS[verb]))
    if unknown:
        raise InvalidEvent(f"a field of {verb}", unknown[0], " | ".join(_FIELDS[verb]) or "none besides switch")
    return verb, event


def _window(event: Mapping[str, Any], now: datetime) -> tuple[datetime, datetime]:
    starts = _time(event, "starts", now)
    if starts > now + _PLANNED_AHEAD:
        raise InvalidEvent("starts", show(starts), f"not later than {show(now + _PLANNED_AHEAD)}")
    if ("ends" in event) == ("for" in event):
        given = {name: event[name] for name in ("ends", "for") if name in event}
        raise InvalidEvent("the freeze's end", given, "one of ends (a time) and for (a duration)")
    ends = _time(event, "ends", now) if "ends" in event else starts + _duration(event["for"])
    if not max(starts, now) < ends <= starts + LONGEST_FREEZE:
        bounds = f"later than {show(max(starts, now))} and not later than {show(starts + LONGEST_FREEZE)}"
        raise InvalidEvent("ends" if "ends" in event else "for", show(ends), bounds)
    return starts, ends


def _said(event: Mapping[str, Any], name: str, longest: int) -> str:
    value = event.get(name)
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= longest or not value.strip().isprintable():
        raise InvalidEvent(name, value, f"a text of 1 to {longest} characters in one line, without control characters")
    return value.strip()


def _time(event: Mapping[str, Any], name: str, otherwise: datetime) -> datetime:
    try:
        return read_time(event[name], name) if name in event else otherwise
    except OverflowError:
        raise InvalidEvent(name, event[name], "a time in the years 1 to 9999") from None


def _duration(text: object) -> timedelta:
    try:
        return read_duration(text if isinstance(text, str) else repr(text), "for")
    except InvalidSetting as error:
        raise InvalidEvent("for", text, error.allowed) from None
