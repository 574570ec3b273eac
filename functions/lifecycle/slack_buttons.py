"""The buttons below an incident's message: which there are, and what is in them when they come back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.core.errors import InvalidEvent
from functions.core.incident.incident import Incident
from functions.core.proposal import Proposal
from functions.core.run import Run
from functions.lifecycle.slack_text import plain

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "acknowledge": ("incident",),
    "resolve": ("incident",),
    "approve": ("incident", "run", "plan"),
    "decline": ("incident", "run", "plan"),
    "undo": ("incident", "run"),
}
_LABELS = {
    "acknowledge": "Acknowledge",
    "resolve": "Resolve",
    "approve": "Approve",
    "decline": "Decline",
    "undo": "Undo",
}
_STYLES = {"approve": "primary", "decline": "danger", "undo": "danger"}
_ASK_AGAIN = {
    "approve": "First Responder looks again, and changes what is listed here only where the same plan comes out.",
    "undo": "First Responder takes back what this run has changed and nobody has changed since.",
    "resolve": "It is looked at first whether the trouble is over.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Pressed:
    """What a person has asked for. `run` and `plan` are empty where they do not belong to it."""

    verb: str
    incident: str
    run: str = ""
    plan: str = ""


def for_incident(incident: Incident) -> Sequence[Pressed]:
    """What can still be said of it."""
    if incident.resolved:
        return ()
    answered = incident.acknowledged is not None
    return [
        Pressed(verb=verb, incident=incident.id)
        for verb in ("acknowledge", "resolve")
        if verb == "resolve" or not answered
    ]


def for_proposal(proposal: Proposal) -> Sequence[Pressed]:
    """The two answers, bound to the plan that is shown above them."""
    which = {"incident": proposal.incident, "run": proposal.run, "plan": proposal.plan_hash}
    return [Pressed(verb=verb, **which) for verb in ("approve", "decline")]


def for_run(run: Run) -> Sequence[Pressed]:
    return [Pressed(verb="undo", incident=run.incident, run=run.id)]


def row(buttons: Sequence[Pressed]) -> Mapping[str, Any]:
    """A block of Block Kit, of one button at least."""
    return {"type": "actions", "elements": [_button(button) for button in buttons]}


def read_button(action: object) -> Pressed:
    """From an action of a `block_actions` payload. Raises InvalidEvent for what no button of ours says."""
    verb = action.get("action_id") if isinstance(action, Mapping) else None
    if not isinstance(action, Mapping) or not isinstance(verb, str) or verb not in _FIELDS:
        raise InvalidEvent("action", verb, " | ".join(_FIELDS))
    try:
        said = json.loads(action["value"])
    except (KeyError, TypeError, ValueError):
        said = None
    whole = isinstance(said, dict) and set(said) == set(_FIELDS[verb])
    if not whole or not all(isinstance(value, str) and 0 < len(value) <= 200 for value in said.values()):
        raise InvalidEvent("value", said, ", ".join(_FIELDS[verb]))
    return Pressed(verb=verb, **said)


def _button(button: Pressed) -> Mapping[str, Any]:
    value = json.dumps({name: getattr(button, name) for name in _FIELDS[button.verb]}, sort_keys=True)
    made: dict[str, Any] = {
        "type": "button",
        "action_id": button.verb,
        "text": plain(_LABELS[button.verb]),
        "value": value,
    }
    if button.verb in _STYLES:
        made["style"] = _STYLES[button.verb]
    if button.verb in _ASK_AGAIN:
        made["confirm"] = {
            "title": plain(f"{_LABELS[button.verb]}?"),
            "text": plain(_ASK_AGAIN[button.verb]),
            "confirm": plain(_LABELS[button.verb]),
            "deny": plain("Not now"),
        }
    return made
