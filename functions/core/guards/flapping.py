"""Flap hold: an alarm that comes and goes is no basis for a change. One notice, then silence until it has been quiet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from functions.core.alarm import Alarm
from functions.core.decision import Decline
from functions.core.guards.case import Case, Checked
from functions.core.ports import Settings, Store, Transition

CODE = "flapping"


def check(case: Case) -> Checked:
    """Asks the record only where the target was taken or rested lately: else there was no earlier transition to find."""
    settings, active = case.ports.settings, case.run.ledger.active_at
    if active is None or active < case.now - settings.flap_within:
        return Checked("the target had no alarm lately")
    return flapping(case.ports.store, settings, case.run.alarm)


def flapping(store: Store, settings: Settings, alarm: Alarm) -> Checked:
    """Whether this transition is one too many, by what is on record of its alarm."""
    found = store.transitions(alarm.arn, alarm.at - settings.flap_within)
    earlier = _since_quiet([one for one in found if one.at < alarm.at], alarm.at, settings.flap_quiet)
    seen = f"{len(earlier) + 1} transitions to ALARM within {_minutes(settings.flap_within)} minutes"
    noticed = any(one.code == CODE for one in earlier)
    if not noticed and len(earlier) + 1 < settings.flap_transitions:
        return Checked(f"{seen}, fewer than {settings.flap_transitions}")
    advice = f"Look why it comes and goes; it is answered again after {_minutes(settings.flap_quiet)} quiet minutes"
    return Checked(seen, Decline(code=CODE, seen=f"the alarm flaps: {seen}", advice=advice, call_person=not noticed))


def _since_quiet(earlier: Sequence[Transition], now: datetime, quiet: timedelta) -> list[Transition]:
    """The transitions that followed each other without a pause as long as `quiet`, up to now."""
    kept: list[Transition] = []
    after = now
    for one in reversed(earlier):
        if after - one.at >= quiet:
            break
        kept.append(one)
        after = one.at
    return kept


def _minutes(time: timedelta) -> int:
    return time // timedelta(minutes=1)
