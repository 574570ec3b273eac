"""The fake beside SlackChat, held to the same tests."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from functions.core.incident.chat import Gone, Message, NotAllowed


@dataclass(frozen=True, kw_only=True, slots=True)
class Posted:
    """A message as it stands now."""

    id: str
    channel: str
    thread: str
    key: str
    message: Message


@dataclass
class MemoryChat:
    """The core's `Chat`. `channels` holds (name, private) by id, `members` who is in one, `closed` those that are archived."""

    channels: dict[str, tuple[str, bool]] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    posted: list[Posted] = field(default_factory=list)

    def channel(self, name: str, *, private: bool) -> str:
        known = {(said, kind): at for at, (said, kind) in self.channels.items() if at not in self.closed}
        for wanted in (name, f"{name[:78]}-2", f"{name[:78]}-3"):
            if (wanted, private) in known:
                return known[wanted, private]
            if wanted not in {said for said, _ in self.channels.values()}:
                made = f"C{len(self.channels):08}"
                self.channels[made] = (wanted, private)
                self.members[made] = set()
                return made
        raise NotAllowed(f"{name} is taken")

    def invite(self, channel: str, *, like: str) -> None:
        self.members.setdefault(channel, set()).update(self.members.get(like, set()))

    def post(self, channel: str, message: Message, *, key: str, thread: str = "") -> str:
        self._open(channel)
        made = Posted(id=f"{len(self.posted) + 1}.000000", channel=channel, thread=thread, key=key, message=message)
        self.posted.append(made)
        return made.id

    def update(self, channel: str, message_id: str, message: Message, *, key: str) -> None:
        self._open(channel)
        ids = [(one.channel, one.id) for one in self.posted]
        if (channel, message_id) not in ids:
            raise Gone(message_id)
        which = ids.index((channel, message_id))
        self.posted[which] = replace(self.posted[which], message=message, key=key)

    def find(self, channel: str, *, key: str, since: datetime, thread: str = "") -> str:
        found = (one for one in self.posted if (one.channel, one.thread, one.key) == (channel, thread, key))
        return next((one.id for one in found), "")

    def _open(self, channel: str) -> None:
        if channel in self.closed:
            raise Gone(channel)
