"""The doors to the world: AWS, the record, time. Each has its real adapter and a fake side by side in functions/adapters/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from functions.core.alarm import Alarm
    from functions.core.arn import Arn
    from functions.core.decision import Decline
    from functions.core.run import Entry, Run


CONFIRM_WITHIN = timedelta(minutes=10)
"""Longer than an invocation and its two retries last: after this a holder without a written run is dead."""


class Clock(Protocol):
    """Time. Nothing else in functions/ asks for it."""

    def now(self) -> datetime:
        """The time now, aware, in UTC."""


class Aws(Protocol):
    """The AWS account."""

    def client(self, service: str) -> Any:
        """The boto3 client of a service, one per process."""

    def now(self) -> datetime:
        """The time now, aware, in UTC: what reading a metric needs."""

    def refusal(self, error: Exception) -> str | None:
        """AWS's words where it surely refused the call, None where the outcome is unknown (throttled, timed out, broken)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """The target's lease is ours."""

    incident: str
    reentered: bool
    """The same delivery had it before: it crashed, and Lambda is trying it again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lost:
    """The target's lease is not to be had. `code` is duplicate, target_busy or cooldown."""

    code: str
    run: str
    incident: str
    until: datetime | None = None
    unconfirmed: bool = False
    """The holder has had the lease for longer than an invocation lasts and may have died before it wrote its run down."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """The wish for a target's lease. `delivery` is the same when Lambda retries an event, `until` is the run's deadline."""

    target: Arn
    remediation: str
    run: str
    incident: str
    delivery: str
    now: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """What a run leaves behind on its target: a rest for its remediation if it changed something, a closed incident if it helped.

    `forget` is for a holder that died before it had written anything: its transition may be answered anew.
    """

    cooldown_until: datetime | None = None
    resolved: bool = False
    forget: bool = False


class Store(Protocol):
    """The record. Every write is conditional: a caller that has been overtaken learns it and stops."""

    def take(self, claim: Claim) -> Taken | Lost:
        """Take the lease of a target: one conditional write, which also is the dedupe and the cooldown."""

    def retake(self, claim: Claim) -> Taken | Lost:
        """Take it for a run that has waited without it. The run's own earlier turn is no duplicate."""

    def release(self, target: Arn, run: str, remediation: str, leave: Release) -> None:
        """Free the lease if this run still holds it. May be repeated."""

    def permit(self, now: datetime, at_most: int | None) -> Decline | None:
        """Count one change into this hour. The decline says that changes are stopped or that the hour's are used up.

        None for `at_most`: ways back are counted, and never refused for being too many.
        """

    def save(self, run: Run, entries: Sequence[Entry]) -> Run:
        """Write the run and its timeline entries, all or nothing; the run comes back with its new version.

        Raises Fenced where another invocation wrote in between, AlreadyRecorded where a new run's transition has its answer.
        """

    def load(self, incident: str, run: str) -> Run | None:
        """Read a run, consistently; None where there is none."""

    def record(self, alarm: Alarm, remediation: str, decline: Decline, incident: str | None) -> bool:
        """Write down an alarm that came to no run. False where this transition has its answer already."""

    def overdue(self, now: datetime) -> Sequence[Run]:
        """The runs that should have been moved on by now."""


class Evidence(Protocol):
    """Where the full story of a run is kept."""

    def keep(self, key: str, content: Mapping[str, Any]) -> None:
        """Write once; the same key is never overwritten with another content."""


class FollowThrough(Protocol):
    """What wakes a waiting run."""

    def start(self, run: Run, wait: timedelta, attempt: str) -> None:
        """Wake the run after `wait`, again and again until it says it is over. Starting the same attempt twice is harmless."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """The deployment's word, from the context in cdk.json."""

    policy: Mapping[str, str]
    fresh_within: timedelta = timedelta(minutes=15)
    answer_within: timedelta = timedelta(hours=1)
    changes_per_hour: int = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Ports:
    """All doors, handed to the core as one."""

    aws: Aws
    clock: Clock
    store: Store
    evidence: Evidence
    follow_through: FollowThrough
    settings: Settings
