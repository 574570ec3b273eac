"""A person's request about a review, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from functions.core.answer_request import one_line, read_name
from functions.core.errors import InvalidEvent

_FIELDS = ("incident", "by", "agreed")
_LONGEST_ID = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """Draft it again; and where `by` is said, that person has agreed it."""

    incident: str
    by: str = ""


def read_review_request(body: object) -> Asked:
    """From what stands in `review` of an event. Raises InvalidEvent naming the field."""
    if not isinstance(body, Mapping):
        raise InvalidEvent("review", body, 'an object like {"incident": "INC-20261123-0a1b2c3d"}')
    unknown = sorted(str(name) for name in body if name not in _FIELDS)
    if unknown:
        raise InvalidEvent("a field of review", unknown[0], " | ".join(_FIELDS))
    incident = one_line(body, "incident", _LONGEST_ID)
    if "agreed" not in body and "by" not in body:
        return Asked(incident=incident)
    if body.get("agreed") is not True:
        raise InvalidEvent("agreed", body.get("agreed"), "true, with by; leave both out to have it drafted again")
    return Asked(incident=incident, by=read_name(body))
