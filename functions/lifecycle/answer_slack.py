"""Answers by the buttons in Slack. Slack waits three seconds: a request is checked, handed on to a second invocation, and answered.

Whoever gets no further learns nothing but a status: 401 for what Slack has not signed in the last five minutes, 400 for what is
no press of a button of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools import Logger

from functions.adapters.follow_through import function_name
from functions.core.approval import Said
from functions.core.errors import InvalidEvent
from functions.core.incident.answers import Word
from functions.core.incident.ports import Delivery
from functions.lifecycle.answer_desk import AnswerDesk
from functions.lifecycle.slack_press import Genuine, Press, read_http_press, read_press
from functions.lifecycle.slack_text import LONGEST_SECTION, escape

PATH = "/slack"
EVENT = "slack"
"""The field of an event that holds what was pressed."""
_UNDONE = "slack-undo"

logger = Logger(service="first-responder")


@dataclass(frozen=True, kw_only=True, slots=True)
class SlackDesk:
    """The doors of whoever takes presses. `start` starts a function, `reply` says a text at an address, and whether it was
    taken; `hooks` is how such addresses begin."""

    desk: AnswerDesk
    delivery: Delivery
    genuine: Genuine
    start: Callable[[str, Mapping[str, Any]], None]
    reply: Callable[[str, str], bool]
    hooks: str


def take_press(event: Mapping[str, Any], slack: SlackDesk, function: str) -> dict[str, Any]:
    """Answer one request of the function URL; `function` is this one's own name. Raises only what AWS raises."""
    said = read_http_press(event, slack.genuine)
    if isinstance(said, HTTPStatus):
        return _answer(said)
    try:
        press = read_press(said, slack.hooks)
    except InvalidEvent:
        return _answer(HTTPStatus.BAD_REQUEST)
    slack.start(function, {EVENT: said})
    logger.info("pressed", extra={"by": press.by, "verb": press.pressed.verb, "incident": press.pressed.incident})
    return _answer(HTTPStatus.OK)


def carry_out_press(said: Mapping[str, Any], slack: SlackDesk) -> dict[str, Any]:
    """Do what was asked and tell the person. May be repeated. Raises what AWS raises; what cannot be told is only logged."""
    press = read_press(said, slack.hooks)
    try:
        text = _do(press, slack)
    except InvalidEvent as error:
        text = str(error)
    try:
        told = slack.reply(press.answer_at, escape(text, LONGEST_SECTION))
    except OSError:  # it is done and stands in the timeline, which is told in the channel
        logger.exception("no reply to a press", extra={"incident": press.pressed.incident})
        told = False
    return {"text": text, "told": told}


def _do(press: Press, slack: SlackDesk) -> str:
    """A sentence for the person. Raises InvalidEvent for what is not on record."""
    pressed = press.pressed
    if pressed.verb == "undo":
        return _undo(press, slack)
    if pressed.verb in ("acknowledge", "resolve"):
        return slack.desk.word(Word(verb=pressed.verb, incident=pressed.incident, by=press.by, reason="")).text
    said = Said(
        incident=pressed.incident,
        run=pressed.run,
        plan_hash=pressed.plan,
        approves=pressed.verb == "approve",
        by=press.by,
        reason="",
    )
    return slack.desk.proposal(said).text


def _undo(press: Press, slack: SlackDesk) -> str:
    """Its own remediation takes a run back, with its own role: once for each press."""
    incident, run_id, desk = press.pressed.incident, press.pressed.run, slack.desk
    run = desk.ports.store.load(incident, run_id)
    if run is None:
        raise InvalidEvent("run", f"{incident}/{run_id}", "a run on record")
    refused = desk.refused(press.by, incident)
    if refused is not None:
        return refused.text
    key = f"{run_id}.{press.at}"
    if not slack.delivery.begin(_UNDONE, incident, key):
        asked = {"undo": {"incident": incident, "run": run_id}, "requested_by": press.by, "mode": "act"}
        slack.start(function_name(run.remediation), {**asked, "reason": "Undo was pressed in Slack"})
        slack.delivery.done(_UNDONE, incident, key, press.by)
    return f"First Responder was asked to take back {run_id}; what becomes of it is told in the thread"


def _answer(status: HTTPStatus) -> dict[str, Any]:
    headers = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store"}
    return {"statusCode": status.value, "headers": headers, "body": "", "isBase64Encoded": False}
