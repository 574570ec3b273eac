"""What is measured, as data: the name, unit and dimensions of each metric stand here and nowhere else.

Each is one line of a function's log (functions/emf.py); the dashboard draws these and no others. All have the dimension `service`
besides. CloudWatch charges for each metric, so no dimension takes its values from outside: they are our remediations, our
decline codes and the four severities.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from functions.core.advance import Answer
from functions.core.incident.incident import Incident, Severity
from functions.core.run import Outcome

NAMESPACE = "FirstResponder"
SERVICE = "first-responder"
OUTCOMES = tuple(outcome.value for outcome in Outcome)
"""Counted once for each run that ends, in all and by `remediation`. `declined` also by `code`."""
REACTION = "reaction_time"
"""By `remediation`: milliseconds from an alarm's transition to the first change that nobody had to be asked for."""
OPEN = "open_incidents"
"""By `severity`: the incidents that people follow and that are not resolved, counted by the sweep."""
CHANGES = "changes_this_hour"
"""Of the hour that the deployment's limit is for, counted by the sweep."""
_COUNT, _MILLISECONDS = "Count", "Milliseconds"


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """One value of one metric."""

    name: str
    value: float
    unit: str = _COUNT
    dimensions: Mapping[str, str] = field(default_factory=dict)


def of_answer(answer: Answer, remediation: str) -> list[Measure]:
    """What a remediation's invocation counts: its decision, and by remediation and code what that says for longer."""
    if answer.again:
        return []
    by = {"remediation": remediation}
    found = [Measure(name=answer.decision, value=1)]
    if answer.decision in OUTCOMES:
        found.append(Measure(name=answer.decision, value=1, dimensions=by))
    if answer.code:
        found.append(Measure(name=answer.decision, value=1, dimensions={"code": answer.code}))
    if answer.reacted_in is not None:
        milliseconds = answer.reacted_in.total_seconds() * 1000
        found.append(Measure(name=REACTION, value=milliseconds, unit=_MILLISECONDS, dimensions=by))
    return found


def of_incidents(unresolved: Iterable[Incident]) -> list[Measure]:
    """All four, so that none is a gap in the graph; those that have joined another are not counted again."""
    leading = [incident.severity for incident in unresolved if incident.leads]
    return [
        Measure(name=OPEN, value=leading.count(severity), dimensions={"severity": severity.value})
        for severity in Severity
    ]


def of_changes(changes: int) -> Measure:
    return Measure(name=CHANGES, value=changes)
