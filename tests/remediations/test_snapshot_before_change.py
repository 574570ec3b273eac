from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.core.errors import InvalidEvent
from functions.core.run import Outcome
from functions.remediations.snapshot_before_change import SnapshotBeforeChange
from tests import events
from tests.approved import approved, proposed
from tests.conftest import NOON
from tests.house import House, in_memory
from tests.rds_account import RdsAccount, arn

NAME = "auto-orders-upgrade-17-20261123t120000"
MINUTE = timedelta(minutes=1)


def request(mode: str = "act", **more: str) -> dict[str, Any]:
    return {
        "target": arn("orders"), "reason": "we upgrade tonight", "requested_by": "ada", "mode": mode,
        "parameters": {"change": "upgrade-17", **more},
    }  # fmt: skip


@pytest.fixture
def rds(clock: FakeClock) -> RdsAccount:
    return RdsAccount(clock)


@pytest.fixture
def house(rds: RdsAccount, clock: FakeClock) -> House:
    return in_memory(SnapshotBeforeChange(), rds, clock)


def plan_of(house: House, **more: str) -> Any:
    answer = house.deliver(request("observe", **more))
    assert answer.decision == "observed", answer
    return house.run(answer).plan


# It acts


def test_it_takes_one_snapshot_and_is_done_when_that_is_a_backup(house: House) -> None:
    house.aws.then["create_db_snapshot"] = lambda: house.aws.snapshots[NAME].update(
        Status="creating", PercentProgress=3
    )
    answer = house.deliver(request(incident="INC-7"))
    assert answer.decision == "acting"
    (call,) = house.aws.calls
    assert call[0] == "CreateDBSnapshot"
    assert (call[1]["DBSnapshotIdentifier"], call[1]["DBInstanceIdentifier"]) == (NAME, "orders")
    tags = {tag["Key"]: tag["Value"] for tag in call[1]["Tags"]}
    assert (tags["change"], tags["incident"], tags["expires-on"]) == ("upgrade-17", "INC-7", "2026-12-23")
    house.clock.move(10 * MINUTE)
    answer = house.wake(answer)
    assert answer.decision == "acting"
    house.aws.snapshots[NAME].update(Status="available", PercentProgress=100)
    assert house.follow(answer).decision == "recovered"
    assert len(house.aws.calls) == 1


def test_a_plain_instance_of_moto_gets_its_snapshot(aws: Boto3Aws, clock: FakeClock) -> None:
    aws.client("rds").create_db_instance(
        DBInstanceIdentifier="orders", Engine="postgres", DBInstanceClass="db.m5.large", AllocatedStorage=100,
        MasterUsername="admin1", MasterUserPassword="not-a-secret", StorageEncrypted=True,
        Tags=[{"Key": "first-responder:mode", "Value": "act"}],
    )  # fmt: skip
    house = in_memory(SnapshotBeforeChange(), aws, clock)
    assert house.follow(house.deliver(request())).decision == "recovered"
    (found,) = aws.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]
    assert found["DBSnapshotIdentifier"] == NAME


def test_it_costs_what_its_size_costs_and_a_dear_one_is_asked_for(house: House) -> None:
    assert plan_of(house)["cost_per_month_usd"] == "9.50"
    house.aws.instances["orders"]["AllocatedStorage"] = 4000
    proposed(house, request())


def test_how_long_it_is_kept_is_the_askers_choice(house: House) -> None:
    assert "kept until 2027-11-23" in plan_of(house, kept_days="365")["lines"][0]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"MultiAZ": False}, "its I/O stops"),
        ({"Engine": "sqlserver-se"}, "its I/O stops"),
        ({"PendingModifiedValues": {"EngineVersion": "17.1"}}, "EngineVersion waits to be applied"),
        ({}, "unlogged tables"),
    ],
)
def test_whoever_relies_on_it_is_told_what_it_does_and_what_it_lacks(
    house: House, said: dict[str, Any], told: str
) -> None:
    house.aws.instances["orders"].update(said)
    assert told in plan_of(house)["reason"]


def test_from_a_standby_nothing_stands_still(house: House) -> None:
    house.aws.metrics["CPUUtilization"] = 99.0
    assert "I/O" not in plan_of(house)["reason"]
    assert house.deliver(request()).decision == "acting"


@pytest.mark.parametrize("over", [{"MultiAZ": False}, {"Engine": "sqlserver-ee"}])
def test_a_database_at_its_limit_is_paused_only_when_a_person_agrees(house: House, over: dict[str, Any]) -> None:
    house.aws.instances["orders"].update(over)
    house.aws.metrics["CPUUtilization"] = 99.0
    plan = house.run(proposed(house, request())).plan
    assert plan is not None and "CPUUtilization is 99" in plan["ask_first"]
    assert house.aws.calls == []


def test_a_database_with_work_to_spare_is_paused_unasked(house: House) -> None:
    house.aws.instances["orders"]["MultiAZ"] = False
    house.aws.metrics["CPUUtilization"] = 20.0
    assert house.deliver(request()).decision == "acting"


@pytest.mark.parametrize("status", ["available", "storage-optimization"])
def test_rds_takes_one_in_these_states(house: House, status: str) -> None:
    house.aws.instances["orders"]["DBInstanceStatus"] = status
    assert house.deliver(request()).decision == "acting"


def test_a_replica_has_snapshots_of_its_own(house: House) -> None:
    house.aws.instances["orders"]["ReadReplicaSourceDBInstanceIdentifier"] = "main"
    assert house.deliver(request()).decision == "acting"


def test_it_waits_for_a_backup_of_rds(house: House) -> None:
    house.aws.instances["orders"]["DBInstanceStatus"] = "backing-up"
    answer = house.deliver(request())
    assert answer.decision == "watching" and house.aws.calls == []
    house.aws.instances["orders"]["DBInstanceStatus"] = "available"
    assert house.follow(answer).decision == "recovered"


# What stops it


def instance(**over: Any) -> Callable[[RdsAccount], Any]:
    return lambda rds: rds.instances["orders"].update(over)


def refusing(call: str) -> Callable[[RdsAccount], Any]:
    return lambda rds: rds.refuses.update({call: "AccessDenied"})


PITFALLS: dict[str, tuple[Callable[[RdsAccount], Any], str]] = {
    "gone": (lambda rds: rds.instances.clear(), "target_not_found"),
    "Aurora": (instance(Engine="aurora-mysql", DBClusterIdentifier="c"), "aurora_cluster"),
    "cluster": (instance(DBClusterIdentifier="c"), "cluster_member"),
    "DocumentDB": (instance(Engine="docdb"), "not_rds_storage"),
    "RDS Custom": (instance(Engine="custom-oracle-ee"), "rds_custom"),
    "rebooting": (instance(DBInstanceStatus="rebooting"), "instance_not_available"),
    "full": (instance(DBInstanceStatus="storage-full"), "instance_not_available"),
    "stopped": (instance(DBInstanceStatus="stopped"), "instance_not_available"),
    "quota": (lambda rds: rds.quotas.update(ManualSnapshots=(100, 100)), "snapshot_quota"),
    "key is to be deleted": (lambda rds: setattr(rds, "key_state", "PendingDeletion"), "kms_key_unusable"),
    "key is gone": (lambda rds: setattr(rds, "key_state", "gone"), "kms_key_unusable"),
    "stack at work": (lambda rds: setattr(rds, "stack", "UPDATE_IN_PROGRESS"), "stack_in_progress"),
    "quotas may not be read": (refusing("describe_account_attributes"), "cannot_read"),
    "never": (lambda rds: rds.tag("orders", first_responder__mode="never"), "policy_never"),
}


@pytest.mark.parametrize("pitfall", PITFALLS)
def test_each_pitfall_is_declined_with_its_own_code(house: House, pitfall: str) -> None:
    turn, code = PITFALLS[pitfall]
    turn(house.aws)
    answer = house.deliver(request())
    assert (answer.decision, answer.text.split(":")[0], house.aws.calls) == ("declined", code, [])


@pytest.mark.parametrize(
    "said",
    [
        {"change": "Upgrade"}, {"change": "up--grade"}, {"change": "up-"}, {"change": "x" * 41}, {"kept_days": "0"},
        {"kept_days": "366"}, {"kept_days": "a while"}, {"incident": "<b>"}, {"more": "x"},
    ],
)  # fmt: skip
def test_what_cannot_be_a_name_a_tag_or_a_time_is_refused(house: House, said: dict[str, str]) -> None:
    with pytest.raises(InvalidEvent):
        house.deliver(request(**said))
    assert house.aws.calls == []


def test_it_has_to_be_said_what_is_to_be_changed(house: House) -> None:
    with pytest.raises(InvalidEvent, match=r"parameters\.change"):
        house.deliver({**request(), "parameters": {}})


def test_no_alarm_starts_it(house: House) -> None:
    event = events.eventbridge(NOON, "AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": "orders"})
    assert house.deliver(event).text.startswith("no_trigger")


def test_somebody_elses_snapshot_of_that_name_is_left_alone_and_does_not_count(house: House) -> None:
    theirs = house.aws.snapshot(NAME, NOON, TagList=[])
    house.aws.snapshots[NAME] = theirs
    run = house.run(house.deliver(request()))
    assert run.outcome is Outcome.ESCALATED
    assert (house.aws.calls, house.aws.snapshots[NAME]) == ([], theirs)


def test_a_snapshot_that_fails_is_told_to_a_person(house: House) -> None:
    house.aws.then["create_db_snapshot"] = lambda: house.aws.snapshots[NAME].update(Status="failed")
    run = house.run(house.follow(house.deliver(request())))
    assert run.outcome is Outcome.ESCALATED
    assert house.store.entries[-1].call_person


# ---- scenes


@contextmanager
def _orders(**over: Any) -> Iterator[House]:
    clock = FakeClock(NOON)
    rds = RdsAccount(clock)
    rds.instances["orders"].update(over)
    yield in_memory(SnapshotBeforeChange(), rds, clock)


@contextmanager
def a_snapshot_from_the_standby() -> Iterator[tuple[House, Any]]:
    with _orders() as house:
        yield house, request()


@contextmanager
def an_approved_snapshot_of_a_busy_database_takes_its_time() -> Iterator[tuple[House, Any]]:
    with _orders(MultiAZ=False) as house:
        house.aws.metrics["CPUUtilization"] = 99.0
        yield house, approved(house, request())


SCENES = {
    scene.__name__: scene
    for scene in (a_snapshot_from_the_standby, an_approved_snapshot_of_a_busy_database_takes_its_time)
}
