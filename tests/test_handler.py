"""The entry as Lambda calls it: environment in, event in, decision out, with real clients behind it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from functions import handler
from functions.core.errors import InvalidEvent
from tests.conftest import create_bucket, create_table
from tests.events import ACCOUNT, FUNCTION, REGION, eventbridge, sns, sns_message

GIB = 1024**3
LAMBDA = SimpleNamespace(invoked_function_arn=FUNCTION, aws_request_id="request-1")
LOOP = {"StartAt": "Done", "States": {"Done": {"Type": "Succeed"}}}


def _window(form: str, away: timedelta) -> str:
    """Half an hour that is far from now: the handler has the real time, and a growth waits for a window that is near."""
    starts = datetime.now(UTC) + away
    return f"{starts.strftime(form)}-{(starts + timedelta(minutes=30)).strftime(form)}".lower()


@pytest.fixture
def deployed(aws_account: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the stack makes, and an instance whose owner says act."""
    create_table(boto3.client("dynamodb"), "record")
    create_bucket("evidence")
    role = f"arn:aws:iam::{ACCOUNT}:role/follow-through"
    machine = boto3.client("stepfunctions").create_state_machine(
        name="first-responder-follow-through", definition=json.dumps(LOOP), roleArn=role
    )
    boto3.client("rds").create_db_instance(
        DBInstanceIdentifier="orders",
        Engine="postgres",
        DBInstanceClass="db.m5.large",
        AllocatedStorage=100,
        MasterUsername="admin1",
        MasterUserPassword="not-a-secret",
        PreferredBackupWindow=_window("%H:%M", timedelta(hours=12)),
        PreferredMaintenanceWindow=_window("%a:%H:%M", timedelta(days=3)),
        Tags=[{"Key": "first-responder:mode", "Value": "act"}],
    )
    environment = {
        "REMEDIATION": "extend_rds_storage",
        "TABLE": "record",
        "BUCKET": "evidence",
        "FOLLOW_THROUGH": machine["stateMachineArn"],
        "SETTINGS": json.dumps({"policy": {"mode": "observe"}, "changes_per_hour": 5}),
    }
    for name, value in environment.items():
        monkeypatch.setenv(f"FIRST_RESPONDER_{name}", value)
    handler._context.cache_clear()
    yield
    handler._context.cache_clear()


def disk(free_gib: float, **over: Any) -> dict[str, Any]:
    data = {"threshold": 20.0 * GIB, "recentDatapoints": [free_gib * GIB]}
    named = {"DBInstanceIdentifier": "orders"}
    return eventbridge(datetime.now(UTC), "AWS/RDS", "FreeStorageSpace", named, reason_data=data, **over)


def size() -> int:
    return int(boto3.client("rds").describe_db_instances()["DBInstances"][0]["AllocatedStorage"])


def test_an_alarm_changes_its_target_once_and_orders_its_wake_up(deployed: None) -> None:
    event = disk(free_gib=4)
    answer = handler.lambda_handler(event, LAMBDA)
    assert (answer["decision"], size()) == ("acting", 128)
    assert isinstance(answer["wait"], int)
    arn = boto3.client("stepfunctions").list_state_machines()["stateMachines"][0]["stateMachineArn"]
    (execution,) = boto3.client("stepfunctions").list_executions(stateMachineArn=arn)["executions"]
    asked = boto3.client("stepfunctions").describe_execution(executionArn=execution["executionArn"])
    assert json.loads(asked["input"]) == {
        "function": "first-responder-extend-rds-storage",
        "advance": {"incident": answer["incident"], "run": answer["run"]},
        "wait": answer["wait"],
    }
    copy = SimpleNamespace(invoked_function_arn=FUNCTION, aws_request_id="request-2")
    assert handler.lambda_handler(sns(event), copy)["decision"] == "duplicate"
    assert size() == 128


def test_a_retry_of_the_same_request_goes_on_where_the_first_one_stopped(deployed: None) -> None:
    event = disk(free_gib=4)
    first = handler.lambda_handler(event, LAMBDA)
    again = handler.lambda_handler(event, LAMBDA)
    assert (again["run"], size()) == (first["run"], 128)


def test_what_an_invocation_did_stands_in_its_log_as_metrics(
    deployed: None, capsys: pytest.CaptureFixture[str]
) -> None:
    handler.lambda_handler(disk(free_gib=4), LAMBDA)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    by = {name: line.get("remediation") for line in lines for name in ("acting", "reaction_time") if name in line}
    assert by == {"acting": None, "reaction_time": "extend_rds_storage"}


def test_a_wake_up_moves_the_run_on(deployed: None) -> None:
    first = handler.lambda_handler(disk(free_gib=4), LAMBDA)
    which = {"incident": first["incident"], "run": first["run"]}
    assert handler.lambda_handler({"advance": which}, LAMBDA)["decision"] == "proving"


def test_the_end_of_a_run_is_kept_as_evidence(deployed: None) -> None:
    request = {"target": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:nobody", "reason": "drill", "requested_by": "ada"}
    answer = handler.lambda_handler(request, LAMBDA)
    assert answer["text"].startswith("target_not_found")
    story, sealed = (
        json.loads(boto3.client("s3").get_object(Bucket="evidence", Key=kept["Key"])["Body"].read())
        for kept in boto3.client("s3").list_objects_v2(Bucket="evidence")["Contents"]
    )
    assert (story["outcome"], story["alarm"]["request"]["requested_by"]) == ("declined", "ada")
    assert [one["key"] for one in sealed["objects"]] == [f"{answer['incident']}/{answer['run']}/0000.json"]


@pytest.mark.parametrize(
    "which", [None, "run", {"run": "r"}, {"incident": 1, "run": "r"}, {"incident": "i", "run": "r"}]
)
def test_a_wake_up_for_nothing_is_refused(deployed: None, which: Any) -> None:
    with pytest.raises(InvalidEvent, match="advance is"):
        handler.lambda_handler({"advance": which}, LAMBDA)


def test_a_bad_record_is_refused_after_the_good_one_beside_it_was_answered(deployed: None) -> None:
    mixed = {"Records": [*sns_message("oops")["Records"], *sns(disk(free_gib=15))["Records"]]}
    with pytest.raises(InvalidEvent, match="Message is 'oops'"):
        handler.lambda_handler(mixed, LAMBDA)
    assert len(boto3.client("rds").describe_db_snapshots(SnapshotType="manual")["DBSnapshots"]) == 1


def test_a_setting_that_is_missing_is_named(deployed: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIRST_RESPONDER_TABLE")
    with pytest.raises(KeyError, match="FIRST_RESPONDER_TABLE"):
        handler.lambda_handler(disk(free_gib=4), LAMBDA)
