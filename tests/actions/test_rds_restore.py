from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.actions.rds_restore import RestoreDbInstanceFromDbSnapshot, RestoreDbInstanceToPointInTime
from functions.adapters.clock import FakeClock
from functions.core.action import Action, Effect, Irreversible, decode, encode
from functions.readings.rds_settings import restore_settings
from tests.rds_account import RdsAccount

BOTH = (RestoreDbInstanceToPointInTime, RestoreDbInstanceFromDbSnapshot)
TAGS = json.dumps({"first-responder:recovered-by": "run-1", "environment": "production"})
NEW = "orders-recovered-1"


@pytest.fixture
def rds(clock: FakeClock) -> RdsAccount:
    return RdsAccount(clock)


def to_time(rds: RdsAccount, **over: Any) -> RestoreDbInstanceToPointInTime:
    settings = restore_settings(rds.instances["orders"])
    common = {"name": NEW, "source": "orders", "gib": 100, "tags": TAGS}
    return RestoreDbInstanceToPointInTime(**{**asdict(settings), **common, **over})


def from_snapshot(rds: RdsAccount, **over: Any) -> RestoreDbInstanceFromDbSnapshot:
    settings = restore_settings(rds.instances["orders"])
    common = {"name": NEW, "source": "orders", "gib": 100, "tags": TAGS, "snapshot": "orders-monday"}
    return RestoreDbInstanceFromDbSnapshot(**{**asdict(settings), **common, **over})


@pytest.fixture(params=[to_time, from_snapshot], ids=["point in time", "snapshot"])
def restore(request: pytest.FixtureRequest, rds: RdsAccount) -> Action:
    made: Action = request.param(rds)
    return made


def test_it_is_absent_until_done_then_in_effect_and_the_source_is_as_it_was(rds: RdsAccount, restore: Action) -> None:
    before = json.dumps(rds.instances["orders"], default=str)
    assert restore.progress(rds).effect is Effect.ABSENT
    restore.do(rds)
    assert restore.progress(rds).effect is Effect.DONE
    assert json.dumps(rds.instances["orders"], default=str) == before


def test_it_survives_its_journal_and_makes_one_call(rds: RdsAccount, restore: Action) -> None:
    again = decode(encode(restore), BOTH)
    assert again == restore
    again.do(rds)
    assert len(rds.calls) == 1


def test_it_gives_all_that_a_restore_would_leave_at_rdss_defaults(rds: RdsAccount, restore: Action) -> None:
    restore.do(rds)
    source, made = rds.instances["orders"], rds.instances[NEW]
    assert restore_settings(made) == restore_settings(source)
    assert made["DeletionProtection"] is True
    assert made["TagList"] == [{"Key": key, "Value": value} for key, value in json.loads(TAGS).items()]


def test_deletion_protection_is_on_also_where_the_source_has_none(rds: RdsAccount) -> None:
    rds.instances["orders"]["DeletionProtection"] = False
    to_time(rds).do(rds)
    assert rds.instances[NEW]["DeletionProtection"] is True


def test_asked_for_twice_it_is_refused_and_still_ours(rds: RdsAccount, restore: Action) -> None:
    restore.do(rds)
    with pytest.raises(ClientError, match="DBInstanceAlreadyExists"):
        restore.do(rds)
    assert restore.progress(rds).effect is Effect.DONE


def test_an_instance_of_the_same_name_by_another_run_is_none_of_ours(rds: RdsAccount, restore: Action) -> None:
    restore.do(rds)
    rds.instances[NEW]["TagList"] = [{"Key": "first-responder:recovered-by", "Value": "run-2"}]
    assert restore.progress(rds).effect is Effect.ABSENT


def test_an_instance_that_does_not_show_its_tags_yet_is_ours(rds: RdsAccount, restore: Action) -> None:
    restore.do(rds)
    rds.instances[NEW].update(TagList=[], DBInstanceStatus="creating")
    assert restore.progress(rds).effect is Effect.UNDER_WAY


@pytest.mark.parametrize(
    ("status", "effect"),
    [
        *((status, Effect.UNDER_WAY) for status in ("creating", "backing-up", "modifying", "configuring-log-exports")),
        *((status, Effect.FAILED) for status in ("restore-error", "incompatible-restore", "incompatible-network")),
        *((status, Effect.FAILED) for status in ("insufficient-capacity", "incompatible-parameters", "failed")),
        ("inaccessible-encryption-credentials", Effect.FAILED),
        ("deleting", Effect.FAILED),
        ("available", Effect.DONE),
    ],
)
def test_the_status_tells_where_it_stands(rds: RdsAccount, restore: Action, status: str, effect: Effect) -> None:
    restore.do(rds)
    rds.instances[NEW]["DBInstanceStatus"] = status
    assert restore.progress(rds).effect is effect


def test_a_machine_never_takes_a_restore_back(rds: RdsAccount, restore: Action) -> None:
    way_back = restore.undo()
    assert isinstance(way_back, Irreversible) and "by hand" in way_back.because
    assert restore.properties() == ()


def test_a_time_is_sent_in_utc_and_the_latest_one_is_left_to_rds(rds: RdsAccount) -> None:
    to_time(rds, time="2026-11-23T11:30:00+00:00").do(rds)
    to_time(rds, name="orders-recovered-2", max_gib=1000).do(rds)
    first, second = (asked for _, asked in rds.calls)
    assert first["RestoreTime"] == datetime(2026, 11, 23, 11, 30, tzinfo=UTC) and "UseLatestRestorableTime" not in first
    assert second["UseLatestRestorableTime"] is True and "RestoreTime" not in second
    assert (second["MaxAllocatedStorage"], "MaxAllocatedStorage" in first) == (1000, False)


def test_no_zone_is_asked_for_and_what_is_not_known_is_left_out(rds: RdsAccount) -> None:
    bare = replace(to_time(rds), storage_type="", iops=None, gib=None, parameter_group="", processor="", log_exports="")
    bare.do(rds)
    (_, asked) = rds.calls[0]
    left_out = (
        "AvailabilityZone",
        "StorageType",
        "Iops",
        "AllocatedStorage",
        "DBParameterGroupName",
        "ProcessorFeatures",
    )
    assert not set(left_out) & set(asked)
    assert "EnableCloudwatchLogsExports" not in asked and None not in asked.values()


def test_iam_lets_it_touch_the_source_by_its_tag_and_the_new_one_by_its_name() -> None:
    allowed = {
        (allow.on.rpartition(":db:")[2], allow.tagged)
        for allow in RestoreDbInstanceToPointInTime.permissions
        if ":db:" in allow.on and allow.action == "rds:RestoreDBInstanceToPointInTime"
    }
    assert allowed == {("*", True), ("*-recovered-*", False)}
