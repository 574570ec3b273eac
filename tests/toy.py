"""A remediation over a dial instead of AWS: small enough to see the core at work, with faults on order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan, Watch
from functions.core.permission import Allow
from functions.core.policy import Cap, Policy
from functions.core.ports import Aws, Clock
from functions.core.remediation import Facts, Limits, Proof, Remediation
from functions.core.trigger import MetricAlarm

DIALS = "arn:{partition}:dial:{region}:{account}:dial/{Dial}"


class Refused(Exception):
    """The dials say no."""


@dataclass
class Dials:
    """The service: a value per dial, `lag` looks until a turn shows, and what to raise before or after a turn."""

    clock: Clock
    value: dict[str, int] = field(default_factory=lambda: {"a": 1, "b": 1})
    tags: dict[str, str] = field(default_factory=lambda: {"first-responder:mode": "act"})
    breached: bool | None = True
    helps: bool | None = True
    answer: Decline | Watch | None = None
    cost: Decimal | None = Decimal(0)
    jammed: bool = False
    turns: list[tuple[str, int]] = field(default_factory=list)
    before_turn: Callable[[str], None] = lambda dial: None
    after_turn: Callable[[str], None] = lambda dial: None
    slow: bool = False
    reads: int = 0

    def client(self, service: str) -> Any:
        return self

    def now(self) -> datetime:
        return self.clock.now()

    def refusal(self, error: Exception) -> str | None:
        return str(error) if isinstance(error, Refused) else None

    def turn(self, dial: str, to: int) -> None:
        self.before_turn(dial)
        self.turns.append((dial, to))
        self.value[dial] = to
        self.after_turn(dial)


@dataclass(frozen=True, kw_only=True)
class TurnDial(Action):
    """Turn one dial to a value."""

    permissions: ClassVar = (
        Allow(action="dial:Turn", on="arn:{partition}:dial:{region}:{account}:dial/*", tagged=True),
    )
    patience: ClassVar = timedelta(minutes=10)
    dial: str
    to: int
    before: int

    def do(self, aws: Aws) -> None:
        aws.client("dial").turn(self.dial, self.to)

    def progress(self, aws: Aws) -> Progress:
        dials = aws.client("dial")
        if dials.value[self.dial] != self.to:
            return Progress(Effect.ABSENT, f"dial {self.dial} is at {dials.value[self.dial]}")
        return Progress(Effect.UNDER_WAY if dials.slow else Effect.DONE, f"dial {self.dial} is at {self.to}")

    def undo(self) -> Action | Irreversible:
        return TurnDial(dial=self.dial, to=self.before, before=self.to)

    def properties(self) -> tuple[PropertyChange, ...]:
        return (PropertyChange(resource_type="Toy::Dial", property="Position", old=self.before, new=self.to),)

    def __str__(self) -> str:
        return f"turn dial {self.dial} from {self.before} to {self.to}"


@dataclass(frozen=True, kw_only=True)
class BreakSeal(TurnDial):
    """Turn a dial for good."""

    def undo(self) -> Irreversible:
        return Irreversible("a broken seal stays broken")


@dataclass(frozen=True, kw_only=True)
class Reading(Facts):
    """What the dials showed."""

    a: int
    b: int
    answer: Decline | Watch | None
    cost: Decimal | None
    jammed: bool


class TurnDialsUp(Remediation[Reading]):
    """Turns dial a, then dial b, one up."""

    triggers: ClassVar = (MetricAlarm(namespace="Toy", metric="Pressure", target=DIALS),)
    service: ClassVar = "dial"
    limits: ClassVar = Limits(
        cooldown=timedelta(hours=1), prove_within=timedelta(minutes=5), deadline=timedelta(hours=2)
    )
    caps: ClassVar = (Cap(name="max-turn", default=10, unit="clicks"),)
    reads: ClassVar = (Allow(action="dial:Read", on="arn:{partition}:dial:{region}:{account}:dial/*"),)
    actions: ClassVar = (TurnDial, BreakSeal)
    seals: ClassVar[tuple[type[TurnDial], type[TurnDial]]] = (TurnDial, TurnDial)
    temporary: ClassVar[timedelta | None] = None
    ask_first: ClassVar[str] = ""

    @property
    def name(self) -> str:
        return "toy"

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> Reading | Decline:
        dials = aws.client("dial")
        dials.reads += 1
        return Reading(
            tags=dials.tags,
            breached=dials.breached,
            a=dials.value["a"],
            b=dials.value["b"],
            answer=dials.answer,
            cost=dials.cost,
            jammed=dials.jammed,
        )

    def blocked(self, found: Reading) -> Decline | None:
        return Decline(code="jammed", seen="the dials are jammed", advice="Oil them") if found.jammed else None

    def plan(self, found: Reading, policy: Policy) -> Plan | Decline | Watch:
        first, second = self.seals
        actions = (
            first(dial="a", to=found.a + 1, before=found.a),
            second(dial="b", to=found.b + 1, before=found.b),
        )
        return found.answer or Plan(
            actions=actions,
            reason="pressure is high",
            cost_per_month_usd=found.cost,
            give_back_after=self.temporary,
            ask_first=self.ask_first,
        )

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        return Proof(aws.client("dial").helps, "the pressure was read")
