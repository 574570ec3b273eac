"""What can happen to an incident, each as a pure function: the incident afterwards, and the line that the timeline gets.

A turn that says nothing new changes nothing and adds no line, so that it may be repeated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from functions.core.incident.incident import Incident, Moment, Severity
from functions.core.run import Entry

RULES = "first-responder"
"""Who has done what no person did."""


@dataclass(frozen=True, slots=True)
class Turn:
    """`entries` is empty where nothing has changed."""

    incident: Incident
    entries: tuple[Entry, ...] = ()

    @property
    def new(self) -> bool:
        return bool(self.entries)


def acknowledge(incident: Incident, by: str, now: datetime) -> Turn:
    """A person has taken it on. The first one counts; an end answers too."""
    if incident.acknowledged or incident.resolved:
        return Turn(incident)
    after = replace(incident, acknowledged=Moment(at=now, by=by))
    return _turn(after, now, "acknowledged", f"{by} has taken it on")


def mitigate(incident: Incident, by: str, why: str, now: datetime) -> Turn:
    """The trouble is over for now, by a remediation's proof or by a person's word."""
    if incident.mitigated or incident.resolved:
        return Turn(incident)
    return _turn(replace(incident, mitigated=Moment(at=now, by=by), unsettled=()), now, "mitigated", why)


def settle(incident: Incident, which: str, by: str, why: str, now: datetime) -> Turn:
    """The trouble of one of those that are followed here is over; with the last one it is mitigated."""
    if which not in incident.unsettled or incident.resolved:
        return Turn(incident)
    left = tuple(other for other in incident.unsettled if other != which)
    if not left:
        return mitigate(incident, by, why, now)
    return _turn(replace(incident, unsettled=left), now, "settled", f"{which}: {why}; {len(left)} more to go")


def resolve(incident: Incident, by: str, why: str, now: datetime) -> Turn:
    """It is over. Whether that is so was looked at before, see lifecycle/resolve.py."""
    if incident.resolved:
        return Turn(incident)
    moment = Moment(at=now, by=by)
    after = replace(incident, resolved=moment, mitigated=incident.mitigated or moment)
    return _turn(after, now, "resolved", why)


def review(incident: Incident, by: str, now: datetime) -> Turn:
    """A person has read and agreed the review."""
    if incident.reviewed or not incident.resolved:
        return Turn(incident)
    return _turn(replace(incident, reviewed=Moment(at=now, by=by)), now, "reviewed", f"{by} has agreed the review")


def choose_severity(
    incident: Incident, severity: Severity, by: str, now: datetime, response: datetime, resolution: datetime
) -> Turn:
    """A person's choice, up or down; no machine changes it any more. `response` and `resolution` are due by it.

    Who confirms the severity that it has moves no deadline.
    """
    if incident.resolved or (incident.severity, incident.severity_by) == (severity, by):
        return Turn(incident)
    after = replace(incident, severity_by=by, severity_why=f"chosen by {by}")
    if severity != incident.severity:
        after = _count_anew(replace(after, severity=severity), now, response, resolution)
    return _turn(after, now, "severity", f"{by} has set it from {incident.severity} to {severity}")


def raise_severity(
    incident: Incident, severity: Severity, why: str, now: datetime, response: datetime, resolution: datetime
) -> Turn:
    """By a rule: only ever up, and never over a person's choice."""
    if incident.resolved or incident.severity_by or not severity.is_above(incident.severity):
        return Turn(incident)
    after = _count_anew(replace(incident, severity=severity, severity_why=why), now, response, resolution)
    text = f"raised from {incident.severity} to {severity}: {why}"
    return _turn(after, now, "severity", text, call_person=True)


def worsen(incident: Incident, run: str, why: str, now: datetime, response: datetime, resolution: datetime) -> Turn:
    """A run could not help: one step more urgent, once for each run. `response` and `resolution` are due by that."""
    if run in incident.worsened_by:
        return Turn(incident)
    marked = replace(incident, worsened_by=(*incident.worsened_by, run))
    return raise_severity(marked, incident.severity.next_above, why, now, response, resolution)


def _count_anew(incident: Incident, now: datetime, response: datetime, resolution: datetime) -> Incident:
    """What was missed stays on record; who is called begins with the first contact again."""
    return replace(
        incident, severity_at=now, rung=(), escalated_to=0, response_due=response, resolution_due=resolution
    )  # fmt: skip


def join(lead: Incident, joiner: Incident, now: datetime) -> Turn:
    """Another incident of the same service is followed here from now on."""
    if joiner.id in lead.joiners:
        return Turn(lead)
    targets = tuple(dict.fromkeys([*lead.targets, *joiner.targets]))
    back = lead.mitigated is not None
    after = replace(
        lead,
        joiners=(*lead.joiners, joiner.id),
        targets=targets,
        unsettled=(*lead.unsettled, joiner.id),
        mitigated=None,
    )
    text = f"{joiner.id} has joined: {joiner.title} on {joiner.target}{'; it is not over after all' if back else ''}"
    return _turn(after, now, "joined", text, call_person=back)


def follow(joiner: Incident, lead: str, now: datetime) -> Turn:
    """This one is followed at another one from now on."""
    if joiner.joined == lead:
        return Turn(joiner)
    return _turn(replace(joiner, joined=lead), now, "follows", f"followed at {lead}, of the same service")


def miss(incident: Incident, target: str, text: str, now: datetime) -> Turn:
    """A target of the runbook's table was not kept: `response` or `resolution`. On record once."""
    if target in incident.missed:
        return Turn(incident)
    return _turn(replace(incident, missed=(*incident.missed, target)), now, "missed", text, call_person=True)


def escalate(incident: Incident, level: int, text: str, now: datetime) -> Turn:
    """The next contact is called: `level` 1 is the second one of the runbook's list."""
    if level <= incident.escalated_to:
        return Turn(incident)
    return _turn(replace(incident, escalated_to=level), now, "escalation", text, call_person=True)


def note(incident: Incident, kind: str, text: str, now: datetime, *, call_person: bool = False) -> Turn:
    """A line for the timeline that changes nothing."""
    return _turn(incident, now, kind, text, call_person=call_person)


def _turn(incident: Incident, now: datetime, kind: str, text: str, *, call_person: bool = False) -> Turn:
    audience = incident.audience.value
    return Turn(incident, (Entry(at=now, kind=kind, text=text, call_person=call_person, audience=audience),))
