"""Making changes, crash-safe: intent written, permit asked, call made, effect looked for; and the way back in reverse order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from functions.core.action import Effect, Irreversible, encode
from functions.core.close import decline, end
from functions.core.context import Context
from functions.core.run import NO_EFFECT, Outcome, Phase, Run, Step, StepState

Waiting = tuple[Run, timedelta | None]
"""A run, and how long to wait before it can go on (None: go on now, or it has ended)."""

_LONGEST_WAIT = timedelta(minutes=5)


def start_acting(ctx: Context, run: Run, *entries: tuple[str, str]) -> Waiting:
    """Write the plan with its first intent, then make the first change: one write ahead of one call."""
    now = ctx.now()
    run = run.to(Phase.ACTING, now).with_step(0, StepState.INTENDED, now)
    return _call(ctx, ctx.keep(run, *entries), 0)


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
    left = [
        step
        for i, step in enumerate(run.steps)
        if step.undoes is None and step.state not in NO_EFFECT and i not in taken_back
    ]
    kept = "; ".join(f"{ctx.action(step.action)} stays ({ctx.action(step.action).undo()})" for step in left)
    if taken_back:
        return end(ctx, run, Outcome.UNDONE, f"taken back what could be taken back. {kept}".strip()), None
    return end(ctx, run, Outcome.ESCALATED, f"nothing could be taken back. {kept}".strip()), None


def start_undoing(ctx: Context, run: Run, why: str) -> Run:
    """Turn round: append the way back of every step that may have had an effect, last one first."""
    now = ctx.now()
    ways = [
        (i, ctx.action(step.action).undo())
        for i, step in reversed(list(enumerate(run.steps)))
        if step.undoes is None and step.state not in NO_EFFECT
    ]
    back = tuple(Step(action=encode(way), undoes=i) for i, way in ways if not isinstance(way, Irreversible))
    return ctx.keep(replace(run.to(Phase.UNDOING, now), steps=run.steps + back), ("undoing", why))


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
        return _intend(ctx, run, index)
    if progress.effect is Effect.ABSENT and step.state is StepState.INTENDED:
        return _call(ctx, run, index)
    since = step.at or now
    if now - since >= action.patience or now >= run.deadline:
        return _failed(ctx, run, index, StepState.FAILED, f"not in effect after {now - since}: {progress.seen}")
    return run, _patiently(now, since, action.look_again)


def _intend(ctx: Context, run: Run, index: int) -> Waiting:
    run = ctx.keep(run.with_step(index, StepState.INTENDED, ctx.now()))
    return _call(ctx, run, index)


def _call(ctx: Context, run: Run, index: int) -> Waiting:
    action, undoing = ctx.action(run.steps[index].action), run.steps[index].undoes is not None
    if not undoing and ctx.now() >= run.deadline:
        return _failed(ctx, run, index, StepState.REFUSED, "the run's deadline has passed")
    refused = ctx.ports.store.permit(ctx.now(), None if undoing else ctx.ports.settings.changes_per_hour)
    if refused is not None:
        untouched = run.with_step(index, StepState.REFUSED, ctx.now(), refused.code)
        if not untouched.changed:
            return decline(ctx, untouched, refused), None
        return _failed(ctx, run, index, StepState.REFUSED, refused.seen)
    try:
        action.do(ctx.ports.aws)
    except Exception as error:  # AWS may have said no; whatever else went wrong is looked up by the next attempt
        refusal = ctx.ports.aws.refusal(error)
        if refusal is None:
            raise
        if action.progress(ctx.ports.aws).effect is Effect.ABSENT:
            return _failed(ctx, run, index, StepState.REFUSED, refusal)
    now = ctx.now()
    kind = "undo" if undoing else "change"
    return ctx.keep(run.with_step(index, StepState.CALLED, now), (kind, str(action))), action.look_again


def _done(ctx: Context, run: Run, index: int, seen: str) -> Waiting:
    now = ctx.now()
    run = run.with_step(index, StepState.DONE, now, seen)
    following = _next(run, undo=False)
    if run.phase is Phase.ACTING and following is None:
        return ctx.keep(run.to(Phase.PROVING, now), ("in_effect", seen)), None
    if run.phase is Phase.ACTING and following is not None:
        run = ctx.keep(run.with_step(following, StepState.INTENDED, now), ("in_effect", seen))
        return _call(ctx, run, following)
    return ctx.keep(run, ("taken_back", seen)), None


def _failed(ctx: Context, run: Run, index: int, state: StepState, why: str) -> Waiting:
    action, undoing = ctx.action(run.steps[index].action), run.steps[index].undoes is not None
    run = run.with_step(index, state, ctx.now(), why)
    if undoing:
        return end(ctx, run, Outcome.ESCALATED, f"could not take back a change ({action}): {why}"), None
    if not run.changed:
        return end(ctx, run, Outcome.ESCALATED, f"nothing was changed, {action} was refused: {why}"), None
    return start_undoing(ctx, run, f"{action} failed: {why}"), None


def _patiently(now: datetime, since: datetime, look_again: timedelta) -> timedelta:
    """Look often at first, then ever less often: a snapshot may take hours."""
    return min(max(look_again, (now - since) / 4), _LONGEST_WAIT)
