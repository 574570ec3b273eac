"""How long an alarm waited for its first change."""

from __future__ import annotations

from datetime import timedelta

from functions.core.alarm import Kind
from functions.core.run import NO_EFFECT, Run


def reaction(before: Run, after: Run) -> timedelta | None:
    """From the alarm's transition to the first change, where it was made between these two states of a run.

    None where it was not, where a person was asked or has asked, and for a way back.
    """
    asked = after.verdict is not None or after.alarm.kind is Kind.MANUAL
    if before.changed or asked or after.way_back:
        return None
    made = [step.at for step in after.steps if step.at is not None and step.state not in NO_EFFECT]
    return max(min(made) - after.alarm.at, timedelta()) if made else None
