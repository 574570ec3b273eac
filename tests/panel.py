"""A toy whose targets have dials of their own, `x.a` and `x.b` of target `x`: each change tells whose it is."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from functions.core.action import Action, Effect, Progress
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan, Watch
from functions.core.policy import Policy
from functions.core.ports import Aws
from functions.core.remediation import Proof
from tests.toy import Dials, Reading, TurnDial, TurnDialsUp


@dataclass
class Panel(Dials):
    """The service. Its looks are calls, as AWS's are. A target without tags of its own has `tags`."""

    value: dict[str, int] = field(default_factory=lambda: defaultdict(lambda: 1))
    tags_of: dict[str, dict[str, str]] = field(default_factory=dict)

    def read(self, dial: str) -> int:
        return self.value[dial]

    def describe(self, target: str) -> PanelReading:
        self.reads += 1
        return PanelReading(
            tags=dict(self.tags_of.get(target, self.tags)),
            breached=self.breached,
            a=self.value[f"{target}.a"],
            b=self.value[f"{target}.b"],
            answer=self.answer,
            cost=self.cost,
            jammed=self.jammed,
            target=target,
        )

    def pressure(self) -> bool | None:
        return self.helps


@dataclass(frozen=True, kw_only=True)
class PanelReading(Reading):
    """What the dials of one target showed."""

    target: str


@dataclass(frozen=True, kw_only=True)
class TurnOwnDial(TurnDial):
    """Turn one dial of a target."""

    def progress(self, aws: Aws) -> Progress:
        dials = aws.client("dial")
        at = dials.read(self.dial)
        if at != self.to:
            return Progress(Effect.ABSENT, f"dial {self.dial} is at {at}")
        return Progress(Effect.UNDER_WAY if dials.slow else Effect.DONE, f"dial {self.dial} is at {at}")

    def undo(self) -> Action:
        return replace(self, to=self.before, before=self.to)


class TurnOwnDialsUp(TurnDialsUp):
    """Turns both dials of its target one up."""

    actions: ClassVar = (TurnOwnDial,)

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> PanelReading | Decline:
        found: PanelReading = aws.client("dial").describe(target.id)
        return found

    def plan(self, found: Any, policy: Policy) -> Plan | Decline | Watch:
        actions = tuple(
            TurnOwnDial(dial=f"{found.target}.{name}", to=at + 1, before=at)
            for name, at in (("a", found.a), ("b", found.b))
        )
        return found.answer or Plan(
            actions=actions,
            reason="pressure is high",
            cost_per_month_usd=found.cost,
            give_back_after=self.temporary,
        )

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        return Proof(aws.client("dial").pressure(), "the pressure was read")
