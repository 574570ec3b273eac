"""A proposal as people see it, before they say yes or no: what would be changed, at what cost, and what cannot be taken back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from functions.core.approval import expires_at, refusal
from functions.core.ports import Settings, Unreadable
from functions.core.run import Run

_TEXTS = ("incident", "run", "remediation", "target", "alarm", "reason", "ask_first")
_NO_WAY_BACK = "none:"
"""How an `Irreversible` begins as text, which is how a plan on record has it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """One change of the plan, and what would take it back, each in one line."""

    does: str
    way_back: str

    @property
    def irreversible(self) -> bool:
        return self.way_back.startswith(_NO_WAY_BACK)


@dataclass(frozen=True, kw_only=True, slots=True)
class Proposal:
    """A plan that waits. `alarm` and `reason` may hold strangers' words; `cost_per_month_usd` is None where it is not known."""

    incident: str
    run: str
    remediation: str
    target: str
    alarm: str
    reason: str
    changes: tuple[Change, ...]
    cost_per_month_usd: str | None
    given_back_after: timedelta | None
    ask_first: str
    """Why a person has to agree to this plan in whatever mode; empty where the mode or the cost is why."""
    plan_hash: str
    proposed_at: datetime
    expires_at: datetime

    @property
    def cost(self) -> str:
        """The cost in words."""
        known = self.cost_per_month_usd is not None
        return f"USD {self.cost_per_month_usd} a month, at list prices" if known else "not known"


def proposal_of(run: Run, settings: Settings) -> Proposal:
    """Raises LookupError for a run without a plan."""
    plan = run.plan
    if plan is None:
        raise LookupError(f"run {run.id} has no plan")
    seconds = plan["give_back_after_seconds"]
    return Proposal(
        incident=run.incident,
        run=run.id,
        remediation=run.remediation,
        target=run.target,
        alarm=run.alarm.name,
        reason=plan["reason"],
        changes=tuple(
            Change(does=does, way_back=back) for does, back in zip(plan["lines"], plan["way_back"], strict=True)
        ),
        cost_per_month_usd=plan["cost_per_month_usd"],
        given_back_after=timedelta(seconds=seconds) if seconds else None,
        ask_first=plan.get("ask_first", ""),
        plan_hash=plan["hash"],
        proposed_at=run.phase_since,
        expires_at=expires_at(run, settings),
    )


def waiting(runs: Iterable[Run | Unreadable], now: datetime, settings: Settings) -> tuple[Proposal, ...]:
    """The proposals among these runs that can be answered now; what expires first comes first."""
    open_now = [run for run in runs if isinstance(run, Run) and _open(run, now, settings)]
    return tuple(sorted((proposal_of(run, settings) for run in open_now), key=lambda proposal: proposal.expires_at))


def write_proposal(proposal: Proposal) -> dict[str, Any]:
    """As JSON; times are ISO 8601 in UTC."""
    given_back = proposal.given_back_after
    return {
        **{name: getattr(proposal, name) for name in _TEXTS},
        "changes": [
            {"does": change.does, "way_back": change.way_back, "irreversible": change.irreversible}
            for change in proposal.changes
        ],
        "cost_per_month_usd": proposal.cost_per_month_usd,
        "cost": proposal.cost,
        "given_back_after_seconds": int(given_back.total_seconds()) if given_back else None,
        "plan": proposal.plan_hash,
        "proposed_at": proposal.proposed_at.isoformat(),
        "expires_at": proposal.expires_at.isoformat(),
    }


def _open(run: Run, now: datetime, settings: Settings) -> bool:
    return run.plan is not None and refusal(run, run.plan["hash"], now, settings) is None
