"""Takes people's answers, and says what waits for one. Invoked by hand, by `./first-responder`, by a signed link, or by a button
in Slack or on the dashboard's widget.

Takes `{"answer": ..., ...}`:
    approve, decline         incident, run, plan (the hash that was shown), by, reason (may be left out)
    show                     incident, run
    list                     nothing more: the proposals that wait
    acknowledge, mitigate,   incident, by, reason (needed to mitigate and to end one without the checks),
    resolve, resolve_anyway, severity    and severity for the last one
    incidents                nothing more: all that are not resolved
    incident                 incident: its whole story
Answers `{"taken", "text", "code"}` to an answer, `{"proposals"}` to list, `{"proposal", "text"}` to show, where the proposal is
null if none waits, `{"incidents"}` and `{"story"}`; HTML to a request of the function URL or of the widget, a bare status to one
of Slack. `{"slack": ...}` is what was pressed in Slack, handed on by the function to itself.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache, partial
from http import HTTPStatus
from typing import Any

from functions.adapters.dynamodb_delivery import DynamoDbDelivery
from functions.adapters.dynamodb_incidents import DynamoDbIncidents
from functions.adapters.lambda_start import LambdaStart
from functions.adapters.runbook_files import due_by, load, time_rules
from functions.adapters.slack_secret import SlackSecret
from functions.adapters.stored_secret import StoredSecret
from functions.core.answer_request import (
    WORDS,
    ListIncidents,
    ListProposals,
    ShowIncident,
    ShowProposal,
    read_answer_request,
)
from functions.core.approval import Said, refusal
from functions.core.errors import InvalidEvent
from functions.core.incident.answers import read_word
from functions.core.incident.approvers import read_approvers
from functions.core.incident.incident import write_incident
from functions.core.incident.ports import Story
from functions.core.ports import Ports
from functions.core.proposal import proposal_of, waiting, write_proposal
from functions.lifecycle.answer_desk import AnswerDesk, write_story
from functions.lifecycle.answer_link import answer_by_link
from functions.lifecycle.answer_page import closed_page
from functions.lifecycle.answer_slack import EVENT, PATH, SlackDesk, carry_out_press, take_press
from functions.lifecycle.console_answer import answer_by_widget, is_widget
from functions.lifecycle.http_request import is_http
from functions.lifecycle.http_response import respond
from functions.lifecycle.slack_press import hooks_of
from functions.wiring import PREFIX, in_lambda, wire

KEY, SLACK = f"{PREFIX}ANSWER_KEY", f"{PREFIX}SLACK"
_LAST = datetime.max.replace(tzinfo=UTC)


def lambda_handler(event: Any, context: Any) -> dict[str, Any] | str:
    """Raises InvalidEvent for a request that cannot be carried out, and what AWS raises: then the caller asks again."""
    if is_http(event):
        return _by_http(event, context)
    if is_widget(event):
        return answer_by_widget(event, _desk(), partial(answer, _desk()))
    if isinstance(event, Mapping) and EVENT in event:
        return carry_out_press(event[EVENT], _slack())
    return answer(_desk(), event)


def _by_http(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Only by the ways that the deployment has."""
    if event.get("rawPath") == PATH and SLACK in os.environ:
        return take_press(event, _slack(), context.function_name)
    if KEY in os.environ:
        return answer_by_link(event, _desk(), _key())
    return respond(HTTPStatus.NOT_FOUND, closed_page())


def answer(desk: AnswerDesk, event: Any) -> dict[str, Any]:
    """Carry out one request, as JSON."""
    verb = event.get("answer") if isinstance(event, Mapping) else None
    if isinstance(verb, str) and verb in WORDS:
        return asdict(desk.word(read_word(event)))
    asked = read_answer_request(event)
    match asked:
        case ListProposals():
            open_runs = desk.ports.store.overdue(_LAST)
            found = waiting(open_runs, desk.ports.clock.now(), desk.ports.settings)
            return {"proposals": [write_proposal(proposal) for proposal in found]}
        case ShowProposal():
            return _show(desk.ports, asked)
        case ListIncidents():
            return {"incidents": [write_incident(incident) for incident in desk.incidents.unresolved()]}
        case ShowIncident():
            return {"story": write_story(_story(desk, asked.incident))}
        case Said():
            return asdict(desk.proposal(asked))


def _story(desk: AnswerDesk, incident: str) -> Story:
    """Of the incident that people follow. Raises InvalidEvent for one that is not on record."""
    found = desk.incidents.load(incident)
    story = desk.incidents.story(found.joined or found.id) if found is not None else None
    if story is None:
        raise InvalidEvent("incident", incident, "an incident on record")
    return story


def _show(ports: Ports, asked: ShowProposal) -> dict[str, Any]:
    run = ports.store.load(asked.incident, asked.run)
    if run is None:
        raise InvalidEvent("run", f"{asked.incident}/{asked.run}", "a run on record")
    refused = refusal(run, str((run.plan or {}).get("hash")), ports.clock.now(), ports.settings)
    if refused is not None:
        return {"proposal": None, "text": refused.text}
    return {"proposal": write_proposal(proposal_of(run, ports.settings)), "text": ""}


@cache
def _desk() -> AnswerDesk:
    ports = wire(os.environ)
    return AnswerDesk(
        ports=ports,
        incidents=DynamoDbIncidents(ports.aws.client("dynamodb"), os.environ[f"{PREFIX}TABLE"]),
        approvers=read_approvers(load("approvers")),
        due=due_by(time_rules(os.environ)),
    )


@cache
def _key() -> StoredSecret:
    ports = _desk().ports
    return StoredSecret(ports.aws.client("secretsmanager"), os.environ[KEY], ports.clock)


@cache
def _slack() -> SlackDesk:
    from functions.adapters.slack_reply import SlackReply  # Slack's library is for those who have Slack
    from functions.adapters.slack_signature import SlackSignature

    said, ports = json.loads(os.environ[SLACK]), _desk().ports
    secret = SlackSecret(StoredSecret(ports.aws.client("secretsmanager"), said["secret"], ports.clock))
    return SlackDesk(
        desk=_desk(),
        delivery=DynamoDbDelivery(ports.aws.client("dynamodb"), os.environ[f"{PREFIX}TABLE"]),
        genuine=SlackSignature(secret, ports.clock),
        start=LambdaStart(ports.aws.client("lambda")),
        reply=SlackReply(),
        hooks=hooks_of(said["api"]),
    )


if in_lambda():
    _slack() if SLACK in os.environ else _desk()
