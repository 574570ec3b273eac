"""The volumes are kept at one moment and locked; whose snapshots they are, their mark says."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from functions.actions.ec2_snapshots import LockSnapshot, SnapshotInstance
from functions.adapters.clock import FakeClock
from functions.core.action import Effect, Irreversible
from tests.ec2_account import INSTANCE, ROOT, SECOND_VOLUME, Ec2Account

TAGS = {"created-by": "first-responder", "first-responder:run": "abc", "first-responder:instance": INSTANCE}
TAKE = SnapshotInstance(instance=INSTANCE, volumes=f"{ROOT} {SECOND_VOLUME}", mark="abc", record=json.dumps(TAGS))
LOCK = LockSnapshot(volume=SECOND_VOLUME, mark="abc", days=90)


@pytest.fixture
def ec2(clock: FakeClock) -> Ec2Account:
    account = Ec2Account(clock)
    account.grow()
    return account


def test_one_call_takes_all_of_them_and_pending_is_enough(ec2: Ec2Account) -> None:
    assert TAKE.progress(ec2).effect is Effect.ABSENT
    TAKE.do(ec2)
    assert TAKE.progress(ec2).effect is Effect.DONE
    assert [name for name, _ in ec2.calls] == ["CreateSnapshots"]
    assert all({tag["Key"]: tag["Value"] for tag in one["Tags"]} == TAGS for one in ec2.snapshots.values())


@pytest.mark.parametrize(("state", "effect"), [("completed", Effect.DONE), ("error", Effect.FAILED)])
def test_a_snapshot_in_error_is_none(ec2: Ec2Account, state: str, effect: Effect) -> None:
    TAKE.do(ec2)
    next(iter(ec2.snapshots.values()))["State"] = state
    assert TAKE.progress(ec2).effect is effect


def test_one_that_does_not_show_yet_is_waited_for(ec2: Ec2Account) -> None:
    TAKE.do(ec2)
    ec2.snapshots.popitem()
    assert TAKE.progress(ec2).effect is Effect.UNDER_WAY


def test_a_snapshot_of_another_run_does_not_count(ec2: Ec2Account) -> None:
    ec2.snapshots["snap-1"] = ec2.snapshot("snap-1", ROOT, {**TAGS, "first-responder:run": "other"})
    ec2.snapshots["snap-2"] = ec2.snapshot("snap-2", ROOT, {**TAGS, "created-by": "mallory"})
    assert TAKE.progress(ec2).effect is Effect.ABSENT


def test_the_runs_own_snapshot_is_locked_for_so_many_days(ec2: Ec2Account) -> None:
    TAKE.do(ec2)
    assert LOCK.progress(ec2).effect is Effect.ABSENT
    LOCK.do(ec2)
    _, asked = ec2.calls[-1]
    assert ec2.snapshots[asked["SnapshotId"]]["VolumeId"] == SECOND_VOLUME
    assert (asked["LockMode"], asked["LockDuration"]) == ("governance", 90)
    assert LOCK.progress(ec2).effect is Effect.DONE


def test_an_expired_lock_is_none(ec2: Ec2Account) -> None:
    TAKE.do(ec2)
    LOCK.do(ec2)
    ec2.locked = dict.fromkeys(ec2.locked, "expired")
    assert LOCK.progress(ec2).effect is Effect.ABSENT


def test_without_a_snapshot_nothing_is_locked(ec2: Ec2Account) -> None:
    assert LOCK.progress(ec2).effect is Effect.ABSENT
    with pytest.raises(ClientError):
        LOCK.do(ec2)
    assert ec2.locked == {}


def test_both_are_kept_and_no_machine_takes_them_back() -> None:
    for action in (TAKE, LOCK):
        assert action.kept and isinstance(action.undo(), Irreversible) and action.properties() == ()
