"""What a timer does when it rings: nothing at all where its time has not come, or where it has rung before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from functions.core.incident.contacts import Contact
from functions.core.incident.incident import Incident
from functions.core.incident.timers import RESOLUTION, RESPONSE, UPDATE, WHOLE, Timer, Timing, rang, ringing
from functions.core.incident.turns import Turn, escalate, miss, note

_NOT_YET = {RESPONSE: "nobody has taken it on", RESOLUTION: "it is not resolved"}
_DUE = {RESPONSE: "the response", RESOLUTION: "the resolution"}


def ring(incident: Incident, name: str, timing: Timing, now: datetime, how_it_stands: Callable[[], str]) -> Turn:
    """`how_it_stands` composes an update; it is asked for one only where the timer calls for it."""
    timer = ringing(incident, name, timing, now)
    if timer is None:
        return Turn(incident)
    marked = rang(incident, timer)
    if timer.what == UPDATE:
        return note(marked, "update", how_it_stands(), now)
    if timer.number < WHOLE:
        return note(marked, "reminder", _reminder(marked, timer, timing), now)
    return _missed(marked, timer, timing, now)


def _reminder(incident: Incident, timer: Timer, timing: Timing) -> str:
    following = _next(incident, timing)
    then = f"Else {_said(following)} is called" if following else _nobody(incident)
    return f"{incident.severity}: {_NOT_YET[timer.what]} yet; {_DUE[timer.what]} is due {_due(incident, timer)}. {then}"


def _missed(incident: Incident, timer: Timer, timing: Timing, now: datetime) -> Turn:
    """The next contact is called. Where there is none, those who were called before are told again."""
    why = f"{incident.severity}: {_NOT_YET[timer.what]}; {_DUE[timer.what]} was due {_due(incident, timer)}"
    following = _next(incident, timing)
    if following is None:
        text = f"{why}. {_nobody(incident)}"
        recorded = _record(incident, timer, text, now)
        return recorded if recorded.new else note(incident, "reminder", text, now, call_person=not incident.mitigated)
    recorded = _record(incident, timer, why, now)
    called = escalate(recorded.incident, incident.escalated_to + 1, f"{_said(following)} is called: {why}", now)
    return Turn(called.incident, (*recorded.entries, *called.entries))


def _record(incident: Incident, timer: Timer, text: str, now: datetime) -> Turn:
    """Once for each severity: what was missed at another one before is a breach at this one too."""
    missed = miss(incident, timer.what, text, now)
    if missed.new or timer.number > WHOLE:
        return missed
    return note(incident, "missed", text, now, call_person=True)


def _next(incident: Incident, timing: Timing) -> Contact | None:
    """What is mitigated wakes nobody further."""
    if incident.mitigated:
        return None
    return next(iter(timing.line(incident)[incident.escalated_to + 1 :]), None)


def _nobody(incident: Incident) -> str:
    mitigated = "It is mitigated, so that nobody further is called"
    return mitigated if incident.mitigated else "There is nobody further to call"


def _said(contact: Contact) -> str:
    return f"{contact.name} ({contact.how})"


def _due(incident: Incident, timer: Timer) -> str:
    due = incident.response_due if timer.what == RESPONSE else incident.resolution_due
    return f"{due:%Y-%m-%d %H:%M} UTC"
