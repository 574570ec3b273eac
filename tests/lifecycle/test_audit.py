"""The audit tells of each gap once a day, of few at a time, and loses none."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.core.alarm import Alarm
from functions.core.arn import parse_arn
from functions.core.errors import InvalidEvent
from functions.core.normalise import normalise
from functions.lifecycle import audit as lifecycle
from functions.lifecycle.audit import NotSent, audit
from functions.readings.backup_gaps import AT_ONCE, HOURS, turn
from tests.conftest import NOON
from tests.event_bus import WithEventBus, delivered
from tests.events import ACCOUNT, FUNCTION, REGION
from tests.rds_account import RdsAccount, arn


@pytest.fixture
def rds(clock: FakeClock) -> RdsAccount:
    return RdsAccount(clock)


@pytest.fixture
def aws(rds: RdsAccount) -> WithEventBus:
    return WithEventBus(rds)


def hour_of(target: str) -> datetime:
    return NOON.replace(hour=turn(target, NOON))


def add(rds: RdsAccount, name: str, **says: Any) -> None:
    rds.instances[name] = {
        **rds.instances["orders"], "DBInstanceIdentifier": name, "DBInstanceArn": arn(name), **says,
    }  # fmt: skip


def many_in_one_hour(rds: RdsAccount, how_many: int) -> datetime:
    names = [name for name in (f"db-{n}" for n in range(400)) if turn(arn(name), NOON) == 9][:how_many]
    for name in names:
        add(rds, name, BackupRetentionPeriod=7)
    return NOON.replace(hour=9)


def test_a_day_tells_of_a_gap_once_and_says_what_it_is(rds: RdsAccount, aws: WithEventBus) -> None:
    rds.instances["orders"]["BackupRetentionPeriod"] = 7
    for hour in HOURS:
        report = audit(aws, NOON.replace(hour=hour))
        assert [one["arn"] for one in report["gaps"]] == [arn("orders")]
    (entry,) = aws.entries
    assert (entry["Source"], entry["DetailType"], entry["Resources"]) == (
        "first-responder", "Backup Gap", [arn("orders")],
    )  # fmt: skip
    assert "EventBusName" not in entry
    assert json.loads(entry["Detail"]) == {"id": "2026-11-23", "gap": "retention", "days": 7, "required": 30}


def test_where_nothing_is_wrong_nothing_is_said_and_in_no_case_is_anything_changed(
    rds: RdsAccount, aws: WithEventBus
) -> None:
    for hour in range(24):
        assert audit(aws, NOON.replace(hour=hour))["gaps"] == []
    assert (aws.entries, rds.calls) == ([], [])


def test_tried_again_within_its_turn_it_is_the_same_transition(rds: RdsAccount, aws: WithEventBus) -> None:
    rds.instances["orders"]["BackupRetentionPeriod"] = 7
    at = hour_of(arn("orders"))
    for moment in (at, at + timedelta(minutes=50)):
        audit(aws, moment)
    seen = [alarm_of(delivered(entry)) for entry in aws.entries]
    assert len(seen) == 2 and len({alarm.transition for alarm in seen}) == 1
    assert seen[0].resources == (arn("orders"),)


def test_another_day_is_another_transition(rds: RdsAccount, aws: WithEventBus) -> None:
    rds.instances["orders"]["BackupRetentionPeriod"] = 7
    for day in (NOON, NOON + timedelta(days=1)):
        audit(aws, day.replace(hour=turn(arn("orders"), day)))
    assert len({alarm_of(delivered(entry)).transition for entry in aws.entries}) == 2


def alarm_of(event: Any) -> Alarm:
    (alarm,) = normalise(event, parse_arn(FUNCTION, "function"), NOON, "request")
    assert isinstance(alarm, Alarm), alarm
    return alarm


def test_so_many_gaps_at_once_are_no_storm_and_none_is_forgotten(rds: RdsAccount, aws: WithEventBus) -> None:
    at = many_in_one_hour(rds, AT_ONCE + 3)
    report = audit(aws, at)
    assert len(aws.entries) == len(report["sent"]) == AT_ONCE
    assert len(report["left_for_another_day"]) == 3
    assert {*report["sent"], *report["left_for_another_day"]} == {one["arn"] for one in report["gaps"]}
    later = [(NOON + timedelta(days=n)).replace(hour=hour) for n in range(1, 15) for hour in HOURS]
    for moment in later:
        audit(aws, moment)
    assert {one["arn"] for one in report["gaps"]} == {entry["Resources"][0] for entry in aws.entries}


def test_what_the_bus_does_not_take_is_raised_after_the_rest_was_sent(rds: RdsAccount, aws: WithEventBus) -> None:
    at = many_in_one_hour(rds, 3)
    refused = sorted(name for name in rds.instances if name != "orders")[1]
    aws.refuses = {arn(refused)}
    with pytest.raises(NotSent, match=rf"1 of 3 .*{arn(refused)} \(ThrottlingException\)"):
        audit(aws, at)
    assert len(aws.entries) == 2
    aws.refuses = set()
    audit(aws, at)
    assert {entry["Resources"][0] for entry in aws.entries} == {arn(name) for name in rds.instances if name != "orders"}


def test_a_cluster_is_one_gap_and_its_members_are_none(rds: RdsAccount, aws: WithEventBus) -> None:
    add(rds, "member-1", BackupRetentionPeriod=1, DBClusterIdentifier="shop")
    add(rds, "member-2", BackupRetentionPeriod=1, DBClusterIdentifier="shop")
    cluster = arn("shop", "cluster")
    rds.clusters["shop"] = {
        "DBClusterIdentifier": "shop", "DBClusterArn": cluster, "Status": "available", "Engine": "aurora-postgresql",
        "BackupRetentionPeriod": 1, "LatestRestorableTime": NOON, "TagList": [],
    }  # fmt: skip
    assert [one["arn"] for one in audit(aws, hour_of(cluster))["gaps"]] == [cluster]
    assert [entry["Resources"] for entry in aws.entries] == [[cluster]]


def test_it_says_which_of_our_snapshots_a_person_may_delete(rds: RdsAccount, aws: WithEventBus) -> None:
    tags = {"created-by": "first-responder", "expires-on": "2026-11-01"}
    rds.snapshots["auto-1"] = rds.snapshot(
        "auto-1", NOON - timedelta(days=30), TagList=[{"Key": key, "Value": value} for key, value in tags.items()]
    )
    assert audit(aws, NOON)["expired_snapshots"] == {"names": ["auto-1"], "gib": 100}


def test_an_event_of_another_account_is_refused(rds: RdsAccount, aws: WithEventBus) -> None:
    rds.instances["orders"]["BackupRetentionPeriod"] = 7
    audit(aws, hour_of(arn("orders")))
    event = delivered(aws.entries[0], account="999999999999")
    (error,) = normalise(event, parse_arn(FUNCTION, "function"), NOON, "request")
    assert f"{ACCOUNT}/{REGION}" in str(error)


@pytest.fixture
def orders_in_moto(aws_account: None, clock: FakeClock) -> str:
    lifecycle._aws.cache_clear()
    made = Boto3Aws(clock).client("rds").create_db_instance(
        DBInstanceIdentifier="orders", Engine="postgres", DBInstanceClass="db.m5.large", AllocatedStorage=100,
        MasterUsername="admin1", MasterUserPassword="not-a-secret", BackupRetentionPeriod=1,
    )  # fmt: skip
    return str(made["DBInstance"]["DBInstanceArn"])


def test_the_schedules_own_time_says_whose_turn_it_is(orders_in_moto: str) -> None:
    """Of an event that comes late, or again, too."""
    turn_of_orders = hour_of(orders_in_moto)
    for hours, sent in ((0, [orders_in_moto]), (1, [])):
        event = {
            "time": f"{turn_of_orders + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}",
            "detail-type": "Scheduled Event",
        }
        assert lifecycle.lambda_handler(event, None)["sent"] == sent


def test_by_hand_it_answers_with_all_gaps(orders_in_moto: str) -> None:
    assert [one["arn"] for one in lifecycle.lambda_handler({}, None)["gaps"]] == [orders_in_moto]


def test_a_time_that_is_none_is_refused(aws_account: None) -> None:
    lifecycle._aws.cache_clear()
    with pytest.raises(InvalidEvent, match="time"):
        lifecycle.lambda_handler({"time": "now"}, None)
