"""What of a run still stands, and whether it stands as the run left it: only that is ever taken back."""

from __future__ import annotations

from functions.core.action import Effect, Irreversible
from functions.core.context import Context
from functions.core.decision import Decline
from functions.core.run import Run, Step, StepState

_MADE = frozenset({StepState.CALLED, StepState.DONE})


def standing(run: Run) -> list[Step]:
    """The steps that were made and not taken back by the run itself."""
    taken_back = {step.undoes for step in run.steps if step.state in _MADE}
    steps = enumerate(run.steps)
    return [step for i, step in steps if step.undoes is None and step.state in _MADE and i not in taken_back]


def changed_since(ctx: Context, original: Run) -> Decline | None:
    """What was left must still be there. Raises what AWS raises where that cannot be read."""
    for step in standing(original):
        action = ctx.action(step.action)
        if isinstance(action.undo(), Irreversible):
            continue
        progress = action.progress(ctx.ports.aws)
        if progress.effect is not Effect.DONE:
            seen = f"what {original.id} did ({action}) does not stand any more: {progress.seen}"
            return Decline(code="changed_since", seen=seen, advice="Somebody has changed it since: do it by hand")
    return None
