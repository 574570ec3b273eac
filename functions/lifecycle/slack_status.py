"""An incident as Slack shows it: one message that always says how things stand, and a line below it for each thing that happened."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.core.incident.chat import Message
from functions.core.incident.incident import Incident
from functions.core.incident.news import SWITCHES, News
from functions.core.proposal import Proposal
from functions.core.run import Run
from functions.core.switch import show
from functions.lifecycle.slack_buttons import for_incident, for_proposal, for_run, row
from functions.lifecycle.slack_text import (
    LONGEST_FIELD,
    LONGEST_HEADER,
    LONGEST_SECTION,
    escape,
    plain,
    section,
)

_MOST = 3
"""Proposals shown, and runs that can be taken back: there is rarely more than one of each."""
_LONGEST_ENTITY = len("&amp;")
_LINK = re.compile(r"https://[^\s<>|]{1,1000}")

Block = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """How things stand. `links` are addresses by name, of what other places keep of the incident."""

    incident: Incident
    last: str
    proposals: Sequence[Proposal]
    undoable: Sequence[Run]
    links: Mapping[str, str]


def status_message(standing: Standing) -> Message:
    """What is put in place of itself whenever something happens."""
    incident = standing.incident
    title = f"[{incident.severity}] {incident.title}"
    blocks: list[Block] = [
        {"type": "header", "text": plain(escape(title, LONGEST_HEADER))},
        {"type": "section", "fields": [plain(field) for field in _fields(incident)]},
        section(standing.last),
    ]
    for proposal in standing.proposals[:_MOST]:
        blocks += _proposal(proposal)
    for run in standing.undoable[:_MOST]:
        blocks += [section(f"{run.remediation} has changed {run.target}"), row(for_run(run))]
    blocks.append({"type": "context", "elements": list(_footer(standing))})
    if buttons := for_incident(incident):
        blocks.append(row(buttons))
    return Message(text=escape(f"{title}: {incident.status}. {standing.last}", LONGEST_SECTION), blocks=tuple(blocks))


def moved_message(incident: Incident, channel: str) -> Message:
    """What is left where it was told before it had a channel of its own; `channel` is Slack's id of that."""
    text = f"{incident.id} is {incident.severity} by now and is followed in a channel of its own"
    return _with_channel(text, channel)


def opened_message(incident: Incident, channel: str) -> Message:
    """That an incident has a channel of its own; `channel` is Slack's id of that."""
    return _with_channel(f"[{incident.severity}] {incident.title} has a channel of its own", channel)


def line_message(news: News) -> Message:
    """One line of the timeline."""
    whose = f"{news.of} " if news.of not in (news.incident, SWITCHES) else ""
    by = f" ({news.remediation})" if news.remediation else ""
    text = f"{news.at:%H:%M:%S} UTC {whose}{news.kind}{by}: {news.text}"
    return Message(text=escape(text, LONGEST_SECTION), blocks=(section(text),))


def orphan_message(news: News) -> Message:
    """A line whose own channel is closed, with all that it needs to be understood elsewhere."""
    text = f"[{news.severity}] {news.incident}, {news.title}: {news.kind}: {news.text}"
    return Message(text=escape(text, LONGEST_SECTION), blocks=(section(text),))


def _with_channel(text: str, channel: str) -> Message:
    link = {"type": "mrkdwn", "text": f"<#{channel}>", "verbatim": True}
    return Message(text=escape(text, LONGEST_SECTION), blocks=(section(text), {"type": "context", "elements": [link]}))


def _fields(incident: Incident) -> Iterator[str]:
    taken = incident.acknowledged
    said = {
        "Service": incident.service,
        "Status": incident.status.value,
        "Taken on by": f"{taken.by}, {show(taken.at)}" if taken else "nobody yet",
        "Since": show(incident.opened_at),
        "Response due": show(incident.response_due),
        "Resolution due": show(incident.resolution_due),
        "Target": incident.target,
    }
    for name, value in said.items():
        yield f"{name}\n{escape(value, LONGEST_FIELD - len(name) - 1)}"


def _proposal(proposal: Proposal) -> list[Block]:
    """What would be done, whole, above the buttons that approve it; without buttons where Slack would not show the whole of it."""
    changes = "; ".join(f"{change.does} (way back: {change.way_back})" for change in proposal.changes)
    until = f"waits for an answer until {show(proposal.expires_at)}"
    text = f"Plan {proposal.plan_hash} on {proposal.target} {until}. Cost: {proposal.cost}. It would {changes}"
    if escape(text, LONGEST_SECTION) == escape(text, len(text) * _LONGEST_ENTITY):
        return [section(text), row(for_proposal(proposal))]
    which = f"{proposal.incident} {proposal.run}"
    return [section(f"A plan {until} and is too long to be shown here: ./first-responder approve {which} (or decline)")]


def _footer(standing: Standing) -> Iterator[Block]:
    yield plain(escape(f"{standing.incident.id}, {standing.incident.severity_why}", LONGEST_FIELD))
    for name, link in standing.links.items():
        if _LINK.fullmatch(link):
            yield {"type": "mrkdwn", "text": f"<{link.replace('&', '&amp;')}|{name}>", "verbatim": True}
