"""The times of an incident against the targets of the runbook's table."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from functions.core.incident.incident import Incident, Moment
from functions.core.incident.review.review import Milestone
from functions.core.incident.turns import RULES

AUTOMATION, PERSON = "the automation", "a person"


def milestones(incident: Incident, remediations: Collection[str], now: datetime) -> tuple[Milestone, ...]:
    """Detected, acknowledged, mitigated, resolved. A person is named only for having taken it on.

    An end answers too: what was over before its response was due has kept that target, acknowledged or not.
    """
    taken, end = incident.acknowledged, incident.resolved
    answered = taken or incident.mitigated or end
    return (
        Milestone(name="Detected", at=incident.opened_at),
        Milestone(
            name="Acknowledged",
            at=taken.at if taken else None,
            by=taken.by if taken else "",
            due=incident.response_due,
            over=(answered.at if answered else now) - incident.response_due,
        ),
        _end("Mitigated", incident.mitigated, remediations),
        Milestone(
            name="Resolved",
            at=end.at if end else None,
            by=_role(end, remediations),
            due=incident.resolution_due,
            over=(end.at if end else now) - incident.resolution_due,
        ),
    )


def _end(name: str, moment: Moment | None, remediations: Collection[str]) -> Milestone:
    return Milestone(name=name, at=moment.at if moment else None, by=_role(moment, remediations))


def _role(moment: Moment | None, remediations: Collection[str]) -> str:
    if moment is None:
        return ""
    return AUTOMATION if moment.by == RULES or moment.by in remediations else PERSON
