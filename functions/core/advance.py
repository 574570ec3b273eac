"""Moving a run on: as far as it can go without waiting, then saying for how long to wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from functions.core.approval import expires_at
from functions.core.change import Waiting, act, start_undoing, undo
from functions.core.close import decline, end, free
from functions.core.context import HEARTBEAT, Context
from functions.core.decide import decide
from functions.core.decision import Decline
from functions.core.errors import Fenced, InvalidEvent
from functions.core.give_back import give_back
from functions.core.ports import Release, Taken
from functions.core.reaction import reaction
from functions.core.run import HOLDS_TARGET, Outcome, Phase, Run

_BUSY = timedelta(minutes=1)
_PROOF = timedelta(seconds=20)


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What became of an event or a wake-up. `wait` says when to come back, None that there is nothing left to do.

    `code` is that of a decline; `reacted_in` is how long the alarm had waited, in the invocation that made the first change.
    `again` says that the run had ended before, and was only looked after: it is not counted a second time. `plan` is there
    where it is only shown or asked for, as core/context.py writes it.
    """

    decision: str
    text: str = ""
    incident: str = ""
    run: str = ""
    wait: timedelta | None = None
    code: str = ""
    reacted_in: timedelta | None = None
    again: bool = False
    plan: Mapping[str, Any] | None = None


def advance(ctx: Context, incident: str, run: str) -> Answer:
    """Move a waiting run on. Raises InvalidEvent for an unknown run. Where somebody else is moving it, it looks again later."""
    found = ctx.ports.store.load(incident, run)
    if found is None:
        raise InvalidEvent("advance", f"{incident}/{run}", "a run on record")
    try:
        moved, wait = move_on(ctx, found)
    except Fenced as overtaken:
        return Answer(decision="overtaken", text=str(overtaken), incident=incident, run=run, wait=_BUSY)
    return replace(answer(moved, wait), reacted_in=reaction(found, moved), again=found.outcome is not None)


def follow(ctx: Context, run: Run, wait: timedelta | None) -> Answer:
    """See to it that a run that has to wait is woken up."""
    if wait is not None:
        ctx.ports.follow_through.start(run, wait, "first")
    return answer(run, wait)


def answered_already(ctx: Context, run: Run) -> Answer:
    """An old copy gives back the lease that it took. What is being changed is a twin's: one event may come twice at once."""
    known = ctx.ports.store.load(run.incident, run.id)
    if known is None or known.phase not in HOLDS_TARGET:
        ctx.ports.store.release(ctx.target(run), run.id, run.remediation, Release())
    return Answer(decision="duplicate", text="this transition has its answer already", run=run.id)


def answer(run: Run, wait: timedelta | None) -> Answer:
    decision = run.outcome.value if run.outcome else run.phase.value
    code = run.decline.code if run.decline is not None and run.outcome is Outcome.DECLINED else ""
    return Answer(
        decision=decision, text=_told(run), incident=run.incident, run=run.id, wait=wait, code=code, plan=_shown(run)
    )


def _told(run: Run) -> str:
    """What whoever has invoked wants to know: why not, or what would be changed."""
    if run.decline is not None and run.phase is not Phase.WAITING_FOR_ANSWER:
        return f"{run.decline.code}: {run.decline.seen}. {run.decline.advice}"
    plan = _shown(run)
    return f"{plan['reason']}: {'; '.join(plan['lines'])}. Way back: {'; '.join(plan['way_back'])}" if plan else ""


def _shown(run: Run) -> Mapping[str, Any] | None:
    return run.plan if run.outcome is Outcome.OBSERVED or run.phase is Phase.WAITING_FOR_ANSWER else None


def move_on(ctx: Context, run: Run) -> Waiting:
    """Go from phase to phase until there is something to wait for, or nothing left to do."""
    if run.phase is Phase.ENDED:
        free(ctx.ports, run)
    wait = None
    while wait is None and run.open:
        run, wait = _PHASES[run.phase](ctx, run)
    if wait is not None and run.due < ctx.now() + wait + HEARTBEAT / 3:
        run = ctx.keep(replace(run, due=ctx.now() + wait + HEARTBEAT))
    return run, wait


def _prove(ctx: Context, run: Run) -> Waiting:
    if run.undoes is not None:
        return end(ctx, run, Outcome.UNDONE, f"{run.undoes} is taken back"), None
    proof = ctx.remediation.recovered(ctx.ports.aws, ctx.target(run), run.alarm, ctx.plan(run))
    if proof.holds:
        return _recovered(ctx, run, proof.seen), None
    waited = ctx.now() - run.phase_since
    if proof.holds is False or waited >= ctx.remediation.limits.prove_within or ctx.now() >= run.deadline:
        return start_undoing(ctx, run, f"the change did not help: {proof.seen}"), None
    return run, max(_PROOF, waited / 8)


def _recovered(ctx: Context, run: Run, seen: str) -> Run:
    plan = ctx.plan(run)
    if plan.give_back_after is not None:
        run = replace(run, give_back_at=ctx.now() + plan.give_back_after)
    ticket = "" if run.way_back else ctx.remediation.ticket(plan, run)
    return end(ctx, run, Outcome.RECOVERED, seen, *([("ticket", ticket)] if ticket else []))


def _decide_again(ctx: Context, run: Run) -> Waiting:
    """Back from waiting: the target has to be had again before anything is decided."""
    taken = ctx.ports.store.retake(ctx.claim(run, run.id))
    if isinstance(taken, Taken):
        return decide(ctx, replace(run, ledger=taken.ledger))
    if ctx.now() < run.deadline:
        return run, _BUSY
    return end(ctx, run, Outcome.DECLINED, "the target was held or resting until the deadline", call_person=True), None


def _answered(ctx: Context, run: Run) -> Waiting:
    """Carry out what a person has answered; nobody's answer is escalated."""
    verdict = run.verdict
    if verdict is None:
        left = expires_at(run, ctx.ports.settings) - ctx.now()
        if left > timedelta():
            return run, left
        return end(ctx, run, Outcome.ESCALATED, "nobody answered the proposal in time; nothing was changed"), None
    if not verdict.approves:
        seen = f"{verdict.by} declined the plan: {verdict.reason}"
        advice = "Nothing was changed"
        return decline(ctx, run, Decline(code="declined_by_person", seen=seen, advice=advice, call_person=False)), None
    return _decide_again(ctx, replace(run, deadline=verdict.at + ctx.remediation.limits.deadline))


_PHASES = {
    Phase.DECIDING: decide,
    Phase.WATCHING: _decide_again,
    Phase.WAITING_FOR_ANSWER: _answered,
    Phase.ACTING: act,
    Phase.PROVING: _prove,
    Phase.UNDOING: undo,
    Phase.ENDED: give_back,
}
