"""The fake beside JiraIssues and OpsItems, held to the same tests."""

from __future__ import annotations

from dataclasses import dataclass, field

from functions.core.incident.incident import Severity
from functions.core.incident.tracker import Draft, Ticket


@dataclass
class Made:
    """A ticket as it is now. `notes` by key."""

    draft: Draft
    severity: Severity
    notes: dict[str, str] = field(default_factory=dict)
    open: bool = True


class MemoryTracker:
    """The core's `Tracker`. `fails` and `lost` are names of calls: the next one fails before it has its effect, or after."""

    def __init__(self, *, closes: bool = True) -> None:
        self.made: dict[str, Made] = {}
        self.closes = closes
        self.fails: list[str] = []
        self.lost: list[str] = []

    def find(self, key: str) -> Ticket | None:
        self._perhaps(self.fails, "find")
        return next((_ticket(name) for name, made in self.made.items() if made.draft.key == key), None)

    def create(self, draft: Draft) -> Ticket:
        self._perhaps(self.fails, "create")
        name = f"T-{len(self.made) + 1}"
        self.made[name] = Made(draft, draft.severity)
        self._perhaps(self.lost, "create")
        return _ticket(name)

    def rate(self, ticket: Ticket, severity: Severity) -> None:
        self._perhaps(self.fails, "rate")
        self.made[ticket.key].severity = severity
        self._perhaps(self.lost, "rate")

    def note(self, ticket: Ticket, key: str, topic: str, text: str) -> None:
        self._perhaps(self.fails, "note")
        self.made[ticket.key].notes.setdefault(key, f"{topic}: {text}")
        self._perhaps(self.lost, "note")

    def close(self, ticket: Ticket) -> bool:
        self._perhaps(self.fails, "close")
        self.made[ticket.key].open = not self.closes
        self._perhaps(self.lost, "close")
        return self.closes

    def _perhaps(self, troubles: list[str], call: str) -> None:
        if call in troubles:
            troubles.remove(call)
            raise OSError(f"{call} timed out")


def _ticket(name: str) -> Ticket:
    return Ticket(key=name, url=f"https://tickets.invalid/{name}")
