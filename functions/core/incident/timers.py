"""The timers of an incident, each a function of what it is now: what was ordered before cannot make them go wrong.

A timer is called `<severity>-<what>-<number>`: a new severity has timers of its own, and those of the old one find nothing to do.

    P1-response-50, -80      reminders, until somebody has taken it on
    P1-response-100          the target was missed: the next contact is called
    P1-response-200, -300    another whole target later, for as long as there are contacts left
    P1-resolution-50 ...     the same, until it is resolved
    P1-update-1, -2 ...      those who wait are told how it stands, at the rhythm of the severity; only the next one is ordered
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction

from functions.core.incident.contacts import Contact, called_for
from functions.core.incident.due import Rules, Span
from functions.core.incident.incident import Incident

RESPONSE, RESOLUTION, UPDATE = "response", "resolution", "update"
REMINDERS = (50, 80)
WHOLE = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Timing:
    """What the timers go by."""

    rules: Rules
    contacts: Sequence[Contact]

    def line(self, incident: Incident) -> tuple[Contact, ...]:
        """Who is called for it, one after the other."""
        return called_for(self.contacts, incident.severity, incident.audience)


@dataclass(frozen=True, kw_only=True, slots=True)
class Timer:
    """`number` is how many percent of the target have passed; of an update, which one it is."""

    name: str
    what: str
    number: int
    at: datetime


def wanted(incident: Incident, timing: Timing, now: datetime) -> Mapping[str, Timer]:
    """What has still to ring, by name; what is late is among it. Only an incident that leads and is not resolved has any."""
    if incident.resolved or incident.joined:
        return {}
    target = timing.rules.targets[incident.severity]
    found = [*_of_target(incident, timing, now, RESOLUTION, target.resolution, incident.resolution_due)]
    if not incident.acknowledged:
        found += _of_target(incident, timing, now, RESPONSE, target.response, incident.response_due)
    found += _updates(incident, timing, now, target.update)
    return {timer.name: timer for timer in found if timer.name not in incident.rung}


def superfluous(incident: Incident, timing: Timing, now: datetime) -> Sequence[str]:
    """The names of those that may have been ordered for its severity, and have nothing to do any more."""
    as_it_was = replace(incident, acknowledged=None, resolved=None, joined="")
    return sorted(set(wanted(as_it_was, timing, now)) - set(wanted(incident, timing, now)))


def following(incident: Incident, name: str, timing: Timing, now: datetime) -> Sequence[Timer]:
    """What has to be ordered when this one has rung: the next update after an update, and itself where it came too early."""
    after_update = name.startswith(_name(incident, UPDATE, ""))
    found = wanted(incident, timing, now).values()
    return [timer for timer in found if timer.name == name or (after_update and timer.what == UPDATE)]


def ringing(incident: Incident, name: str, timing: Timing, now: datetime) -> Timer | None:
    """What this timer has to say now, if anything. An update that comes late stands for the one whose time has come by then."""
    return next((timer for timer in following(incident, name, timing, now) if timer.at <= now), None)


def rang(incident: Incident, timer: Timer) -> Incident:
    """With the mark that this one has rung. Of updates only the last one is marked: it stands for those before it."""
    others = [
        name for name in incident.rung if timer.what != UPDATE or not name.startswith(_name(incident, UPDATE, ""))
    ]
    return replace(incident, rung=(*others, timer.name))


def _of_target(
    incident: Incident, timing: Timing, now: datetime, what: str, span: Span, due: datetime
) -> Iterator[Timer]:
    """A reminder that is overtaken by the next one is left out, a missed target never is. `due` is what people were told:
    a change of the rules moves it no more."""
    calendar = timing.rules.calendar
    reminders = [span.after(incident.counts_from, calendar, Fraction(share, WHOLE)) for share in REMINDERS]
    for share, at, overtaken in zip(REMINDERS, reminders, [*reminders[1:], due], strict=True):
        if at < due and now < overtaken:
            yield _timer(incident, what, share, at)
    yield _timer(incident, what, WHOLE, due)
    for step in range(1, len(timing.line(incident)) - 1):
        yield _timer(incident, what, WHOLE * (step + 1), span.after(due, calendar, Fraction(step)))


def _updates(incident: Incident, timing: Timing, now: datetime, span: Span) -> Iterator[Timer]:
    """The one whose time has come, if it was not written yet, and the next one. Missed ones are not made up for."""
    passed = span.times(incident.counts_from, now, timing.rules.calendar)
    for number in (passed, passed + 1):
        if number:
            at = span.after(incident.counts_from, timing.rules.calendar, Fraction(number))
            yield _timer(incident, UPDATE, number, at)


def _timer(incident: Incident, what: str, number: int, at: datetime) -> Timer:
    return Timer(name=_name(incident, what, str(number)), what=what, number=number, at=at)


def _name(incident: Incident, what: str, number: str) -> str:
    return f"{incident.severity}-{what}-{number}"
