"""An alarm comes in: whose is it, may we, and what then. One conditional write decides who answers."""

from __future__ import annotations

from dataclasses import replace

from functions.core.advance import Answer, answered_already, follow, move_on
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.close import free
from functions.core.context import HEARTBEAT, Context
from functions.core.decision import Decline
from functions.core.errors import AlreadyRecorded, Fenced
from functions.core.guards.flapping import flapping
from functions.core.ports import Lost, Release, Taken
from functions.core.reaction import reaction
from functions.core.run import Phase, Run
from functions.core.target import target_of


def respond(ctx: Context, alarm: Alarm, delivery: str) -> Answer:
    """Answer one alarm transition. `delivery` is the same when the same event is tried again after a crash.

    Raises InvalidEvent where the alarm names a resource that this remediation may not touch.
    """
    target = target_of(ctx.remediation, alarm)
    if isinstance(target, Decline):
        return _record(ctx, alarm, target, None)
    run = _new_run(ctx, alarm, target)
    taken = _take(ctx, run, delivery)
    if isinstance(taken, Lost):
        return _lost(ctx, alarm, target, taken)
    run = replace(run, incident=taken.incident, ledger=taken.ledger)
    begun = (ctx.ports.store.load(run.incident, run.id) if taken.reentered else None) or run
    try:
        run, wait = move_on(ctx, begun)
    except AlreadyRecorded:
        return answered_already(ctx, run)
    except Fenced as overtaken:
        return Answer(decision="overtaken", text=str(overtaken), incident=run.incident, run=run.id)
    return replace(follow(ctx, run, wait), reacted_in=reaction(begun, run))


def _take(ctx: Context, run: Run, delivery: str) -> Taken | Lost:
    """Take the lease; free it first where its holder died before it had written anything, or right after its end."""
    claim = ctx.claim(run, delivery)
    taken = ctx.ports.store.take(claim)
    if isinstance(taken, Taken) or not taken.unconfirmed:
        return taken
    holder = ctx.ports.store.load(taken.incident, taken.run)
    if holder is not None and holder.phase is not Phase.ENDED:
        return taken
    if holder is None:
        ctx.ports.store.release(claim.target, taken.run, run.remediation, Release(forget=True))
    else:
        free(ctx.ports, holder)
    return ctx.ports.store.take(claim)


def _lost(ctx: Context, alarm: Alarm, target: Arn, lost: Lost) -> Answer:
    """A copy is on record already; another alarm that meets a held or resting target gets a record of its own."""
    if lost.code == "duplicate":
        return Answer(
            decision="duplicate", text="this transition is being answered", run=lost.run, incident=lost.incident
        )
    if lost.code == "cooldown":
        flaps = flapping(ctx.ports.store, ctx.ports.settings, alarm).decline
        if flaps is not None:
            return _record(ctx, alarm, flaps, lost.incident)
    until = f" until {lost.until:%Y-%m-%d %H:%M} UTC" if lost.until else ""
    seen = {
        "target_busy": f"{target} is being changed by {lost.run}{until}",
        "cooldown": f"{target} was changed by {lost.run} and rests{until}",
    }[lost.code]
    why = Decline(
        code=lost.code,
        seen=seen,
        advice="Look at that run; where it did not help, take over by hand",
        call_person=lost.code == "cooldown",  # a busy target has somebody at work on it
    )
    return _record(ctx, alarm, why, lost.incident)


def _record(ctx: Context, alarm: Alarm, why: Decline, incident: str | None) -> Answer:
    why = replace(why, call_person=why.call_person and not alarm.rehearsal)
    first = ctx.ports.store.record(alarm, ctx.remediation.name, why, incident)
    text = f"{why.code}: {why.seen}. {why.advice}"
    if not first:
        return Answer(decision="duplicate", text=text, incident=incident or "")
    return Answer(decision="declined", text=text, incident=incident or "", code=why.code)


def _new_run(ctx: Context, alarm: Alarm, target: Arn) -> Run:
    now = ctx.now()
    return Run(
        id=f"{ctx.remediation.name}-{alarm.transition}",
        incident=f"INC-{now:%Y%m%d}-{alarm.transition[:8]}",
        remediation=ctx.remediation.name,
        target=str(target),
        alarm=alarm,
        opened_at=now,
        deadline=now + ctx.remediation.limits.deadline,
        due=now + HEARTBEAT,
        phase_since=now,
    )
