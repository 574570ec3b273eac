"""What a timeline is told of a review: that it is drafted, and what is to be done. Each once, however often it is drafted."""

from __future__ import annotations

from datetime import datetime

from functions.core.incident.incident import Incident
from functions.core.incident.ports import Line
from functions.core.incident.review.review import Review
from functions.core.incident.review.timeline import ACTION_ITEM, DRAFTED
from functions.core.incident.turns import Turn, note


def told(incident: Incident, lines: tuple[Line, ...], review: Review, place: str, now: datetime) -> Turn:
    """`lines` are those on record, of `incident` as it is now. Of an incident that is not over nothing is told."""
    if not incident.resolved:
        return Turn(incident)
    known = [line.text for line in lines if line.kind == ACTION_ITEM]
    new = [item for item in review.action_items if not any(text.startswith(f"{item.id}: ") for text in known)]
    turns = [note(incident, ACTION_ITEM, item.line, now) for item in new]
    if not any(line.kind == DRAFTED for line in lines):
        counts = f"{len(review.questions)} questions and {len(review.action_items)} action items"
        turns.insert(0, note(incident, DRAFTED, f"the review is drafted, with {counts}: {place}", now))
    return Turn(incident, tuple(entry for turn in turns for entry in turn.entries))
