"""What reaches the topic and belongs to nobody is written down; what belongs to a remediation is left to it."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from functions.adapters.dynamodb_store import DynamoDbStore
from functions.core.errors import InvalidEvent
from functions.lifecycle import intake
from tests.conftest import NOON
from tests.events import FUNCTION, eventbridge, sns, sns_message

CONTEXT = SimpleNamespace(invoked_function_arn=FUNCTION, aws_request_id="request")
DISK = ("AWS/RDS", "FreeStorageSpace", {"DBInstanceIdentifier": "orders"})


@pytest.fixture
def items(dynamodb_store: DynamoDbStore, monkeypatch: pytest.MonkeyPatch) -> Any:
    intake._journal.cache_clear()
    monkeypatch.setenv("FIRST_RESPONDER_TABLE", dynamodb_store.name)
    return lambda: dynamodb_store.client.scan(TableName=dynamodb_store.name)["Items"]


def test_an_alarm_that_nobody_answers_is_recorded_once_and_calls_a_person(items: Any) -> None:
    event = sns(eventbridge(NOON, "Custom", "QueueAge", {"Queue": "q"}))
    assert [intake.lambda_handler(event, CONTEXT) for _ in range(2)] == [{"recorded": 1}, {"recorded": 0}]
    (item,) = items()
    assert (item["code"]["S"], item["call_person"]["BOOL"]) == ("no_remediation", True)


def test_an_alarm_of_a_remediation_is_left_to_its_own_subscription(items: Any) -> None:
    assert intake.lambda_handler(sns(eventbridge(NOON, *DISK)), CONTEXT) == {"recorded": 0}
    assert items() == []


def test_math_over_a_watched_metric_is_recorded_because_the_filter_drops_it(items: Any) -> None:
    message = json.loads(sns(eventbridge(NOON, *DISK))["Records"][0]["Sns"]["Message"])
    message["Trigger"] = {"Metrics": [{"Id": "e", "Expression": "m*2"}]}
    assert intake.lambda_handler(sns_message(json.dumps(message)), CONTEXT) == {"recorded": 1}


def test_a_recovery_is_recorded_and_calls_nobody(items: Any) -> None:
    intake.lambda_handler(sns(eventbridge(NOON, "Custom", "QueueAge", {"Queue": "q"}, state="OK")), CONTEXT)
    assert items()[0]["call_person"]["BOOL"] is False


def test_what_is_no_alarm_goes_to_the_dead_letter_queue(items: Any) -> None:
    with pytest.raises(InvalidEvent, match="Message is"):
        intake.lambda_handler(sns_message("disk full!!"), CONTEXT)


def test_an_alarm_that_a_rule_brings_is_recorded_unless_a_remediation_has_a_rule_for_it(items: Any) -> None:
    assert intake.lambda_handler(eventbridge(NOON, "Custom", "QueueAge", {"Queue": "q"}), CONTEXT) == {"recorded": 1}
    assert intake.lambda_handler(eventbridge(NOON, *DISK), CONTEXT) == {"recorded": 0}
    math = eventbridge(NOON, *DISK, alarm="math")
    math["detail"]["configuration"]["metrics"].append({"id": "e", "expression": "m*2", "returnData": True})
    assert intake.lambda_handler(math, CONTEXT) == {"recorded": 0}


def test_a_suppressed_alarm_is_recorded_and_calls_nobody(items: Any) -> None:
    event = eventbridge(NOON, "Custom", "QueueAge", {"Queue": "q"})
    event["detail"]["state"]["actionsSuppressedBy"] = "Alarm"
    intake.lambda_handler(event, CONTEXT)
    assert items()[0]["call_person"]["BOOL"] is False


def health(**detail: Any) -> dict[str, Any]:
    said = {"eventArn": "arn:aws:health:eu-west-1::event/RDS/AWS_RDS_OPERATIONAL_ISSUE/1", "service": "RDS", **detail}
    event = eventbridge(NOON, "x", "y", {})
    return {**event, "detail-type": "AWS Health Event", "source": "aws.health", "resources": [], "detail": said}


@pytest.mark.parametrize(
    ("category", "status", "calls"),
    [("issue", "open", True), ("issue", "closed", False), ("scheduledChange", "upcoming", False), ("", "", False)],
)
def test_aws_health_calls_a_person_for_an_open_issue_and_is_recorded_anyway(
    items: Any, category: str, status: str, calls: bool
) -> None:
    intake.lambda_handler(health(eventTypeCategory=category, statusCode=status), CONTEXT)
    (item,) = items()
    assert (item["code"]["S"], item["call_person"]["BOOL"]) == ("aws_health", calls)
