from __future__ import annotations

from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.adapters.aws import Boto3Aws
from functions.core.decision import Decline, Watch
from functions.readings.free_storage import Room
from functions.readings.rds import DbInstance
from functions.readings.rds_maintenance import left_to_rds, maintenance_due
from tests.conftest import NOON
from tests.events import ACCOUNT, REGION

ARN = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:orders"
OPEN, SOON, LATER = "mon:11:45-mon:12:15", "mon:13:00-mon:13:30", "mon:13:01-mon:13:31"
ROOMY, NEARLY_FULL = Room(free_gib=20.0, source="metric"), Room(free_gib=5.0, source="metric")
FILLS_FAST = Room(free_gib=20.0, source="metric", hours_growth=240.0)


def db(**over: Any) -> DbInstance:
    return DbInstance(**{"name": "orders", "engine": "postgres", "status": "available", "allocated_gib": 100, **over})


def left(found: DbInstance, here: Room = ROOMY, due: tuple[str, ...] = ()) -> Decline | Watch | None:
    return left_to_rds(found, here, due, NOON)


@pytest.fixture
def asked(aws: Boto3Aws) -> list[dict[str, Any]]:
    """RDS with two pending maintenance actions, one of them without a date; what it was asked."""
    client, calls = aws.client("rds"), []

    def answer(**_: Any) -> Any:
        details = [{"Action": "os-upgrade", "CurrentApplyDate": at(12, 5)}, {"Action": "db-upgrade"}]
        resource = {"ResourceIdentifier": ARN, "PendingMaintenanceActionDetails": details}
        parsed = {"PendingMaintenanceActions": [resource], "ResponseMetadata": {"HTTPStatusCode": 200}}
        return SimpleNamespace(status_code=200), parsed

    name = "DescribePendingMaintenanceActions"
    client.meta.events.register(f"provide-client-params.rds.{name}", lambda params, **_: calls.append(dict(params)))
    client.meta.events.register(f"before-call.rds.{name}", answer)
    return calls


def at(hour: int, minute: int) -> datetime:
    return NOON.replace(hour=hour, minute=minute)


@pytest.mark.parametrize(("window", "due"), [(OPEN, ("os-upgrade",)), (SOON, ("os-upgrade",)), (LATER, ()), ("", ())])
def test_maintenance_is_asked_for_only_where_its_window_is_near(
    aws: Boto3Aws, asked: list[dict[str, Any]], window: str, due: tuple[str, ...]
) -> None:
    assert maintenance_due(aws, ARN, db(maintenance_window=window)) == due
    assert asked == ([{"ResourceIdentifier": ARN}] if due else [])


def test_maintenance_of_a_later_window_is_not_due(aws: Boto3Aws, asked: list[dict[str, Any]]) -> None:
    assert maintenance_due(aws, ARN, db(maintenance_window="mon:11:30-mon:12:04")) == ()
    assert len(asked) == 1


def test_a_refusal_to_say_is_raised(aws: Boto3Aws) -> None:
    def refused(**_: Any) -> Any:
        answer = {"Error": {"Code": "AccessDenied", "Message": "no"}, "ResponseMetadata": {"HTTPStatusCode": 403}}
        return SimpleNamespace(status_code=403), answer

    aws.client("rds").meta.events.register("before-call.rds.DescribePendingMaintenanceActions", refused)
    with pytest.raises(ClientError):
        maintenance_due(aws, ARN, db(maintenance_window=OPEN))


@pytest.mark.parametrize("here", [ROOMY, NEARLY_FULL])
def test_a_backup_that_runs_is_waited_for_however_full_the_volume(here: Room) -> None:
    answer = left(db(status="backing-up"), here)
    assert isinstance(answer, Watch) and answer.code == "backup_running"


@pytest.mark.parametrize("window", [OPEN, SOON])
def test_maintenance_that_is_due_is_waited_for(window: str) -> None:
    answer = left(db(maintenance_window=window), due=("os-upgrade",))
    assert isinstance(answer, Watch) and answer.code == "maintenance_due"
    assert "os-upgrade" in answer.seen and answer.again_in == timedelta(minutes=10)


@pytest.mark.parametrize(
    ("status", "here"), [("available", NEARLY_FULL), ("available", FILLS_FAST), ("storage-full", ROOMY)]
)
def test_a_person_is_called_where_maintenance_is_due_and_the_volume_cannot_wait(status: str, here: Room) -> None:
    answer = left(db(status=status, maintenance_window=SOON), here, ("os-upgrade",))
    assert isinstance(answer, Decline) and answer.code == "maintenance_due" and answer.call_person


def test_an_open_maintenance_window_is_waited_for_and_one_to_come_is_not() -> None:
    answer = left(db(maintenance_window=OPEN))
    assert isinstance(answer, Watch) and answer.code == "maintenance_window"
    assert left(db(maintenance_window=SOON)) is None
    closing = left(db(maintenance_window="mon:11:30-mon:12:04"))
    assert isinstance(closing, Watch) and closing.again_in == timedelta(minutes=4)


@pytest.mark.parametrize(("window", "waits"), [("11:45-12:15", True), ("12:10-12:40", True), ("12:11-12:41", False)])
def test_a_backup_window_is_waited_for_where_there_are_backups(window: str, waits: bool) -> None:
    answer = left(db(backup_window=window, backup_days=7))
    assert (isinstance(answer, Watch) and answer.code == "backup_window") is waits
    assert left(db(backup_window=window, backup_days=0)) is None


@pytest.mark.parametrize("here", [NEARLY_FULL, FILLS_FAST])
def test_a_volume_that_cannot_wait_is_not_held_up_by_a_window(here: Room) -> None:
    assert left(db(maintenance_window=OPEN, backup_window="11:45-12:15", backup_days=7), here) is None
    assert left(db(status="storage-full", maintenance_window=OPEN, backup_window="11:45-12:15", backup_days=7)) is None


def test_where_nobody_says_how_full_it_is_a_window_is_waited_for() -> None:
    assert isinstance(left(db(maintenance_window=OPEN), Room()), Watch)
