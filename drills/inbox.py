"""A mailbox: a queue that is subscribed to topics."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass

from drills.stage import Stage

TOPICS = tuple(f"first-responder-{name}" for name in ("p1", "p2", "p3", "p4", "security"))


@dataclass(frozen=True)
class Mail:
    """One message as it has come in."""

    subject: str
    text: str


class Inbox:
    """Gets what is published to the topics of these names from now on."""

    def __init__(self, stage: Stage, topics: Iterable[str] = TOPICS) -> None:
        sns, self._sqs = stage.client("sns"), stage.client("sqs")
        self._queue = self._sqs.create_queue(QueueName=f"inbox-{time.monotonic_ns()}")["QueueUrl"]
        asked = self._sqs.get_queue_attributes(QueueUrl=self._queue, AttributeNames=["QueueArn"])
        arn = asked["Attributes"]["QueueArn"]
        allow = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        self._sqs.set_queue_attributes(QueueUrl=self._queue, Attributes={"Policy": policy})
        known = {topic["TopicArn"].rpartition(":")[2]: topic["TopicArn"] for topic in sns.list_topics()["Topics"]}
        for topic in topics:
            sns.subscribe(TopicArn=known[topic], Protocol="sqs", Endpoint=arn)

    def look(self) -> list[Mail]:
        """What has come in since the last look."""
        found: list[Mail] = []
        while messages := self._sqs.receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                said = json.loads(message["Body"])
                found.append(Mail(subject=str(said.get("Subject") or ""), text=said["Message"]))
                self._sqs.delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return found
