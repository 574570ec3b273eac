"""The record in memory: the fake beside DynamoDbStore, held to the same tests. For one process and no crash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline
from functions.core.errors import AlreadyRecorded, Fenced
from functions.core.ports import CONFIRM_WITHIN, Claim, Lost, Release, Taken
from functions.core.run import Entry, Run


@dataclass
class _Lease:
    incident: str
    last_run: str = ""
    holder: str = ""
    delivery: str = ""
    held_until: datetime | None = None
    confirm_by: datetime | None = None
    rests: dict[str, datetime] = field(default_factory=dict)


class MemoryStore:
    """The core's `Store`. `stopped` is the switch; `runs`, `entries` and `alarms` are there to be looked at."""

    def __init__(self) -> None:
        self.stopped = ""
        self.runs: dict[tuple[str, str], Run] = {}
        self.entries: list[Entry] = []
        self.alarms: dict[tuple[str, str], str] = {}
        self._leases: dict[str, _Lease] = {}
        self._hour, self._changes = "", 0

    def take(self, claim: Claim) -> Taken | Lost:
        lease = self._leases.setdefault(str(claim.target), _Lease(claim.incident))
        again = lease.holder == claim.run and lease.delivery == claim.delivery
        if not again and lease.last_run == claim.run:
            return Lost(
                code="duplicate", run=claim.run, incident=lease.incident, unconfirmed=_unconfirmed(lease, claim)
            )
        return self._grant(lease, claim, again)

    def retake(self, claim: Claim) -> Taken | Lost:
        lease = self._leases.setdefault(str(claim.target), _Lease(claim.incident))
        return self._grant(lease, claim, lease.holder == claim.run)

    def _grant(self, lease: _Lease, claim: Claim, again: bool) -> Taken | Lost:
        until, rest = lease.held_until, lease.rests.get(claim.remediation)
        if not again and lease.holder and until and until >= claim.now:
            unconfirmed = _unconfirmed(lease, claim)
            return Lost(
                code="target_busy", run=lease.holder, incident=lease.incident, until=until, unconfirmed=unconfirmed
            )
        if not again and rest and rest > claim.now:
            return Lost(code="cooldown", run=lease.last_run, incident=lease.incident, until=rest)
        lease.incident = lease.incident or claim.incident
        lease.holder = lease.last_run = claim.run
        lease.delivery, lease.held_until, lease.confirm_by = claim.delivery, claim.until, claim.now + CONFIRM_WITHIN
        return Taken(incident=lease.incident, reentered=again)

    def release(self, target: Arn, run: str, remediation: str, leave: Release) -> None:
        lease = self._leases.get(str(target))
        if lease is None or lease.holder != run:
            return
        lease.holder, lease.delivery, lease.held_until, lease.confirm_by = "", "", None, None
        if leave.cooldown_until:
            lease.rests[remediation] = leave.cooldown_until
        if leave.resolved:
            lease.incident = ""
        if leave.forget:
            lease.last_run = ""

    def permit(self, now: datetime, at_most: int | None) -> Decline | None:
        if self.stopped:
            return Decline(code="stopped", seen=f"all changes are stopped: {self.stopped}", advice="Lift the stop")
        hour = f"{now:%Y-%m-%dT%H}"
        used = self._changes if hour == self._hour else 0
        if at_most is not None and used >= at_most:
            return Decline(
                code="too_many_changes", seen=f"{used} changes in this hour", advice="Look for the common cause"
            )
        self._hour, self._changes = hour, used + 1
        return None

    def save(self, run: Run, entries: Sequence[Entry]) -> Run:
        found = self.runs.get((run.incident, run.id))
        alarm = (run.alarm.arn, run.alarm.state_key)
        if run.version == 0 and run.gives_back is None:
            if alarm in self.alarms:
                raise AlreadyRecorded(str(alarm))
            self.alarms[alarm] = "run"
        if (found.version if found else 0) != run.version:
            raise Fenced(run.id)
        written = replace(run, version=run.version + 1)
        self.runs[run.incident, run.id] = written
        self.entries += entries
        return written

    def load(self, incident: str, run: str) -> Run | None:
        return self.runs.get((incident, run))

    def record(self, alarm: Alarm, remediation: str, decline: Decline, incident: str | None) -> bool:
        if (alarm.arn, alarm.state_key) in self.alarms:
            return False
        self.alarms[alarm.arn, alarm.state_key] = decline.code
        return True

    def overdue(self, now: datetime) -> Sequence[Run]:
        return [run for run in self.runs.values() if run.open and run.due < now]


def _unconfirmed(lease: _Lease, claim: Claim) -> bool:
    return lease.confirm_by is not None and lease.confirm_by < claim.now
