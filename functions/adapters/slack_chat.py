"""Slack, by its Web API (docs.slack.dev/reference/methods). Each call is made once: what is tried again is the queue's matter.

The app needs the bot scopes chat:write, channels:manage, channels:read, channels:history, channels:join, and for the channels of
security groups:write, groups:read, groups:history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from functions.adapters.slack_secret import SlackSecret
from functions.core.incident.chat import Gone, Message, NotAllowed

EVENT_TYPE = "first_responder_line"
_TIMEOUT = 10
"""Seconds for each step of a call."""
_CLOCKS_DIFFER = timedelta(minutes=5)
_BAD_TOKEN = frozenset({"invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive"})
_GONE = frozenset({"is_archived", "channel_not_found", "message_not_found", "thread_not_found"})
_NOT_ALLOWED = frozenset(
    {
        "missing_scope", "restricted_action", "not_allowed_token_type", "no_permission", "access_denied", "user_is_restricted",
        "ekm_access_denied", "team_access_not_granted", "cant_invite", "ura_max_channels",
    }
)  # fmt: skip
_THERE = frozenset({"already_in_channel", "cant_invite_self"})
_MOST_PAGES = 50
_PER_PAGE = 200
_MOST_INVITED = 1000
_NAMESAKES = 3

Ask = Callable[[WebClient], SlackResponse]


class SlackRefused(Exception):
    """Slack has said no. `code` is its own word, such as ratelimited; the text says what to do about it where that is known."""

    def __init__(self, code: str, again_after: str = "") -> None:
        self.code = code
        advice = "; look at the secret of the Slack app" if code in _BAD_TOKEN else ""
        wait = f"; to be asked again after {again_after} s" if again_after else ""
        super().__init__(f"Slack has refused: {code}{advice}{wait}")


class SlackChat:
    """The core's `Chat`. `api` is the base URL, Slack's own or another that speaks like it."""

    def __init__(self, secret: SlackSecret, api: str) -> None:
        self._secret, self._api = secret, api

    def channel(self, name: str, *, private: bool) -> str:
        """See `Chat.channel`. A name that is taken by what cannot be ours (of the other kind, archived) gets a number."""
        for number in range(1, _NAMESAKES + 1):
            wanted = name if number == 1 else f"{name[:78]}-{number}"
            try:
                made = self._ask(lambda client, name=wanted: client.conversations_create(name=name, is_private=private))  # type: ignore[misc]
                return str(made["channel"]["id"])
            except SlackRefused as refused:
                if refused.code != "name_taken":
                    raise
            if found := self._named(wanted, private=private):
                return found
        raise NotAllowed(f"{name} is taken, and so are its numbers")

    def invite(self, channel: str, *, like: str) -> None:
        """See `Chat.invite`."""
        me = self._ask(lambda client: client.auth_test())["user_id"]
        pages = self._pages(
            lambda client, at: client.conversations_members(channel=like, cursor=at, limit=_PER_PAGE), "members"
        )
        users = [user for user in pages if user != me][:_MOST_INVITED]
        try:
            if users:
                self._ask(lambda client: client.conversations_invite(channel=channel, users=users, force=True))
        except SlackRefused as refused:
            if refused.code not in _THERE:
                raise

    def post(self, channel: str, message: Message, *, key: str, thread: str = "") -> str:
        """See `Chat.post`."""
        said = self._ask(
            lambda client: client.chat_postMessage(
                channel=channel,
                thread_ts=thread or None,
                unfurl_links=False,
                unfurl_media=False,
                **_content(message, key),
            )
        )
        return str(said["ts"])

    def update(self, channel: str, message_id: str, message: Message, *, key: str) -> None:
        """See `Chat.update`."""
        self._ask(lambda client: client.chat_update(channel=channel, ts=message_id, **_content(message, key)))

    def find(self, channel: str, *, key: str, since: datetime, thread: str = "") -> str:
        """See `Chat.find`."""
        oldest = f"{(since - _CLOCKS_DIFFER).timestamp():.6f}"
        read: dict[str, Any] = {
            "channel": channel,
            "oldest": oldest,
            "limit": _PER_PAGE,
            "include_all_metadata": True,
        }

        def page(client: WebClient, cursor: str | None) -> SlackResponse:
            if thread:
                return client.conversations_replies(ts=thread, cursor=cursor, **read)
            return client.conversations_history(cursor=cursor, **read)

        return next((str(one["ts"]) for one in self._pages(page, "messages") if _key(one) == key), "")

    def _named(self, name: str, *, private: bool) -> str:
        """Ours from an earlier try, by its name; one that others have made is joined. Empty where there is none that will do."""
        kind = "private_channel" if private else "public_channel"
        pages = self._pages(
            lambda client, at: client.conversations_list(types=kind, exclude_archived=True, cursor=at, limit=_PER_PAGE),
            "channels",
        )
        found = next((one for one in pages if one["name"] == name), None)
        if found is None:
            return ""
        if not found.get("is_member"):
            self._ask(lambda client: client.conversations_join(channel=found["id"]))
        return str(found["id"])

    def _pages(self, ask: Callable[[WebClient, str | None], SlackResponse], name: str) -> Iterator[Any]:
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            page = self._ask(lambda client, at=cursor: ask(client, at))  # type: ignore[misc]
            yield from page.get(name, [])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return
        raise SlackRefused(f"more than {_MOST_PAGES} pages of {name}")

    def _ask(self, ask: Ask) -> SlackResponse:
        """One call; a second one only where the first was refused for its token and there is another one by now."""
        token = self._secret.read().bot_token
        try:
            return self._once(ask, token)
        except SlackRefused as refused:
            rotated = self._secret.read_again().bot_token if refused.code in _BAD_TOKEN else token
            if rotated == token:
                raise
            return self._once(ask, rotated)

    def _once(self, ask: Ask, token: str) -> SlackResponse:
        """Without the library's own second attempt after a lost connection: the first one may have been heard."""
        try:
            return ask(WebClient(token=token, base_url=self._api, timeout=_TIMEOUT, retry_handlers=[]))
        except SlackApiError as error:
            raise _refused(error.response) from None


def _content(message: Message, key: str) -> dict[str, Any]:
    metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": key}}
    return {
        "text": message.text,
        "blocks": list(message.blocks),
        "metadata": metadata,
        "parse": "none",
        "link_names": False,
    }


def _key(message: Mapping[str, Any]) -> str:
    said = message.get("metadata") or {}
    return str(said.get("event_payload", {}).get("key", "")) if said.get("event_type") == EVENT_TYPE else ""


def _refused(response: SlackResponse) -> Exception:
    said = response.data if isinstance(response.data, dict) else {}
    code = str(said.get("error") or f"status {response.status_code}")[:200]
    if code in _GONE:
        return Gone(code)
    if code in _NOT_ALLOWED:
        return NotAllowed(f"{code} ({said.get('needed') or 'by the workspace'})")
    headers = {name.lower(): value for name, value in response.headers.items()}
    return SlackRefused(code, str(headers.get("retry-after", "")))
