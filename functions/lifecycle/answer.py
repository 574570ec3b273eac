"""Takes people's answers to proposals, and lists what waits. Invoked by hand, by `./first-responder`, or by a signed link.

Takes `{"answer": "approve" | "decline" | "show" | "list", ...}`:
    approve, decline  incident, run, plan (the hash that was shown), by, reason (may be left out)
    show              incident, run
    list              nothing more
Answers `{"taken", "text", "code"}` to an answer, `{"proposals"}` to list, `{"proposal", "text"}` to show, where the proposal is
null if none waits; and HTML to a request of the function URL.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from functions.adapters.signing_key import SigningKey
from functions.core.answer_request import ListProposals, ShowProposal, read_answer_request
from functions.core.approval import Said, refusal, take_answer
from functions.core.errors import InvalidEvent
from functions.core.ports import Ports
from functions.core.proposal import proposal_of, waiting, write_proposal
from functions.lifecycle.answer_link import answer_by_link
from functions.lifecycle.http_request import is_http
from functions.wiring import PREFIX, in_lambda, wire

_LAST = datetime.max.replace(tzinfo=UTC)

logger = Logger(service="first-responder")


def lambda_handler(event: Any, context: Any) -> dict[str, Any]:
    """Raises InvalidEvent for a request that cannot be carried out, and what AWS raises: then the caller asks again."""
    if is_http(event):
        return answer_by_link(event, _ports(), _key())
    return answer(_ports(), event)


def answer(ports: Ports, event: Any) -> dict[str, Any]:
    """Carry out one request, as JSON."""
    asked = read_answer_request(event)
    match asked:
        case ListProposals():
            open_runs = ports.store.overdue(_LAST)
            found = waiting(open_runs, ports.clock.now(), ports.settings)
            return {"proposals": [write_proposal(proposal) for proposal in found]}
        case ShowProposal():
            return _show(ports, asked)
        case Said():
            reply = take_answer(asked, ports.store, ports.follow_through, ports.clock, ports.settings)
            logger.info(reply.text, extra={"incident": asked.incident, "run": asked.run, "taken": reply.taken})
            return asdict(reply)


def _show(ports: Ports, asked: ShowProposal) -> dict[str, Any]:
    run = ports.store.load(asked.incident, asked.run)
    if run is None:
        raise InvalidEvent("run", f"{asked.incident}/{asked.run}", "a run on record")
    refused = refusal(run, str((run.plan or {}).get("hash")), ports.clock.now(), ports.settings)
    if refused is not None:
        return {"proposal": None, "text": refused.text}
    return {"proposal": write_proposal(proposal_of(run, ports.settings)), "text": ""}


@cache
def _ports() -> Ports:
    return wire(os.environ)


@cache
def _key() -> SigningKey:
    ports = _ports()
    return SigningKey(ports.aws.client("secretsmanager"), os.environ[f"{PREFIX}ANSWER_KEY"], ports.clock)


if in_lambda():
    _ports()
