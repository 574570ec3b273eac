"""A person's word on an incident, checked and carried out once: taken on, mitigated, ended, more or less urgent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.core.answer_request import WORDS, one_line, read_name, read_reason
from functions.core.errors import InvalidEvent
from functions.core.incident.approvers import Approvers
from functions.core.incident.change import change
from functions.core.incident.incident import Incident, Severity
from functions.core.incident.opening import DueBy
from functions.core.incident.ports import Incidents
from functions.core.incident.turns import Turn, acknowledge, choose_severity, mitigate, note, resolve

_LONGEST_ID = 100
_ANY = ("incident", "by", "reason")
_FIELDS: Mapping[str, tuple[str, ...]] = {verb: (*_ANY, "severity") if verb == "severity" else _ANY for verb in WORDS}
_NEEDS_REASON = frozenset({"mitigate", "resolve_anyway"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """What a person says of which incident. `severity` is there for the verb of that name alone."""

    verb: str
    incident: str
    by: str
    reason: str
    severity: Severity | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """Whether it was carried out, and a sentence for the person. `code` says why not: not_allowed, nothing_new, joined."""

    taken: bool
    text: str
    code: str = ""


def read_word(event: Mapping[str, Any]) -> Word:
    """From `{"answer": verb, ...}`. Raises InvalidEvent naming the field."""
    verb = str(event["answer"])
    unknown = sorted(str(name) for name in event if name not in ("answer", *_FIELDS[verb]))
    if unknown:
        raise InvalidEvent(f"a field of {verb}", unknown[0], " | ".join(_FIELDS[verb]))
    reason = read_reason(event)
    if verb in _NEEDS_REASON and not reason:
        raise InvalidEvent("reason", reason, "why: who reads the review wants to know")
    severity = event.get("severity")
    if verb == "severity" and severity not in Severity.__members__:
        raise InvalidEvent("severity", severity, " | ".join(Severity))
    return Word(
        verb=verb,
        incident=one_line(event, "incident", _LONGEST_ID),
        by=read_name(event),
        reason=reason,
        severity=Severity(str(severity)) if verb == "severity" else None,
    )


def hear(word: Word, incidents: Incidents, approvers: Approvers, due: DueBy, now: datetime) -> Heard:
    """Carry it out, on the incident that people follow. Raises InvalidEvent for one that is not on record."""
    found = incidents.load(word.incident)
    if found is None:
        raise InvalidEvent("incident", word.incident, "an incident on record")
    if word.verb != "acknowledge" and not approvers.may_answer(word.by, found.service):
        names = ", ".join(approvers.of(found.service)) or "nobody"
        return Heard(taken=False, text=f"{word.by} may not answer for {found.service}; {names} may", code="not_allowed")
    turn = change(incidents, found.joined or found.id, lambda lead: _turn(word, lead, due, now))
    if not turn.new:
        return Heard(taken=False, text=_as_it_is(turn.incident), code="nothing_new")
    return Heard(taken=True, text=f"{turn.incident.id}: {turn.entries[0].text}")


def _turn(word: Word, incident: Incident, due: DueBy, now: datetime) -> Turn:
    because = f": {word.reason}" if word.reason else ""
    match word.verb:
        case "acknowledge":
            return acknowledge(incident, word.by, now)
        case "mitigate":
            return mitigate(incident, word.by, f"{word.by} says that it is over for now{because}", now)
        case "resolve_anyway":
            return resolve(incident, word.by, f"{word.by} has ended it without the checks{because}", now)
        case "resolve":
            text = f"{word.by} wants it ended{because}; it is looked at first"
            return note(incident, "resolve_requested", text, now) if not incident.resolved else Turn(incident)
    assert word.severity is not None
    at = due(word.severity, now)
    return choose_severity(incident, word.severity, word.by, now, at.response, at.resolution)


def _as_it_is(incident: Incident) -> str:
    taken = f", taken on by {incident.acknowledged.by}" if incident.acknowledged else ""
    return f"{incident.id} is {incident.status}{taken}, {incident.severity}: nothing to add"
