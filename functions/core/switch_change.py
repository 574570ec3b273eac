"""A line of the switches' log: who set or lifted what, when and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from functions.core.printable import printable
from functions.core.switch import LONGEST_NAME, LONGEST_REASON, Switch
from functions.core.switch_record import read_switch, write_switch


class ChangeKind(StrEnum):
    """What was done to a switch."""

    SET = "switch_set"
    LIFTED = "switch_lifted"
    KEPT = "switch_kept"
    """It was to be lifted, and somebody changed it at the same moment."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SwitchChange:
    """`switch` is the one that was set or lifted, `replaced` the one that stood on its scope before."""

    at: datetime
    kind: ChangeKind
    switch: Switch
    by: str
    reason: str
    replaced: Switch | None = None

    @property
    def text(self) -> str:
        """The change in a sentence, for people."""
        if self.kind is ChangeKind.SET:
            before = f" This replaces: {self.replaced}" if self.replaced else ""
            return f"{self.switch}{before}"
        done = "lifted a switch" if self.kind is ChangeKind.LIFTED else "did not lift a switch that changed meanwhile"
        why = printable(self.reason, LONGEST_REASON)
        return f"{printable(self.by, LONGEST_NAME)} {done}: {why}. It said: {self.switch}"


def write_change(change: SwitchChange) -> dict[str, Any]:
    """A change in JSON types, each switch with its scope in it."""
    said = {"at": change.at.isoformat(), "kind": change.kind.value, "by": change.by, "reason": change.reason}
    before = {"replaced": _write(change.replaced)} if change.replaced else {}
    return {**said, "text": change.text, "switch": _write(change.switch), **before}


def read_change(data: Mapping[str, Any]) -> SwitchChange:
    """The change that `write_change` wrote."""
    return SwitchChange(
        at=datetime.fromisoformat(data["at"]),
        kind=ChangeKind(data["kind"]),
        switch=read_switch(data["switch"]["scope"], data["switch"]),
        by=data["by"],
        reason=data["reason"],
        replaced=read_switch(data["replaced"]["scope"], data["replaced"]) if "replaced" in data else None,
    )


def _write(switch: Switch) -> dict[str, Any]:
    return {"scope": switch.scope, **write_switch(switch)}
