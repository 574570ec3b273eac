"""A message of a FIFO queue whose function fails: again after a moment, in its order, and never while the function is at work."""

import json
from typing import Any

import pytest

from .conftest import ACCOUNT, REGION, Aws, Ear, until

SLOW_AND_FAILS_ONCE = """
import json, os, time, boto3
sqs = boto3.client("sqs")
def handler(event, context):
    record = event["Records"][0]
    heard = {"event": {"body": record["body"], "times": record["attributes"]["ApproximateReceiveCount"]}}
    sqs.send_message(QueueUrl=os.environ["QUEUE"], MessageBody=json.dumps(heard))
    time.sleep(2)
    if record["body"] == "first" and heard["event"]["times"] == "1":
        raise LookupError("down")
"""
SIX_MINUTES = "360"


@pytest.fixture(scope="module")
def lines(aws: Aws, ear: Ear) -> str:
    """The URL of a queue that feeds the function."""
    attributes = {"FifoQueue": "true", "VisibilityTimeout": SIX_MINUTES}
    url: str = aws("sqs").create_queue(QueueName="lines.fifo", Attributes=attributes)["QueueUrl"]
    role = aws.role("placed", {"Action": "sqs:*", "Resource": "*"})
    heard = aws("sqs").get_queue_url(QueueName="heard")["QueueUrl"]
    aws.function("place", SLOW_AND_FAILS_ONCE, role, Environment={"Variables": {"QUEUE": heard}})
    source = f"arn:aws:sqs:{REGION}:{ACCOUNT}:lines.fifo"
    aws("lambda").create_event_source_mapping(EventSourceArn=source, FunctionName="place", BatchSize=1)
    return url


def test_it_is_given_again_long_before_the_visibility_timeout_and_the_next_one_waits_for_it(
    aws: Aws, ear: Ear, lines: str
) -> None:
    for body in ("first", "second"):
        aws("sqs").send_message(
            QueueUrl=lines, MessageBody=body, MessageGroupId="one", MessageDeduplicationId=json.dumps(body)
        )

    def told() -> list[Any]:
        return [heard["event"] for heard in ear.listen() if "body" in heard["event"]]

    until(lambda: len(told()) >= 3, 25)
    until(lambda: left(aws, lines) == 0)
    assert [(one["body"], one["times"]) for one in told()] == [("first", "1"), ("first", "2"), ("second", "1")]


def left(aws: Aws, queue: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    said = aws("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(int(said[name]) for name in names)
