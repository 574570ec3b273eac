"""Making changes, crash-safe: intent written, permit asked, call made, effect looked for; and the way back in reverse order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import takewhile

from functions.core.action import Action, Effect, Irreversible, encode
from functions.core.close import decline, end
from functions.core.context import Context
from functions.core.custody import keep_evidence
from functions.core.decision import Decline
from functions.core.drift import drift_rows
from functions.core.errors import LeaseLost
from functions.core.guards.permit import permitted
from functions.core.run import NO_EFFECT, Outcome, Phase, Run, Step, StepState
from functions.core.switches import SWITCHED_OFF

Waiting = tuple[Run, timedelta | None]
"""A run, and how long to wait before it can go on (None: go on now, or it has ended)."""

INVOCATION_LASTS = timedelta(seconds=60)
"""At most: a call that was intended longer ago was made by now, or never will be. Younger ones may be under way elsewhere."""
_LONGEST_WAIT = timedelta(minutes=5)
_SHOWS_WITHIN = timedelta(minutes=1)
"""What AWS has taken may be seen a little later. Until then nobody knows whether there is something to take back."""


def start_acting(ctx: Context, run: Run, *entries: tuple[str, str]) -> Waiting:
    """Ask for the permit, write the plan with its first intent, make the first change: one write ahead of one call."""
    now = ctx.now()
    names = [step.action["action"] for step in run.steps]
    ledger = run.ledger.then(names, at=now, run=run.id, depth=run.depth)
    run = keep_evidence(ctx, replace(run.to(Phase.ACTING, now), ledger=ledger))
    return _intend(ctx, run, 0, *entries)


def act(ctx: Context, run: Run) -> Waiting:
    """Take the next step of the plan."""
    index = _next(run, undo=False)
    if index is None:
        return ctx.keep(run.to(Phase.PROVING, ctx.now()), ("proving", "all changes are in effect")), None
    return _take(ctx, run, index)


def undo(ctx: Context, run: Run) -> Waiting:
    """Take the next step back; end when none is left."""
    index = _next(run, undo=True)
    if index is not None:
        return _take(ctx, run, index)
    taken_back = {step.undoes for step in run.steps if step.undoes is not None}
    left = [ctx.action(step.action) for i, step in enumerate(run.steps) if _stands(step) and i not in taken_back]
    kept = "; ".join(f"{action} stays ({_way_back(action)})" for action in left)
    if taken_back and not any(action.kept for action in left):
        return end(ctx, run, Outcome.UNDONE, f"taken back what could be taken back. {kept}".strip()), None
    text = f"{'taken back in part' if taken_back else 'nothing could be taken back'}. {kept}"
    return end(ctx, run, Outcome.ESCALATED, text.strip()), None


def start_undoing(ctx: Context, run: Run, why: str) -> Run:
    """Turn round: append the way back of every step that may have had an effect, last one first, up to one that is kept."""
    now = ctx.now()
    made = [(i, ctx.action(step.action)) for i, step in enumerate(run.steps) if _stands(step)]
    ways = [(i, action.undo()) for i, action in takewhile(lambda one: not one[1].kept, reversed(made))]
    back = tuple(Step(action=encode(way), undoes=i) for i, way in ways if not isinstance(way, Irreversible))
    return ctx.keep(replace(run.to(Phase.UNDOING, now), steps=run.steps + back), ("undoing", why))


def _stands(step: Step) -> bool:
    return step.undoes is None and step.state not in NO_EFFECT


def _way_back(action: Action) -> str:
    way = action.undo()
    by_hand = action.kept and not isinstance(way, Irreversible)
    return f"until a person takes this run back: {way}" if by_hand else str(way)


def _next(run: Run, *, undo: bool) -> int | None:
    for index, step in enumerate(run.steps):
        if (step.undoes is not None) is undo and step.state is not StepState.DONE:
            return index
    return None


def _take(ctx: Context, run: Run, index: int) -> Waiting:
    step, now = run.steps[index], ctx.now()
    action = ctx.action(step.action)
    if step.state is StepState.PLANNED and step.undoes is None:
        return _intend(ctx, run, index)
    progress = action.progress(ctx.ports.aws)
    if progress.effect is Effect.DONE:
        return _done(ctx, run, index, progress.seen)
    if progress.effect is Effect.FAILED:
        return _failed(ctx, run, index, StepState.FAILED, progress.seen)
    if step.state is StepState.PLANNED:
        theirs = _changed_since(ctx, run, step)
        return _failed(ctx, run, index, StepState.REFUSED, theirs) if theirs else _intend(ctx, run, index)
    if progress.effect is Effect.ABSENT and step.state is StepState.INTENDED:
        return _not_made(ctx, run, index, progress.seen)
    since = step.at or now
    if now - since >= action.patience or now >= max(run.deadline, since + _SHOWS_WITHIN):
        return _failed(ctx, run, index, StepState.FAILED, f"not in effect after {now - since}: {progress.seen}")
    return run, _patiently(now, since, action.look_again)


def _not_made(ctx: Context, run: Run, index: int, seen: str) -> Waiting:
    """An intent whose call had no effect: it is under way elsewhere, or is made anew: on the way there until the run's deadline,
    on the way back once at least and for as long as its patience lasts.
    """
    step, now = run.steps[index], ctx.now()
    since = step.at or now
    tried = step.again_at or since
    left = _patiently(tried, since, INVOCATION_LASTS) - (now - tried)
    if left > timedelta():
        return run, left
    if step.undoes is not None and step.again_at is not None and now - since >= ctx.action(step.action).patience:
        return _failed(ctx, run, index, StepState.FAILED, f"could not be made in {now - since}: {seen}")
    return _intend(ctx, run, index)


def _changed_since(ctx: Context, run: Run, way_back: Step) -> str:
    """Only what is as this run left it is taken back: a third state is somebody else's doing, and theirs to judge."""
    made = ctx.action(run.steps[way_back.undoes or 0].action).progress(ctx.ports.aws)
    return f"somebody has changed it since: {made.seen}" if made.effect is Effect.ABSENT else ""


def _intend(ctx: Context, run: Run, index: int, *entries: tuple[str, str]) -> Waiting:
    """The permit, then the intent: what is refused was never intended.

    Both anew where the call was not made: the target may be another's by now, or switched off.
    """
    refused = _not_permitted(ctx, run, index)
    if refused is not None:
        return _stopped(ctx, run, index, refused)
    now = ctx.now()
    run = replace(run, ledger=replace(run.ledger, changed_by=run.id, changed_at=now))
    try:
        run = ctx.keep(run.intending(index, now), *entries, changing=True)
    except LeaseLost as error:
        return _failed(ctx, run, index, StepState.REFUSED, str(error))
    return _call(ctx, run, index)


def _not_permitted(ctx: Context, run: Run, index: int) -> Decline | None:
    undoing = run.steps[index].undoes is not None
    if not undoing and ctx.now() >= run.deadline:
        advice = "Look at the target, and invoke the remediation by hand where it is still needed"
        return Decline(code="deadline", seen="the run's deadline has passed", advice=advice)
    return None if _ends_a_moment(ctx, run, index) else permitted(ctx, run, counts=1, undoing=undoing)


def _ends_a_moment(ctx: Context, run: Run, index: int) -> bool:
    """What was opened for a moment is closed, or taken back, whatever was switched off in between."""
    undoes = run.steps[index].undoes
    before = index - 1 if undoes is None else undoes
    opened = run.steps[before] if before >= 0 else None
    return opened is not None and opened.state not in NO_EFFECT and ctx.action(opened.action).momentary


def _stopped(ctx: Context, run: Run, index: int, refused: Decline) -> Waiting:
    """No permit: nothing more is changed. A switch stops the way back too; then a person has to know what stays."""
    untouched = run.with_step(index, StepState.REFUSED, ctx.now(), refused.code)
    if not untouched.changed:
        return decline(ctx, untouched, refused), None
    if refused.code not in SWITCHED_OFF or run.steps[index].undoes is not None:
        return _failed(ctx, run, index, StepState.REFUSED, refused.seen)
    made = "; ".join(str(ctx.action(step.action)) for step in untouched.steps if step.state not in NO_EFFECT)
    text = f"{refused.seen}. Stopped before the next change; this stays as it is: {made}"
    return end(ctx, replace(untouched, decline=refused), Outcome.ESCALATED, text), None


def _call(ctx: Context, run: Run, index: int) -> Waiting:
    action, undoing = ctx.action(run.steps[index].action), run.steps[index].undoes is not None
    try:
        action.do(ctx.ports.aws)
    except Exception as error:  # AWS may have said no; whatever else went wrong is looked up by the next attempt
        refusal = ctx.ports.aws.refusal(error)
        if refusal is None:
            raise
        if action.progress(ctx.ports.aws).effect is Effect.ABSENT:
            return _failed(ctx, run, index, StepState.REFUSED, refusal)
        return run, action.look_again  # what it wants is there or on its way, and this call has not done it
    now = ctx.now()
    kind = "undo" if undoing else "change"
    drifts = drift_rows(run, index, StepState.CALLED, action, now)
    called = run.with_step(index, StepState.CALLED, now)
    return ctx.keep(called, (kind, str(action)), drifts=drifts), action.look_again


def _done(ctx: Context, run: Run, index: int, seen: str) -> Waiting:
    now = ctx.now()
    action = ctx.action(run.steps[index].action)
    drifts = drift_rows(run, index, StepState.DONE, action, now)
    run = run.with_step(index, StepState.DONE, now, seen)
    following = _next(run, undo=False)
    if run.phase is Phase.ACTING and following is None:
        return ctx.keep(run.to(Phase.PROVING, now), ("in_effect", seen), drifts=drifts), None
    if run.phase is Phase.ACTING and following is not None:
        run = ctx.keep(run, drifts=drifts) if drifts else run
        return _intend(ctx, run, following, ("in_effect", seen))
    return ctx.keep(run, ("taken_back", seen), drifts=drifts), None


def _failed(ctx: Context, run: Run, index: int, state: StepState, why: str) -> Waiting:
    action, undoing = ctx.action(run.steps[index].action), run.steps[index].undoes is not None
    drifts = drift_rows(run, index, state, action, ctx.now())
    run = run.with_step(index, state, ctx.now(), why)
    if drifts:
        run = ctx.keep(run, drifts=drifts)
    if undoing:
        return end(ctx, run, Outcome.ESCALATED, f"could not take back a change ({action}): {why}"), None
    if not run.changed:
        return end(ctx, run, Outcome.ESCALATED, f"nothing was changed, {action} was refused: {why}"), None
    if run.undoes is not None:
        return end(ctx, run, Outcome.ESCALATED, f"taken back only in part, {action} failed: {why}"), None
    return start_undoing(ctx, run, f"{action} failed: {why}"), None


def _patiently(now: datetime, since: datetime, look_again: timedelta) -> timedelta:
    """Look often at first, then ever less often: a snapshot may take hours."""
    return min(max(look_again, (now - since) / 4), _LONGEST_WAIT)
