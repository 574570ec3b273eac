"""What reaches the topic and belongs to nobody is written down; what belongs to a remediation is left to it."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from functions.adapters.dynamodb_store import DynamoDbStore
from functions.core.errors import InvalidEvent
from functions.lifecycle import record_unclaimed
from tests.conftest import NOON
from tests.events import FUNCTION, eventbridge, sns, sns_message

CONTEXT = SimpleNamespace(invoked_function_arn=FUNCTION, aws_request_id="request")
DISK = ("AWS/RDS", "FreeStorageSpace", {"DBInstanceIdentifier": "orders"})


@pytest.fixture
def items(dynamodb_store: DynamoDbStore, monkeypatch: pytest.MonkeyPatch) -> Any:
    record_unclaimed._journal.cache_clear()
    monkeypatch.setenv("FIRST_RESPONDER_TABLE", dynamodb_store.name)
    return lambda: dynamodb_store.client.scan(TableName=dynamodb_store.name)["Items"]


def test_an_alarm_that_nobody_answers_is_recorded_once_and_calls_a_person(items: Any) -> None:
    event = sns(eventbridge(NOON, "Custom", "QueueAge", {"Queue": "q"}))
    assert [record_unclaimed.lambda_handler(event, CONTEXT) for _ in range(2)] == [{"recorded": 1}, {"recorded": 0}]
    (item,) = items()
    assert (item["code"]["S"], item["call_person"]["BOOL"]) == ("no_remediation", True)


def test_an_alarm_of_a_remediation_is_left_to_its_own_subscription(items: Any) -> None:
    assert record_unclaimed.lambda_handler(sns(eventbridge(NOON, *DISK)), CONTEXT) == {"recorded": 0}
    assert items() == []


def test_math_over_a_watched_metric_is_recorded_because_the_filter_drops_it(items: Any) -> None:
    message = json.loads(sns(eventbridge(NOON, *DISK))["Records"][0]["Sns"]["Message"])
    message["Trigger"] = {"Metrics": [{"Id": "e", "Expression": "m*2"}]}
    assert record_unclaimed.lambda_handler(sns_message(json.dumps(message)), CONTEXT) == {"recorded": 1}


def test_a_recovery_is_recorded_and_calls_nobody(items: Any) -> None:
    record_unclaimed.lambda_handler(sns(eventbridge(NOON, "Custom", "QueueAge", {"Queue": "q"}, state="OK")), CONTEXT)
    assert items()[0]["call_person"]["BOOL"] is False


def test_what_is_no_alarm_goes_to_the_dead_letter_queue(items: Any) -> None:
    with pytest.raises(InvalidEvent, match="Message is"):
        record_unclaimed.lambda_handler(sns_message("disk full!!"), CONTEXT)
