"""What an instance's volumes hold, kept: one crash-consistent set of snapshots, and a lock on each of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws
from functions.readings.containment_record import CREATED_BY, DESCRIBE_SNAPSHOTS, RUN, read_snapshots

_HERE = "arn:{partition}:ec2:{region}:{account}"
_SNAPSHOT = "arn:{partition}:ec2:{region}::snapshot/*"
_NO_SNAPSHOT = "snap-00000000000000000"
_LOCKED = ("governance", "compliance", "compliance-cooloff")


@dataclass(frozen=True, kw_only=True)
class SnapshotInstance(Action):
    """Take snapshots of all volumes at one moment, which is that of the call: nobody waits until they are copied.

    `volumes` are parted by blanks; `mark` stands on each snapshot, and `record` is the JSON of the tags, those that the release reads among them.
    """

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(action="ec2:CreateSnapshots", on=f"{_HERE}:instance/*", tagged=True),
        Allow(action="ec2:CreateSnapshots", on=f"{_HERE}:volume/*"),
        Allow(action="ec2:CreateSnapshots", on=_SNAPSHOT),
        Allow(
            action="ec2:CreateTags", on=_SNAPSHOT, conditions=(("StringEquals", "ec2:CreateAction", "CreateSnapshots"),)
        ),
        DESCRIBE_SNAPSHOTS,
    )
    patience: ClassVar[timedelta] = timedelta(minutes=10)
    look_again: ClassVar[timedelta] = timedelta(seconds=2)
    kept: ClassVar[bool] = True

    instance: str
    volumes: str
    mark: str
    record: str

    def do(self, aws: Aws) -> None:
        tags = [{"Key": key, "Value": value} for key, value in json.loads(self.record).items()]
        aws.client("ec2").create_snapshots(
            InstanceSpecification={"InstanceId": self.instance},
            Description=CREATED_BY,
            TagSpecifications=[{"ResourceType": "snapshot", "Tags": tags}],
        )

    def progress(self, aws: Aws) -> Progress:
        """Pending is enough: the moment that they show is past. An error is no snapshot."""
        found = {one.volume: one.state for one in read_snapshots(aws, RUN, self.mark)}
        missing = sorted(set(self.volumes.split()) - set(found))
        if missing:
            return Progress(Effect.UNDER_WAY if found else Effect.ABSENT, f"no snapshot of {', '.join(missing)} yet")
        broken = sorted(volume for volume, state in found.items() if state == "error")
        states = ", ".join(f"{volume} {state}" for volume, state in sorted(found.items()))
        return Progress(Effect.FAILED if broken else Effect.DONE, f"the snapshots of {self.instance}: {states}")

    def undo(self) -> Irreversible:
        return Irreversible("no machine deletes evidence")

    def properties(self) -> tuple[PropertyChange, ...]:
        """No template declares a snapshot."""
        return ()

    def __str__(self) -> str:
        return f"take a snapshot of each volume of {self.instance} ({self.volumes.replace(' ', ', ')}) at one moment"


@dataclass(frozen=True, kw_only=True)
class LockSnapshot(Action):
    """Lock the run's snapshot of one volume in governance mode: for so many days only who may unlock it can delete it.

    Of a pending snapshot the days begin when it is completed (API reference, LockSnapshot).
    """

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(
            action="ec2:LockSnapshot",
            on=_SNAPSHOT,
            conditions=(("StringEquals", "aws:ResourceTag/created-by", CREATED_BY),),
        ),
        Allow(
            action="ec2:DescribeLockedSnapshots",
            on=EVERYTHING,
            because="DescribeLockedSnapshots is asked for a list, and no narrower scope is documented for it",
        ),
        DESCRIBE_SNAPSHOTS,
    )
    patience: ClassVar[timedelta] = timedelta(minutes=10)
    look_again: ClassVar[timedelta] = timedelta(seconds=2)
    kept: ClassVar[bool] = True

    volume: str
    mark: str
    days: int

    def do(self, aws: Aws) -> None:
        """Where there is no snapshot of ours, the id is one that no snapshot has: AWS refuses it, and nothing is changed."""
        snapshot = self._snapshot(aws) or _NO_SNAPSHOT
        aws.client("ec2").lock_snapshot(SnapshotId=snapshot, LockMode="governance", LockDuration=self.days)

    def progress(self, aws: Aws) -> Progress:
        snapshot = self._snapshot(aws)
        if snapshot is None:
            return Progress(Effect.ABSENT, f"there is no snapshot of {self.volume}")
        found: list[Any] = aws.client("ec2").describe_locked_snapshots(SnapshotIds=[snapshot])["Snapshots"]
        locked = any(one["LockState"] in _LOCKED for one in found)
        return Progress(
            Effect.DONE if locked else Effect.ABSENT, f"{snapshot} of {self.volume} is {'' if locked else 'not '}locked"
        )

    def _snapshot(self, aws: Aws) -> str | None:
        return next((one.id for one in read_snapshots(aws, RUN, self.mark) if one.volume == self.volume), None)

    def undo(self) -> Irreversible:
        return Irreversible(f"the lock ends by itself after {self.days} days, or by who may unlock snapshots")

    def properties(self) -> tuple[PropertyChange, ...]:
        """No template declares a lock."""
        return ()

    def __str__(self) -> str:
        return f"lock the snapshot of {self.volume} in governance mode for {self.days} days"
