"""The approval gate: what is dear, has no known price, or is never done unasked is proposed to a person instead of done."""

from __future__ import annotations

from functions.core.decision import Plan
from functions.core.policy import Mode, Policy, lower


def gate(plan: Plan, policy: Policy) -> tuple[Mode, str]:
    """How far the plan may go without a person, and the numbers that decided."""
    cost, most = plan.cost_per_month_usd, policy.max_cost_per_month_usd
    if cost is None:
        return lower(policy.mode, Mode.PROPOSE), "what it costs is not in the price table: a person decides"
    seen = f"USD {cost} a month at list prices, of {most} without approval"
    if plan.ask_first:
        return lower(policy.mode, Mode.PROPOSE), f"{plan.ask_first}: a person decides; {seen}"
    return (policy.mode if cost <= most else lower(policy.mode, Mode.PROPOSE)), seen
