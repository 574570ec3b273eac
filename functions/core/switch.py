"""A switch: a stop that holds until somebody lifts it, or a freeze window with an end. Both have a reason and a name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from functions.core.printable import printable
from functions.core.switch_scope import of_scope

LONGEST_FREEZE = timedelta(days=31)
LONGEST_REASON = 500
LONGEST_NAME = 100
MOST_SWITCHES = 100
"""They share one item, which is written and read before every change."""
_QUOTED = 200
_LONGEST_SCOPE = 300


class SwitchKind(StrEnum):
    """What a switch does."""

    STOP = "stop"
    FREEZE = "freeze"


@dataclass(frozen=True, kw_only=True, slots=True)
class Switch:
    """Holds off every change in its scope. `starts` and `ends` are set for a freeze only; `since` is when it was set, if known."""

    kind: SwitchKind
    scope: str
    reason: str
    by: str
    since: datetime | None = None
    starts: datetime | None = None
    ends: datetime | None = None

    def holds(self, now: datetime) -> bool:
        """From its start on, and before its end."""
        return (self.starts is None or self.starts <= now) and not self.over(now)

    def over(self, now: datetime) -> bool:
        """Whether it will never hold again by itself. A stop never is."""
        return self.ends is not None and self.ends <= now

    def __str__(self) -> str:
        """What it does to what, by whom, until when and why: one bounded line without control characters."""
        done = "stopped" if self.kind is SwitchKind.STOP else "frozen"
        starts = f" from {show(self.starts)}" if self.starts else ""
        until = show(self.ends) if self.ends else "somebody lifts it"
        what = printable(of_scope(self.scope), _LONGEST_SCOPE)
        by = printable(self.by, LONGEST_NAME)
        return f"{what} are {done} by {by}{starts} until {until}: {printable(self.reason, _QUOTED)}"


def show(moment: datetime) -> str:
    """A time for people."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"
