"""The widget's HTML: open incidents with their newest lines, and buttons that answer. Whatever others wrote is cut and escaped.

CloudWatch takes scripts out and gives `cwdb-action` its meaning: it stands right behind the element that is clicked, asks for
confirmation, calls the function in `endpoint` with the JSON in it, and shows what that answers
(AWS: "Interactivity in the custom widget in CloudWatch").
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from functions.core.incident.incident import Incident
from functions.core.incident.ports import Line, Story
from functions.core.printable import printable
from functions.core.proposal import Change, Proposal
from functions.core.switch import LONGEST_NAME, LONGEST_REASON, show

_LONGEST, _LONGEST_OF_PLAN = 300, 2000
"""Characters: a line is a glance, and whoever answers reads all of what a plan says."""
_NEWEST = 6
"""Lines of a timeline: the widget is a glance, `./first-responder show` tells all."""
_OF_JOINERS = ("opened", "follows")
"""Said by the line that another incident has joined."""
_STYLE = """<style>
.fr { font: 13px/1.45 system-ui, sans-serif; overflow-wrap: anywhere; }
.fr h3 { font-size: 14px; margin: 0 0 2px; } .fr section { border-top: 1px solid #8886; padding: 10px 0; }
.fr table { border-collapse: collapse; } .fr td.k { white-space: nowrap; } .fr td { padding: 1px 10px 1px 0; vertical-align: top; }
.fr .p { font-weight: 700; padding: 1px 7px; border-radius: 3px; color: #fff; background: #5f6b7a; margin-right: 6px; }
.fr .P1 { background: #b3261e; } .fr .P2 { background: #a85b00; }
.fr .dim { opacity: .75; } .fr .late, .fr .none { color: #d13212; font-weight: 600; }
.fr .plan { border-left: 3px solid #0972d3; padding-left: 10px; margin: 8px 0; } .fr label { margin-right: 14px; }
</style>"""
_DONE = '<p class="dim">Refresh the dashboard to see it here.</p>'


@dataclass(frozen=True, kw_only=True, slots=True)
class Glance:
    """What the widget shows. `more` incidents have no room; `hidden` ones are for security alone."""

    stories: Sequence[Story]
    proposals: Sequence[Proposal]
    more: int
    hidden: int
    now: datetime


def widget(glance: Glance, endpoint: str, typed: Mapping[str, str]) -> str:
    """`endpoint` is the ARN of the function that takes answers; `typed` is what stands in the form, to be there again."""
    stories = "".join(_story(story, glance, endpoint) for story in glance.stories)
    return (
        f'{_STYLE}<div class="fr">{_form(typed) if glance.stories else ""}'
        f"{stories or '<p>No incident is open.</p>'}{_rest(glance)}</div>"
    )


def answered(text: str) -> str:
    """An answer was taken."""
    return f'{_STYLE}<div class="fr"><p>{_text(text)}.</p>{_DONE}</div>'


def refused(text: str) -> str:
    """An answer was not taken, and why."""
    return f'{_STYLE}<div class="fr"><p class="none">Not done: {_text(text)}</p></div>'


def _form(typed: Mapping[str, str]) -> str:
    fields = (("by", "Your name", LONGEST_NAME), ("reason", "Reason", LONGEST_REASON))
    inputs = "".join(
        f'<label>{label} <input name="{name}" maxlength="{longest}" value="{_text(typed.get(name, ""))}"></label>'
        for name, label, longest in fields
    )
    return f"<form><p>{inputs}</p></form>"


def _story(story: Story, glance: Glance, endpoint: str) -> str:
    incident = story.incident
    ids = {incident.id, *incident.joiners}
    told = [line for line in story.lines if line.incident == incident.id or line.kind not in _OF_JOINERS]
    lines = "".join(_line(line) for line in told[-_NEWEST:])
    proposals = [proposal for proposal in glance.proposals if proposal.incident in ids]
    return (
        f'<section><h3><span class="p {incident.severity}">{incident.severity}</span>{_text(incident.title)}</h3>'
        f'<p class="dim">{_text(incident.id)} &middot; {incident.status} &middot; {_text(incident.service)} &middot; '
        f"since {show(incident.opened_at)} &middot; {_response(incident, glance.now)}</p>"
        f"<table>{lines}</table>{''.join(_proposal(proposal, endpoint) for proposal in proposals)}"
        f"<p>{_buttons(incident, endpoint)}</p></section>"
    )


def _line(line: Line) -> str:
    at, kind = f"{line.at:%m-%d %H:%M:%S}", _text(line.kind)
    return f'<tr><td class="k">{at}</td><td class="k">{kind}</td><td>{_text(line.text)}</td></tr>'


def _response(incident: Incident, now: datetime) -> str:
    if incident.acknowledged:
        return f"taken on by {_text(incident.acknowledged.by)}"
    late = ' class="late"' if now > incident.response_due else ""
    return f"<span{late}>response due {show(incident.response_due)}</span>"


def _proposal(proposal: Proposal, endpoint: str) -> str:
    """What cannot be taken back is said in the question, too."""
    lasting = any(change.irreversible for change in proposal.changes)
    changes = "".join(_change(change) for change in proposal.changes)
    plan = {"incident": proposal.incident, "run": proposal.run, "plan": proposal.plan_hash}
    named = f"plan {proposal.plan_hash} on {proposal.target}"
    ask = f"{'It CANNOT ALL BE TAKEN BACK. ' if lasting else ''}Carry out {named}?"
    return (
        f'<div class="plan"><p>{_text(proposal.remediation)} waits for an answer until {show(proposal.expires_at)}: '
        f"{_plan(proposal.reason)} ({_text(proposal.cost)})</p><table>{changes}</table><p>"
        f"{_button('Approve', endpoint, ask, {'answer': 'approve', **plan}, primary=True)}"
        f"{_button('Decline', endpoint, f'Decline {named}?', {'answer': 'decline', **plan})}</p></div>"
    )


def _change(change: Change) -> str:
    mark = ' class="none"' if change.irreversible else ""
    return f"<tr><td>{_plan(change.does)}</td><td{mark}>way back: {_plan(change.way_back)}</td></tr>"


def _buttons(incident: Incident, endpoint: str) -> str:
    of = {"incident": incident.id}
    taking = _button("Acknowledge", endpoint, f"Take {incident.id} on?", {"answer": "acknowledge", **of}, primary=True)
    ending = _button("Resolve", endpoint, f"Have {incident.id} looked at and ended?", {"answer": "resolve", **of})
    return f"{'' if incident.acknowledged else taking}{ending}"


def _button(label: str, endpoint: str, ask: str, event: Mapping[str, str], *, primary: bool = False) -> str:
    """JSON inside of HTML: quotes and angle brackets of a stranger's text stay data in both."""
    return (
        f'<a class="btn{" btn-primary" if primary else ""}">{label}</a>'
        f'<cwdb-action action="call" display="popup" endpoint="{escape(endpoint)}" confirmation="{_text(ask)}">'
        f"{escape(json.dumps(event), quote=False)}</cwdb-action> "
    )


def _rest(glance: Glance) -> str:
    said = [
        f"{glance.more} more: ./first-responder incidents" if glance.more else "",
        f"{glance.hidden} of security, which are not shown here" if glance.hidden else "",
    ]
    return "".join(f'<p class="dim">{text}</p>' for text in said if text)


def _plan(value: str) -> str:
    return escape(printable(value, _LONGEST_OF_PLAN))


def _text(value: str) -> str:
    return escape(printable(value, _LONGEST))
