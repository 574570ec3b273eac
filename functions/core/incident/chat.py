"""The door to a chat service: channels, messages that can be put right later, and threads below them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


class Gone(Exception):
    """The channel is archived or not there, or the message is not: nothing can be said there any more."""


class NotAllowed(Exception):
    """The service does not let us do this, however often we ask."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Message:
    """`text` is for notifications and for who cannot see `blocks`, which are Block Kit's. Both are escaped already."""

    text: str
    blocks: tuple[Mapping[str, Any], ...]


class Chat(Protocol):
    """Each call raises Gone where what it names is no longer there, and otherwise what the service or the network raises.

    A message carries `key`, our own name of it, by which it can be found again.
    """

    def channel(self, name: str, *, private: bool) -> str:
        """The id of the channel that is called so, or nearly so where the name is somebody else's; made where it is not there.
        Raises NotAllowed besides."""

    def invite(self, channel: str, *, like: str) -> None:
        """Let all who are in the channel `like` into this one; may be repeated. Raises NotAllowed besides."""

    def post(self, channel: str, message: Message, *, key: str, thread: str = "") -> str:
        """Say something, below the message `thread` if one is named; the id of the message."""

    def update(self, channel: str, message_id: str, message: Message, *, key: str) -> None:
        """Say something else in its place."""

    def find(self, channel: str, *, key: str, since: datetime, thread: str = "") -> str:
        """The id of the message with this key, written no earlier than `since`; empty where there is none."""
