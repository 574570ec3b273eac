"""A person presses a button in Slack, and Slack tells the app: docs.slack.dev/interactivity/handling-user-interaction.

The request is signed by the app's secret as docs.slack.dev/authentication/verifying-requests-from-slack says.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import urllib.request
from dataclasses import dataclass
from urllib.error import HTTPError
from urllib.parse import urlencode

from drills.people_standin.slack_workspace import Channel, Said

_WAITS = 3
"""Seconds that Slack gives an app for its answer."""


@dataclass(frozen=True, kw_only=True)
class Button:
    """One that is to be seen: below which message of which channel, and Block Kit's element."""

    channel: Channel
    message: Said
    element: Said

    @property
    def action(self) -> str:
        return str(self.element["action_id"])

    @property
    def value(self) -> str:
        return str(self.element["value"])


def buttons(channels: dict[str, Channel]) -> list[Button]:
    """All that can be pressed, oldest message first."""
    return [
        Button(channel=channel, message=message, element=element)
        for channel in channels.values()
        for message in channel.messages
        for block in message["blocks"]
        if block["type"] == "actions"
        for element in block["elements"]
    ]


def press(button: Button, user: str, *, url: str, secret: str, answer_at: str) -> int:
    """The HTTP status of the app's answer. `url` is its Request URL, `answer_at` the address that it may answer at."""
    at = f"{time.time():.6f}"
    body = urlencode({"payload": json.dumps(_payload(button, user, at, answer_at))}).encode()
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "X-Slack-Request-Timestamp": at.partition(".")[0],
        "X-Slack-Signature": sign(secret, at.partition(".")[0], body),
    }
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=_WAITS) as answer:
            return int(answer.status)
    except HTTPError as refused:
        return refused.code


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """Version v0 of Slack's signature."""
    signed = b"v0:" + timestamp.encode() + b":" + body
    return "v0=" + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def _payload(button: Button, user: str, at: str, answer_at: str) -> Said:
    channel = {"id": button.channel.id, "name": button.channel.name}
    container = {"type": "message", "message_ts": button.message["ts"], "channel_id": button.channel.id}
    return {
        "type": "block_actions",
        "api_app_id": "A0STANDIN",
        "team": {"id": "T0STANDIN", "domain": "stand-in"},
        "user": {"id": user, "username": "ada", "name": "ada", "team_id": "T0STANDIN"},
        "container": {**container, "is_ephemeral": False},
        "trigger_id": f"{at}.stand-in",
        "channel": channel,
        "message": button.message,
        "response_url": answer_at,
        "actions": [{**button.element, "block_id": "stand-in", "action_ts": at}],
    }
