from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.adapters.aws import Boto3Aws
from functions.core.alarm import Alarm, Kind, Via
from functions.readings.cloudwatch import Point
from functions.readings.free_storage import growth, room
from functions.readings.rds import GIB, DbInstance
from tests.conftest import NOON
from tests.events import ACCOUNT, REGION, alarm_arn

HOURS = timedelta(hours=3)
DB = DbInstance(name="orders", engine="postgres", status="available", allocated_gib=100)
ALARM = Alarm(
    kind=Kind.METRIC,
    via=Via.EVENTBRIDGE,
    arn=alarm_arn(),
    name="disk",
    account=ACCOUNT,
    region=REGION,
    state="ALARM",
    at=NOON,
    reason_data={"threshold": 20.0 * GIB, "recentDatapoints": [12.0 * GIB, 11.0 * GIB]},
)


def line(per_day: float, hours: float, start: float = 50.0) -> list[Point]:
    steps = [NOON + timedelta(minutes=5 * i) for i in range(int(hours * 12) + 1)]
    return [Point(at, start + per_day * ((at - NOON) / timedelta(days=1))) for at in steps]


def put(aws: Boto3Aws, ago: timedelta, gib: float, name: str = "FreeStorageSpace") -> None:
    datum: dict[str, Any] = {
        "MetricName": name,
        "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "orders"}],
        "Timestamp": NOON - ago,
        "Value": gib * GIB,
    }
    aws.client("cloudwatch").put_metric_data(Namespace="AWS/RDS", MetricData=[datum])


@given(st.floats(-500, 500))
def test_growth_is_what_a_line_loses_in_a_day(per_day: float) -> None:
    assert growth(line(per_day, 3), HOURS) == pytest.approx(max(0.0, -per_day), abs=1e-6)


def test_growth_is_unknown_from_less_than_a_quarter_of_the_window() -> None:
    assert growth(line(-24, 0.7), HOURS) is None
    assert growth(line(-24, 0.8), HOURS) is not None
    assert growth([], HOURS) is None


def test_the_measured_free_space_is_the_least_of_the_last_five_minutes(aws: Boto3Aws) -> None:
    for minutes, free in ((9, 2.0), (4, 11.0), (2, 14.0)):
        put(aws, timedelta(minutes=minutes), free)
    found = room(aws, DB, ALARM)
    assert (found.source, found.free_gib, found.threshold_gib) == ("metric", 11.0, 20.0)


def test_a_week_of_growth_counts_where_the_last_hours_were_calm(aws: Boto3Aws) -> None:
    for hours in range(24 * 7):
        put(aws, timedelta(hours=hours), 40.0 + 2.0 * max(0, hours - 3) / 24)
    assert room(aws, DB, ALARM).growth_gib_per_day == pytest.approx(2.0, rel=0.05)


def test_hours_of_growth_count_where_the_week_was_calm(aws: Boto3Aws) -> None:
    for hours in range(3, 24 * 7):
        put(aws, timedelta(hours=hours), 40.0)
    for minutes in range(0, 180, 5):
        put(aws, timedelta(minutes=minutes), 37.0 + minutes / 60)
    assert room(aws, DB, ALARM).growth_gib_per_day == pytest.approx(24.0, rel=0.05)


def test_an_old_datapoint_is_no_reading(aws: Boto3Aws) -> None:
    put(aws, timedelta(minutes=16), 50.0)
    assert room(aws, DB, ALARM).source == "alarm"


def test_minutes_at_a_tenth_are_counted_from_the_last_point_above_it(aws: Boto3Aws) -> None:
    for minutes, free in ((60, 30.0), (45, 12.0), (30, 9.0), (1, 8.0)):
        put(aws, timedelta(minutes=minutes), free)
    assert room(aws, DB, ALARM).tenth_for == 44


def test_what_came_before_the_last_storage_change_says_nothing_of_how_fast_it_fills(aws: Boto3Aws) -> None:
    for hours in range(24 * 7):
        put(aws, timedelta(hours=hours), 30.0 + hours / 24 - (25.0 if hours > 72 else 0.0))
    assert room(aws, DB, ALARM).week_growth == 0.0
    since = room(aws, DB, ALARM, NOON - timedelta(hours=72)).week_growth
    assert since == pytest.approx(1.0, rel=0.05)
    assert room(aws, DB, ALARM, NOON - timedelta(hours=30)).week_growth is None


def test_what_uses_the_volume_is_read_in_the_call_that_reads_its_room(aws: Boto3Aws) -> None:
    asked: list[list[str]] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        asked.append([query["MetricStat"]["Metric"]["MetricName"] for query in params["MetricDataQueries"]])

    aws.client("cloudwatch").meta.events.register("provide-client-params.cloudwatch.GetMetricData", note)
    put(aws, timedelta(minutes=1), 11.0)
    put(aws, timedelta(minutes=1), 41.0, "TransactionLogsDiskUsage")
    put(aws, timedelta(minutes=1), 39.0, "OldestReplicationSlotLag")
    found = room(aws, DB, ALARM)
    assert (found.free_gib, found.space.logs, found.space.slot_lag_gib) == (11.0, {"write-ahead log": 41.0}, 39.0)
    logs = ["TransactionLogsDiskUsage", "ReplicationSlotDiskUsage", "OldestReplicationSlotLag"]
    assert asked == [["FreeStorageSpace", *logs], ["FreeStorageSpace"]]


def event(number: str) -> Alarm:
    return replace(ALARM, kind=Kind.EVENT, reason_data={}, detail={"EventID": f"RDS-EVENT-{number}"})


@pytest.mark.parametrize(
    ("db", "alarm", "free", "source"),
    [
        (DB, ALARM, 11.0, "alarm"),
        (DB, replace(ALARM, reason_data={"threshold": 20.0 * GIB}), 20.0, "threshold"),
        (DB, replace(ALARM, reason_data={}), None, ""),
        (replace(DB, status="storage-full"), ALARM, 0.0, "status"),
        (DB, event("0089"), 10.0, "event"),
        (DB, event("0222"), 0.0, "event"),
        (DB, event("0225"), None, ""),
        (DB, replace(ALARM, kind=Kind.MANUAL), None, ""),
    ],
)
def test_without_a_metric_the_next_best_word_counts(
    aws: Boto3Aws, db: DbInstance, alarm: Alarm, free: float | None, source: str
) -> None:
    found = room(aws, db, alarm)
    assert (found.free_gib, found.source) == (free, source)
