"""The permit: asked at admission and again before every change. Switches and freezes, a storm, and the changes of the hour."""

from __future__ import annotations

from dataclasses import replace

from functions.core.context import Context
from functions.core.decision import Decline
from functions.core.guards.storm import storm
from functions.core.ports import Ask, Gate
from functions.core.run import Run
from functions.core.switches import holding, refusal


def permitted(ctx: Context, run: Run, *, counts: int, undoing: bool = False) -> Decline | None:
    """None where the change may be made now. `counts` is 0 for only looking. Raises what the store raises: no answer is a no.

    A way back is stopped by switches alone: it is counted, and never refused for being too many or for a storm.
    """
    settings, back = ctx.ports.settings, undoing or run.way_back
    ask = Ask(target=ctx.target(run), now=ctx.now(), counts=counts, alarmed=not back, within=settings.storm_within)
    gate = ctx.ports.store.permit(ask)
    refused = _switched_off(ctx, run, gate)
    if refused is None and not back:
        refused = storm(ctx, run, gate) or _too_many(gate.changes + (counts == 0), settings.changes_per_hour)
    if refused is not None and counts:
        ctx.ports.store.permit(replace(ask, counts=-counts, alarmed=False))
    return refused


def _switched_off(ctx: Context, run: Run, gate: Gate) -> Decline | None:
    switch = holding(gate.switches, target=ctx.target(run), remediation=run.remediation, now=ctx.now())
    return refusal(switch) if switch else None


def _too_many(changes: int, most: int) -> Decline | None:
    if changes <= most:
        return None
    return Decline(
        code="too_many_changes",
        seen=f"{most} changes were made in this hour, which is the deployment's limit",
        advice="So many at once have a common cause: look for it, and handle this one by hand",
    )
