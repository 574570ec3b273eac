"""What every step of a run needs at hand: the remediation, the doors, and the few writes that they all share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from functions.core.action import Action, decode, encode
from functions.core.arn import Arn, parse_arn
from functions.core.decision import Plan
from functions.core.drift import Drift
from functions.core.policy import Mode
from functions.core.ports import Claim, Ports
from functions.core.remediation import Remediation
from functions.core.run import Entry, Run

HEARTBEAT = timedelta(minutes=15)
"""A run that nobody has moved on for this long after it should have been is the sweep's."""


@dataclass(frozen=True, slots=True)
class Context:
    """One remediation and its doors."""

    remediation: Remediation[Any]
    ports: Ports

    def now(self) -> datetime:
        return self.ports.clock.now()

    def keep(
        self,
        run: Run,
        *entries: tuple[str, str],
        call_person: bool = False,
        changing: bool = False,
        drifts: Sequence[Drift] = (),
    ) -> Run:
        """Write the run and its timeline; each entry is (kind, text). The rest and what it raises: see `Store.save`."""
        now, audience = self.now(), self.remediation.audience.value
        lines = [
            Entry(at=now, kind=kind, text=text, call_person=call_person, audience=audience) for kind, text in entries
        ]
        run = replace(run, due=max(run.due, now + HEARTBEAT))
        return self.ports.store.save(run, lines, changing=changing, drifts=drifts)

    def target(self, run: Run) -> Arn:
        return parse_arn(run.target, "target")

    def action(self, data: Mapping[str, Any]) -> Action:
        return decode(dict(data), self.remediation.actions)

    def plan(self, run: Run) -> Plan:
        """The plan of a run. Raises LookupError where it has none."""
        if run.plan is None:
            raise LookupError(f"run {run.id} has no plan")
        return Plan(
            actions=tuple(self.action(data) for data in run.plan["actions"]),
            reason=run.plan["reason"],
            cost_per_month_usd=Decimal(cost) if (cost := run.plan["cost_per_month_usd"]) is not None else None,
            give_back_after=timedelta(seconds=run.plan["give_back_after_seconds"])
            if run.plan["give_back_after_seconds"]
            else None,
            ask_first=run.plan.get("ask_first", ""),
            second_person=run.plan.get("second_person", False),
        )

    def claim(self, run: Run, delivery: str, *, rested: bool = True) -> Claim:
        return Claim(
            target=self.target(run),
            remediation=run.remediation,
            run=run.id,
            incident=run.incident,
            delivery=delivery,
            now=self.now(),
            until=run.deadline,
            rested=rested,
        )


def write_plan(plan: Plan, mode: Mode) -> dict[str, Any]:
    """A plan as JSON, with what a person wants to see of it."""
    return {
        "actions": [encode(action) for action in plan.actions],
        "lines": [str(action) for action in plan.actions],
        "way_back": [str(action.undo()) for action in plan.actions],
        "reason": plan.reason,
        "cost_per_month_usd": None if plan.cost_per_month_usd is None else str(plan.cost_per_month_usd),
        "give_back_after_seconds": int(plan.give_back_after.total_seconds()) if plan.give_back_after else 0,
        "ask_first": plan.ask_first,
        "second_person": plan.second_person,
        "hash": plan.hash,
        "mode": mode.value,
    }
