"""The three answers of planning: change something (`Plan`), change nothing (`Decline`), look again later (`Watch`)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from functions.core.action import Action, encode


@dataclass(frozen=True, kw_only=True, slots=True)
class Decline:
    """Nothing is changed. `code` is stable, for counting; `seen` and `advice` are sentences for the person who reads them."""

    code: str
    seen: str
    advice: str
    call_person: bool = True
    severity: str = ""
    """P1 where more than this one target is concerned; empty leaves it to the incident."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Watch:
    """Somebody else is at work (a circuit breaker, RDS autoscaling): look again after `again_in`, changing nothing until then.

    Where the run's deadline comes first, it ends as a decline with this code.
    """

    code: str
    seen: str
    advice: str
    again_in: timedelta


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be changed, as data: it can be shown, priced, approved by its hash, journalled and undone.

    `cost_per_month_usd` is what it adds to the bill at list prices, see core/prices.py: every plan says it, a zero too, and
    None says that it is not known, which never passes as free. `give_back_after` says that the change is temporary.
    """

    actions: tuple[Action, ...]
    reason: str
    cost_per_month_usd: Decimal | None
    give_back_after: timedelta | None = None
    ask_first: str = ""
    """Why a person has to agree whatever the mode says: an outage, lost data, no way back. Empty where the mode decides."""
    second_person: bool = False
    """Whether somebody else than who has asked for it has to approve it."""

    @property
    def cost(self) -> str:
        """The cost in words, for people."""
        return "unknown cost" if self.cost_per_month_usd is None else f"USD {self.cost_per_month_usd} a month"

    @property
    def hash(self) -> str:
        """The same for the same actions at the same cost: what an approval is bound to."""
        content = {"actions": [encode(action) for action in self.actions], "cost": str(self.cost_per_month_usd)}
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]
