from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.core.errors import InvalidEvent
from functions.readings.rds_settings import settings_that_differ
from functions.remediations.restore_database_from_snapshot import RestoreDatabaseFromSnapshot
from tests.approved import approve, approved, proposed
from tests.conftest import NOON
from tests.house import House, in_memory
from tests.rds_account import RdsAccount, arn

MONDAY = "orders-monday"
HOUR = timedelta(hours=1)


def request(**parameters: str) -> dict[str, Any]:
    said = {"reason": "the tables are gone", "requested_by": "ada", "mode": "act"}
    return {"target": arn("orders"), **said, "parameters": {"incident": "INC-7", **parameters}}


@pytest.fixture
def rds(clock: FakeClock) -> RdsAccount:
    return RdsAccount(clock)


@pytest.fixture
def house(rds: RdsAccount, clock: FakeClock) -> House:
    return in_memory(RestoreDatabaseFromSnapshot(), rds, clock)


def orders(house: House) -> dict[str, Any]:
    found: dict[str, Any] = house.aws.instances["orders"]
    return found


def new(house: House) -> dict[str, Any]:
    (name,) = (name for name in house.aws.instances if "-recovered-" in name)
    found: dict[str, Any] = house.aws.instances[name]
    return found


def declined(house: House, body: Any) -> str:
    answer = house.deliver(body)
    assert answer.decision == "declined", answer
    assert house.aws.calls == []
    return answer.text.split(":")[0]


# ---- what it does


def test_nothing_is_restored_before_a_person_has_approved_it_and_both_losses_are_shown(house: House) -> None:
    plan = house.run(proposed(house, request(snapshot=MONDAY))).plan
    assert house.aws.calls == [] and plan is not None
    assert "two people" in plan["ask_first"]
    assert "2026-11-23 03:00:00 UTC is not in orders-monday" in plan["reason"]
    assert "save all until 2026-11-23 11:56:00 UTC" in plan["reason"] and "row counts" in plan["reason"]
    assert float(plan["cost_per_month_usd"]) > 200


def test_after_the_approval_a_second_instance_gets_every_setting_and_the_source_stays(house: House) -> None:
    before = json.dumps(orders(house), default=str)
    end = house.follow(house.deliver(approved(house, request(snapshot=MONDAY))))
    assert end.decision == "recovered"
    assert json.dumps(orders(house), default=str) == before
    assert settings_that_differ(orders(house), new(house)) == ()
    assert new(house)["MaxAllocatedStorage"] == 1000
    assert [call for call, _ in house.aws.calls] == ["RestoreDBInstanceFromDBSnapshot", *["ModifyDBInstance"] * 2]


def test_without_a_name_the_newest_snapshot_that_is_a_backup_is_taken(house: House) -> None:
    for name, ago, status, percent in (
        ("rds:orders-night", 5, "available", 100),
        ("orders-running", 1, "creating", 60),
        ("orders-almost", 2, "available", 90),
        ("orders-old", 90, "available", 100),
    ):
        made = house.aws.snapshot(name, NOON - ago * HOUR, Status=status, PercentProgress=percent)
        house.aws.snapshots[name] = made
    plan = house.run(proposed(house, request())).plan
    assert plan is not None and plan["actions"][0]["snapshot"] == "rds:orders-night"


def test_a_copy_is_as_old_as_what_was_copied(house: House) -> None:
    old = NOON - timedelta(days=30)
    copy = house.aws.snapshot("orders-copy", NOON - timedelta(hours=1), OriginalSnapshotCreateTime=old)
    house.aws.snapshots["orders-copy"] = copy
    assert "orders-monday" in house.deliver(request()).text
    assert f"since {old:%Y-%m-%d %H:%M}" in house.deliver(request(snapshot="orders-copy")).text


def test_a_newer_snapshot_since_the_proposal_has_to_be_approved_anew(house: House) -> None:
    answer = proposed(house, request())
    house.aws.snapshots["newer"] = house.aws.snapshot("newer", NOON)
    assert house.deliver(approve(house, answer)).decision == "waiting_for_answer"
    assert house.aws.calls == []


def test_the_arn_of_a_snapshot_of_this_account_is_as_good_as_its_name(house: House) -> None:
    house.aws.snapshots["rds:orders-1"] = house.aws.snapshot("rds:orders-1", NOON)
    plan = house.run(proposed(house, request(snapshot=arn("rds:orders-1", "snapshot")))).plan
    assert plan is not None and plan["actions"][0]["snapshot"] == "rds:orders-1"


def test_a_snapshot_from_before_a_renaming_is_known_by_the_resource_id(house: House) -> None:
    house.aws.snapshots[MONDAY]["DBInstanceIdentifier"] = "orders-old"
    proposed(house, request(snapshot=MONDAY))


def test_a_snapshot_of_a_former_instance_of_the_name_is_told(house: House) -> None:
    house.aws.snapshots[MONDAY]["DbiResourceId"] = "db-FORMER"
    plan = house.run(proposed(house, request())).plan
    assert plan is not None and "of a former orders, db-FORMER" in plan["reason"]


def test_the_volume_is_as_large_as_the_larger_of_the_two(house: House) -> None:
    orders(house)["AllocatedStorage"] = 300
    house.deliver(approved(house, request(snapshot=MONDAY)))
    assert house.aws.calls[0][1]["AllocatedStorage"] == 300


def test_a_snapshot_larger_than_autoscalings_maximum_gets_no_maximum(house: House) -> None:
    house.aws.snapshots[MONDAY]["AllocatedStorage"] = 1200
    plan = house.run(proposed(house, request(snapshot=MONDAY))).plan
    assert plan is not None
    assert plan["actions"][0]["gib"] == 1200 and plan["actions"][1]["max_gib"] is None


def test_another_storage_type_is_told_because_it_takes_long(house: House) -> None:
    house.aws.snapshots[MONDAY]["StorageType"] = "gp2"
    plan = house.run(proposed(house, request(snapshot=MONDAY))).plan
    assert plan is not None and "changes from gp2, which takes long" in plan["reason"]


def test_sql_server_is_restored_without_size_and_iops(house: House) -> None:
    orders(house).update(Engine="sqlserver-se", EngineVersion="16.00.4085.2.v1")
    house.aws.snapshots[MONDAY].update(Engine="sqlserver-se", EngineVersion="16.00.4085.2.v1")
    plan = house.run(proposed(house, request(snapshot=MONDAY))).plan
    assert plan is not None
    restore = plan["actions"][0]
    assert (restore["gib"], restore["iops"], restore["storage_type"]) == (None, None, "io1")
    assert plan["cost_per_month_usd"] is None


# ---- declines


def instance(**over: Any) -> Callable[[RdsAccount], Any]:
    return lambda rds: rds.instances["orders"].update(over)


def snapshot(**over: Any) -> Callable[[RdsAccount], Any]:
    return lambda rds: rds.snapshots[MONDAY].update(over)


PITFALLS: dict[str, tuple[Callable[[RdsAccount], Any], str]] = {
    "instance gone": (lambda rds: rds.instances.clear(), "target_not_found"),
    "Aurora": (instance(Engine="aurora-mysql", DBClusterIdentifier="c"), "aurora_cluster"),
    "cluster": (instance(DBClusterIdentifier="c"), "cluster_member"),
    "read replica": (instance(ReadReplicaSourceDBInstanceIdentifier="main"), "read_replica"),
    "snapshot gone": (lambda rds: rds.snapshots.clear(), "snapshot_not_found"),
    "not available yet": (snapshot(Status="creating", PercentProgress=40), "snapshot_not_available"),
    "available but not all there": (snapshot(PercentProgress=99), "snapshot_not_available"),
    "failed": (snapshot(Status="failed"), "snapshot_not_available"),
    "of another": (snapshot(DBInstanceIdentifier="users", DbiResourceId="db-U"), "snapshot_of_another_instance"),
    "other engine": (snapshot(Engine="mysql"), "engine_differs"),
    "older major version": (snapshot(EngineVersion="15.9"), "engine_version_differs"),
    "not encrypted": (snapshot(Encrypted=False, KmsKeyId=""), "snapshot_unencrypted"),
    "key disabled": (lambda rds: setattr(rds, "key_state", "Disabled"), "kms_key_unusable"),
    "no instance left": (lambda rds: rds.quotas.update(DBInstances=(40, 40)), "instance_quota"),
    "no storage left": (lambda rds: rds.quotas.update(AllocatedStorage=(99, 100)), "storage_quota"),
    "class nowhere": (lambda rds: setattr(rds, "offered", None), "class_not_orderable"),
    "a directory": (instance(DomainMemberships=[{"Domain": "d-1"}]), "settings_not_restorable"),
    "may not be read": (lambda rds: rds.refuses.update(describe_db_snapshots="AccessDenied"), "cannot_read"),
}


@pytest.mark.parametrize("pitfall", PITFALLS)
def test_each_pitfall_is_declined_with_its_own_code(house: House, pitfall: str) -> None:
    turn, code = PITFALLS[pitfall]
    turn(house.aws)
    assert declined(house, request(snapshot=MONDAY)) == code


def test_an_older_minor_version_fits_the_parameter_group(house: House) -> None:
    house.aws.snapshots[MONDAY]["EngineVersion"] = "16.1"
    proposed(house, request(snapshot=MONDAY))


def test_an_older_mysql_release_does_not_fit_it(house: House) -> None:
    orders(house).update(Engine="mysql", EngineVersion="8.4.3")
    house.aws.snapshots[MONDAY].update(Engine="mysql", EngineVersion="8.0.39")
    assert declined(house, request(snapshot=MONDAY)) == "engine_version_differs"


def test_an_instance_without_a_usable_snapshot_is_declined(house: House) -> None:
    house.aws.snapshots[MONDAY]["Status"] = "creating"
    assert declined(house, request()) == "no_snapshot"


@pytest.mark.parametrize(
    "shared",
    [
        "arn:aws:rds:eu-west-1:999999999999:snapshot:orders-monday",
        "arn:aws:rds:us-east-1:123456789012:snapshot:orders-monday",
    ],
)
def test_a_snapshot_of_another_account_or_region_has_to_be_copied_first(house: House, shared: str) -> None:
    assert declined(house, request(snapshot=shared)) == "shared_snapshot"


def test_a_request_without_an_incident_is_none(house: House) -> None:
    with pytest.raises(InvalidEvent):
        house.deliver({**request(), "parameters": {"snapshot": MONDAY}})


# ---- with moto's RDS as it is


def test_a_plain_instance_of_moto_is_proposed_and_then_restored(aws: Boto3Aws, clock: FakeClock) -> None:
    rds = aws.client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="orders", Engine="postgres", DBInstanceClass="db.m5.large", AllocatedStorage=100,
        MasterUsername="admin1", MasterUserPassword="not-a-secret",
        Tags=[{"Key": "first-responder:mode", "Value": "act"}],
    )  # fmt: skip
    rds.create_db_snapshot(DBSnapshotIdentifier=MONDAY, DBInstanceIdentifier="orders")
    house = in_memory(RestoreDatabaseFromSnapshot(), aws, clock)
    house.deliver(approved(house, request(snapshot=MONDAY)))
    found = rds.describe_db_instances()["DBInstances"]
    (made,) = [each for each in found if "-recovered-" in each["DBInstanceIdentifier"]]
    assert made["DeletionProtection"] is True
    assert {"Key": "first-responder:mode", "Value": "act"} in made["TagList"]


# ---- scenes


@contextmanager
def an_approved_snapshot_is_restored() -> Iterator[tuple[House, Any]]:
    clock = FakeClock(NOON)
    house = in_memory(RestoreDatabaseFromSnapshot(), RdsAccount(clock), clock)
    yield house, approved(house, request())


@contextmanager
def a_request_is_proposed_and_nobody_answers() -> Iterator[tuple[House, Any]]:
    clock = FakeClock(NOON)
    yield in_memory(RestoreDatabaseFromSnapshot(), RdsAccount(clock), clock), request(snapshot=MONDAY)


SCENES = {
    scene.__name__: scene for scene in (an_approved_snapshot_is_restored, a_request_is_proposed_and_nobody_answers)
}
