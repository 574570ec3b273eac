"""What is known when questions are asked and action items written: the record, seen through a review's eyes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.core.drift import Drift, Row, open_drifts
from functions.core.incident.incident import Incident
from functions.core.incident.ports import Line, Story
from functions.core.incident.review.review import Curve, Milestone, Stays, Work
from functions.core.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """All of it is of this incident and those that have joined it."""

    incident: Incident
    lines: tuple[Line, ...]
    runs: tuple[Run, ...]
    milestones: tuple[Milestone, ...]
    work: tuple[Work, ...]
    stays: tuple[Stays, ...]
    drifts: tuple[Drift, ...]
    curve: Curve

    def milestone(self, name: str) -> Milestone:
        return next(one for one in self.milestones if one.name == name)

    def missed_by(self, target: str, name: str) -> timedelta | None:
        """By how much a target was missed, zero where the record says only that it was; None where it was kept."""
        milestone = self.milestone(name)
        if milestone.missed:
            return milestone.over
        return timedelta() if target in self.incident.missed else None

    def texts(self, kind: str) -> list[str]:
        """What the lines of one kind say."""
        return [line.text for line in self.lines if line.kind == kind]


def open_here(rows: Iterable[Row], story: Story) -> tuple[Drift, ...]:
    """The open differences that this incident has a part in."""
    all_rows = tuple(rows)
    ids = {story.incident.id, *story.incident.joiners}
    concerned = {row.of() for row in all_rows if isinstance(row, Drift) and row.incident in ids}
    return tuple(drift for drift in open_drifts(all_rows) if drift.of() in concerned)


def beyond_before(curve: Curve, detected: datetime) -> timedelta | None:
    """For how long the metric had been on the wrong side of its threshold, without a break, when it was detected."""
    if curve.threshold is None or curve.above is None:
        return None
    since: datetime | None = None
    for at, value in curve.points:
        if at >= detected:
            break
        wrong = value >= curve.threshold if curve.above else value <= curve.threshold
        since = (since or at) if wrong else None
    return detected - since if since else None
