"""The record in memory: the fake beside DynamoDbStore, held to the same tests. For one process and no crash."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from functions.adapters.memory_drifts import MemoryDrifts
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline
from functions.core.drift import Drift
from functions.core.errors import AlreadyRecorded, Fenced, LeaseLost
from functions.core.ledger import Ledger
from functions.core.ports import CONFIRM_WITHIN, Ask, Claim, Gate, Lost, Release, Taken, Transition, Unreadable
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
    ledger: Ledger = field(default_factory=Ledger)
    active_at: datetime | None = None


class MemoryStore:
    """The core's `Store`. `switch` is the item of the switches; `runs`, `entries` and `alarms` are there to be looked at."""

    def __init__(self) -> None:
        self.switch: dict[str, Any] = {}
        self.runs: dict[tuple[str, str], Run] = {}
        self.entries: list[Entry] = []
        self.alarms: dict[tuple[str, str], str] = {}
        self.drifts = MemoryDrifts()
        self.declines: list[Decline] = []
        self.unreadable: list[Unreadable] = []
        self._transitions: dict[str, list[tuple[Alarm, str]]] = {}
        self._alarmed: dict[str, datetime] = {}
        self._storm: tuple[str, str, datetime] | None = None
        self._leases: dict[str, _Lease] = {}
        self._hour, self._changes = "", 0

    def take(self, claim: Claim) -> Taken | Lost:
        lease = self._leases.setdefault(str(claim.target), _Lease(claim.incident))
        again = lease.holder == claim.run and lease.delivery == claim.delivery
        if not again and lease.last_run == claim.run:
            return Lost(
                code="duplicate",
                run=claim.run,
                incident=lease.incident,
                unconfirmed=_unconfirmed(lease, claim),
                delivery=lease.delivery,
                confirm_by=lease.confirm_by,
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
        if not again and claim.rested and rest and rest > claim.now:
            return Lost(code="cooldown", run=lease.last_run, incident=lease.incident, until=rest)
        lease.incident = lease.incident or claim.incident
        lease.holder = lease.last_run = claim.run
        lease.delivery, lease.held_until, lease.confirm_by = claim.delivery, claim.until, claim.now + CONFIRM_WITHIN
        times = [lease.active_at, lease.ledger.changed_at, *lease.rests.values()]
        active = max((time for time in times if time), default=None)
        lease.active_at = claim.now
        return Taken(incident=lease.incident, reentered=again, ledger=replace(lease.ledger, active_at=active))

    def release(self, target: Arn, run: str, remediation: str, leave: Release) -> None:
        lease = self._leases.get(str(target))
        if lease is None:
            return
        ours, rest = lease.holder == run, lease.rests.get(remediation)
        if leave.cooldown_until and (ours or rest is None or rest < leave.cooldown_until):
            lease.rests[remediation] = leave.cooldown_until
        if not ours:
            return
        lease.holder, lease.delivery, lease.held_until, lease.confirm_by = "", "", None, None
        if leave.changed_at:
            lease.ledger = replace(lease.ledger, changed_at=leave.changed_at)
        if leave.seal:
            lease.ledger = replace(lease.ledger, sealed_by=run, seal=leave.seal)
        if leave.resolved:
            lease.incident = ""
        if leave.forget:
            lease.last_run = ""

    def permit(self, ask: Ask) -> Gate:
        hour = f"{ask.now:%Y-%m-%dT%H}"
        if hour != self._hour:
            self._hour, self._changes = hour, 0
        self._changes = max(0, self._changes + ask.counts)
        if ask.alarmed:
            self._alarmed[str(ask.target)] = ask.now
        recent = {target: at for target, at in self._alarmed.items() if at > ask.now - ask.within}
        return Gate(switches=dict(self.switch), changes=self._changes, alarmed=recent)

    def changes(self, now: datetime) -> int:
        return self._changes if self._hour == f"{now:%Y-%m-%dT%H}" else 0

    def mark_storm(self, run: str, incident: str, now: datetime, quiet: timedelta) -> str:
        known = self._storm
        if known is None or known[2] < now - quiet or known[0] == run:
            self._storm = (run, incident, now)
        else:
            self._storm = (known[0], known[1], now)
        return self._storm[1]

    def save(self, run: Run, entries: Sequence[Entry], *, changing: bool = False, drifts: Sequence[Drift] = ()) -> Run:
        found = self.runs.get((run.incident, run.id))
        key = (run.alarm.arn, run.alarm.state_key)
        answers = run.version == 0 and run.gives_back is None
        if answers and key in self.alarms:
            raise AlreadyRecorded(str(key))
        if (found.version if found else 0) != run.version:
            raise Fenced(run.id)
        lease = self._leases.get(run.target)
        if changing and (lease is None or lease.holder != run.id):
            raise LeaseLost(f"{run.target} is not held by {run.id} any more")
        if answers:
            self._answered(run.alarm, "run", run.decline.code if run.decline else "")
        if changing and lease is not None:
            lease.ledger = run.ledger
        written = replace(run, version=run.version + 1)
        self.runs[run.incident, run.id] = written
        self.entries += entries
        self.drifts.add(drifts)
        return written

    def _answered(self, alarm: Alarm, decision: str, code: str) -> None:
        self.alarms[alarm.arn, alarm.state_key] = decision
        if alarm.state == "ALARM":
            self._transitions.setdefault(alarm.arn, []).append((alarm, code))

    def load(self, incident: str, run: str) -> Run | None:
        return self.runs.get((incident, run))

    def record(self, alarm: Alarm, remediation: str, decline: Decline, incident: str | None) -> bool:
        if (alarm.arn, alarm.state_key) in self.alarms:
            return False
        self._answered(alarm, decline.code, decline.code)
        self.declines.append(decline)
        return True

    def transitions(self, alarm: str, since: datetime) -> Sequence[Transition]:
        found = [Transition(at=one.at, code=code) for one, code in self._transitions.get(alarm, [])]
        return sorted((one for one in found if one.at >= since.replace(microsecond=0)), key=lambda one: one.at)

    def overdue(self, now: datetime) -> Sequence[Run | Unreadable]:
        return [*self.unreadable, *(run for run in self.runs.values() if run.open and run.due < now)]

    def abandon(self, unreadable: Unreadable, entry: Entry) -> None:
        self.unreadable.remove(unreadable)
        self.entries.append(entry)


def _unconfirmed(lease: _Lease, claim: Claim) -> bool:
    return lease.confirm_by is not None and lease.confirm_by < claim.now
