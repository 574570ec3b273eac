"""What one row of the runbook has to say. One file in functions/remediations/ each, found by being there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, ClassVar, Generic, TypeVar

from functions.core.action import Action, Irreversible
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan, Watch
from functions.core.permission import Allow
from functions.core.policy import AtMost, Cap, Policy
from functions.core.ports import Aws
from functions.core.run import Run
from functions.core.trigger import Trigger


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """The clocks of a remediation. A run never changes anything after `deadline`; a `Watch` may last that long too."""

    cooldown: timedelta
    prove_within: timedelta
    deadline: timedelta
    keep_at_most: timedelta = timedelta(hours=24)
    """How long a temporary change may outlive its give-back time before a person is called."""
    at_most: AtMost = field(default_factory=AtMost)
    """How often each of its actions may be made on one target, where neither tag nor deployment says."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Parameter:
    """A text in a person's request. `pattern` is a regular expression for all of it, `allowed` says it in words."""

    name: str
    pattern: str
    allowed: str
    required: bool = True


class Audience(StrEnum):
    """Whom a run's news go to: what is found out about an intruder is for the security team's eyes only."""

    OPERATIONS = "operations"
    SECURITY = "security"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What diagnosis read. Subclasses add their own fields, of JSON types, datetimes and nested dataclasses."""

    tags: Mapping[str, str] = field(repr=False)
    breached: bool | None
    """Whether the alarm's condition holds, read again just now; None where AWS had no answer."""

    def evidence(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether the change helped. `holds` is None while it is too early to say, False where it surely did not help."""

    holds: bool | None
    seen: str


F = TypeVar("F", bound=Facts)


class Remediation(ABC, Generic[F]):
    """Reads, decides, proves. Never changes anything: that is for its actions."""

    triggers: ClassVar[tuple[Trigger, ...]]
    service: ClassVar[str]
    """The service of its targets' ARNs, e.g. `rds`."""
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    """What a person has to or may say besides the target."""
    audience: ClassVar[Audience] = Audience.OPERATIONS
    """Who is told of its runs."""
    limits: ClassVar[Limits]
    caps: ClassVar[tuple[Cap, ...]] = ()
    reads: ClassVar[tuple[Allow, ...]]
    actions: ClassVar[tuple[type[Action], ...]]

    @property
    def name(self) -> str:
        """The name of its file: the two cannot drift apart."""
        return type(self).__module__.rpartition(".")[2]

    @property
    def permissions(self) -> tuple[Allow, ...]:
        """All that the role of this remediation may do, besides keeping its record."""
        of_actions = [allow for action in self.actions for allow in action.permissions]
        return tuple(dict.fromkeys([*self.reads, *of_actions]))

    @property
    def services(self) -> frozenset[str]:
        """The IAM prefixes of the services that it uses, most of which are boto3's names as well."""
        return frozenset(allow.action.partition(":")[0] for allow in self.permissions)

    @abstractmethod
    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> F | Decline:
        """Read the facts, changing nothing. A decline says that the target cannot be read or is none of ours."""

    @abstractmethod
    def plan(self, found: F, policy: Policy) -> Plan | Decline | Watch:
        """Decide. Pure: no clock, no AWS, the same facts give the same plan."""

    @abstractmethod
    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        """Look whether the plan helped."""

    @abstractmethod
    def blocked(self, found: F) -> Decline | None:
        """What forbids any change of the target at this moment, forward or back: a stack at work, another operation. Pure."""

    def ticket(self, plan: Plan, run: Run) -> str:
        """What remains to be done by a person, without hurry, now that the plan has helped; empty where nothing does. Pure.

        Asked once for each run that recovers, never for a way back: the timeline keeps it as an entry of kind `ticket`.
        """
        return ""

    def give_back(self, found: F, plan: Plan) -> Plan | Decline | Watch:
        """Decide on taking back a temporary change once its time has come. Pure, like `plan`."""
        ways_back = [action.undo() for action in reversed(plan.actions)]
        actions = tuple(way for way in ways_back if not isinstance(way, Irreversible))
        return Plan(actions=actions, reason="the time of the temporary change is over", cost_per_month_usd=Decimal(0))
