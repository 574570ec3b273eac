from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.readings.backup_gaps import Found, entry
from functions.readings.rds_backups import Gap
from functions.remediations.audit_backups import AuditBackups
from tests.approved import approve, approved, proposed
from tests.conftest import NOON
from tests.event_bus import delivered
from tests.house import House, in_memory
from tests.rds_account import RdsAccount, arn

RAISED = (
    "ModifyDBInstance",
    {"DBInstanceIdentifier": "orders", "BackupRetentionPeriod": 30, "ApplyImmediately": False},
)
CLUSTER = arn("shop", "cluster")
MINUTES = timedelta(minutes=10)


def told(target: str = arn("orders"), wrong: Gap = Gap.RETENTION, at: Any = NOON) -> dict[str, Any]:
    """The event as the audit sends it and EventBridge delivers it."""
    return delivered(entry(Found(arn=target, gap=wrong, days=7, required=30), at))


def request(mode: str = "act") -> dict[str, Any]:
    return {"target": arn("orders"), "reason": "before the launch", "requested_by": "ada", "mode": mode}


def short(clock: FakeClock, **says: Any) -> RdsAccount:
    """`orders` is production, and keeps its backups 7 days. Small enough to cost little."""
    rds = RdsAccount(clock)
    rds.instances["orders"].update({"BackupRetentionPeriod": 7, "AllocatedStorage": 100, **says})
    return rds


@pytest.fixture
def house(clock: FakeClock) -> House:
    return in_memory(AuditBackups(), short(clock), clock)


def environment(rds: RdsAccount, value: str | None) -> None:
    tags = [tag for tag in rds.instances["orders"]["TagList"] if tag["Key"] != "environment"]
    rds.instances["orders"]["TagList"] = tags
    if value is not None:
        rds.tag("orders", environment=value)


def plan_of(house: House) -> Any:
    answer = house.deliver(request("observe"))
    assert answer.decision == "observed", answer
    return house.run(answer).plan


# It acts


def test_a_retention_that_is_too_short_is_raised_at_once_and_without_what_others_have_queued(house: House) -> None:
    answer = house.follow(house.deliver(told()))
    assert (answer.decision, house.aws.calls) == ("recovered", [RAISED])
    assert house.aws.instances["orders"]["BackupRetentionPeriod"] == 30
    assert not any(line.call_person for line in house.store.entries)


@pytest.mark.parametrize(("said", "days"), [("dev", 7), ("Test", 7), ("stage", 30), ("PROD", 30)])
def test_the_environment_decides_for_how_long(house: House, said: str, days: int) -> None:
    house.aws.instances["orders"]["BackupRetentionPeriod"] = 1
    environment(house.aws, said)
    assert plan_of(house)["actions"][0]["days"] == days


def test_the_owners_number_stands_above_it_and_is_enough_where_there_is_no_environment(house: House) -> None:
    environment(house.aws, None)
    house.aws.tag("orders", first_responder__backup_days="14")
    assert house.follow(house.deliver(told())).decision == "recovered"
    assert house.aws.instances["orders"]["BackupRetentionPeriod"] == 14


def test_it_costs_what_it_costs_if_the_whole_volume_changed_every_day_and_a_dear_one_is_asked_for(house: House) -> None:
    assert plan_of(house)["cost_per_month_usd"] == "218.50"
    house.aws.instances["orders"]["AllocatedStorage"] = 200
    proposed(house, told())
    assert house.aws.calls == []


def test_it_says_that_nothing_protects_it_from_deletion(house: House) -> None:
    assert "deletion protection" not in plan_of(house)["reason"]
    house.aws.instances["orders"]["DeletionProtection"] = False
    assert "its deletion protection is off" in plan_of(house)["reason"]


def test_it_waits_for_a_database_that_is_busy_and_then_acts(house: House) -> None:
    house.aws.instances["orders"]["DBInstanceStatus"] = "backing-up"
    answer = house.deliver(told())
    assert (answer.decision, house.aws.calls) == ("watching", [])
    house.aws.instances["orders"].update(DBInstanceStatus="available", LatestRestorableTime=NOON + MINUTES)
    assert house.follow(answer).decision == "recovered"


def test_it_waits_for_the_stack_that_is_making_it(house: House) -> None:
    house.aws.stack = "CREATE_IN_PROGRESS"
    answer = house.deliver(told())
    assert (answer.decision, house.aws.calls) == ("watching", [])
    house.aws.stack = "CREATE_COMPLETE"
    house.aws.instances["orders"]["LatestRestorableTime"] = NOON + MINUTES
    assert house.follow(answer).decision == "recovered"


def test_who_stays_busy_until_the_deadline_is_told_to_a_person(house: House) -> None:
    house.aws.instances["orders"]["DBInstanceStatus"] = "modifying"
    answer = house.follow(house.deliver(told()))
    assert answer.text.startswith("instance_not_available")
    assert (house.store.entries[-1].call_person, house.aws.calls) == (True, [])


# A person decides


@pytest.fixture
def off(house: House) -> House:
    house.aws.instances["orders"].update(BackupRetentionPeriod=0)
    del house.aws.instances["orders"]["LatestRestorableTime"]
    environment(house.aws, "dev")
    return house


def test_turning_backups_on_is_an_outage_that_a_person_decides_about(off: House) -> None:
    answer = proposed(off, told())
    plan = off.run(answer).plan
    assert plan is not None
    assert "outage" in plan["ask_first"] and "at once and with an outage" in plan["lines"][0]
    assert off.aws.calls == []


def test_backups_that_were_off_are_turned_on_when_a_person_agrees_and_the_target_is_not_held_for_the_first_one(
    off: House,
) -> None:
    off.aws.then["modify_db_instance"] = lambda: off.aws.instances["orders"].update(DBInstanceStatus="backing-up")
    answer = off.follow(off.deliver(approve(off, proposed(off, told()))))
    assert (answer.decision, off.aws.calls[0][1]["ApplyImmediately"]) == ("recovered", True)


def test_where_the_first_backup_does_not_come_the_audit_of_the_next_day_tells_a_person(off: House) -> None:
    off.follow(off.deliver(approve(off, proposed(off, told()))))
    off.clock.move(timedelta(days=1, hours=1))
    answer = off.deliver(told(wrong=Gap.RESTORE_WINDOW, at=off.clock.now()))
    assert answer.text.startswith("restore_window_stuck")
    assert "no moment at all" in answer.text and off.store.entries[-1].call_person


@pytest.mark.parametrize("said", [None, "qa"])
def test_where_the_environment_is_not_known_it_is_held_to_be_production_and_asked_about(
    house: House, said: str | None
) -> None:
    environment(house.aws, said)
    plan = house.run(proposed(house, told())).plan
    assert plan is not None
    assert plan["actions"][0]["days"] == 30
    assert "say what it is for by the tag environment" in plan["ask_first"]
    assert house.aws.calls == []


# What stops it


def instance(**over: Any) -> Callable[[RdsAccount], Any]:
    return lambda rds: rds.instances["orders"].update(over)


PITFALLS: dict[str, tuple[Callable[[RdsAccount], Any], str, bool]] = {
    "gone": (lambda rds: rds.instances.clear(), "target_not_found", True),
    "cluster member": (instance(DBClusterIdentifier="c"), "cluster_member", False),
    "read replica": (instance(ReadReplicaSourceDBInstanceIdentifier="main"), "read_replica", False),
    "AWS Backup": (instance(AwsBackupRecoveryPointArn="arn:aws:backup:x"), "aws_backup_managed", True),
    "AWS Backup by tag": (lambda rds: rds.tag("orders", aws__backup__source="x"), "aws_backup_managed", True),
    "RDS Custom": (instance(Engine="custom-oracle-ee"), "rds_custom", True),
    "stopped": (instance(DBInstanceStatus="stopped"), "instance_stopped", False),
    "failed": (instance(DBInstanceStatus="storage-full"), "instance_not_available", True),
    "pending": (instance(PendingModifiedValues={"EngineVersion": "17.1"}), "pending_modifications", True),
    "to be turned off": (instance(PendingModifiedValues={"BackupRetentionPeriod": 0}), "pending_modifications", True),
    "stuck": (instance(LatestRestorableTime=NOON - timedelta(minutes=16)), "restore_window_stuck", True),
    "key is to be deleted": (lambda rds: setattr(rds, "key_state", "PendingDeletion"), "kms_key_unusable", True),
    "stack is stuck": (lambda rds: setattr(rds, "stack", "UPDATE_ROLLBACK_FAILED"), "stack_failed", True),
    "owner's tag": (lambda rds: rds.tag("orders", first_responder__backup_days="ever"), "invalid_backup_days", True),
    "key may not be read": (lambda rds: rds.refuses.update(describe_key="AccessDenied"), "cannot_read", True),
    "never": (lambda rds: rds.tag("orders", first_responder__mode="never"), "policy_never", False),
    "mended": (instance(BackupRetentionPeriod=30), "condition_cleared", False),
    "longer": (instance(BackupRetentionPeriod=35), "condition_cleared", False),
    "none wanted": (lambda rds: rds.tag("orders", first_responder__backup_days="0"), "condition_cleared", False),
}


@pytest.mark.parametrize("pitfall", PITFALLS)
def test_each_pitfall_is_declined_with_its_own_code_and_calls_whom_it_concerns(house: House, pitfall: str) -> None:
    turn, code, calls_person = PITFALLS[pitfall]
    turn(house.aws)
    answer = house.deliver(told())
    assert (answer.decision, answer.text.split(":")[0], house.aws.calls) == ("declined", code, [])
    assert any(line.call_person for line in house.store.entries) is calls_person


def test_the_same_gap_calls_a_person_once_a_day(house: House) -> None:
    instance(PendingModifiedValues={"EngineVersion": "17.1"})(house.aws)
    answers = [house.deliver(told()).decision for _ in range(3)]
    assert answers == ["declined", "duplicate", "duplicate"]
    assert sum(line.call_person for line in house.store.entries) == 1
    house.clock.move(timedelta(days=1))
    assert house.deliver(told(at=house.clock.now())).decision == "declined"
    assert sum(line.call_person for line in house.store.entries) == 2


def test_who_lowers_it_again_and_again_is_asked_why_and_not_fought(house: House) -> None:
    codes = []
    for _ in range(3):
        instance(BackupRetentionPeriod=7, LatestRestorableTime=house.clock.now())(house.aws)
        house.aws.calls.clear()
        answer = house.follow(house.deliver(told(at=house.clock.now())))
        codes.append(answer.text.split(":")[0] or answer.decision)
        house.clock.move(timedelta(days=1))
    assert codes == ["recovered", "recovered", "budget_spent"]


def cluster(clock: FakeClock, **says: Any) -> RdsAccount:
    rds = RdsAccount(clock)
    rds.clusters["shop"] = {
        "DBClusterIdentifier": "shop", "DBClusterArn": CLUSTER, "Status": "available", "Engine": "aurora-postgresql",
        "BackupRetentionPeriod": 1, "LatestRestorableTime": clock.now(), **says,
        "TagList": [{"Key": "environment", "Value": "prod"}, {"Key": "first-responder:mode", "Value": "act"}],
    }  # fmt: skip
    return rds


@pytest.mark.parametrize(
    ("says", "code"),
    [
        ({}, "cluster_level_setting"),
        ({"AwsBackupRecoveryPointArn": "arn:aws:backup:x"}, "aws_backup_managed"),
        ({"LatestRestorableTime": NOON - timedelta(hours=1)}, "restore_window_stuck"),
        ({"BackupRetentionPeriod": 30}, "condition_cleared"),
    ],
)
def test_a_cluster_is_told_of_and_left_as_it_is(clock: FakeClock, says: dict[str, Any], code: str) -> None:
    house = in_memory(AuditBackups(), cluster(clock, **says), clock)
    answer = house.deliver(told(CLUSTER))
    assert (answer.text.split(":")[0], house.aws.calls) == (code, [])


@pytest.mark.parametrize("target", [arn("none", "cluster"), arn("orders", "snapshot"), arn("orders", "cluster")])
def test_what_is_no_database_here_is_not_found(house: House, target: str) -> None:
    assert house.deliver(told(target)).text.startswith("target_not_found")


def test_an_event_of_another_kind_is_none_of_its(house: House) -> None:
    event = told()
    event["detail"]["gap"] = "price"
    assert house.deliver(event).text.startswith("no_trigger")


# ---- scenes


@contextmanager
def a_short_retention_is_raised() -> Iterator[tuple[House, Any]]:
    clock = FakeClock(NOON)
    yield in_memory(AuditBackups(), short(clock), clock), told()


@contextmanager
def approved_backups_are_turned_on() -> Iterator[tuple[House, Any]]:
    clock = FakeClock(NOON)
    house = in_memory(AuditBackups(), short(clock, BackupRetentionPeriod=0), clock)
    yield house, approved(house, told())


@contextmanager
def a_cluster_is_told_to_a_person() -> Iterator[tuple[House, Any]]:
    clock = FakeClock(NOON)
    yield in_memory(AuditBackups(), cluster(clock), clock), told(CLUSTER)


SCENES = {
    scene.__name__: scene
    for scene in (a_short_retention_is_raised, approved_backups_are_turned_on, a_cluster_is_told_to_a_person)
}
