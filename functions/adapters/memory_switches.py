"""Switches in memory: the fake beside dynamodb_switches.py, held to the same tests."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from functions.core.switch import MOST_SWITCHES, Switch
from functions.core.switch_board import check_map, no_room, nothing_to_lift
from functions.core.switch_change import ChangeKind, SwitchChange
from functions.core.switch_record import entries, read_switch, read_switches, standing, write_switch


class MemorySwitches:
    """The core's `SwitchBoard`. `item` is the switch item, which a MemoryStore may share."""

    def __init__(self, item: dict[str, Any] | None = None) -> None:
        self.item: dict[str, Any] = {} if item is None else item
        self._log: list[SwitchChange] = []

    def all(self, now: datetime) -> Sequence[Switch]:
        return tuple(switch for switch in read_switches(self.item) if not switch.over(now))

    def set(self, switch: Switch, *, now: datetime, request: str) -> SwitchChange:
        check_map(self.item)
        kept = {scope: entry for scope, entry in entries(self.item).items() if not read_switch(scope, entry).over(now)}
        if switch.scope not in kept and len(kept) >= MOST_SWITCHES:
            raise no_room(switch.scope)
        replaced = read_switch(switch.scope, kept[switch.scope]) if switch.scope in kept else None
        self.item["switches"] = {**kept, switch.scope: write_switch(switch)}
        change = SwitchChange(
            at=now, kind=ChangeKind.SET, switch=switch, by=switch.by, reason=switch.reason, replaced=replaced
        )
        self._log.append(change)
        return change

    def lift(self, scope: str, *, reason: str, by: str, now: datetime, request: str) -> Sequence[SwitchChange]:
        found = standing(self.item, scope)
        if not found:
            raise nothing_to_lift(scope, self.item)
        changes = [SwitchChange(at=now, kind=ChangeKind.LIFTED, switch=one, by=by, reason=reason) for one in found]
        self.item["switches"] = {key: entry for key, entry in entries(self.item).items() if key != scope}
        self.item["stopped"] = self.item.get("stopped", False) is not False and scope != "all"
        self._log += changes
        return changes

    def log(self, since: datetime) -> Sequence[SwitchChange]:
        return sorted((change for change in self._log if change.at >= since), key=lambda change: change.at)
