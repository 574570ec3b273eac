"""What is left to do, from a table of rules: each item with the role that owns it and a date that its severity sets."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from functions.core.incident.incident import Severity
from functions.core.incident.review.known import Known
from functions.core.incident.review.review import ActionItem
from functions.core.incident.review.words import length, line, moment, resource
from functions.core.remediation import Audience
from functions.core.run import Outcome

Days = Callable[[datetime, int], date]
"""The date so many business days after a moment."""
SERVICE, TEMPLATE, LEAD, RUNBOOK = "owner of the service", "owner of the stack", "DevOps lead", "owner of the runbook"
SECURITY = "security lead"
WITHIN: Mapping[Severity, int] = {Severity.P1: 3, Severity.P2: 5, Severity.P3: 10, Severity.P4: 20}
"""Business days after the end. The runbook has no target for what follows a review: this is the house's own."""
MOST = 40
"""They are written in one transaction, which takes 100 items."""
_LONGEST = 400


@dataclass(frozen=True, slots=True)
class _Item:
    """`about` tells several items of one rule apart, in every draft the same way."""

    rule: str
    about: str
    text: str
    owner: str


def _drifts(known: Known) -> Iterator[_Item]:
    for stack, drifts in groupby(known.drifts, key=lambda drift: drift.stack):
        said = "; ".join(
            f"{d.property} of {d.logical_id or resource(d.resource)} is {d.new}, was {d.old}" for d in drifts
        )
        yield _Item("template", stack, f"Bring the template of {stack} in line, or the resource back: {said}", TEMPLATE)


def _kept(known: Known) -> Iterator[_Item]:
    for kept in known.stays:
        what = f"{'; '.join(kept.changes)} on {resource(kept.target)}"
        if kept.until:
            text = f"See that {what} was taken back at {moment(kept.until)}, or keep it for good in the template"
            yield _Item("temporary", kept.run, text, SERVICE)
        elif kept.usd is None or kept.usd > 0:
            cost = "at an unknown cost" if kept.usd is None else f"for USD {kept.usd} a month"
            yield _Item("cost", kept.run, f"Decide whether this stays {cost}: {what}", SERVICE)
        for snapshot in kept.snapshots:
            yield _Item("snapshot", f"{kept.run}/{snapshot}", f"Delete what is no longer needed: {snapshot}", SERVICE)


def _undone(known: Known) -> Iterator[_Item]:
    for work in known.work:
        if work.outcome == Outcome.UNDONE and not work.way_back_of:
            text = f"Say in the runbook what to do where {work.remediation} does not help on {resource(work.target)}"
            yield _Item("undone", work.run, text, RUNBOOK)


def _declined(known: Known) -> Iterator[_Item]:
    for work in known.work:
        if work.decline is not None and work.outcome == Outcome.DECLINED and work.decline.call_person:
            text = f"{work.remediation} on {resource(work.target)}, {work.decline.code}: {work.decline.advice}"
            yield _Item("declined", f"{work.target}/{work.decline.code}", text, SERVICE)


def _response(known: Known) -> Iterator[_Item]:
    over = known.missed_by("response", "Acknowledged")
    if over is not None:
        late = f" ({length(over)} late)" if over else ""
        text = f"Try out the way from the alarm to the person on call, and shorten it{late}"
        yield _Item("response", "", text, LEAD)


def _resolution(known: Known) -> Iterator[_Item]:
    over = known.missed_by("resolution", "Resolved")
    if over is not None:
        late = f" ({length(over)} late)" if over else ""
        yield _Item("resolution", "", f"Write down the steps that would have been quicker{late}", RUNBOOK)


def _agree(known: Known) -> Iterator[_Item]:
    owner = SECURITY if known.incident.audience is Audience.SECURITY else LEAD
    yield _Item("agree", "", "Answer the questions of the review together, and agree it", owner)


RULES: tuple[Callable[[Known], Iterator[_Item]], ...] = (
    _agree, _response, _resolution, _undone, _declined, _drifts, _kept,
)  # fmt: skip


def action_items(known: Known, after: Days) -> tuple[ActionItem, ...]:
    """Each once, in the order of the rules. Of an incident that is not over, counted from its opening."""
    incident = known.incident
    since = incident.resolved.at if incident.resolved else incident.opened_at
    due = after(since, WITHIN[incident.severity])
    found = {_id(incident.id, item): item for rule in RULES for item in rule(known)}
    made = [ActionItem(id=i, text=line(one.text, _LONGEST), owner=one.owner, due=due) for i, one in found.items()]
    return tuple(made[:MOST])


def _id(incident: str, item: _Item) -> str:
    mark = hashlib.sha256(item.about.encode()).hexdigest()[:8] if item.about else ""
    return "/".join(part for part in (incident, item.rule, mark) if part)
