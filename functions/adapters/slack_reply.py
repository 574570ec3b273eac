"""A word to the one who has pressed a button, seen by nobody else: docs.slack.dev/interactivity/handling-user-interaction."""

from __future__ import annotations

from slack_sdk.webhook import WebhookClient

_TIMEOUT = 5
"""Seconds for each step."""


class SlackReply:
    """Goes to the address that came with the button. Raises OSError where the network does not carry it."""

    def __call__(self, address: str, text: str) -> bool:
        """Whether it was taken. `text` is escaped already."""
        client = WebhookClient(address, timeout=_TIMEOUT, retry_handlers=[])
        return client.send(text=text, response_type="ephemeral", replace_original=False).status_code == 200
