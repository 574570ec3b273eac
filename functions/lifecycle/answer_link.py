"""Answers by signed link. Looking (GET) never acts, because mail scanners follow links; a POST answers, once.

Who comes without a link that can be used gets the same page, whatever is wrong: 400 for what is no link, 403 for one that we
did not sign, 410 for one whose time is over, 409 for one that was used or whose plan has changed. Neither links nor tokens
are logged.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools import Logger

from functions.adapters.stored_secret import StoredSecret
from functions.core.answer_request import read_name, read_reason
from functions.core.approval import Said, expires_at, refusal
from functions.core.errors import InvalidEvent
from functions.core.ports import Ports
from functions.core.proposal import proposal_of
from functions.core.run import Run
from functions.core.signed_link import Link, read_link, well_formed
from functions.lifecycle.answer_desk import AnswerDesk
from functions.lifecycle.answer_page import answered_page, closed_page, proposal_page
from functions.lifecycle.http_request import Request, read_http
from functions.lifecycle.http_response import respond

_STATUS = {"expired": HTTPStatus.GONE}

logger = Logger(service="first-responder")


def answer_by_link(event: Mapping[str, Any], desk: AnswerDesk, key: StoredSecret) -> dict[str, Any]:
    """Answer one request of the function URL. Raises only what AWS raises."""
    ports = desk.ports
    request = read_http(event)
    if isinstance(request, HTTPStatus):
        return _closed(request)
    token = request.fields.get("token", "")
    link = _link(token, key)
    if isinstance(link, HTTPStatus):
        return _closed(link)
    run = _run(link, ports, posted=request.method == "POST")
    if isinstance(run, HTTPStatus):
        return _closed(run)
    if request.method == "GET":
        return respond(HTTPStatus.OK, proposal_page(proposal_of(run, ports.settings), token, link.named))
    return _take(request, token, link, run, desk)


def _link(token: str, key: StoredSecret) -> Link | HTTPStatus:
    if not well_formed(token):
        return HTTPStatus.BAD_REQUEST
    return read_link(token, key.read()) or read_link(token, key.read_again()) or HTTPStatus.FORBIDDEN


def _run(link: Link, ports: Ports, *, posted: bool) -> Run | HTTPStatus:
    """The run that waits for this very answer. A POST after an answer goes on: the same person may repeat it."""
    now, settings = ports.clock.now(), ports.settings
    run = ports.store.load(link.incident, link.run) if now < link.until else None
    if run is None:
        return HTTPStatus.GONE
    if expires_at(run, settings).replace(microsecond=0) != link.until:
        return HTTPStatus.CONFLICT
    refused = refusal(run, link.plan_hash, now, settings)
    if refused is None or (posted and refused.code == "answered"):
        return run
    return _STATUS.get(refused.code, HTTPStatus.CONFLICT)


def _take(request: Request, token: str, link: Link, run: Run, desk: AnswerDesk) -> dict[str, Any]:
    try:
        said = _said(request.fields, link)
    except InvalidEvent as error:
        if run.verdict is not None:
            return _closed(HTTPStatus.CONFLICT)
        page = proposal_page(proposal_of(run, desk.ports.settings), token, link.named, _complaint(error))
        return respond(HTTPStatus.BAD_REQUEST, page)
    reply = desk.proposal(said, way="link:")
    if reply.code in ("same_person", "not_allowed"):
        page = proposal_page(proposal_of(run, desk.ports.settings), token, link.named, reply.text)
        return respond(HTTPStatus.FORBIDDEN, page)
    if not reply.taken:
        return _closed(_STATUS.get(reply.code, HTTPStatus.CONFLICT))
    return respond(HTTPStatus.OK, answered_page(reply.text, said.approves))


def _said(fields: Mapping[str, str], link: Link) -> Said:
    """Raises InvalidEvent. A link for a named person is answered in no other name."""
    answer = fields.get("answer")
    if answer not in ("approve", "decline"):
        raise InvalidEvent("answer", answer, "approve | decline")
    return Said(
        incident=link.incident,
        run=link.run,
        plan_hash=link.plan_hash,
        approves=answer == "approve",
        by=link.named or read_name(fields),
        reason=read_reason(fields),
    )


def _complaint(error: InvalidEvent) -> str:
    field = {"by": "Your name", "reason": "The reason"}.get(error.field, "The answer")
    return f"{field} has to be {error.allowed}. Nothing was answered yet."


def _closed(status: HTTPStatus) -> dict[str, Any]:
    return respond(status, closed_page())
