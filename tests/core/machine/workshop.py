"""An account full of dials, each with a fine hand beside it, where owners, strangers and AWS itself do as they please."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan, Watch
from functions.core.policy import AtMost, Policy
from functions.core.ports import Aws
from functions.core.remediation import Facts, Limits, Proof
from tests.toy import TurnDial, TurnDialsUp

DIALS = ("a", "b", "c")
STACK = {"aws:cloudformation:stack-name": "shop", "aws:cloudformation:logical-id": "Dial"}
LIMITS = Limits(
    cooldown=timedelta(hours=1),
    prove_within=timedelta(minutes=5),
    deadline=timedelta(hours=2),
    at_most=AtMost(hour=4, day=6, fortnight=8, ever=12),
)
TEMPORARY = timedelta(hours=3)


def fine(dial: str) -> str:
    return f"{dial}-fine"


@dataclass
class Workshop:
    """The account. `watch` is told of each turn before it is made; `shows_after` is how long one takes to be seen."""

    clock: FakeClock
    value: dict[str, int] = field(default_factory=lambda: dict.fromkeys([*DIALS, *map(fine, DIALS)], 1))
    tags: dict[str, dict[str, str]] = field(default_factory=lambda: {dial: tags("act") for dial in DIALS})
    breached: bool | None = True
    helps: bool | None = True
    cost: Decimal | None = Decimal(0)
    kind: str = "plain"
    watches: bool = False
    jammed: bool = False
    slow: bool = False
    fails: bool = False
    shows_after: timedelta = timedelta()
    watch: Callable[[str, int], None] = lambda dial, to: None
    by_hand: list[tuple[datetime, str, int]] = field(default_factory=list)
    _hidden: dict[str, tuple[datetime, int]] = field(default_factory=dict)

    def client(self, service: str) -> Any:
        return self

    def now(self) -> datetime:
        return self.clock.now()

    def refusal(self, error: Exception) -> str | None:
        return Boto3Aws(self.clock).refusal(error)

    def describe_dial(self, dial: str) -> int:
        until, was = self._hidden.get(dial, (self.clock.now(), 0))
        return was if self.clock.now() < until else self.value[dial]

    def describe_all(self) -> dict[str, Any]:
        return {"breached": self.breached, "cost": self.cost, "kind": self.kind, "jammed": self.jammed}

    def describe_tags(self, dial: str) -> dict[str, str]:
        return dict(self.tags[dial])

    def turn(self, dial: str, to: int) -> None:
        self.watch(dial, to)
        self._hidden[dial] = (self.clock.now() + self.shows_after, self.describe_dial(dial))
        self.value[dial] = to

    def turn_by_hand(self, dial: str, to: int) -> None:
        self._hidden.pop(dial, None)
        self.value[dial] = to
        self.by_hand.append((self.clock.now(), dial, to))


def tags(mode: str, **more: str) -> dict[str, str]:
    return {**STACK, "first-responder:mode": mode, **{f"first-responder:{name}": said for name, said in more.items()}}


@dataclass(frozen=True, kw_only=True)
class Turn(TurnDial):
    """A turn whose looks are calls too. At a third position somebody else is at it."""

    def progress(self, aws: Aws) -> Progress:
        dials = aws.client("dial")
        at = dials.describe_dial(self.dial)
        there = Effect.FAILED if dials.fails else Effect.UNDER_WAY if dials.slow else Effect.DONE
        return Progress(
            {self.to: there, self.before: Effect.ABSENT}.get(at, Effect.FAILED), f"dial {self.dial} is at {at}"
        )

    def undo(self) -> Action | Irreversible:
        return Turn(dial=self.dial, to=self.before, before=self.to)

    def properties(self) -> tuple[PropertyChange, ...]:
        name = f"Position of {self.dial}"
        return (PropertyChange(resource_type="Toy::Dial", property=name, old=self.before, new=self.to),)


@dataclass(frozen=True, kw_only=True)
class KeptTurn(Turn):
    """A turn that a failed run leaves as it is."""

    kept: ClassVar = True


@dataclass(frozen=True, kw_only=True)
class Seal(Turn):
    """A turn for good."""

    def undo(self) -> Irreversible:
        return Irreversible("a broken seal stays broken")


@dataclass(frozen=True, kw_only=True)
class Seen(Facts):
    """What was read of one dial and its fine hand."""

    dial: str
    at: int
    fine: int
    cost: Decimal | None
    kind: str
    jammed: bool
    watches: bool


class TurnUp(TurnDialsUp):
    """Turns the alarm's own dial, then its fine hand, one up. There are two remediations that do, by name."""

    limits: ClassVar = LIMITS
    caps: ClassVar = ()
    actions: ClassVar = (Turn, KeptTurn, Seal)

    def __init__(self, name: str) -> None:
        self._name = name

    @property
    def name(self) -> str:
        return self._name

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> Seen | Decline:  # type: ignore[override]
        dials, dial = aws.client("dial"), target.resource.partition("/")[2]
        return Seen(
            tags=dials.describe_tags(dial),
            dial=dial,
            at=dials.describe_dial(dial),
            fine=dials.describe_dial(fine(dial)),
            watches=dials.watches,
            **dials.describe_all(),
        )

    def plan(self, found: Seen, policy: Policy) -> Plan | Decline | Watch:  # type: ignore[override]
        if found.watches:
            again_in = timedelta(minutes=3)
            return Watch(code="others_at_work", seen="somebody else is at it", advice="Wait", again_in=again_in)
        second = {"kept": KeptTurn, "sealed": Seal}.get(found.kind, Turn)
        return Plan(
            actions=(
                Turn(dial=found.dial, to=found.at + 1, before=found.at),
                second(dial=fine(found.dial), to=found.fine + 1, before=found.fine),
            ),
            reason="pressure is high",
            cost_per_month_usd=found.cost,
            give_back_after=TEMPORARY if found.kind == "temporary" else None,
            ask_first="it hurts" if found.kind == "asked" else "",
        )

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        return Proof(aws.client("dial").helps, "the pressure was read")
