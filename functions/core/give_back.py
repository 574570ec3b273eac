"""Taking back a temporary change when its time has come: a run of its own, with lease, permit, journal, proof and undo."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from functions.core.change import Waiting
from functions.core.context import HEARTBEAT, Context
from functions.core.decide import allowed, carry_out, look
from functions.core.decision import Decline, Plan, Watch
from functions.core.guards.permit import permitted
from functions.core.policy import Mode
from functions.core.ports import Lost, Release
from functions.core.remediation import Facts
from functions.core.run import Phase, Run
from functions.core.run_record import plain
from functions.core.standing import changed_since

_BUSY = timedelta(minutes=5)


def give_back(ctx: Context, run: Run) -> Waiting:
    """Wait for the time, then take the change back; what cannot be taken back is handed to a person."""
    now, at = ctx.now(), run.give_back_at or ctx.now()
    if now < at:
        return run, at - now
    if _begun(ctx, run):
        return _settled(ctx, run), None
    late = now >= at + ctx.remediation.limits.keep_at_most
    back = _back(run, ctx)
    taken = ctx.ports.store.retake(ctx.claim(back, back.id))
    if isinstance(taken, Lost):
        return (
            (_hand_over(ctx, run, "the target has been busy or resting all the time"), None) if late else (run, _BUSY)
        )
    back, answer = _plan(ctx, replace(back, ledger=taken.ledger), run)
    if isinstance(answer, Plan):
        back, wait = carry_out(ctx, replace(back, mode=Mode.ACT, cooldown_seconds=run.cooldown_seconds), answer)
        if wait is not None:
            ctx.ports.follow_through.start(back, wait, "first")
        return _settled(ctx, run), None
    if _begun(ctx, run):  # by a twin of this invocation, which has the lease and has changed what was looked at
        return _settled(ctx, run), None
    ctx.ports.store.release(ctx.target(run), back.id, run.remediation, Release())
    if isinstance(answer, Watch) and not late:
        return run, answer.again_in
    return _hand_over(ctx, run, answer.seen), None


def _begun(ctx: Context, run: Run) -> bool:
    """Whether the way back has a run of its own, which the sweep looks after like any other."""
    return ctx.ports.store.load(run.incident, f"{run.id}-back") is not None


def _back(run: Run, ctx: Context) -> Run:
    now = ctx.now()
    return replace(
        run,
        id=f"{run.id}-back",
        gives_back=run.id,
        opened_at=now,
        deadline=now + ctx.remediation.limits.deadline,
        due=now + HEARTBEAT,
        phase=Phase.DECIDING,
        phase_since=now,
        outcome=None,
        steps=(),
        guards={},
        verdict=None,
        give_back_at=None,
        version=0,
    )


def _plan(ctx: Context, back: Run, run: Run) -> tuple[Run, Plan | Decline | Watch]:
    """The way back with what was found, and what is to be done."""
    found = look(ctx, back)
    if isinstance(found, Decline):
        return back, found
    return replace(back, found=plain(found.evidence())), _planned(ctx, back, run, found)


def _planned(ctx: Context, back: Run, run: Run, found: Facts) -> Plan | Decline | Watch:
    policy = allowed(ctx, back, found)
    if isinstance(policy, Decline):
        return policy
    switched_off = permitted(ctx, back, counts=0)
    if switched_off is not None:
        return Watch(code=switched_off.code, seen=switched_off.seen, advice=switched_off.advice, again_in=_BUSY)
    if policy.mode is not Mode.ACT:
        seen = f"the mode of the target is {policy.mode} by now"
        return Decline(code="mode_changed", seen=seen, advice="Take the change back by hand")
    answer = ctx.remediation.give_back(found, ctx.plan(run))
    return (changed_since(ctx, run) or answer) if isinstance(answer, Plan) else answer


def _settled(ctx: Context, run: Run) -> Run:
    return ctx.keep(replace(run, give_back_at=None), ("give_back", f"handed to {run.id}-back"))


def _hand_over(ctx: Context, run: Run, why: str) -> Run:
    lines = "; ".join(str(action) for action in ctx.plan(run).actions)
    text = f"the temporary change stays until somebody takes it back ({lines}): {why}"
    return ctx.keep(replace(run, give_back_at=None), ("kept", text), call_person=True)
