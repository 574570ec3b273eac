"""The guards between a plan and its first change, in order; the permit comes last, right before the change itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from functions.core.decision import Decline
from functions.core.guards import budget, flapping, own_echo, silence
from functions.core.guards.case import Case, Checked
from functions.core.run import Run

GUARDS: dict[str, Callable[[Case], Checked]] = {
    "silence": silence.check,
    "flapping": flapping.check,
    "own_echo": own_echo.check,
    "budget": budget.check,
}


def stopped(case: Case) -> tuple[Run, Decline | None]:
    """The run with what each guard saw, and the decline of the first one that stops it.

    A guard whose read is refused stops it too. Raises what may go away by itself.
    """
    seen: dict[str, str] = {}
    for name, check in GUARDS.items():
        checked = _checked(case, check)
        seen[name] = checked.seen
        if checked.decline is not None:
            return replace(case.run, guards=seen), checked.decline
    return replace(case.run, guards=seen), None


def _checked(case: Case, check: Callable[[Case], Checked]) -> Checked:
    try:
        return check(case)
    except Exception as error:  # a refused read is an answer: it stops the change; all else is tried again
        refused = case.ports.aws.refusal(error)
        if refused is None:
            raise
        return Checked(refused, Decline(code="cannot_read", seen=refused, advice="Look at this function's role"))
