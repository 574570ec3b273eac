"""Where in Slack an incident is followed: in a channel of its own if it is urgent, else in the one that all others share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aws_lambda_powertools import Logger

from functions.core.incident.chat import Chat, Gone, Message, NotAllowed
from functions.core.incident.incident import Incident, Severity
from functions.core.incident.news import News
from functions.core.incident.ports import Delivery
from functions.core.remediation import Audience
from functions.lifecycle.slack_status import moved_message, opened_message
from functions.lifecycle.slack_text import channel_name

PLACE = "slack"
_OWN_CHANNEL = frozenset({Severity.P1, Severity.P2})

logger = Logger(service="first-responder")


def status_key(incident: Incident, channel: str) -> str:
    """Incidents share a channel: each has a message of its own there."""
    return f"status-{incident.id}-{channel}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Room:
    """`status` is the message that always says how things stand; `new` where it was posted just now."""

    channel: str
    status: str
    new: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Rooms:
    """Every message is said once, whatever is tried again: the record of what was begun decides, and else Slack is asked."""

    chat: Chat
    delivery: Delivery

    def of(self, news: News, incident: Incident, home: str, status: Callable[[], Message]) -> Room:
        """The one that is on record, or a new one. `news.severity` decides, which is the same when a line comes again.

        `home` is the channel that the others share; `status` says how things stand.
        """
        kept = self.delivery.state(PLACE, incident.id)
        own = news.severity in _OWN_CHANNEL
        if kept and (kept["own"] or not own):
            return Room(channel=kept["channel"], status=kept["ts"])
        channel = self._make(incident, home) if own else home
        since = incident.opened_at
        ts = self.say(incident.id, status_key(incident, channel), channel, status(), since)
        if channel != home:
            self.say(incident.id, f"channel-{channel}", home, opened_message(incident, channel), since)
        if kept and channel != kept["channel"]:
            moved, key = moved_message(incident, channel), status_key(incident, kept["channel"])
            with suppress(Gone):  # who has deleted the old message needs no word in it
                self.chat.update(kept["channel"], kept["ts"], moved, key=key)
        self.keep(incident.id, {"channel": channel, "ts": ts, "own": own})
        return Room(channel=channel, status=ts, new=True)

    def say(self, incident: str, key: str, channel: str, message: Message, since: datetime, thread: str = "") -> str:
        """Exactly once by this key; the id of the message. Raises what the chat raises."""
        begun = self.delivery.begin(PLACE, incident, key)
        if begun:
            return begun
        found = self.chat.find(channel, key=key, since=since, thread=thread) if begun == "" else ""
        ts = found or self.chat.post(channel, message, key=key, thread=thread)
        self.delivery.done(PLACE, incident, key, ts)
        return ts

    def keep(self, incident: str, more: Mapping[str, Any]) -> None:
        """Add to what is kept of an incident."""
        self.delivery.keep(PLACE, incident, {**self.delivery.state(PLACE, incident), **more})

    def _make(self, incident: Incident, home: str) -> str:
        """For security a private one, with those who are in security's own. The shared one where the workspace lets us make none:
        to be told there is better than not at all."""
        private = incident.audience is Audience.SECURITY
        try:
            channel = self.chat.channel(channel_name(incident), private=private)
            if private:
                self.chat.invite(channel, like=home)
        except NotAllowed as why:
            logger.error("no channel for an incident", extra={"incident": incident.id, "why": str(why)})
            return home
        return channel
