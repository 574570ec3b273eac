"""What of a run still stands, and whether it stands as the run left it: only that is ever taken back."""

from __future__ import annotations

from functions.core.action import Effect, Irreversible
from functions.core.context import Context
from functions.core.decision import Decline
from functions.core.run import Run, Step, StepState

_MADE = frozenset({StepState.CALLED, StepState.DONE})


def standing(run: Run) -> list[Step]:
    """The steps that were made and not taken back by the run itself; of those that failed, the ones that it has left alone."""
    taken_back = {step.undoes for step in run.steps if step.state in _MADE}
    tried = {step.undoes for step in run.steps}
    left = {StepState.FAILED: tried, **dict.fromkeys(_MADE, taken_back)}
    steps = enumerate(run.steps)
    return [step for i, step in steps if step.undoes is None and step.state in left and i not in left[step.state]]


def changed_since(ctx: Context, original: Run) -> Decline | None:
    """What was left must still be there; of what is kept for a person to judge, whatever became of it.

    Raises what AWS raises where that cannot be read.
    """
    for step in standing(original):
        action = ctx.action(step.action)
        if isinstance(action.undo(), Irreversible):
            continue
        progress, there = action.progress(ctx.ports.aws), {Effect.DONE}
        if action.kept:
            there.add(Effect.UNDER_WAY)
        if progress.effect not in there:
            seen = f"what {original.id} did ({action}) does not stand any more: {progress.seen}"
            return Decline(code="changed_since", seen=seen, advice="Somebody has changed it since: do it by hand")
    return None
