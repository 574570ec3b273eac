from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from functions.actions.rds import CreateDbSnapshot, GrowVolume, SetMaxAllocatedStorage, snapshot_name
from functions.adapters.aws import Boto3Aws
from functions.core.action import Action, Effect, Irreversible, PropertyChange, decode, encode
from tests.conftest import NOON
from tests.rds_states import RdsStates

SNAPSHOT = CreateDbSnapshot(db="orders", snapshot="auto-orders-grow-1", run="run-1", expires_on="2026-12-07")
GROW = GrowVolume(db="orders", gib=150, was=100)
ALL = (SNAPSHOT, GROW, SetMaxAllocatedStorage(db="orders", gib=252, was=200))


@pytest.fixture
def rds(aws: Boto3Aws) -> RdsStates:
    aws.client("rds").create_db_instance(
        DBInstanceIdentifier="orders",
        Engine="postgres",
        DBInstanceClass="db.m5.large",
        AllocatedStorage=100,
        MaxAllocatedStorage=200,
        MasterUsername="admin1",
        MasterUserPassword="not-a-secret",
    )
    return RdsStates(aws)


def described(rds: RdsStates) -> Any:
    return rds.client("rds").describe_db_instances(DBInstanceIdentifier="orders")["DBInstances"][0]


def effect(rds: RdsStates, action: Action) -> Effect:
    return action.progress(rds).effect


@pytest.mark.parametrize("action", ALL, ids=lambda action: type(action).__name__)
def test_an_action_is_absent_until_done_then_in_effect(rds: RdsStates, action: Action) -> None:
    assert effect(rds, action) is Effect.ABSENT
    action.do(rds)
    assert effect(rds, action) is Effect.DONE


@pytest.mark.parametrize("action", ALL[1:], ids=lambda action: type(action).__name__)
def test_a_change_made_twice_is_the_change_made_once(rds: RdsStates, action: Action) -> None:
    action.do(rds)
    once = described(rds)
    action.do(rds)
    assert {**described(rds), "LatestRestorableTime": None} == {**once, "LatestRestorableTime": None}


def test_a_snapshot_asked_for_twice_is_refused_and_still_ours(rds: RdsStates) -> None:
    SNAPSHOT.do(rds)
    with pytest.raises(ClientError, match="DBSnapshotAlreadyExists"):
        SNAPSHOT.do(rds)
    assert effect(rds, SNAPSHOT) is Effect.DONE


@pytest.mark.parametrize("action", ALL, ids=lambda action: type(action).__name__)
def test_an_action_survives_its_journal_and_makes_one_call(rds: RdsStates, action: Action) -> None:
    again = decode(encode(action), (CreateDbSnapshot, GrowVolume, SetMaxAllocatedStorage))
    assert again == action
    again.do(rds)
    assert len(rds.changes) == 1


def test_growth_applies_at_once_and_sends_only_what_is_given(rds: RdsStates) -> None:
    GROW.do(rds)
    GrowVolume(db="orders", gib=400, was=100, iops=12000, throughput=500, max_gib=504).do(rds)
    assert [named for _, named in rds.changes] == [
        {"DBInstanceIdentifier": "orders", "AllocatedStorage": 150, "ApplyImmediately": True},
        {
            "DBInstanceIdentifier": "orders",
            "AllocatedStorage": 400,
            "ApplyImmediately": True,
            "Iops": 12000,
            "StorageThroughput": 500,
            "MaxAllocatedStorage": 504,
        },
    ]


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ({"PendingModifiedValues": {"AllocatedStorage": 150}}, Effect.UNDER_WAY),
        ({"DBInstanceStatus": "modifying"}, Effect.UNDER_WAY),
        ({"AllocatedStorage": 150, "DBInstanceStatus": "storage-optimization"}, Effect.DONE),
        ({"AllocatedStorage": 150, "PendingModifiedValues": {"AllocatedStorage": 150}}, Effect.UNDER_WAY),
        ({"AllocatedStorage": 300}, Effect.DONE),
        ({}, Effect.ABSENT),
    ],
)
def test_growth_is_in_effect_when_the_size_is_there_and_no_longer_pending(
    rds: RdsStates, says: dict[str, Any], expected: Effect
) -> None:
    rds.says("orders", **says)
    assert effect(rds, GROW) is expected


def test_changes_of_an_instance_that_is_gone_have_failed(rds: RdsStates) -> None:
    assert effect(rds, GrowVolume(db="gone", gib=150, was=100)) is Effect.FAILED
    assert effect(rds, SetMaxAllocatedStorage(db="gone", gib=150, was=120)) is Effect.FAILED


@pytest.mark.parametrize(
    ("snapshot", "instance", "expected"),
    [
        ({"Status": "creating", "PercentProgress": 40}, {"DBInstanceStatus": "backing-up"}, Effect.UNDER_WAY),
        ({"Status": "available", "PercentProgress": 99}, {}, Effect.UNDER_WAY),
        ({"Status": "failed"}, {}, Effect.FAILED),
        ({"PercentProgress": 100}, {"DBInstanceStatus": "backing-up"}, Effect.UNDER_WAY),
        ({}, {"PendingModifiedValues": {"EngineVersion": "16.4"}}, Effect.FAILED),
        ({}, {"DBInstanceStatus": "storage-optimization"}, Effect.FAILED),
        ({}, {"DBInstanceStatus": "storage-full"}, Effect.DONE),
        ({"PercentProgress": 100}, {"PendingModifiedValues": {}}, Effect.DONE),
    ],
)
def test_a_snapshot_is_done_when_it_is_a_backup_and_the_instance_can_be_changed(
    rds: RdsStates, snapshot: dict[str, Any], instance: dict[str, Any], expected: Effect
) -> None:
    SNAPSHOT.do(rds)
    rds.snapshot = snapshot
    rds.says("orders", **instance)
    assert effect(rds, SNAPSHOT) is expected


def test_a_snapshot_carries_who_made_it_for_which_run_and_until_when(rds: RdsStates) -> None:
    SNAPSHOT.do(rds)
    found = rds.client("rds").describe_db_snapshots(DBSnapshotIdentifier="auto-orders-grow-1")["DBSnapshots"][0]
    assert {tag["Key"]: tag["Value"] for tag in found["TagList"]} == {
        "created-by": "first-responder",
        "run": "run-1",
        "expires-on": "2026-12-07",
    }


@pytest.mark.parametrize(
    "tags", [[], [{"Key": "created-by", "Value": "first-responder"}, {"Key": "run", "Value": "x"}]]
)
def test_somebody_elses_snapshot_of_the_same_name_is_not_ours(rds: RdsStates, tags: list[dict[str, str]]) -> None:
    rds.client("rds").create_db_snapshot(
        DBSnapshotIdentifier="auto-orders-grow-1", DBInstanceIdentifier="orders", Tags=tags
    )
    assert effect(rds, SNAPSHOT) is Effect.ABSENT


def test_only_the_maximum_of_autoscaling_can_be_taken_back(rds: RdsStates) -> None:
    raised = SetMaxAllocatedStorage(db="orders", gib=252, was=200)
    raised.do(rds)
    raised.undo().do(rds)
    assert described(rds)["MaxAllocatedStorage"] == 200
    assert raised.undo().undo() == raised
    for action in (SNAPSHOT, GROW):
        assert isinstance(action.undo(), Irreversible)


def test_the_maximum_alone_flushes_nothing_that_is_pending(rds: RdsStates) -> None:
    SetMaxAllocatedStorage(db="orders", gib=252, was=200).do(rds)
    assert rds.changes == [("modify_db_instance", {"DBInstanceIdentifier": "orders", "MaxAllocatedStorage": 252})]


def test_every_change_of_an_instance_is_allowed_on_tagged_instances_only() -> None:
    changing = [
        allow
        for action in (CreateDbSnapshot, GrowVolume, SetMaxAllocatedStorage)
        for allow in action.permissions
        if "Describe" not in allow.action and ":db:" in allow.on
    ]
    assert changing and all(allow.tagged for allow in changing)


@given(st.from_regex(r"[a-z]([a-z0-9]|-(?=[a-z0-9])){0,62}", fullmatch=True))
def test_a_snapshots_name_keeps_rdss_rules(db: str) -> None:
    name = snapshot_name(db, "grow", NOON)
    assert re.fullmatch(r"[a-z][a-z0-9-]{0,253}[a-z0-9]", name) and "--" not in name
    assert name == snapshot_name(db, "grow", NOON)


def test_what_is_done_is_said_in_one_line() -> None:
    assert [str(action) for action in (*ALL, GrowVolume(db="orders", gib=150, was=100, iops=3000, max_gib=189))] == [
        "take the snapshot auto-orders-grow-1 of orders, kept until 2026-12-07",
        "grow the volume of orders from 100 to 150 GiB",
        "let autoscaling grow orders to 252 GiB instead of 200",
        "grow the volume of orders from 100 to 150 GiB, 3000 IOPS, 189 GiB as autoscaling's maximum",
    ]


def on_the_instance(name: str, old: str | int | None, new: str | int) -> PropertyChange:
    return PropertyChange(resource_type="AWS::RDS::DBInstance", property=name, old=old, new=new)


def test_growth_says_each_property_that_it_changes_in_the_templates_spelling() -> None:
    assert GROW.properties() == (on_the_instance("AllocatedStorage", "100", "150"),)
    grown = GrowVolume(
        db="orders", gib=400, was=100, iops=12000, throughput=500, was_throughput=125, max_gib=504, was_max_gib=200
    )
    assert grown.properties() == (
        on_the_instance("AllocatedStorage", "100", "400"),
        on_the_instance("Iops", None, 12000),
        on_the_instance("StorageThroughput", 125, 500),
        on_the_instance("MaxAllocatedStorage", 200, 504),
    )


def test_what_is_only_repeated_beside_the_size_is_no_change_of_a_property() -> None:
    repeated = GrowVolume(db="orders", gib=400, was=200, iops=6000, was_iops=6000, was_max_gib=1000)
    assert repeated.properties() == (on_the_instance("AllocatedStorage", "200", "400"),)


def test_a_snapshot_changes_no_property_and_a_raised_maximum_one_that_its_undo_reverses() -> None:
    raised = SetMaxAllocatedStorage(db="orders", gib=252, was=200)
    assert SNAPSHOT.properties() == ()
    assert raised.properties() == (on_the_instance("MaxAllocatedStorage", 200, 252),)
    assert raised.undo().properties() == (on_the_instance("MaxAllocatedStorage", 252, 200),)
