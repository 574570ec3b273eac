"""Incidents of one service are followed as one: the first that is open leads, the others join it and make it broader."""

from __future__ import annotations

from datetime import datetime

from functions.core.incident.change import change
from functions.core.incident.incident import Incident
from functions.core.incident.opening import DueBy
from functions.core.incident.ports import Incidents
from functions.core.incident.severity import SeverityRules
from functions.core.incident.turns import Turn, follow, join, raise_severity


def attach(incidents: Incidents, incident: Incident, rules: SeverityRules, due: DueBy, now: datetime) -> Incident:
    """Have it lead its service, or join what leads it already. May be repeated."""
    if incident.joined:
        return incident
    first = incidents.lead(incident.service, incident.id)
    if first == incident.id:
        return incident
    lead = incidents.load(first)
    if lead is None or lead.resolved:
        incidents.unlead(incident.service, first)
        incidents.lead(incident.service, incident.id)
        return incident
    change(incidents, lead.id, lambda found: join(found, incident, now))
    change(incidents, lead.id, lambda found: _broader(found, rules, due, now))
    return change(incidents, incident.id, lambda found: follow(found, lead.id, now)).incident


def _broader(lead: Incident, rules: SeverityRules, due: DueBy, now: datetime) -> Turn:
    severity = rules.by_breadth(len(lead.targets))
    if severity is None:
        return Turn(lead)
    at = due(severity, now)
    return raise_severity(
        lead, severity, f"{len(lead.targets)} resources are concerned", now, at.response, at.resolution
    )
