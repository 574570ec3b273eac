"""Switches in DynamoDB: the `switches` of `SWITCH#all / SWITCH`, and their log `SWITCH#log / AT#time#request`.

The item is shared with the permit's counters, so one entry is written at a time, and never in a transaction: that would make
permits fail while a storm is on. Instead the order keeps the promise. A stop holds before it is logged, and says itself who set
it and why; a lift is logged before anything is let go.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from functions.adapters.dynamodb_permits import SWITCH
from functions.adapters.dynamodb_table import ConditionFailed, Item, Table, from_item, stamp, to_item
from functions.core.errors import InvalidEvent
from functions.core.switch import MOST_SWITCHES, Switch
from functions.core.switch_board import check_map, no_room, nothing_to_lift
from functions.core.switch_change import ChangeKind, SwitchChange, read_change, write_change
from functions.core.switch_record import (
    entries,
    read_switch,
    read_switches,
    standing,
    stopped_by_hand,
    write_switch,
)
from functions.core.switch_scope import ALL

LOG = "SWITCH#log"
_ENTRY = "switches.#scope"
_ROOM = f"attribute_exists(switches) AND (attribute_exists({_ENTRY}) OR size(switches) < :most)"


class Switches(Table):
    """The core's `SwitchBoard`."""

    def all(self, now: datetime) -> Sequence[Switch]:
        """See `SwitchBoard.all`."""
        return tuple(switch for switch in read_switches(self._item()) if not switch.over(now))

    def set(self, switch: Switch, *, now: datetime, request: str) -> SwitchChange:
        """See `SwitchBoard.set`. Also clears away what is over."""
        item = self._item()
        check_map(item)
        for scope, entry in entries(item).items():
            if read_switch(scope, entry).over(now):
                self._remove(scope, {"switches": item["switches"]})
        before = entries(self._write(switch))
        replaced = read_switch(switch.scope, before[switch.scope]) if switch.scope in before else None
        change = SwitchChange(
            at=now, kind=ChangeKind.SET, switch=switch, by=switch.by, reason=switch.reason, replaced=replaced
        )
        self._log(change, f"{request}.0")
        return change

    def lift(self, scope: str, *, reason: str, by: str, now: datetime, request: str) -> Sequence[SwitchChange]:
        """See `SwitchBoard.lift`."""
        item = self._item()
        found = standing(item, scope)
        if not found:
            raise nothing_to_lift(scope, item)
        changes = [SwitchChange(at=now, kind=ChangeKind.LIFTED, switch=one, by=by, reason=reason) for one in found]
        for number, change in enumerate(changes):
            self._log(change, f"{request}.{number}")
        if not self._remove(scope, item):
            for number, change in enumerate(changes):
                self._log(replace(change, kind=ChangeKind.KEPT), f"{request}.{number}.kept")
            raise InvalidEvent("scope", scope, "a switch that nobody else changes at this moment; list them again")
        return changes

    def log(self, since: datetime) -> Sequence[SwitchChange]:
        """See `SwitchBoard.log`."""
        pages = self.client.get_paginator("query").paginate(
            TableName=self.name,
            KeyConditionExpression="pk = :log AND sk >= :since",
            ExpressionAttributeValues=to_item({":log": LOG, ":since": f"AT#{stamp(since)}"}),
            ConsistentRead=True,
        )
        return [read_change(from_item(item)["change"]) for page in pages for item in page["Items"]]

    def _item(self) -> Item:
        answer = self.client.get_item(TableName=self.name, Key=to_item(SWITCH), ConsistentRead=True)
        return from_item(answer.get("Item", {}))

    def _write(self, switch: Switch) -> Item:
        """The item as it was before. Makes the map where there is none yet."""
        values = {":switch": write_switch(switch), ":most": MOST_SWITCHES}
        try:
            before = self.update(SWITCH, f"SET {_ENTRY} = :switch", _ROOM, values, {"#scope": switch.scope})
        except ConditionFailed as refused:
            if "switches" in refused.item:
                raise no_room(switch.scope) from None
            self._begin()
            return self._write(switch)
        return dict(before)

    def _begin(self) -> None:
        with suppress(ConditionFailed):  # somebody else has begun
            self.update(SWITCH, "SET switches = :none", "attribute_not_exists(switches)", {":none": {}})

    def _remove(self, scope: str, item: Item) -> bool:
        """Let go of what stood on the item for this scope. False where it stands there no more as it did."""
        there = _paths(scope, item)
        names = {"#scope": scope} if _ENTRY in there else {}
        condition = " AND ".join(f"{path} = :was{number}" for number, path in enumerate(there))
        values = {f":was{number}": value for number, value in enumerate(there.values())}
        try:
            self.update(SWITCH, f"REMOVE {', '.join(there)}", condition, values, names)
        except ConditionFailed:
            return False
        return True

    def _log(self, change: SwitchChange, key: str) -> None:
        item = {
            "pk": LOG,
            "sk": f"AT#{stamp(change.at)}#{key}",
            "at": stamp(change.at),
            "kind": change.kind.value,
            "text": change.text,
            "call_person": True,
            "target": change.switch.scope,
            "change": write_change(change),
        }
        self.client.put_item(TableName=self.name, Item=to_item(item), ConditionExpression="attribute_not_exists(pk)")


def _paths(scope: str, item: Item) -> Item:
    """Where a scope's switches stand on the item, and what stands there."""
    switches = item.get("switches", {})
    if not isinstance(switches, dict):
        there = {"switches": switches}
    else:
        there = {_ENTRY: switches[scope]} if scope in switches else {}
    return {**there, "stopped": item["stopped"]} if scope == ALL and stopped_by_hand(item) else there
