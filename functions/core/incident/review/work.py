"""What the automation decided, did and declined, and what of it is in effect still; from the runs alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation

from functions.core.decision import Decline
from functions.core.incident.review.milestones import PERSON
from functions.core.incident.review.review import Did, Stays, Work
from functions.core.run import Outcome, Run, Step
from functions.core.standing import standing

_SNAPSHOT = re.compile(r"(Create|Keep)\w*(Snapshots?|Image|Backup)")
_TAKEN_BACK = frozenset({Outcome.RECOVERED, Outcome.UNDONE})


def work(run: Run) -> Work:
    """One run, for people. Only who has approved a plan is named."""
    plan, verdict = run.plan or {}, run.verdict
    approved = verdict is not None and verdict.approves
    usd = plan.get("cost_per_month_usd")
    return Work(
        run=run.id,
        remediation=run.remediation,
        target=run.target,
        alarm=run.alarm.name,
        began=run.opened_at,
        ended=run.phase_since,
        outcome=(run.outcome or run.phase).value,
        mode=run.mode.value,
        reason=str(plan.get("reason", "")),
        cost="" if not plan else "unknown cost" if usd is None else f"USD {usd} a month",
        steps=tuple(_did(run, step) for step in run.steps),
        guards=run.guards,
        decline=_decline(run),
        verdict="" if verdict is None else "approved" if approved else "declined",
        verdict_by=verdict.by if verdict is not None and approved else "",
        way_back_of=run.gives_back or run.undoes or "",
        caused_by=run.caused_by,
    )


def stays(runs: Iterable[Run]) -> Iterator[Stays]:
    """What was left behind, run by run: changes that neither the run itself nor a later one has taken back."""
    all_runs = tuple(runs)
    gone = {run.gives_back or run.undoes for run in all_runs if run.way_back and run.outcome in _TAKEN_BACK}
    for run in all_runs:
        steps = standing(run)
        if run.way_back or run.id in gone or not steps:
            continue
        yield Stays(
            run=run.id,
            target=run.target,
            changes=tuple(_text(run, step) for step in steps),
            usd=_usd(run),
            until=run.give_back_at,
            snapshots=tuple(_text(run, step) for step in steps if _SNAPSHOT.fullmatch(str(step.action.get("action")))),
        )


def _decline(run: Run) -> Decline | None:
    """Who has said no to a plan does not matter here, only that it was a person."""
    if run.decline is None or run.verdict is None or run.verdict.approves:
        return run.decline
    return replace(run.decline, seen=f"{PERSON} declined the plan: {run.verdict.reason}")


def _did(run: Run, step: Step) -> Did:
    return Did(
        text=_text(run, step), state=step.state.value, at=step.at, note=step.note, back=step.undoes is not None
    )  # fmt: skip


def _text(run: Run, step: Step) -> str:
    """As the plan has shown it to people; a way back by what it takes back."""
    name = "lines" if step.undoes is None else "way_back"
    lines: Sequence[object] = (run.plan or {}).get(name, ())
    index = step.undoes if step.undoes is not None else next(i for i, one in enumerate(run.steps) if one is step)
    return str(lines[index]) if index < len(lines) else str(step.action.get("action", "an unknown action"))


def _usd(run: Run) -> Decimal | None:
    try:
        return Decimal(str((run.plan or {}).get("cost_per_month_usd")))
    except InvalidOperation:
        return None
