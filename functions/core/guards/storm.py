"""Storm stop: many targets at once have one cause that is none of theirs. Nothing is changed, and a person gets the list."""

from __future__ import annotations

from datetime import timedelta

from functions.core.context import Context
from functions.core.decision import Decline
from functions.core.ports import Gate
from functions.core.run import Run

_LISTED = 30


def storm(ctx: Context, run: Run, gate: Gate) -> Decline | None:
    """One P1 for the whole storm: whoever marks it calls a person, the others only say where to look."""
    settings, count = ctx.ports.settings, len(gate.alarmed)
    if count <= settings.storm_targets:
        return None
    within = settings.storm_within // timedelta(minutes=1)
    first = ctx.ports.store.mark_storm(run.id, run.incident, ctx.now(), settings.storm_within)
    seen = f"{count} targets were to be changed within {within} minutes, more than {settings.storm_targets}"
    if first != run.incident:
        advice = f"See incident {first}: nothing is changed until it has calmed down"
        return Decline(code="storm", seen=seen, advice=advice, call_person=False)
    listed = ", ".join(sorted(gate.alarmed)[:_LISTED])
    return Decline(
        code="storm",
        seen=f"{seen}: {listed}{' and more' if count > _LISTED else ''}",
        advice="Look for the common cause (Availability Zone, deployment, dependency); nothing is changed until it has calmed down",
        severity="P1",
    )
