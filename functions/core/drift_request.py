"""A person's request about drifts, checked. Whatever is wrong with it is one InvalidEvent naming the field."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.core.drift import Drift
from functions.core.errors import InvalidEvent
from functions.core.switch import LONGEST_NAME, LONGEST_REASON

_LONGEST = {"stack": 128, "resource": 2048, "property": 255, "by": LONGEST_NAME, "reason": LONGEST_REASON}
"""A stack's name has 128 characters at most (CloudFormation API reference, CreateStack)."""
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "list": ("stack",),
    "settle": ("stack", "resource", "property", "at", "by", "reason"),
}
_POSITION = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z#[\x21-\x7e]{1,200}#\d{3,}")
_NAMED = 10
"""So many of what there is are named to one who asks for something else."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListDrifts:
    """What is open, of one stack where it is named."""

    stack: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Settle:
    """Close an open drift as it was seen in the list, where `at` is its position."""

    stack: str
    resource: str
    property: str
    at: str
    by: str
    reason: str


def read_drift_request(event: object) -> ListDrifts | Settle:
    """Raises InvalidEvent."""
    verb, body = _checked(event)
    if verb == "list":
        return ListDrifts(stack=_line(body, "stack") if "stack" in body else None)
    which = {name: _line(body, name) for name in ("stack", "resource", "property")}
    return Settle(**which, at=_position(body), by=_line(body, "by"), reason=_line(body, "reason"))


def find_open(asked: Settle, drifts: Iterable[Drift]) -> Drift:
    """The open drift that is meant. Raises InvalidEvent naming the field from which on there is none, and what there is."""
    fields: tuple[tuple[str, Callable[[Drift], str]], ...] = (
        ("stack", lambda drift: drift.stack),
        ("resource", lambda drift: drift.resource),
        ("property", lambda drift: drift.property),
        ("at", Drift.position),
    )
    left = list(drifts)
    for name, value in fields:
        found = [drift for drift in left if value(drift) == getattr(asked, name)]
        if not found:
            raise InvalidEvent(name, getattr(asked, name), f"what is open: {_names([value(drift) for drift in left])}")
        left = found
    return left[0]


def overtaken(asked: Settle) -> InvalidEvent:
    """What is wrong with settling what somebody else settles or changes at the same moment."""
    return InvalidEvent("at", asked.at, "a drift that nobody else changes at this moment; list them again")


def _checked(event: object) -> tuple[str, Mapping[str, Any]]:
    """What is asked, and with which fields: only such as belong to it."""
    if not isinstance(event, Mapping):
        raise InvalidEvent("event", event, 'an object like {"drifts": "list"}')
    verb = event.get("drifts")
    if not isinstance(verb, str) or verb not in _FIELDS:
        raise InvalidEvent("drifts", verb, " | ".join(_FIELDS))
    unknown = sorted(str(name) for name in event if name not in ("drifts", *_FIELDS[verb]))
    if unknown:
        raise InvalidEvent(f"a field of {verb}", unknown[0], " | ".join(_FIELDS[verb]))
    return verb, event


def _line(body: Mapping[str, Any], name: str) -> str:
    value, longest = body.get(name), _LONGEST[name]
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= longest or not value.strip().isprintable():
        raise InvalidEvent(name, value, f"a text of 1 to {longest} characters in one line, without control characters")
    return value.strip()


def _position(body: Mapping[str, Any]) -> str:
    value = body.get("at")
    if not isinstance(value, str) or not _POSITION.fullmatch(value):
        raise InvalidEvent("at", value, "the position as it is listed, like 2026-11-23T12:00:00.000000Z#<run>#000")
    return value


def _names(found: Sequence[str]) -> str:
    """Each once, the first few."""
    names = list(dict.fromkeys(found))
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return " | ".join([*names[:_NAMED], *more]) or "nothing is"
