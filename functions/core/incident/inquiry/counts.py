"""An investigation in counts, for people and for every place: names of resources and numbers, and no word of logs or messages.

What has come shortly before is said as that, a coincidence in time. Nobody here says what the cause is.
"""

from __future__ import annotations

from collections.abc import Iterator

from functions.core.incident.inquiry.findings import DEPLOYMENT, STACK, Change, Findings
from functions.core.incident.review.words import length, line

_LONGEST_NAME = 100
_KINDS = ("tasks", "targets", "databases", "secrets", "instances")


def counts(findings: Findings) -> tuple[str, ...]:
    """Phrases, each of which stands by itself."""
    return tuple(_phrases(findings))


def sentence(findings: Findings, page: str) -> str:
    """All phrases, and where the evidence is."""
    subject = findings.subject
    of = f"of {line(subject.of, _LONGEST_NAME)}, which has joined: " if subject.of != subject.incident else ""
    return f"{of}{', '.join(counts(findings))}; evidence: {page}"


def _phrases(findings: Findings) -> Iterator[str]:
    yield _alarms(findings)
    before = _before(findings)
    if before is not None:
        apart = length(findings.subject.since - before.at)
        yield f"it began {apart} after {before.what} of {line(before.on, _LONGEST_NAME)}"
    elif findings.changes.missing:
        yield "changes could not all be read"
    else:
        yield "no deployment is known in the hours before"
    for kind in _KINDS:
        known = [one for one in findings.health.items if one.kind == kind]
        if known:
            yield f"{sum(one.good for one in known)} of {sum(one.wanted for one in known)} {kind} healthy"
    if findings.missing:
        yield f"{len(findings.missing)} {'things' if len(findings.missing) > 1 else 'thing'} could not be read"


def _alarms(findings: Findings) -> str:
    if findings.alarms.missing:
        return "other alarms could not be read"
    many = len(findings.alarms.items)
    return f"{many or 'no'} other alarm{' fires' if many == 1 else 's fire'}"


def _before(findings: Findings) -> Change | None:
    """The last deployment or update of a stack before it began."""
    known = [
        one for one in findings.changes.items if one.kind in (DEPLOYMENT, STACK) and one.at <= findings.subject.since
    ]
    return max(known, key=lambda one: one.at, default=None)
