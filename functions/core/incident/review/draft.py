"""From what is on record to the draft of a review. Pure: the same record gives the same draft."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from functions.core.drift import Row
from functions.core.incident.incident import Incident
from functions.core.incident.ports import Story
from functions.core.incident.review.action_items import Days, action_items
from functions.core.incident.review.known import Known, open_here
from functions.core.incident.review.milestones import PERSON, milestones
from functions.core.incident.review.questions import questions
from functions.core.incident.review.review import Curve, Review
from functions.core.incident.review.timeline import timeline
from functions.core.incident.review.work import stays, work


def draft(story: Story, rows: Iterable[Row], curve: Curve, *, after: Days, now: datetime) -> Review:
    """`rows` are those of the IaC ledger, of any incident; `after` counts business days."""
    incident = story.incident
    remediations = {run.remediation for run in story.runs}
    known = Known(
        incident=incident,
        lines=story.lines,
        runs=story.runs,
        milestones=milestones(incident, remediations, now),
        work=tuple(work(run) for run in story.runs),
        stays=tuple(stays(story.runs)),
        drifts=open_here(rows, story),
        curve=curve,
    )
    return Review(
        incident=incident,
        severity_why=_why(incident),
        drafted_at=now,
        milestones=known.milestones,
        timeline=timeline(story),
        work=known.work,
        stays=known.stays,
        drifts=known.drifts,
        questions=questions(known),
        action_items=action_items(known, after),
        curve=curve,
    )


def _why(incident: Incident) -> str:
    return f"chosen by {PERSON}" if incident.severity_by else incident.severity_why
