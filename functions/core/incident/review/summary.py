"""An incident in a few sentences, for who was not there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

from functions.core.incident.review.review import Milestone, Review
from functions.core.incident.review.words import length, line, moment, name

_LONGEST = 150
"""Of a stranger's words in a sentence."""


def summary(review: Review) -> tuple[str, ...]:
    """Each a sentence of plain text; strangers' words in it are still theirs."""
    return tuple(_sentences(review))


def _sentences(review: Review) -> Iterator[str]:
    incident = review.incident
    where = f" in {line(incident.environment, _LONGEST)}" if incident.environment else ""
    why, service = line(review.severity_why, _LONGEST), line(incident.service, _LONGEST)
    yield f"{incident.severity}, because {why}. It concerned {service}{where}."
    _, acknowledged, mitigated, resolved = review.milestones
    yield f"Detected at {moment(incident.opened_at)}; {_after(mitigated, review)}; {_after(resolved, review)}."
    yield f"{_answered(acknowledged, review)}; {_targets(review)}."
    yield _automation(review)
    yield _left(review)


def _after(milestone: Milestone, review: Review) -> str:
    if milestone.at is None:
        return f"not yet {milestone.name.lower()}"
    return f"{milestone.name.lower()} by {milestone.by} after {length(milestone.at - review.incident.opened_at)}"


def _answered(milestone: Milestone, review: Review) -> str:
    if milestone.at is None:
        return "Nobody acknowledged it"
    return f"{line(milestone.by, _LONGEST)} acknowledged it after {length(milestone.at - review.incident.opened_at)}"


def _targets(review: Review) -> str:
    missed = [
        f"the {one.target} target was missed by {length(one.over)}"
        for one in review.milestones
        if one.missed and one.over is not None
    ]
    return f"{' and '.join(missed)}" if missed else "all targets were kept"


def _automation(review: Review) -> str:
    if not review.work:
        return "No remediation answered it."
    counted = Counter((one.remediation, one.outcome) for one in review.work)
    said = (f"{who} {name(how)}{f' ({n} times)' if n > 1 else ''}" for (who, how), n in counted.most_common(5))
    more = f", and {len(counted) - 5} more" if len(counted) > 5 else ""
    return f"The automation: {', '.join(said)}{more}."


def _left(review: Review) -> str:
    kept = review.stays
    if not kept and not review.drifts:
        return "It left nothing behind."
    known = sum((one.usd for one in kept if one.usd is not None and not one.until), Decimal(0))
    unknown = " and an unknown cost" if any(one.usd is None for one in kept) else ""
    temporary = sum(1 for one in kept if one.until)
    said = [f"{_many(sum(len(one.changes) for one in kept), 'change')} in effect, USD {known} a month{unknown}"]
    said += [f"of which {temporary} run{'s are' if temporary > 1 else ' is'} taken back later"] if temporary else []
    said += [f"{_many(len(review.drifts), 'difference')} from a template"] if review.drifts else []
    return f"It left behind: {'; '.join(said)}."


def _many(count: int, thing: str) -> str:
    return f"{count} {thing}{'' if count == 1 else 's'}"
