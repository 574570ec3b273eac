"""Mail: one message for each line, to the topic of its severity, with nobody else's words where they could do something."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.memory_delivery import MemoryDelivery
from functions.core.incident.incident import Severity
from functions.core.incident.news import News, read_news, write_news
from functions.core.remediation import Audience
from functions.lifecycle.announce_mail import Post, post_line

LINE = News(
    id="n1",
    incident="INC-20261123-abc",
    of="INC-20261123-abc",
    kind="escalated",
    text="could not\r\nSubject: free money \x1b[31m<script>",
    at=datetime(2026, 11, 23, 12, tzinfo=UTC),
    call_person=True,
    audience=Audience.OPERATIONS,
    severity=Severity.P2,
    status="open",
    title="disk\nfull",
    service="shop",
    target="arn:aws:rds:eu-west-1:123456789012:db:orders",
    run="grow-1",
    remediation="grow",
)


class Inbox:
    """Who subscribes to the topics, by the topic's name."""

    def __init__(self) -> None:
        self.sns, self.sqs = boto3.client("sns"), boto3.client("sqs")
        self.topics: dict[str, str] = {}
        self._queues: dict[str, str] = {}
        for name in ("P1", "P2", "security"):
            self.topics[name] = self.sns.create_topic(Name=name)["TopicArn"]
            queue = self._queues[name] = self.sqs.create_queue(QueueName=name)["QueueUrl"]
            said = self.sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]
            self.sns.subscribe(TopicArn=self.topics[name], Protocol="sqs", Endpoint=said["QueueArn"])

    def read(self, name: str) -> list[dict[str, Any]]:
        messages = self.sqs.receive_message(QueueUrl=self._queues[name], MaxNumberOfMessages=10)
        return [json.loads(message["Body"]) for message in messages.get("Messages", [])]


@pytest.fixture
def inbox(aws_account: None) -> Inbox:
    return Inbox()


@pytest.fixture
def post(aws: Boto3Aws, inbox: Inbox) -> Post:
    return Post(sns=aws.client("sns"), topics=inbox.topics, delivery=MemoryDelivery(), links=None)


def test_a_line_goes_to_the_topic_of_its_severity_once(post: Post, inbox: Inbox) -> None:
    for _ in range(2):
        post_line(post, read_news(write_news(LINE)))
    (message,) = inbox.read("P2")
    assert message["Subject"] == "[P2] INC-20261123-abc escalated"
    assert "Target: arn:aws:rds:eu-west-1:123456789012:db:orders" in message["Message"]
    assert "Take it on: ./first-responder ack INC-20261123-abc" in message["Message"]
    assert inbox.read("P1") == [] == inbox.read("security")


def test_security_goes_to_its_own_topic_alone(post: Post, inbox: Inbox) -> None:
    post_line(post, read_news(write_news(LINE).replace('"operations"', '"security"')))
    assert (len(inbox.read("security")), inbox.read("P2")) == (1, [])
    assert LINE.audience is Audience.OPERATIONS


def test_what_may_have_been_lost_on_the_way_is_sent_again_and_says_so(post: Post, inbox: Inbox) -> None:
    post.delivery.begin("mail", LINE.incident, LINE.id)
    post_line(post, LINE)
    (message,) = inbox.read("P2")
    assert message["Subject"].startswith("(perhaps again) ")


def test_strangers_words_make_no_lines_and_no_escapes(post: Post, inbox: Inbox) -> None:
    post_line(post, LINE)
    (message,) = inbox.read("P2")
    lines = message["Message"].splitlines()
    assert lines[0] == "What: could not  Subject: free money  [31m<script>"
    assert "Title: disk full" in lines
