from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.actions.rds import CreateDbSnapshot, GrowVolume, SetMaxAllocatedStorage
from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.core.decision import Decline, Plan
from functions.core.policy import Mode, Policy
from functions.core.ports import Aws
from functions.readings.free_storage import Room
from functions.readings.rds import GIB, DbInstance
from functions.readings.rds_quota import RdsQuota
from functions.readings.rds_storage_history import StorageHistory
from functions.readings.rds_valid_storage import ValidStorage
from functions.remediations.extend_rds_storage import CAP, ExtendRdsStorage, Storage
from tests import events
from tests.conftest import NOON
from tests.events import ACCOUNT, REGION
from tests.house import House, in_memory
from tests.rds_states import RdsStates
from tests.scenes import OwnedBy, Reacting, moto_account

ARN = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:orders"
LOW = {"threshold": 20.0 * GIB, "recentDatapoints": [11.0 * GIB, 4.0 * GIB]}
CALM_YET_LOW = {"threshold": 20.0 * GIB, "recentDatapoints": [15.0 * GIB]}
FINISHED = "Finished applying modification to allocated storage"
RDS = "arn:aws:rds"


def create(aws: Aws, name: str = "orders", **over: Any) -> None:
    wished = {
        "Engine": "postgres",
        "DBInstanceClass": "db.m5.large",
        "AllocatedStorage": 100,
        "MasterUsername": "admin1",
        "MasterUserPassword": "not-a-secret",
        "Tags": [{"Key": "first-responder:mode", "Value": "act"}],
    }
    aws.client("rds").create_db_instance(DBInstanceIdentifier=name, **{**wished, **over})


def house_of(aws: Aws, clock: FakeClock) -> House:
    return in_memory(ExtendRdsStorage(), aws, clock)


@pytest.fixture
def plain(aws: Boto3Aws, clock: FakeClock) -> House:
    """moto's RDS just as it is, with one instance whose owner says act."""
    create(aws)
    return house_of(aws, clock)


@pytest.fixture
def states(aws: Boto3Aws) -> RdsStates:
    create(aws)
    return RdsStates(aws)


@pytest.fixture
def told(states: RdsStates, clock: FakeClock) -> House:
    return house_of(states, clock)


def alarm(reason_data: dict[str, Any] = LOW, name: str = "orders") -> dict[str, Any]:
    named = {"DBInstanceIdentifier": name}
    return events.eventbridge(NOON, "AWS/RDS", "FreeStorageSpace", named, alarm=f"disk {name}", reason_data=reason_data)


def event(number: str) -> dict[str, Any]:
    detail = {
        "EventCategories": ["low storage"],
        "SourceType": "DB_INSTANCE",
        "SourceArn": ARN,
        "SourceIdentifier": "rds:orders",
        "Date": "2026-11-23T12:00:00.000Z",
        "Message": "a stranger's words",
        "EventID": f"RDS-EVENT-{number}",
    }
    return {
        "version": "0",
        "id": f"event-{number}",
        "detail-type": "RDS DB Instance Event",
        "source": "aws.rds",
        "account": ACCOUNT,
        "time": "2026-11-23T12:00:00Z",
        "region": REGION,
        "resources": [ARN],
        "detail": detail,
    }


def put(aws: Aws, gib: float, ago: timedelta = timedelta(minutes=1), name: str = "FreeStorageSpace") -> None:
    datum = {
        "MetricName": name,
        "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "orders"}],
        "Timestamp": aws.now() - ago,
        "Value": gib * GIB,
    }
    aws.client("cloudwatch").put_metric_data(Namespace="AWS/RDS", MetricData=[datum])


def described(aws: Aws, name: str = "orders") -> Any:
    return aws.client("rds").describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]


def ours(aws: Aws) -> list[str]:
    found = aws.client("rds").describe_db_snapshots()["DBSnapshots"]
    return [each["DBSnapshotIdentifier"] for each in found if each["DBSnapshotIdentifier"].startswith("auto-")]


def declined(house: House, body: Any) -> str:
    answer = house.deliver(body)
    assert answer.decision == "declined", answer
    return answer.text.split(":")[0]


# ---- acting, with moto's RDS as it is


@pytest.mark.parametrize("shape", [lambda body: body, events.alarm_action], ids=["eventbridge", "action"])
def test_a_nearly_full_volume_grows_in_the_first_invocation_without_a_snapshot(plain: House, shape: Any) -> None:
    answer = plain.deliver(shape(alarm()))
    assert answer.decision == "acting"
    assert described(plain.aws)["AllocatedStorage"] == 128
    assert ours(plain.aws) == []


def test_an_alarm_by_sns_is_taken_by_its_threshold(plain: House) -> None:
    answer = plain.deliver(events.sns(alarm()))
    assert len(ours(plain.aws)) == 1
    assert answer.wait is not None
    plain.clock.move(answer.wait)
    plain.wake(answer)
    assert described(plain.aws)["AllocatedStorage"] == 110


def test_with_time_left_a_snapshot_comes_first_and_the_volume_grows_when_it_is_there(plain: House) -> None:
    answer = plain.deliver(alarm(CALM_YET_LOW))
    assert ours(plain.aws) == ["auto-orders-grow-20261123t120000"]
    assert described(plain.aws)["AllocatedStorage"] == 100
    assert answer.wait is not None
    plain.clock.move(answer.wait)
    plain.wake(answer)
    assert described(plain.aws)["AllocatedStorage"] == 114


def test_the_run_recovers_when_the_alarm_is_ok_again(plain: House) -> None:
    cloudwatch = plain.aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="disk orders",
        Namespace="AWS/RDS",
        MetricName="FreeStorageSpace",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=20.0 * GIB,
        ComparisonOperator="LessThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName="disk orders", StateValue="ALARM", StateReason="low")
    answer = plain.deliver(alarm())
    for _ in range(3):
        plain.clock.move(answer.wait or timedelta())
        answer = plain.wake(answer)
    assert answer.decision == "proving"
    cloudwatch.set_alarm_state(AlarmName="disk orders", StateValue="OK", StateReason="grown")
    plain.clock.move(answer.wait or timedelta())
    assert plain.wake(answer).decision == "recovered"


def test_without_any_sign_of_relief_a_person_is_called_and_the_size_stays(plain: House) -> None:
    end = plain.follow(plain.deliver(alarm()))
    assert end.decision == "escalated"
    assert described(plain.aws)["AllocatedStorage"] == 128


def test_a_person_may_ask_and_the_measured_space_is_the_proof(plain: House) -> None:
    put(plain.aws, 4.0)
    request = {"target": ARN, "reason": "nearly full", "requested_by": "ada", "mode": "act"}
    answer = plain.deliver(request)
    assert described(plain.aws)["AllocatedStorage"] == 128
    plain.clock.move(timedelta(minutes=10))
    put(plain.aws, 12.8)
    assert plain.wake(answer).decision == "proving"
    plain.clock.move(timedelta(minutes=10))
    put(plain.aws, 32.0)
    assert plain.wake(answer).decision == "recovered"


def test_an_alarm_that_is_ok_proves_nothing_before_the_new_size_is_there(plain: House) -> None:
    plain.aws.client("cloudwatch").put_metric_alarm(
        AlarmName="disk orders",
        Namespace="AWS/RDS",
        MetricName="FreeStorageSpace",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=1,
        Threshold=20.0 * GIB,
        ComparisonOperator="LessThanThreshold",
    )
    plain.aws.client("cloudwatch").set_alarm_state(AlarmName="disk orders", StateValue="OK", StateReason="calm")
    run = plain.run(plain.deliver(alarm()))
    plan, target = plain.ctx.plan(run), plain.ctx.target(run)
    assert ExtendRdsStorage().recovered(plain.aws, target, run.alarm, plan).holds
    larger = replace(plan, actions=(replace(plan.actions[0], gib=200),))
    assert ExtendRdsStorage().recovered(plain.aws, target, run.alarm, larger).holds is None


@pytest.mark.parametrize(("number", "gib"), [("0089", 120), ("0222", 134), ("0221", 134), ("0007", 134)])
def test_rdss_own_events_grow_the_volume_by_what_they_mean(plain: House, number: str, gib: int) -> None:
    plain.deliver(event(number))
    assert described(plain.aws)["AllocatedStorage"] == gib
    assert ours(plain.aws) == []


def test_the_same_alarm_again_changes_nothing_more(plain: House) -> None:
    plain.deliver(alarm())
    assert plain.deliver(alarm()).decision == "duplicate"
    assert described(plain.aws)["AllocatedStorage"] == 128


def test_an_owner_who_says_nothing_is_shown_the_plan_only(aws: Boto3Aws, clock: FakeClock) -> None:
    create(aws, Tags=[])
    house = house_of(aws, clock)
    assert house.deliver(alarm()).decision == "observed"
    assert described(aws)["AllocatedStorage"] == 100


@pytest.mark.parametrize(
    ("over", "sent"),
    [
        ({"StorageType": "io1", "Iops": 3000}, {"Iops": 3000}),
        ({"StorageType": "gp3"}, {}),
        ({"StorageType": "gp3", "AllocatedStorage": 400}, {"Iops": 12000, "StorageThroughput": 500}),
        ({"StorageType": "gp2"}, {}),
    ],
)
def test_each_storage_type_is_sent_what_it_takes(
    aws: Boto3Aws, clock: FakeClock, over: dict[str, Any], sent: dict[str, int]
) -> None:
    create(aws, **over)
    states = RdsStates(aws)
    house_of(states, clock).deliver(alarm())
    ((name, named),) = states.changes
    extra = {key: value for key, value in named.items() if key in ("Iops", "StorageThroughput", "MaxAllocatedStorage")}
    assert (name, named["ApplyImmediately"], extra) == ("modify_db_instance", True, sent)


# ---- declining: each with its own code, and without a change


@pytest.mark.parametrize(
    ("says", "code"),
    [
        ({"DBInstanceStatus": "storage-optimization"}, "storage_optimizing"),
        ({"StorageOperationStatus": "Optimizing"}, "storage_optimizing"),
        ({"DBInstanceStatus": "stopped"}, "instance_not_available"),
        ({"DBInstanceStatus": "modifying"}, "instance_not_available"),
        ({"DBInstanceStatus": "maintenance"}, "instance_not_available"),
        ({"PendingModifiedValues": {"EngineVersion": "16.4"}}, "pending_modifications"),
        ({"PendingModifiedValues": {"BackupRetentionPeriod": 0}}, "pending_modifications"),
        ({"Engine": "aurora-postgresql", "DBClusterIdentifier": "c"}, "aurora_volume"),
        ({"Engine": "neptune"}, "not_rds_storage"),
        ({"Engine": "docdb"}, "not_rds_storage"),
        ({"Engine": "custom-oracle-ee"}, "rds_custom"),
        ({"DBClusterIdentifier": "c"}, "cluster_member"),
        ({"Engine": "mystery"}, "unsupported_engine"),
        ({"StorageType": "standard"}, "magnetic_storage"),
        ({"StorageType": "standard", "Engine": "sqlserver-se"}, "sql_server_magnetic"),
        ({"Engine": "sqlserver-se", "InstanceCreateTime": NOON - timedelta(days=3600)}, "sql_server_outage"),
        ({"AdditionalStorageVolumes": [{"VolumeName": "rdsdbdata2"}]}, "several_volumes"),
        ({"StorageType": "io1", "Iops": None}, "iops_unknown"),
        ({"StorageType": "io1", "Iops": 50}, "iops_ratio"),
        ({"StorageType": "io3"}, "storage_at_limit"),
        ({"AllocatedStorage": 4000}, "storage_cap"),
        ({"ReadReplicaDBInstanceIdentifiers": [f"{RDS}:us-east-1:{ACCOUNT}:db:far"]}, "replica_unreadable"),
        ({"ReadReplicaDBInstanceIdentifiers": ["gone"]}, "replica_unreadable"),
        ({"MaxAllocatedStorage": 1000}, None),
    ],
)
def test_what_rds_says_of_the_instance_stops_the_change(
    told: House, states: RdsStates, says: dict[str, Any], code: str | None
) -> None:
    states.says("orders", **says)
    if code is None:
        assert told.deliver(alarm()).decision == "watching"
    else:
        assert declined(told, alarm()) == code
    assert states.changes == []


@pytest.mark.parametrize(
    ("hours", "code"), [((23, 18, 12, 7), "storage_changes_spent"), ((5,), "storage_changed_recently")]
)
def test_earlier_storage_changes_stop_another(
    told: House, states: RdsStates, hours: tuple[int, ...], code: str
) -> None:
    states.events = [(NOON - timedelta(hours=each), FINISHED) for each in hours]
    assert declined(told, alarm()) == code
    assert states.changes == []


@pytest.mark.parametrize(
    ("reason_data", "code"),
    [
        ({"threshold": None, "recentDatapoints": []}, "free_space_unknown"),
        ({"threshold": 200.0 * GIB, "recentDatapoints": [150.0 * GIB]}, "free_space_implausible"),
        ({"threshold": 20.0 * GIB, "recentDatapoints": [30.0 * GIB]}, "free_space_above_threshold"),
    ],
)
def test_numbers_that_do_not_show_a_shortage_stop_the_change(
    told: House, states: RdsStates, reason_data: dict[str, Any], code: str
) -> None:
    assert declined(told, alarm(reason_data)) == code
    assert states.changes == []


def test_a_fresh_reading_above_the_threshold_ends_the_matter(told: House, states: RdsStates) -> None:
    put(states, 21.0)
    assert declined(told, alarm()) == "condition_cleared"
    assert states.changes == []


@pytest.mark.parametrize(("free", "code"), [(60.0, "condition_cleared"), (21.0, "condition_cleared")])
def test_an_event_on_a_volume_with_room_ends_the_matter(told: House, states: RdsStates, free: float, code: str) -> None:
    put(states, free)
    assert declined(told, event("0089")) == code
    assert states.changes == []


def test_a_person_without_any_reading_is_declined(told: House, states: RdsStates) -> None:
    request = {"target": ARN, "reason": "a feeling", "requested_by": "ada", "mode": "act"}
    assert declined(told, request) == "free_space_unknown"
    assert states.changes == []


def test_rdss_own_largest_size_stops_the_change(told: House, states: RdsStates) -> None:
    states.sizes = [{"From": 20, "To": 109, "Step": 1}]
    assert declined(told, alarm()) == "storage_at_limit"
    assert states.changes == []


def test_the_accounts_quota_stops_the_change(told: House, states: RdsStates) -> None:
    states.quotas["AllocatedStorage"] = (99995, 100000)
    assert declined(told, alarm()) == "storage_quota"
    assert states.changes == []


def test_the_owners_cap_stops_the_change(aws: Boto3Aws, clock: FakeClock) -> None:
    act = {"Key": "first-responder:mode", "Value": "act"}
    create(aws, Tags=[act, {"Key": "first-responder:max-storage-gib", "Value": "109"}])
    assert declined(house_of(aws, clock), alarm()) == "storage_cap"
    assert described(aws)["AllocatedStorage"] == 100


@pytest.mark.parametrize(("status", "decision"), [("UPDATE_IN_PROGRESS", "declined"), ("UPDATE_COMPLETE", "acting")])
def test_a_stack_at_work_stops_the_change(aws: Boto3Aws, clock: FakeClock, status: str, decision: str) -> None:
    act = {"Key": "first-responder:mode", "Value": "act"}
    create(aws, Tags=[act, {"Key": "aws:cloudformation:stack-name", "Value": "shop"}])
    states = RdsStates(aws)
    states.stack_status = status
    answer = house_of(states, clock).deliver(alarm())
    assert answer.decision == decision
    assert bool(states.changes) == (decision == "acting")
    assert answer.text.startswith("stack_in_progress" if decision == "declined" else "")


def test_a_replica_whose_size_rds_does_not_tell_stops_the_change(told: House, states: RdsStates) -> None:
    told.aws.client("rds").create_db_instance_read_replica(
        DBInstanceIdentifier="orders-copy", SourceDBInstanceIdentifier="orders"
    )
    states.says("orders-copy", AllocatedStorage=None)
    assert declined(told, alarm()) == "replica_unreadable"


def test_a_source_must_not_outgrow_its_replica_and_the_replica_itself_may_grow(plain: House) -> None:
    plain.aws.client("rds").create_db_instance_read_replica(
        DBInstanceIdentifier="copy",
        SourceDBInstanceIdentifier="orders",
        Tags=[{"Key": "first-responder:mode", "Value": "act"}],
    )
    assert declined(plain, alarm()) == "replica_too_small"
    assert described(plain.aws)["AllocatedStorage"] == 100
    plain.deliver(alarm(name="copy"))
    assert described(plain.aws, "copy")["AllocatedStorage"] == 128


@pytest.mark.parametrize("name", ["gone", "Orders"])
def test_an_instance_that_is_not_there_under_exactly_this_name_is_not_touched(plain: House, name: str) -> None:
    assert declined(plain, alarm(name=name)) == "target_not_found"
    assert described(plain.aws)["AllocatedStorage"] == 100


@pytest.mark.parametrize("number", ["0045", "0223", "0254", "0227"])
def test_events_that_name_no_remedy_of_ours_start_nothing(plain: House, number: str) -> None:
    assert declined(plain, event(number)) == "no_trigger"


@pytest.mark.parametrize(
    "call",
    [
        "describe_db_instances",
        "describe_valid_db_instance_modifications",
        "describe_account_attributes",
        "describe_events",
    ],
)
def test_what_may_not_be_read_stops_the_change(told: House, states: RdsStates, call: str) -> None:
    states.refuse[call] = ("AccessDenied", "not authorized")
    assert declined(told, alarm()) == "cannot_read"
    assert states.changes == []


@pytest.mark.parametrize(
    "message",
    [
        "You can't currently modify the storage of this DB instance because the previous storage change is being optimized.",
        "The allocated storage must be increased by at least 10 percent.",
    ],
)
def test_a_refusal_by_rds_calls_a_person_after_one_attempt(told: House, states: RdsStates, message: str) -> None:
    states.refuse["modify_db_instance"] = ("InvalidParameterCombination", message)
    answer = told.deliver(alarm())
    assert answer.decision == "escalated" and answer.wait is None
    assert described(states)["AllocatedStorage"] == 100


def test_no_snapshot_where_its_quota_is_spent(told: House, states: RdsStates) -> None:
    states.quotas["ManualSnapshots"] = (100, 100)
    told.deliver(alarm(CALM_YET_LOW))
    assert [name for name, _ in states.changes] == ["modify_db_instance"]


@pytest.mark.parametrize(("multi_az", "snapshots"), [(False, 0), (True, 1)])
def test_an_instance_at_its_limit_is_not_paused_for_a_snapshot(
    told: House, states: RdsStates, multi_az: bool, snapshots: int
) -> None:
    put(states, 97.0 / GIB, name="CPUUtilization")
    states.says("orders", MultiAZ=multi_az)
    told.deliver(alarm(CALM_YET_LOW))
    assert [name for name, _ in states.changes].count("create_db_snapshot") == snapshots


def test_no_snapshot_of_a_full_volume(told: House, states: RdsStates) -> None:
    states.says("orders", DBInstanceStatus="storage-full")
    told.deliver(alarm(CALM_YET_LOW))
    assert [name for name, _ in states.changes] == ["modify_db_instance"]


@pytest.mark.parametrize("queued", [{"EngineVersion": "16.4"}, {"MultiAZ": False}])
def test_what_is_queued_while_the_snapshot_is_taken_stops_the_growth(
    told: House, states: RdsStates, queued: dict[str, Any]
) -> None:
    answer = told.deliver(alarm(CALM_YET_LOW))
    states.says("orders", PendingModifiedValues=queued)
    assert told.follow(answer).decision == "escalated"
    assert [name for name, _ in states.changes] == ["create_db_snapshot"]


# ---- what uses the space, and the ticket


def slot_holds_the_log_back(aws: Aws) -> None:
    put(aws, 45.0, name="TransactionLogsDiskUsage")
    put(aws, 44.0, name="OldestReplicationSlotLag")


BRIDGE = "a replication slot that lags behind holds back 44.0 GiB of the log: growing is only a bridge"


def test_a_slot_that_holds_the_log_back_is_named_and_the_volume_grows_at_once(told: House, states: RdsStates) -> None:
    put(states, 4.0)
    put(states, 10.0, timedelta(minutes=61))
    put(states, 16.0, timedelta(minutes=121))
    slot_holds_the_log_back(states)
    answer = told.deliver(alarm())
    run = told.run(answer)
    assert answer.decision == "acting" and run.plan is not None
    assert [name for name, _ in states.changes] == ["modify_db_instance"]
    assert "full in about 1 hour at the rate of the last 3 hours" in run.plan["reason"]
    assert "at an unknown rate over the last 7 days" in run.plan["reason"]
    assert "write-ahead log 45.0 GiB" in run.plan["reason"] and BRIDGE in run.plan["reason"]
    assert run.found["room"]["space"]["logs"] == {"write-ahead log": 45.0}


def test_who_has_to_free_space_by_hand_is_told_what_uses_it(told: House, states: RdsStates) -> None:
    states.says("orders", DBInstanceStatus="storage-optimization")
    put(states, 4.0)
    slot_holds_the_log_back(states)
    answer = told.deliver(alarm())
    assert answer.text.startswith("storage_optimizing") and BRIDGE in answer.text
    assert states.changes == []


def test_numbers_that_move_do_not_repeat_the_line_that_it_watches(told: House, states: RdsStates) -> None:
    states.says("orders", MaxAllocatedStorage=1000)
    put(states, 9.0)
    put(states, 5.0, name="TransactionLogsDiskUsage")
    answer = told.deliver(alarm())
    told.clock.move(answer.wait or timedelta())
    put(states, 8.9)
    put(states, 6.0, name="TransactionLogsDiskUsage")
    assert told.wake(answer).decision == "watching"
    assert [entry.kind for entry in told.store.entries] == ["watching"]


def test_log_files_are_sized_where_there_is_time(told: House, states: RdsStates) -> None:
    assert told.run(told.deliver(alarm(CALM_YET_LOW))).found["log_files_gib"] > 0


def grow(house: House, reason: str) -> list[str]:
    """A person asks while 4 GiB are free, and it helps: the texts of the tickets until now."""
    house.clock.move(timedelta(minutes=10))
    put(house.aws, 4.0)
    answer = house.deliver({"target": ARN, "reason": reason, "requested_by": "ada", "mode": "act"})
    house.clock.move(timedelta(minutes=10))
    put(house.aws, 60.0)
    assert house.follow(house.wake(answer)).decision == "recovered"
    return [entry.text for entry in house.store.entries if entry.kind == "ticket"]


def test_from_the_second_growth_within_thirty_days_on_each_leaves_one_ticket(plain: House) -> None:
    assert grow(plain, "the sale") == []
    plain.clock.move(timedelta(days=20))
    (ticket,) = grow(plain, "the next sale")
    size = described(plain.aws)["AllocatedStorage"]
    assert f"has grown at least 2 times within 30 days, to {size} GiB at USD" in ticket
    assert "4.0 of 128 GiB are free (metric)" in ticket and "the owner decides" in ticket
    assert not [entry for entry in plain.store.entries if entry.kind == "ticket" and entry.call_person]
    plain.clock.move(timedelta(days=31))
    assert grow(plain, "the sale after that") == [ticket]


def test_growth_by_others_counts_as_far_as_rds_remembers_it(told: House, states: RdsStates) -> None:
    states.events = [(NOON - timedelta(days=days), FINISHED) for days in (12, 5)]
    (ticket,) = grow(told, "the sale")
    assert "has grown at least 3 times within 30 days" in ticket


def test_how_fast_it_fills_is_counted_since_it_was_grown(told: House, states: RdsStates) -> None:
    states.events = [(NOON - timedelta(hours=72), FINISHED)]
    for hours in range(24 * 7):
        put(states, 8.0 + hours / 24 - (9.0 if hours > 72 else 0.0), timedelta(hours=hours, minutes=1))
    found = told.run(told.deliver(alarm())).found
    assert found["room"]["week_growth"] == pytest.approx(1.0, rel=0.05)


def test_a_higher_maximum_is_no_growth_and_leaves_no_ticket(told: House, states: RdsStates) -> None:
    states.events = [(NOON - timedelta(days=days), FINISHED) for days in (12, 5)]
    states.says("orders", MaxAllocatedStorage=105)
    run = told.run(told.deliver(alarm()))
    assert isinstance(told.ctx.plan(run).actions[-1], SetMaxAllocatedStorage)
    assert ExtendRdsStorage().ticket(told.ctx.plan(run), run) == ""


# ---- RDS's own work goes first


def watched(house: House, answer: Any) -> str:
    run = house.run(answer)
    assert answer.decision == "watching" and run.decline is not None and not run.changed
    return run.decline.code


@pytest.mark.parametrize(
    ("says", "code", "after"),
    [
        ({"DBInstanceStatus": "backing-up"}, "backup_running", {"DBInstanceStatus": "available"}),
        ({"PreferredMaintenanceWindow": "mon:11:45-mon:12:10"}, "maintenance_window", {}),
        ({"PreferredBackupWindow": "11:40-12:10", "BackupRetentionPeriod": 7}, "backup_window", {}),
    ],
)
def test_the_volume_grows_once_rds_is_done_with_its_own_work(
    told: House, states: RdsStates, says: dict[str, Any], code: str, after: dict[str, str]
) -> None:
    states.says("orders", **says)
    answer = told.deliver(alarm(CALM_YET_LOW))
    assert watched(told, answer) == code
    assert states.changes == []
    states.says("orders", **after)
    for _ in range(5):
        told.clock.move(answer.wait)
        answer = told.wake(answer)
        if states.changes:
            return
    raise AssertionError(f"still {answer}")


@pytest.mark.parametrize(("data", "decision"), [(CALM_YET_LOW, "watching"), (LOW, "declined")])
def test_a_change_is_never_mixed_with_maintenance_that_is_due(
    aws: Boto3Aws, told: House, states: RdsStates, data: dict[str, Any], decision: str
) -> None:
    def due(**_: Any) -> Any:
        resource = {
            "ResourceIdentifier": ARN,
            "PendingMaintenanceActionDetails": [{"Action": "os-upgrade", "CurrentApplyDate": NOON}],
        }
        answer = {"PendingMaintenanceActions": [resource], "ResponseMetadata": {"HTTPStatusCode": 200}}
        return SimpleNamespace(status_code=200), answer

    aws.client("rds").meta.events.register("before-call.rds.DescribePendingMaintenanceActions", due)
    states.says("orders", PreferredMaintenanceWindow="mon:12:55-mon:13:25")
    answer = told.deliver(alarm(data))
    run = told.run(answer)
    assert answer.decision == decision and run.decline is not None
    assert run.decline.code == "maintenance_due"
    assert states.changes == []


def test_a_volume_that_is_nearly_full_does_not_wait_for_a_window(told: House, states: RdsStates) -> None:
    windows = {"PreferredMaintenanceWindow": "mon:11:45-mon:12:10", "PreferredBackupWindow": "11:45-12:15"}
    states.says("orders", **windows, BackupRetentionPeriod=7)
    assert told.deliver(alarm(LOW)).decision == "acting"


def test_a_stuck_stack_stops_the_change(aws: Boto3Aws, clock: FakeClock) -> None:
    act = {"Key": "first-responder:mode", "Value": "act"}
    create(aws, Tags=[act, {"Key": "aws:cloudformation:stack-name", "Value": "shop"}])
    states = RdsStates(aws)
    states.stack_status = "UPDATE_ROLLBACK_FAILED"
    assert declined(house_of(states, clock), alarm()) == "stack_failed"
    assert states.changes == []


# ---- autoscaling


def test_healthy_autoscaling_is_left_to_act_and_the_run_ends_when_it_has(told: House, states: RdsStates) -> None:
    states.says("orders", MaxAllocatedStorage=1000)
    put(states, 9.0)
    answer = told.deliver(alarm())
    assert answer.decision == "watching" and answer.wait is not None
    told.clock.move(answer.wait)
    put(states, 25.0)
    assert told.wake(answer).text.startswith("condition_cleared")
    assert states.changes == []


def test_autoscaling_that_has_not_acted_for_half_an_hour_is_overtaken(told: House, states: RdsStates) -> None:
    states.says("orders", MaxAllocatedStorage=1000)
    for minutes in range(1, 40, 3):
        put(states, 8.0, timedelta(minutes=minutes))
    told.deliver(alarm())
    assert [name for name, _ in states.changes] == ["create_db_snapshot"]


@pytest.mark.parametrize("free", [1.9, 0.0])
def test_autoscaling_is_overtaken_in_the_last_minutes(told: House, states: RdsStates, free: float) -> None:
    states.says("orders", MaxAllocatedStorage=1000)
    put(states, free)
    told.deliver(alarm())
    ((_, named),) = states.changes
    assert named["AllocatedStorage"] == 131 + (free == 0.0) * 3
    assert "MaxAllocatedStorage" not in named


def test_autoscaling_at_its_maximum_gets_a_higher_one_instead_of_growth(told: House, states: RdsStates) -> None:
    states.says("orders", MaxAllocatedStorage=105)
    told.deliver(alarm())
    assert states.changes == [("modify_db_instance", {"DBInstanceIdentifier": "orders", "MaxAllocatedStorage": 133})]


@pytest.mark.parametrize("number", ["0224", "0225"])
def test_rdss_word_about_the_maximum_raises_it(told: House, states: RdsStates, number: str) -> None:
    states.says("orders", MaxAllocatedStorage=125)
    told.deliver(event(number))
    assert states.changes == [("modify_db_instance", {"DBInstanceIdentifier": "orders", "MaxAllocatedStorage": 158})]


def test_a_maximum_that_was_raised_meanwhile_ends_the_matter(told: House, states: RdsStates) -> None:
    states.says("orders", MaxAllocatedStorage=300)
    assert declined(told, event("0225")) == "condition_cleared"
    assert states.changes == []


def test_a_maximum_is_not_raised_above_the_owners_cap(aws: Boto3Aws, clock: FakeClock) -> None:
    act = {"Key": "first-responder:mode", "Value": "act"}
    create(aws, Tags=[act, {"Key": "first-responder:max-storage-gib", "Value": "120"}], MaxAllocatedStorage=120)
    assert declined(house_of(aws, clock), event("0225")) == "storage_cap"


def test_a_full_volume_grows_and_takes_its_maximum_along(told: House, states: RdsStates) -> None:
    states.says("orders", MaxAllocatedStorage=105, DBInstanceStatus="storage-full")
    told.deliver(alarm())
    ((_, named),) = states.changes
    assert (named["AllocatedStorage"], named["MaxAllocatedStorage"]) == (134, 169)


@pytest.mark.parametrize("maximum", [50, 100])
def test_autoscaling_that_is_off_stays_off(told: House, states: RdsStates, maximum: int) -> None:
    states.says("orders", MaxAllocatedStorage=maximum)
    told.deliver(alarm())
    ((_, named),) = states.changes
    assert named["MaxAllocatedStorage"] == named["AllocatedStorage"] > 100


# ---- the planner: pure, and never too much


FACTS = Storage(
    tags={},
    breached=None,
    db=DbInstance(name="orders", engine="postgres", status="available", allocated_gib=100),
    room=Room(free_gib=4.0, source="alarm"),
    history=StorageHistory(read_at=NOON),
    valid=ValidStorage(sizes=((1, 65536, 1),)),
    quota=RdsQuota(),
    replicas={},
    stack="",
    event="",
    since=NOON,
    run="run-1",
)


def policy(cap: int) -> Policy:
    return Policy(mode=Mode.ACT, cooldown=timedelta(hours=6), caps={CAP: cap})


ROOMY = replace(FACTS, room=Room(free_gib=15.0, source="alarm"), quota=RdsQuota(snapshots_left=1))


@pytest.mark.parametrize(
    ("over", "snapshots"),
    [
        ({}, 1),
        ({"quota": RdsQuota()}, 1),
        ({"quota": RdsQuota(snapshots_left=0)}, 0),
        ({"db": replace(FACTS.db, status="storage-full")}, 0),
        ({"room": Room(free_gib=5.0, source="alarm")}, 0),
        ({"room": Room(free_gib=15.0, source="event")}, 0),
        ({"strained": "CPUUtilization is 97"}, 0),
        ({"room": Room(free_gib=15.0, source="alarm", hours_growth=46.0)}, 0),
    ],
)
def test_a_snapshot_comes_first_only_where_there_is_time_and_room_for_it(over: dict[str, Any], snapshots: int) -> None:
    plan = ExtendRdsStorage().plan(replace(ROOMY, **over), policy(4096))
    assert isinstance(plan, Plan)
    assert len([action for action in plan.actions if isinstance(action, CreateDbSnapshot)]) == snapshots


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({}, None),
        ({"stack": "UPDATE_IN_PROGRESS"}, "stack_in_progress"),
        ({"stack": "UPDATE_ROLLBACK_FAILED"}, "stack_failed"),
        ({"db": replace(FACTS.db, status="storage-optimization")}, "storage_optimizing"),
    ],
)
def test_the_way_back_is_left_while_others_are_at_work_too(over: dict[str, Any], code: str | None) -> None:
    refused = ExtendRdsStorage().blocked(replace(FACTS, **over))
    assert (refused.code if refused else None) == code


@pytest.mark.parametrize(
    ("allocated", "engine", "copied"), [(100, "postgres", False), (395, "postgres", True), (500, "postgres", False)]
)
def test_a_copy_to_a_new_layout_is_told_where_there_is_one(allocated: int, engine: str, copied: bool) -> None:
    db = replace(FACTS.db, engine=engine, storage_type="gp3", allocated_gib=allocated)
    plan = ExtendRdsStorage().plan(replace(FACTS, db=db), policy(4096))
    assert isinstance(plan, Plan)
    assert ("copies the whole volume" in plan.reason) is copied


@st.composite
def facts(draw: st.DrawFn) -> Storage:
    allocated = draw(st.integers(20, 20000))
    db = DbInstance(
        name="orders",
        engine=draw(st.sampled_from(["postgres", "mysql", "oracle-ee", "sqlserver-se", "db2-se"])),
        status=draw(st.sampled_from(["available", "storage-full"])),
        created=NOON,
        allocated_gib=allocated,
        max_gib=draw(st.none() | st.integers(allocated, 3 * allocated)),
        storage_type=draw(st.sampled_from(["gp2", "gp3", "io1", "io2"])),
        iops=draw(st.none() | st.integers(1000, 64000)),
        throughput=draw(st.none() | st.integers(125, 4000)),
        multi_az=draw(st.booleans()),
    )
    here = Room(
        free_gib=allocated * draw(st.floats(0, 0.9)),
        source=draw(st.sampled_from(["metric", "alarm", "threshold", "event"])),
        hours_growth=draw(st.none() | st.floats(0, 10000)),
        week_growth=draw(st.none() | st.floats(0, 10000)),
        tenth_for=draw(st.integers(0, 60)),
    )
    valid = ValidStorage(
        sizes=(
            (
                draw(st.integers(1, 100)),
                draw(st.integers(100, 65536) | st.integers(allocated + 80, 2 * allocated + 80)),
                draw(st.integers(1, 50)),
            ),
        ),
        least_iops_per_gib=draw(st.sampled_from([0.0, 0.5, 1.0])),
    )
    quota = RdsQuota(storage_left_gib=draw(st.none() | st.integers(0, 20000)), snapshots_left=draw(st.integers(0, 5)))
    replicas = draw(st.dictionaries(st.sampled_from(["a", "b"]), st.none() | st.integers(20, 40000), max_size=2))
    return replace(FACTS, db=db, room=here, valid=valid, quota=quota, replicas=replicas)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(facts(), st.floats(0.9, 3))
def test_a_plan_never_shrinks_never_exceeds_a_bound_and_always_grows_by_a_tenth(found: Storage, share: float) -> None:
    cap = int(share * found.db.allocated_gib)
    plan = ExtendRdsStorage().plan(found, policy(cap))
    if not isinstance(plan, Plan):
        return
    start, end, step = found.valid.sizes[0]
    db, change = found.db, plan.actions[-1]
    if isinstance(change, SetMaxAllocatedStorage):
        assert change.was < change.gib <= min(cap, end)
        assert change.gib * 10 >= db.allocated_gib * 11
        return
    assert isinstance(change, GrowVolume)
    assert change.gib * 10 >= db.allocated_gib * 11
    assert change.gib <= min(cap, end)
    assert (change.gib - start) % step == 0
    assert found.quota.storage_left_gib is None or change.gib - db.allocated_gib <= found.quota.storage_left_gib
    assert all(gib is not None and change.gib <= gib for gib in found.replicas.values())
    if db.storage_type in ("io1", "io2"):
        assert change.iops == db.iops and change.iops is not None
        assert change.iops >= found.valid.least_iops_per_gib * change.gib
    maximum = change.max_gib or db.max_gib
    stays_off = not db.autoscaling and maximum == change.gib
    assert maximum is None or stays_off or maximum * 10 >= change.gib * 11
    assert change.max_gib is None or change.max_gib <= min(cap, end)
    assert plan.cost_per_month_usd > 0


@given(facts(), st.floats(0.9, 3))
def test_the_same_facts_give_the_same_plan(found: Storage, share: float) -> None:
    cap = int(share * found.db.allocated_gib)
    first, second = (ExtendRdsStorage().plan(found, policy(cap)) for _ in range(2))
    assert first == second
    if isinstance(first, Plan) and isinstance(second, Plan):
        assert first.hash == second.hash


@given(facts())
def test_a_snapshot_is_planned_only_where_there_is_time_room_and_quota(found: Storage) -> None:
    plan = ExtendRdsStorage().plan(found, policy(70000))
    if isinstance(plan, Plan) and isinstance(plan.actions[0], CreateDbSnapshot):
        assert found.db.status == "available" and found.quota.snapshots_left
        assert found.room.free_gib is not None and found.room.free_gib > 0.05 * found.db.allocated_gib
        assert found.room.free_gib > (found.room.growth_gib_per_day or 0) / 3
        assert found.room.measured


def test_the_cost_counts_both_volumes_of_multi_az() -> None:
    multi = replace(FACTS, db=replace(FACTS.db, multi_az=True))
    single, double = (ExtendRdsStorage().plan(each, policy(4096)) for each in (FACTS, multi))
    assert isinstance(single, Plan) and isinstance(double, Plan)
    assert double.cost_per_month_usd == 2 * single.cost_per_month_usd == Decimal("6.44")


def test_a_volume_of_a_type_without_a_price_has_an_unknown_cost_and_not_a_small_one() -> None:
    plan = ExtendRdsStorage().plan(replace(FACTS, db=replace(FACTS.db, storage_type="gp9")), policy(4096))
    assert isinstance(plan, Plan) and plan.cost_per_month_usd is None


def test_growth_knows_what_it_changes_from() -> None:
    io1 = replace(FACTS.db, storage_type="io1", allocated_gib=100, iops=1500, max_gib=None)
    plan = ExtendRdsStorage().plan(replace(FACTS, db=io1), policy(4096))
    assert isinstance(plan, Plan)
    (size,) = plan.actions[-1].properties()
    assert (size.property, size.old) == ("AllocatedStorage", "100")


def test_a_copy_of_the_whole_volume_is_announced() -> None:
    gp3 = replace(
        FACTS, db=replace(FACTS.db, storage_type="gp3", allocated_gib=390), room=Room(free_gib=4.0, source="alarm")
    )
    plan = ExtendRdsStorage().plan(gp3, policy(4096))
    assert isinstance(plan, Plan) and "copies the whole volume" in plan.reason


def test_a_spent_cap_is_told_with_the_way_out() -> None:
    answer = ExtendRdsStorage().plan(FACTS, policy(105))
    assert isinstance(answer, Decline)
    assert "first-responder:max-storage-gib" in answer.advice


# ---- scenes


def _alarm_is(aws: Aws, state: str) -> None:
    aws.client("cloudwatch").set_alarm_state(AlarmName="disk orders", StateValue=state, StateReason="a test says so")


@contextmanager
def _orders(then: Callable[[Boto3Aws], Any] | None = None, **over: Any) -> Iterator[House]:
    """An instance of 100 GiB whose alarm is on, and what follows when it is modified."""
    clock = FakeClock(NOON)
    with moto_account(clock) as aws:
        create(aws, **over)
        aws.client("cloudwatch").put_metric_alarm(
            AlarmName="disk orders", Namespace="AWS/RDS", MetricName="FreeStorageSpace", Statistic="Average", Period=60,
            EvaluationPeriods=1, Threshold=20.0 * GIB, ComparisonOperator="LessThanThreshold",
            Dimensions=[{"Name": "DBInstanceIdentifier", "Value": "orders"}],
        )  # fmt: skip
        _alarm_is(aws, "ALARM")
        after = {"modify_db_instance": partial(then, aws)} if then else {}
        yield house_of(Reacting(OwnedBy(aws, "UPDATE_COMPLETE"), after), clock)


@contextmanager
def a_snapshot_and_then_growth_help() -> Iterator[tuple[House, Any]]:
    with _orders(lambda aws: _alarm_is(aws, "OK")) as house:
        yield house, alarm(CALM_YET_LOW)


@contextmanager
def growth_at_once_helps_with_a_maintenance_window_ahead() -> Iterator[tuple[House, Any]]:
    windows = {"PreferredBackupWindow": "03:00-03:30", "PreferredMaintenanceWindow": "mon:12:45-mon:13:15"}
    with _orders(lambda aws: _alarm_is(aws, "OK"), **windows) as house:
        yield house, alarm()


@contextmanager
def a_higher_maximum_does_not_help_an_instance_of_a_stack() -> Iterator[tuple[House, Any]]:
    act = {"Key": "first-responder:mode", "Value": "act"}
    owner = {"Key": "aws:cloudformation:stack-name", "Value": "shop"}
    with _orders(None, MaxAllocatedStorage=105, Tags=[act, owner]) as house:
        yield house, alarm()


@contextmanager
def somebody_else_sets_another_maximum_right_after() -> Iterator[tuple[House, Any]]:
    def set_maximum(aws: Boto3Aws) -> None:
        aws.client("rds").modify_db_instance(DBInstanceIdentifier="orders", MaxAllocatedStorage=500)

    with _orders(set_maximum, MaxAllocatedStorage=105) as house:
        yield house, alarm()


SCENES = {
    scene.__name__: scene
    for scene in (
        somebody_else_sets_another_maximum_right_after,
        a_snapshot_and_then_growth_help,
        growth_at_once_helps_with_a_maintenance_window_ahead,
        a_higher_maximum_does_not_help_an_instance_of_a_stack,
    )
}
