"""Budgets: how often each kind of change may be made on one target. Durable, on the target's lease; when spent, a person is called."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from functions.core.decision import Decline
from functions.core.guards.case import Case, Checked

_WINDOWS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "fortnight": timedelta(days=14), "ever": None}


def check(case: Case) -> Checked:
    """Every kind of change of the plan against every window; the plan's own changes count."""
    uses = list(_uses(case))
    seen = "; ".join(f"{action}: {used} of {most} {window}" for action, window, used, most in uses)
    spent = [(action, window, used, most) for action, window, used, most in uses if used > most]
    if not spent:
        return Checked(seen)
    action, window, used, most = spent[0]
    when = "ever" if window == "ever" else f"in one {window}"
    why = f"{action} would be made {used} times {when} on this target, and {most} are allowed"
    advice = f"Look why it is needed so often; the tag first-responder:at-most-{_tag(window)} allows more"
    return Checked(seen, Decline(code="budget_spent", seen=why, advice=advice))


def _uses(case: Case) -> Iterator[tuple[str, str, int, int]]:
    """Per kind of change and window: how often with this plan, and how often it may be."""
    for action, times in Counter(type(action).__name__ for action in case.plan.actions).items():
        for window, length in _WINDOWS.items():
            since = None if length is None else case.now - length
            yield action, window, case.run.ledger.made(action, since) + times, getattr(case.policy.at_most, window)


def _tag(window: str) -> str:
    return window if window == "ever" else f"per-{window}"
