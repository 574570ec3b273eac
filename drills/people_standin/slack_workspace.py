"""Slack's workspace in memory: what each method of the Web API does (docs.slack.dev/reference/methods), as far as it is used."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from drills.people_standin.block_kit import fits

BOT = "UBOT00001"
_NAME = re.compile(r"[a-z0-9_-]{1,80}")
_PER_PAGE = 100

Said = dict[str, Any]


class No(Exception):
    """Slack's own word for why not."""


@dataclass
class Channel:
    """A conversation. `members` are ids of users."""

    id: str
    name: str
    is_private: bool = False
    is_archived: bool = False
    members: list[str] = field(default_factory=lambda: [BOT])
    messages: list[Said] = field(default_factory=list)


class Workspace:
    """Channels by id; the bot is a member of those that it has made or joined. `now` tells the time, in seconds since 1970."""

    def __init__(self, channels: Iterable[Channel], now: Callable[[], float]) -> None:
        self.channels = {channel.id: channel for channel in channels}
        self._now, self._last = now, 0.0

    def do(self, method: str, said: Said) -> Said:
        """Carry out one call: `ok`, and `error` where that is false."""
        try:
            if method not in _METHODS:
                raise No("unknown_method")
            return {"ok": True, **_METHODS[method](self, said)}
        except No as no:
            return {"ok": False, "error": str(no)}

    def _channel(self, said: Said) -> Channel:
        found = self.channels.get(str(said.get("channel")))
        if found is None:
            raise No("channel_not_found")
        return found

    def _auth_test(self, said: Said) -> Said:
        return {"user_id": BOT, "team": "stand-in"}

    def _post(self, said: Said) -> Said:
        channel = self._channel(said)
        if channel.is_archived:
            raise No("is_archived")
        if BOT not in channel.members:
            raise No("not_in_channel")
        self._last = max(self._now(), self._last + 0.001)
        message = {**_message(said), "ts": f"{self._last:.6f}", "user": BOT}
        if said.get("thread_ts"):
            message["thread_ts"] = said["thread_ts"]
        channel.messages.append(message)
        return {"channel": channel.id, "ts": message["ts"], "message": message}

    def _update(self, said: Said) -> Said:
        channel = self._channel(said)
        found = next((message for message in channel.messages if message["ts"] == said.get("ts")), None)
        if found is None:
            raise No("message_not_found")
        if channel.is_archived:
            raise No("is_archived")
        found.update(_message(said))
        return {"channel": channel.id, "ts": found["ts"], "text": found["text"]}

    def _create(self, said: Said) -> Said:
        name = str(said.get("name"))
        if not _NAME.fullmatch(name):
            raise No("invalid_name_specials")
        if any(channel.name == name for channel in self.channels.values()):
            raise No("name_taken")
        channel = Channel(f"C{len(self.channels):010}", name, is_private=_true(said.get("is_private")))
        self.channels[channel.id] = channel
        return {"channel": _shown(channel)}

    def _list(self, said: Said) -> Said:
        private = said.get("types") == "private_channel"
        found = [channel for channel in self.channels.values() if channel.is_private == private]
        found = [channel for channel in found if not private or BOT in channel.members]
        if _true(said.get("exclude_archived")):
            found = [channel for channel in found if not channel.is_archived]
        return _paged("channels", [_shown(channel) for channel in found], said)

    def _join(self, said: Said) -> Said:
        channel = self._channel(said)
        channel.members = sorted({*channel.members, BOT})
        return {"channel": _shown(channel)}

    def _members(self, said: Said) -> Said:
        return _paged("members", self._channel(said).members, said)

    def _invite(self, said: Said) -> Said:
        channel, users = self._channel(said), str(said["users"]).split(",")
        new = [user for user in users if user not in channel.members]
        if not new:
            raise No("already_in_channel")
        channel.members += new
        return {"channel": _shown(channel)}

    def _history(self, said: Said) -> Said:
        newest_first = [one for one in reversed(self._since(said)) if "thread_ts" not in one]
        return _paged("messages", _with_metadata(newest_first, said), said)

    def _replies(self, said: Said) -> Said:
        """The message itself comes first, whatever `oldest` is."""
        first = [one for one in self._channel(said).messages if one["ts"] == said.get("ts")]
        if not first:
            raise No("thread_not_found")
        below = [one for one in self._since(said) if one.get("thread_ts") == said["ts"]]
        return _paged("messages", _with_metadata([*first, *below], said), said)

    def _since(self, said: Said) -> list[Said]:
        oldest = float(said.get("oldest") or 0)
        return [message for message in self._channel(said).messages if float(message["ts"]) > oldest]


_METHODS: dict[str, Callable[[Workspace, Said], Said]] = {
    "auth.test": Workspace._auth_test,
    "chat.postMessage": Workspace._post,
    "chat.update": Workspace._update,
    "conversations.create": Workspace._create,
    "conversations.list": Workspace._list,
    "conversations.join": Workspace._join,
    "conversations.members": Workspace._members,
    "conversations.invite": Workspace._invite,
    "conversations.history": Workspace._history,
    "conversations.replies": Workspace._replies,
}


def _message(said: Said) -> Said:
    """What Slack keeps of a message."""
    blocks = _json(said.get("blocks")) or []
    if not fits(blocks):
        raise No("invalid_blocks")
    if not said.get("text") and not blocks:
        raise No("no_text")
    return {"text": said.get("text", ""), "blocks": blocks, "metadata": _json(said.get("metadata")) or {}}


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) and value else value


def _true(value: Any) -> bool:
    return value in (True, "1", "true", "True")


def _shown(channel: Channel) -> Said:
    about = {"id": channel.id, "name": channel.name, "is_private": channel.is_private}
    return {**about, "is_archived": channel.is_archived, "is_member": BOT in channel.members}


def _with_metadata(messages: list[Said], said: Said) -> list[Said]:
    wanted = _true(said.get("include_all_metadata"))
    return [{name: value for name, value in one.items() if wanted or name != "metadata"} for one in messages]


def _paged(name: str, found: list[Any], said: Said) -> Said:
    at, most = int(said.get("cursor") or 0), min(int(said.get("limit") or _PER_PAGE), _PER_PAGE)
    after = str(at + most) if at + most < len(found) else ""
    return {name: found[at : at + most], "response_metadata": {"next_cursor": after}}
