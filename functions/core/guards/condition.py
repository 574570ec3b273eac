"""Old news counts only where it is still true, and what has calmed down is left alone."""

from __future__ import annotations

from datetime import datetime, timedelta

from functions.core.alarm import Alarm
from functions.core.decision import Decline


def unmet(breached: bool | None, alarm: Alarm, now: datetime, fresh_within: timedelta) -> Decline | None:
    """Asked before planning. `breached` is the alarm's condition, read again just now; None where AWS had no answer."""
    if breached is False:
        return Decline(
            code="condition_cleared",
            seen="read again, the condition of the alarm no longer holds",
            advice="Nothing to do unless it comes back",
            call_person=False,
        )
    age = now - alarm.at
    if breached is None and age > fresh_within:
        return Decline(
            code="stale",
            seen=f"the alarm is {age // timedelta(minutes=1)} minutes old and whether it still holds could not be read",
            advice="Look at the target's metrics",
        )
    return None
