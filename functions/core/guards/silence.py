"""The alarm's own silence: EventBridge tells of an alarm although its owner has disabled or muted its actions."""

from __future__ import annotations

from functions.core.decision import Decline
from functions.core.guards.case import Case, Checked


def check(case: Case) -> Checked:
    """Reads the alarm anew: the event was written before it came here. Raises what AWS raises."""
    silenced = case.ports.alarms.silence(case.run.alarm)
    if silenced is None:
        return Checked("nothing silences the alarm")
    advice = "Nothing is done while it is silenced; invoke the remediation by hand where it is needed all the same"
    return Checked(silenced, Decline(code="alarm_silenced", seen=silenced, advice=advice, call_person=False))
