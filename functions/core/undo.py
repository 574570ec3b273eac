"""Undo by id: a person has a run's changes taken back. A run of its own, with lease, permit, journal and proof.

Only what still stands as the run left it is taken back: what somebody has changed since is theirs.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from functions.core.action import Action, Irreversible
from functions.core.advance import Answer, answered_already, follow, move_on
from functions.core.alarm import Alarm
from functions.core.change import Waiting
from functions.core.close import decline
from functions.core.context import HEARTBEAT, Context
from functions.core.decide import allowed, carry_out, look
from functions.core.decision import Decline, Plan
from functions.core.errors import AlreadyRecorded, InvalidEvent
from functions.core.policy import Mode, lower
from functions.core.ports import Lost
from functions.core.run import Phase, Run
from functions.core.run_record import plain
from functions.core.standing import changed_since, standing


def undo_by_id(ctx: Context, incident: str, run: str, asked: Alarm) -> Answer:
    """Take back what a run has changed. `asked` is the person's request, with the mode that it may go to.

    Raises InvalidEvent for a run that is not on record, or another remediation's.
    """
    original = ctx.ports.store.load(incident, run)
    if original is None or original.remediation != ctx.remediation.name:
        raise InvalidEvent("undo", f"{incident}/{run}", f"a run of {ctx.remediation.name} on record")
    back = _back(ctx, original, asked)
    known = ctx.ports.store.load(incident, back.id)
    if known is not None:
        if known.changed:
            _settle(ctx, original, known)
        return follow(ctx, *move_on(ctx, known))
    refused = _not_undoable(ctx, original)
    if refused is not None:
        return _declined(ctx, asked, refused, incident)
    taken = ctx.ports.store.retake(ctx.claim(back, back.id, rested=False))
    if isinstance(taken, Lost):
        seen = f"{original.target} is being changed by {taken.run}"
        busy = Decline(code=taken.code, seen=seen, advice="Ask again when that run is over", call_person=False)
        return _declined(ctx, asked, busy, incident)
    try:
        return follow(ctx, *_decide(ctx, replace(back, ledger=taken.ledger), original))
    except AlreadyRecorded:
        return answered_already(ctx, back)


def ways_back(ctx: Context, run: Run) -> tuple[Action, ...]:
    """What would take the run's standing changes back, the last one first; without what is irreversible."""
    ways = (ctx.action(step.action).undo() for step in reversed(standing(run)))
    return tuple(way for way in ways if not isinstance(way, Irreversible))


def _not_undoable(ctx: Context, original: Run) -> Decline | None:
    if original.phase is not Phase.ENDED:
        seen = f"{original.id} is still {original.phase}"
        return Decline(code="run_not_over", seen=seen, advice="Stop it with a switch, or wait", call_person=False)
    if ways_back(ctx, original):
        return None
    kept = "; ".join(f"{ctx.action(step.action)} ({ctx.action(step.action).undo()})" for step in standing(original))
    seen = f"{original.id} has changed nothing that can be taken back{f': {kept}' if kept else ''}"
    return Decline(code="nothing_to_undo", seen=seen, advice="Nothing to do", call_person=False)


def _decide(ctx: Context, back: Run, original: Run) -> Waiting:
    found = look(ctx, back)
    if isinstance(found, Decline):
        return decline(ctx, back, found), None
    policy = allowed(ctx, back, found)
    if isinstance(policy, Decline):
        return decline(ctx, back, policy), None
    back = replace(back, found=plain(found.evidence()))
    refused = ctx.remediation.blocked(found) or changed_since(ctx, original)
    if refused is not None:
        return decline(ctx, back, refused), None
    request = back.alarm.request
    wanted = request.mode if request else Mode.OBSERVE
    may = Mode.ACT if policy.mode is Mode.PROPOSE else policy.mode  # the request is the approval
    reason = f"{request.requested_by if request else 'somebody'} asked to take back {original.id}"
    plan = Plan(actions=ways_back(ctx, original), reason=reason, cost_per_month_usd=Decimal(0))
    cooldown = int(policy.cooldown.total_seconds())
    back, wait = carry_out(ctx, replace(back, mode=lower(may, wanted), cooldown_seconds=cooldown), plan)
    if back.changed:
        _settle(ctx, original, back)
    return back, wait


def _declined(ctx: Context, asked: Alarm, why: Decline, incident: str) -> Answer:
    ctx.ports.store.record(asked, ctx.remediation.name, why, incident)
    text = f"{why.code}: {why.seen}. {why.advice}"
    return Answer(decision="declined", text=text, incident=incident, code=why.code)


def _back(ctx: Context, original: Run, asked: Alarm) -> Run:
    now = ctx.now()
    return Run(
        id=f"{original.id}-undo-{asked.transition[:8]}",
        incident=original.incident,
        remediation=original.remediation,
        target=original.target,
        alarm=asked,
        opened_at=now,
        deadline=now + ctx.remediation.limits.deadline,
        due=now + HEARTBEAT,
        phase_since=now,
        undoes=original.id,
    )


def _settle(ctx: Context, original: Run, back: Run) -> None:
    """Only once the way back is on record: a crash before that leaves the temporary change to its own give-back."""
    if original.give_back_at is not None:
        ctx.keep(replace(original, give_back_at=None), ("undo", f"taken back before its time by {back.id}"))
