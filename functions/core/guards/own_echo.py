"""Own echo: an alarm soon after a change of its target is counted as caused by it, and such a chain has an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from functions.core.alarm import Kind
from functions.core.decision import Decline
from functions.core.guards.case import Case, Checked
from functions.core.run import Run


def attributed(run: Run, within: timedelta) -> Run:
    """The run with the one whose change may have caused its alarm, and its place in the chain. A person's request has none."""
    at, cause = run.ledger.changed_at, run.ledger.changed_by
    if run.alarm.kind is Kind.MANUAL or at is None or run.opened_at - at > within:
        return run
    return replace(run, caused_by=cause, depth=run.ledger.depth + 1)


def check(case: Case) -> Checked:
    """A chain of remediations that follow from each other is broken before it becomes a loop, whichever they are."""
    run, most = case.run, case.ports.settings.chain_at_most
    if not run.caused_by:
        return Checked("no change of ours came shortly before")
    seen = f"this alarm came shortly after {run.caused_by} had changed the target, as number {run.depth + 1} of a chain"
    if run.depth < most:
        return Checked(f"{seen}, of which {most} are allowed")
    advice = "Look whether the changes cause each other; go on by hand"
    return Checked(seen, Decline(code="chain_too_deep", seen=f"{seen}; {most} are allowed", advice=advice))
