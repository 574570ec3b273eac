"""A button that was pressed in Slack, from the request of the function URL. Strangers send these too."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from functions.core.errors import InvalidEvent
from functions.lifecycle.slack_buttons import Pressed, read_button

LONGEST_BODY = 200_000
"""Bytes: Slack sends the whole message along with what was pressed."""
_USER = re.compile(r"[UW][A-Z0-9]{2,20}")
_TIME = re.compile(r"[0-9]{1,12}(\.[0-9]{1,9})?")
Genuine = Callable[[bytes, str, str], bool]
"""Whether Slack has signed a body: body, time and signature as the headers have them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Press:
    """Who has pressed what, and when by Slack's clock, which tells one press from another. `answer_at` is where to answer."""

    pressed: Pressed
    by: str
    at: str
    answer_at: str


def hooks_of(api: str) -> str:
    """How the addresses to answer at begin, for a base URL of the Web API; on the loopback both are one."""
    where = urlsplit(api)
    return f"https://hooks.{where.netloc}/" if where.scheme == "https" else f"http://{where.netloc}/"


def read_http_press(event: Mapping[str, Any], genuine: Genuine) -> Mapping[str, Any] | HTTPStatus:
    """What of the request `read_press` reads, or the status that refuses it. Nothing is read before it is known to be Slack's."""
    said = event.get("headers")
    headers = said if isinstance(said, Mapping) else {}
    body = _body(event)
    if body is None or len(body) > LONGEST_BODY:
        return HTTPStatus.BAD_REQUEST
    if not genuine(body, str(headers.get("x-slack-request-timestamp")), str(headers.get("x-slack-signature"))):
        return HTTPStatus.UNAUTHORIZED
    try:
        (text,) = parse_qs(body.decode(), strict_parsing=True)["payload"]
        return _wanted(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError):
        return HTTPStatus.BAD_REQUEST


def read_press(said: Mapping[str, Any], hooks: str) -> Press:
    """Raises InvalidEvent for what is not one press of one of our buttons. `hooks` is where answers may go."""
    if said.get("type") != "block_actions" or len(said["actions"]) != 1:
        raise InvalidEvent("type", said.get("type"), "block_actions, of one action")
    (action,) = said["actions"]
    for name, value, pattern in (("user", said["user"], _USER), ("action_ts", action.get("action_ts"), _TIME)):
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise InvalidEvent(name, value, pattern.pattern)
    answer_at = said["response_url"]
    if not isinstance(answer_at, str) or not answer_at.startswith(hooks):
        raise InvalidEvent("response_url", answer_at, f"an address that begins with {hooks}")
    return Press(pressed=read_button(action), by=f"slack:{said['user']}", at=action["action_ts"], answer_at=answer_at)


def _wanted(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Of all that Slack says, what counts. Raises KeyError, TypeError or AttributeError for what is not like it."""
    actions = [
        {name: action.get(name) for name in ("action_id", "value", "action_ts")} for action in list(payload["actions"])
    ]
    return {
        "type": payload["type"],
        "user": payload["user"]["id"],
        "actions": actions,
        "response_url": payload["response_url"],
    }


def _body(event: Mapping[str, Any]) -> bytes | None:
    text = event.get("body")
    if not isinstance(text, str):
        return None
    try:
        return b64decode(text, validate=True) if event.get("isBase64Encoded") else text.encode()
    except ValueError:
        return None
