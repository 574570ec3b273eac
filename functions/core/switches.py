"""Whether a change is switched off: read at admission and again before every change, from the item as it is stored."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from functions.core.arn import Arn
from functions.core.decision import Decline
from functions.core.switch import Switch, SwitchKind
from functions.core.switch_record import read_switches
from functions.core.switch_scope import breadth, covers

_CODES = {SwitchKind.STOP: "stopped", SwitchKind.FREEZE: "frozen"}
_ADVICE = {
    SwitchKind.STOP: "Lift the stop, then invoke the remediation by hand",
    SwitchKind.FREEZE: "Wait for the window's end or lift it, then invoke the remediation by hand",
}
SWITCHED_OFF = frozenset(_CODES.values())
"""The codes of `refusal`."""


def holding(item: Mapping[str, Any], *, target: Arn, remediation: str, now: datetime) -> Switch | None:
    """The switch that holds off this change: a stop before a freeze, then the broadest. What cannot be read holds.

    `item` is the switch item as it is stored, see core/switch_record.py.
    """
    found = [switch for switch in read_switches(item) if switch.holds(now)]
    held = [switch for switch in found if covers(switch.scope, target=target, remediation=remediation)]
    return min(held, key=lambda switch: (switch.kind is not SwitchKind.STOP, breadth(switch.scope)), default=None)


def refusal(switch: Switch) -> Decline:
    """Nothing is changed while this switch holds."""
    return Decline(code=_CODES[switch.kind], seen=str(switch), advice=_ADVICE[switch.kind])
