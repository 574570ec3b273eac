"""The end of a run: free the target, keep the evidence, write the outcome. Each part may be repeated after a crash."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from functions.core.arn import parse_arn
from functions.core.context import Context
from functions.core.custody import keep_evidence, seal, seal_of
from functions.core.decision import Decline
from functions.core.ports import Ports, Release
from functions.core.run import Outcome, Phase, Run

_CALLS_PERSON = frozenset({Outcome.UNDONE, Outcome.ESCALATED})


def end(ctx: Context, run: Run, outcome: Outcome, text: str, *also: tuple[str, str], call_person: bool = False) -> Run:
    """End a run. What changed something leaves a cooldown behind; what escalated or was undone calls a person.

    `also` are further lines of the timeline, (kind, text), written with the end or not at all.
    """
    ended = replace(run.to(Phase.ENDED, ctx.now()), outcome=outcome)
    ended = seal(ctx, keep_evidence(ctx, ended))
    ended = ctx.keep(ended, (outcome.value, text), *also, call_person=call_person or outcome in _CALLS_PERSON)
    free(ctx.ports, ended)
    return ended


def free(ports: Ports, run: Run) -> None:
    """Free the target of an ended run: after the outcome is written, so that a crash in between loses nothing."""
    rest = run.phase_since + timedelta(seconds=run.cooldown_seconds) if run.changed else None
    changed_at = run.phase_since if run.changed else None
    seal = seal_of(run) if run.changed else ""
    leave = Release(cooldown_until=rest, changed_at=changed_at, resolved=run.outcome is Outcome.RECOVERED, seal=seal)
    ports.store.release(parse_arn(run.target, "target"), run.id, run.remediation, leave)


def decline(ctx: Context, run: Run, why: Decline) -> Run:
    """End a run that changed nothing, with the reason."""
    text = f"{why.code}: {why.seen}. {why.advice}"
    calls = why.call_person and not run.alarm.rehearsal
    return end(ctx, replace(run, decline=why), Outcome.DECLINED, text, call_person=calls)
