"""What a guard is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from functions.core.decision import Decline, Plan
from functions.core.policy import Policy
from functions.core.ports import Ports
from functions.core.remediation import Facts
from functions.core.run import Run


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A plan that would be carried out if no guard stopped it."""

    ports: Ports
    run: Run
    found: Facts
    policy: Policy
    plan: Plan
    now: datetime


@dataclass(frozen=True, slots=True)
class Checked:
    """`seen` is kept with the run, whatever came of it: the sentence has the numbers that decided."""

    seen: str
    decline: Decline | None = None
