"""The doors to the world: AWS, the record, time. Each has its real adapter and a fake side by side in functions/adapters/."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from functions.core.ledger import Ledger

if TYPE_CHECKING:
    from functions.core.alarm import Alarm
    from functions.core.arn import Arn
    from functions.core.decision import Decline
    from functions.core.drift import Drift
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


class Alarms(Protocol):
    """CloudWatch alarms, as their owners have set them."""

    def silence(self, alarm: Alarm) -> str | None:
        """Why the owner does not want this alarm answered now; None where nothing silences it. Raises what AWS raises."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """The target's lease is ours. `ledger` says what was changed there before."""

    incident: str
    reentered: bool
    """The same delivery had it before: it crashed, and Lambda is trying it again."""
    ledger: Ledger = field(default_factory=Ledger)


@dataclass(frozen=True, kw_only=True, slots=True)
class Lost:
    """The target's lease is not to be had. `code` is duplicate, target_busy or cooldown."""

    code: str
    run: str
    incident: str
    until: datetime | None = None
    unconfirmed: bool = False
    """The holder has had the lease for longer than an invocation lasts and may have died before it wrote its run down."""
    delivery: str = ""
    """The holder's delivery, which has to get in when Lambda tries it again; empty where nobody holds the lease."""
    confirm_by: datetime | None = None
    """When the holder will count as unconfirmed; None where nobody holds the lease."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """The wish for a target's lease. `delivery` is the same when Lambda retries an event, `until` is the run's deadline.

    `rested` is False for who need not wait until the target has rested: a person who takes a change back.
    """

    target: Arn
    remediation: str
    run: str
    incident: str
    delivery: str
    now: datetime
    until: datetime
    rested: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Ask:
    """A question for a permit. `counts` is 1 for a change, 0 for only looking, -1 to give back one that was not used.

    `alarmed` adds the target to those that are to be changed in these minutes; a way back does not.
    """

    target: Arn
    now: datetime
    counts: int = 1
    alarmed: bool = True
    within: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """What stands on the switch item, this question counted in.

    `switches` is as it is stored, for core/switches.py to read; `changes` of this hour; `alarmed` are the targets that were
    to be changed within the asked time, by ARN.
    """

    switches: Mapping[str, Any]
    changes: int
    alarmed: Mapping[str, datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class Transition:
    """An earlier transition of an alarm to ALARM, and the code of its decline if it was declined."""

    at: datetime
    code: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Unreadable:
    """A run on record that this version cannot read."""

    incident: str
    run: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Release:
    """What a run leaves behind on its target: a rest for its remediation if it changed something, a closed incident if it helped.

    `changed_at` is when it had its last effect there.

    `forget` is for a holder that died before it had written anything: its transition may be answered anew.
    """

    cooldown_until: datetime | None = None
    changed_at: datetime | None = None
    resolved: bool = False
    forget: bool = False
    seal: str = ""
    """The SHA-256 of its manifest, empty where it changed nothing."""


class Store(Protocol):
    """The record. Every write is conditional: a caller that has been overtaken learns it and stops."""

    def take(self, claim: Claim) -> Taken | Lost:
        """Take the lease of a target: one conditional write, which also is the dedupe and the cooldown."""

    def retake(self, claim: Claim) -> Taken | Lost:
        """Take it for a run that has waited without it. The run's own earlier turn is no duplicate."""

    def release(self, target: Arn, run: str, remediation: str, leave: Release) -> None:
        """Free the lease if this run still holds it; its rest is left behind in any case. May be repeated."""

    def permit(self, ask: Ask) -> Gate:
        """Count and look, in one call. The caller decides by what comes back, and changes nothing where this raises."""

    def changes(self, now: datetime) -> int:
        """The changes of this hour, as `permit` has counted them. Counts nothing, and stands in nobody's way."""

    def mark_storm(self, run: str, incident: str, now: datetime, quiet: timedelta) -> str:
        """The incident of the storm that is on: this one where none is, or where the last one has been quiet for so long."""

    def save(self, run: Run, entries: Sequence[Entry], *, changing: bool = False, drifts: Sequence[Drift] = ()) -> Run:
        """Write the run and its timeline entries, all or nothing; the run comes back with its new version.

        `drifts` are what the template of the target does not say. `changing` says that a change follows: the run's ledger goes to the target's lease, which has to be this run's still.
        Raises Fenced where another invocation wrote in between, LeaseLost where the lease is another's by now,
        AlreadyRecorded where a new run's transition has its answer.
        """

    def load(self, incident: str, run: str) -> Run | None:
        """Read a run, consistently; None where there is none."""

    def record(self, alarm: Alarm, remediation: str, decline: Decline, incident: str | None) -> bool:
        """Write down an alarm that came to no run. False where this transition has its answer already."""

    def transitions(self, alarm: str, since: datetime) -> Sequence[Transition]:
        """When an alarm went to ALARM since then, by what is on record; oldest first."""

    def overdue(self, now: datetime) -> Sequence[Run | Unreadable]:
        """The runs that should have been moved on by now; one that cannot be read does not hide the others."""

    def abandon(self, unreadable: Unreadable, entry: Entry) -> None:
        """Take an unreadable run off the list of open ones, with an entry for people."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """An object in the bucket. `version` is empty where the bucket has no versions."""

    sha256: str
    version: str


class Evidence(Protocol):
    """Where the full story of a run is kept."""

    def keep(self, key: str, content: Mapping[str, Any]) -> Kept:
        """Write once, and say the SHA-256 of what was written, in hexadecimal. A repeated write destroys nothing."""

    def keep_page(self, key: str, text: str, content_type: str) -> str:
        """Write a text for people, and say where it is kept. A repeated write destroys nothing."""


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
    storm_targets: int = 10
    """So many targets may want a change within `storm_within`; one more is a storm, and nothing is changed in it."""
    storm_within: timedelta = timedelta(minutes=10)
    flap_transitions: int = 4
    """So many transitions to ALARM within `flap_within` are flapping, until none has come for `flap_quiet`."""
    flap_within: timedelta = timedelta(hours=1)
    flap_quiet: timedelta = timedelta(minutes=30)
    echo_within: timedelta = timedelta(hours=1)
    """An alarm so soon after a change of its target counts as caused by it."""
    chain_at_most: int = 2
    """So many runs may follow from each other; the next one is left to a person."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ports:
    """All doors, handed to the core as one."""

    aws: Aws
    clock: Clock
    store: Store
    alarms: Alarms
    evidence: Evidence
    follow_through: FollowThrough
    settings: Settings
