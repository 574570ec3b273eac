"""The door to the switches, for those who set them. Runs read them with their permit instead, see core/switches.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from functions.core.errors import InvalidEvent
from functions.core.switch import MOST_SWITCHES, Switch
from functions.core.switch_change import SwitchChange
from functions.core.switch_record import read_switches


class SwitchBoard(Protocol):
    """Every change is logged with who and why, and calls people. `request` is the id of the invocation that asks for it."""

    def all(self, now: datetime) -> Sequence[Switch]:
        """What holds and what will hold, the broadest first."""

    def set(self, switch: Switch, *, now: datetime, request: str) -> SwitchChange:
        """Set a switch in place of the one on its scope. Raises InvalidEvent where there are too many."""

    def lift(self, scope: str, *, reason: str, by: str, now: datetime, request: str) -> Sequence[SwitchChange]:
        """Take back what is set on exactly this scope: two things where everything was stopped by hand as well.

        Raises InvalidEvent where nothing is set there, or somebody else changes it at the same moment.
        """

    def log(self, since: datetime) -> Sequence[SwitchChange]:
        """What was set and lifted since then, oldest first."""


def nothing_to_lift(scope: str, item: Mapping[str, Any]) -> InvalidEvent:
    """What is wrong with lifting a scope on which nothing is set."""
    found = dict.fromkeys(switch.scope for switch in read_switches(item))
    return InvalidEvent("scope", scope, f"what is set: {' | '.join(found) or 'nothing is'}")


def no_room(scope: str) -> InvalidEvent:
    """What is wrong with one switch too many."""
    return InvalidEvent("scope", scope, f"at most {MOST_SWITCHES} switches; lift one first, or set a broader one")


def check_map(item: Mapping[str, Any]) -> None:
    """Raises InvalidEvent where the switches are spoiled: then nothing can be set beside them, and `all` can be lifted."""
    found = item.get("switches", {})
    if not isinstance(found, Mapping):
        raise InvalidEvent("switches on the record", found, "a map; lift the scope all to begin anew")
