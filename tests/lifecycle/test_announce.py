"""A person is called once per entry that asks for it, with nobody else's words where they could do something."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

from functions.adapters.dynamodb_table import to_item
from functions.lifecycle import announce
from tests.events import REGION

ENTRY = {
    "kind": "escalated",
    "incident": "INC-20261123-abc",
    "run": "grow-1",
    "target": "arn:aws:rds:eu-west-1:123456789012:db:orders",
    "remediation": "grow",
    "at": "2026-11-23T12:00:00.000+00:00",
    "text": "could not\r\nSubject: free money \x1b[31m<script>",
    "call_person": True,
}


@pytest.fixture
def inbox(aws_account: None, monkeypatch: pytest.MonkeyPatch) -> Any:
    announce._sns.cache_clear()
    topic = boto3.client("sns").create_topic(Name="people")["TopicArn"]
    queue = boto3.client("sqs").create_queue(QueueName="inbox")["QueueUrl"]
    arn = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    monkeypatch.setenv("FIRST_RESPONDER_PEOPLE_TOPIC", topic)

    def received() -> list[dict[str, Any]]:
        messages = boto3.client("sqs", region_name=REGION).receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in messages.get("Messages", [])]

    return received


def stream(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"Records": [{"eventName": "INSERT", "dynamodb": {"NewImage": to_item(entry)}} for entry in entries]}


def test_an_entry_that_asks_for_a_person_is_passed_on(inbox: Any) -> None:
    announce.lambda_handler(stream(ENTRY, {**ENTRY, "call_person": False}), None)
    (message,) = inbox()
    assert message["Subject"] == "First Responder: escalated INC-20261123-abc"
    assert "Target or alarm: arn:aws:rds:eu-west-1:123456789012:db:orders" in message["Message"]


def test_strangers_words_make_no_lines_and_no_escapes(inbox: Any) -> None:
    announce.lambda_handler(stream(ENTRY), None)
    (message,) = inbox()
    assert message["Message"].splitlines()[0] == "What: could not  Subject: free money  [31m<script>"
