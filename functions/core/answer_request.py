"""A person's request about proposals, checked. Whatever is wrong with it is one InvalidEvent naming the field."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.core.approval import Said
from functions.core.errors import InvalidEvent
from functions.core.switch import LONGEST_NAME, LONGEST_REASON

_ANSWER = ("incident", "run", "plan", "by", "reason")
_FIELDS: Mapping[str, tuple[str, ...]] = {
    "approve": _ANSWER,
    "decline": _ANSWER,
    "show": ("incident", "run"),
    "list": (),
    "incident": ("incident",),
    "incidents": (),
}
WORDS = ("acknowledge", "mitigate", "resolve", "resolve_anyway", "severity")
"""What a person can say of an incident, see core/incident/answers.py."""
_LONGEST = {"incident": 100, "run": 200}
_HASH = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowProposal:
    """The proposal of one run."""

    incident: str
    run: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ListProposals:
    """All that wait."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ShowIncident:
    """The whole story of one incident."""

    incident: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ListIncidents:
    """All that are not resolved."""


Asked = Said | ShowProposal | ListProposals | ShowIncident | ListIncidents


def read_answer_request(event: object) -> Asked:
    """A `Said` is an answer that is to be taken. Raises InvalidEvent."""
    verb, body = _checked(event)
    if verb == "list":
        return ListProposals()
    if verb == "incidents":
        return ListIncidents()
    if verb == "incident":
        return ShowIncident(incident=one_line(body, "incident", _LONGEST["incident"]))
    which = {name: one_line(body, name, longest) for name, longest in _LONGEST.items()}
    if verb == "show":
        return ShowProposal(**which)
    said_by, reason = read_name(body), read_reason(body)
    return Said(**which, plan_hash=_hash(body), approves=verb == "approve", by=said_by, reason=reason)


def read_name(body: Mapping[str, Any]) -> str:
    """Who answers, from the field `by`. Raises InvalidEvent."""
    return one_line(body, "by", LONGEST_NAME)


def read_reason(body: Mapping[str, Any]) -> str:
    """Why, from the field `reason`; nothing needs to be said. Raises InvalidEvent."""
    return "" if body.get("reason", "") == "" else one_line(body, "reason", LONGEST_REASON)


def _checked(event: object) -> tuple[str, Mapping[str, Any]]:
    """What is asked, and with which fields: only such as belong to it."""
    if not isinstance(event, Mapping):
        raise InvalidEvent("event", event, 'an object like {"answer": "list"}')
    verb = event.get("answer")
    if not isinstance(verb, str) or verb not in _FIELDS:
        raise InvalidEvent("answer", verb, " | ".join([*_FIELDS, *WORDS]))
    unknown = sorted(str(name) for name in event if name not in ("answer", *_FIELDS[verb]))
    if unknown:
        raise InvalidEvent(f"a field of {verb}", unknown[0], " | ".join(_FIELDS[verb]) or "none besides answer")
    return verb, event


def one_line(body: Mapping[str, Any], name: str, longest: int) -> str:
    """A text in one line. Raises InvalidEvent naming the field."""
    value = body.get(name)
    if not isinstance(value, str) or not 1 <= len(value.strip()) <= longest or not value.strip().isprintable():
        raise InvalidEvent(name, value, f"a text of 1 to {longest} characters in one line, without control characters")
    return value.strip()


def _hash(body: Mapping[str, Any]) -> str:
    value = body.get("plan")
    if not isinstance(value, str) or not _HASH.fullmatch(value):
        raise InvalidEvent("plan", value, "the hash of the plan that was shown, 16 hexadecimal digits")
    return value
