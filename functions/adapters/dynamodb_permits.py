"""The permit: `SWITCH#all / SWITCH` holds the switches, the changes of the hour, and the targets that were to be changed lately."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from functions.adapters.dynamodb_table import ConditionFailed, Item, Table, from_item, stamp, to_item
from functions.core.ports import Ask, Gate

SWITCH: Item = {"pk": "SWITCH#all", "sk": "SWITCH"}
_TRIES = 5
_LISTED = 200
"""So many targets are listed at most: more than any storm limit, few enough for a small item."""


class Permits(Table):
    """Asked before every mutating call. What cannot be read counts as no: the error ends the attempt."""

    def permit(self, ask: Ask) -> Gate:
        """See `Store.permit`. One call; a second one opens a new hour or makes room in the list."""
        for _ in range(_TRIES):
            try:
                return _gate(self._count(ask), ask)
            except ConditionFailed as refused:
                if self._renew(ask, refused.item):
                    return _gate(_renewed(ask, refused.item), ask)
        raise TimeoutError(f"no permit in {_TRIES} attempts: too many others are asking")

    def changes(self, now: datetime) -> int:
        """See `Store.changes`."""
        item = from_item(self.client.get_item(TableName=self.name, Key=to_item(SWITCH)).get("Item", {}))
        return int(item.get("changes", 0)) if item.get("hour") == _hour(now) else 0

    def mark_storm(self, run: str, incident: str, now: datetime, quiet: timedelta) -> str:
        """See `Store.mark_storm`. Each storm's end is reckoned from the last run that it stopped."""
        values = {":now": stamp(now), ":calm": stamp(now - quiet), ":run": run, ":incident": incident}
        try:
            self.update(
                SWITCH,
                "SET storm_at = :now, storm_run = :run, storm_incident = :incident",
                "attribute_not_exists(storm_at) OR storm_at < :calm OR storm_run = :run",
                values,
            )
        except ConditionFailed as known:
            self.update(SWITCH, "SET storm_at = :now", "attribute_exists(pk)", {":now": stamp(now)})
            return str(known.item["storm_incident"])
        return incident

    def _count(self, ask: Ask) -> Item:
        """The item with this question counted in. Raises ConditionFailed in a new hour, or where the list is full."""
        update, condition = "SET changes = changes + :counts", "#hour = :hour AND attribute_exists(alarmed)"
        values: Item = {":hour": _hour(ask.now), ":counts": ask.counts}
        names = {"#hour": "hour"}
        if ask.alarmed:
            update += ", alarmed.#target = :now"
            condition += " AND (attribute_exists(alarmed.#target) OR size(alarmed) < :listed)"
            values |= {":now": stamp(ask.now), ":listed": _LISTED}
            names["#target"] = str(ask.target)
        counted: Item = self.update(SWITCH, update, condition, values, names, give="ALL_NEW")
        return counted

    def _renew(self, ask: Ask, item: Item) -> bool:
        """Write the counters anew, unless somebody has counted since."""
        new = _renewed(ask, item)
        values: Item = {f":{name}": new[name] for name in ("hour", "changes", "alarmed")}
        unchanged = "attribute_not_exists(#hour)"
        if "hour" in item:
            unchanged = "#hour = :old_hour AND changes = :old_changes"
            values |= {":old_hour": item["hour"], ":old_changes": item.get("changes", 0)}
            if "alarmed" in item:
                unchanged += " AND alarmed = :old_alarmed"
                values[":old_alarmed"] = item["alarmed"]
        try:
            self.update(
                SWITCH,
                "SET #hour = :hour, changes = :changes, alarmed = :alarmed",
                unchanged,
                values,
                {"#hour": "hour"},
            )
        except ConditionFailed:
            return False
        return True


def _renewed(ask: Ask, item: Item) -> Item:
    """The item as it is to be: counted from this hour on, listing only what is recent."""
    hour = _hour(ask.now)
    changes = item.get("changes", 0) if item.get("hour") == hour else 0
    recent = {target: at for target, at in item.get("alarmed", {}).items() if at > stamp(ask.now - ask.within)}
    alarmed = {str(ask.target): stamp(ask.now)} if ask.alarmed and len(recent) < _LISTED else {}
    return {**item, "hour": hour, "changes": max(0, changes + ask.counts), "alarmed": {**recent, **alarmed}}


def _gate(item: Mapping[str, Any], ask: Ask) -> Gate:
    since = stamp(ask.now - ask.within)
    alarmed = {target: datetime.fromisoformat(at) for target, at in item.get("alarmed", {}).items() if at > since}
    return Gate(switches=item, changes=int(item["changes"]), alarmed=alarmed)


def _hour(now: datetime) -> str:
    return f"{now:%Y-%m-%dT%H}"
