"""Switches as they stand on the switch item, and back. What cannot be read there holds.

The item's `switches` maps a scope to `{kind, reason, by, since, starts, ends}`. `stopped: true` with a `reason` is the way to
stop everything by hand in DynamoDB's console.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from functions.core.switch import Switch, SwitchKind
from functions.core.switch_scope import ALL, breadth

_BY_HAND = "somebody (by hand, on the switch item)"
_NO_REASON = "no reason given"


def read_switches(item: Mapping[str, Any]) -> tuple[Switch, ...]:
    """All that stands on the item, the broadest first, one that is over included. Never raises."""
    found = [read_switch(scope, entry) for scope, entry in entries(item).items()]
    if stopped_by_hand(item):
        found.append(by_hand(item))
    return tuple(sorted(found, key=lambda switch: (breadth(switch.scope), switch.scope, switch.kind)))


def standing(item: Mapping[str, Any], scope: str) -> tuple[Switch, ...]:
    """What stands on exactly this scope: with `all` that can be an entry and a stop by hand."""
    entry = [read_switch(scope, entries(item)[scope])] if scope in entries(item) else []
    return (*entry, by_hand(item)) if scope == ALL and stopped_by_hand(item) else tuple(entry)


def entries(item: Mapping[str, Any]) -> Mapping[str, object]:
    """The entries by scope. Where they are no map, one that holds for everything and can only be mended by hand."""
    found = item.get("switches", {})
    return found if isinstance(found, Mapping) else {ALL: f"`switches` is {str(found)[:100]!r}"}


def stopped_by_hand(item: Mapping[str, Any]) -> bool:
    """Whatever `stopped` says but false is a stop."""
    return item.get("stopped", False) is not False


def by_hand(item: Mapping[str, Any]) -> Switch:
    """The stop that `stopped` stands for."""
    return Switch(kind=SwitchKind.STOP, scope=ALL, reason=_text(item.get("reason"), _NO_REASON), by=_BY_HAND)


def read_switch(scope: str, entry: object) -> Switch:
    """One entry; one that cannot be read is a stop of its scope. Never raises."""
    try:
        return _read(scope, entry)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        said = entry if isinstance(entry, Mapping) else {}
        reason = f"this switch cannot be read, so it holds ({error}); {_text(said.get('reason'), _NO_REASON)}"
        return Switch(kind=SwitchKind.STOP, scope=scope, reason=reason, by=_text(said.get("by"), _BY_HAND))


def write_switch(switch: Switch) -> dict[str, Any]:
    """The entry of a switch, in JSON types."""
    times = {"since": switch.since, "starts": switch.starts, "ends": switch.ends}
    said = {"kind": switch.kind.value, "reason": switch.reason, "by": switch.by}
    return {**said, **{name: moment.isoformat() for name, moment in times.items() if moment}}


def _read(scope: str, entry: object) -> Switch:
    if not isinstance(entry, Mapping):
        raise TypeError(f"{str(entry)[:100]!r} is no map")
    said = Switch(
        kind=SwitchKind(entry["kind"]),
        scope=scope,
        reason=_text(entry.get("reason"), _NO_REASON),
        by=_text(entry.get("by"), _BY_HAND),
        since=_time(entry.get("since")),
    )
    return _window(said, entry) if said.kind is SwitchKind.FREEZE else said


def _window(said: Switch, entry: Mapping[str, Any]) -> Switch:
    starts, ends = _time(entry.get("starts")), _time(entry.get("ends"))
    if ends is None:
        raise ValueError("a freeze has to have an end")
    if starts is not None and starts >= ends:
        raise ValueError("the freeze ends before it starts")
    return replace(said, starts=starts, ends=ends)


def _time(text: object) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)  # type: ignore[arg-type]
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} is a time without an offset")
    return moment.astimezone(UTC)


def _text(value: object, otherwise: str) -> str:
    return value if isinstance(value, str) and value.strip() else otherwise
