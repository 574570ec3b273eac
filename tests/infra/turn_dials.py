"""Turn up a dial that has fallen.

When    Level of a dial is in ALARM, or the dials report a fault
Does    turns the dial
Proof   the dial stands where it should
Undo    turns it back
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from functions.core.action import Action, Effect, Progress, PropertyChange
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan, Watch
from functions.core.permission import EVERYTHING, Allow
from functions.core.policy import Cap, Policy
from functions.core.ports import Aws
from functions.core.remediation import Facts, Limits, Proof, Remediation
from functions.core.trigger import MetricAlarm, ServiceEvent

_DIAL = "arn:{partition}:dial:{region}:{account}:dial/{Dial}"
_DIALS = "arn:{partition}:dial:{region}:{account}:dial/*"


@dataclass(frozen=True, kw_only=True)
class TurnDial(Action):
    """Sets one dial."""

    permissions = (
        Allow(action="dial:Turn", on=_DIALS, tagged=True),
        Allow(action="dial:Log", on=_DIALS, conditions=(("StringEquals", "dial:Via", "log.{region}.amazonaws.com"),)),
    )
    dial: str
    to: int

    def do(self, aws: Aws) -> None:
        aws.client("dial").turn(Dial=self.dial, To=self.to)

    def progress(self, aws: Aws) -> Progress:
        return Progress(Effect.DONE, "it stands there")

    def undo(self) -> Action:
        return TurnDial(dial=self.dial, to=0)

    def properties(self) -> tuple[PropertyChange, ...]:
        return ()

    def __str__(self) -> str:
        return f"turn {self.dial} to {self.to}"


class TurnDials(Remediation[Facts]):
    triggers = (
        MetricAlarm(namespace="AWS/Dials", metric="Level", target=_DIAL),
        MetricAlarm(namespace="AWS/Dials", metric="Drift", target=_DIAL),
        MetricAlarm(namespace="Dials/Insights", metric="Fault", target=_DIAL),
        ServiceEvent(source="aws.dials", detail_type="Dial Event", detail={"eventId": ("D-1", "D-2")}),
        ServiceEvent(source="aws.dials", detail_type="Dial Event", detail={"eventId": ("D-7",), "kind": ("fault",)}),
    )
    service = "dial"
    limits = Limits(cooldown=timedelta(hours=1), prove_within=timedelta(minutes=5), deadline=timedelta(hours=1))
    caps = (Cap(name="max-turns", default=3, unit="turns"),)
    reads = (Allow(action="dial:List", on=EVERYTHING, because="List has no resource scope in IAM"),)
    actions = (TurnDial,)

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> Facts | Decline:
        return Facts(tags={}, breached=True)

    def blocked(self, found: Facts) -> Decline | None:
        return None

    def plan(self, found: Facts, policy: Policy) -> Plan | Decline | Watch:
        turn = TurnDial(dial="a", to=policy.caps["max-turns"])
        return Plan(actions=(turn,), reason="it has fallen", cost_per_month_usd=Decimal(0))

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        return Proof(holds=True, seen="it stands there")
