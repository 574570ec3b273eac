"""What a person outside sees of the app as it is deployed on the local AWS: its functions, its queues, its topics."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from drills.inbox import Inbox
from drills.stage import Stage
from functions.adapters.follow_through import function_name


def until(found: Callable[[], Any], what: str, seconds: float = 40.0) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.2)
    raise AssertionError(f"{what}: not within {seconds} s")


def invoke(stage: Stage, remediation: str, payload: Any) -> tuple[Any, str]:
    return call(stage, function_name(remediation), payload)


def call(stage: Stage, function: str, payload: Any) -> tuple[Any, str]:
    """What a function answers, and how it failed where it did."""
    answer = stage.client("lambda").invoke(FunctionName=function, Payload=json.dumps(payload).encode())
    return json.loads(answer["Payload"].read()), answer.get("FunctionError", "")


def queue_depth(stage: Stage, part: str) -> int:
    sqs = stage.client("sqs")
    urls = [url for url in sqs.list_queues().get("QueueUrls", []) if part in url.lower().replace("-", "")]
    attributes = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"] for url in urls]
    assert urls, f"no queue named like {part}"
    return sum(int(found["ApproximateNumberOfMessages"]) for found in attributes)


def evidence_bucket(stage: Stage) -> str:
    stack = stage.client("cloudformation").describe_stack_resources(StackName="FirstResponder")["StackResources"]
    (name,) = [row["PhysicalResourceId"] for row in stack if row["ResourceType"] == "AWS::S3::Bucket"]
    return str(name)


@contextmanager
def without(stage: Stage, remediation: str, action: str) -> Iterator[None]:
    """Take one permission away from a function's role, and give it back."""
    iam = stage.client("iam")
    role = stage.client("lambda").get_function(FunctionName=function_name(remediation))["Configuration"]["Role"]
    name = role.rpartition("/")[2]
    policies = {
        policy: json.dumps(iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"])
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
    }
    assert any(f'"{action}"' in text for text in policies.values()), f"{action} is in no policy of {name}"
    for policy, text in policies.items():
        smaller = text.replace(f'"{action}"', '"rds:DescribeNothing"')
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=smaller)
    yield
    for policy, text in policies.items():
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=text)


def switches(stage: Stage, verb: str, **asked: str) -> Any:
    answer, error = call(stage, "first-responder-switches", {"switch": verb, **asked})
    assert not error, answer
    return answer


@contextmanager
def stopped(stage: Stage, scope: str) -> Iterator[None]:
    """Hold off all changes in a scope, and let them go again whatever the test found."""
    switches(stage, "stop", scope=scope, reason="audit", by="the test")
    try:
        yield
    finally:
        answer = switches(stage, "lift", scope=scope, reason="done", by="the test")
    assert answer["text"].startswith("the test lifted a switch: done"), answer


def drifts(stage: Stage, verb: str, **asked: str) -> tuple[Any, str]:
    return call(stage, "first-responder-drifts", {"drifts": verb, **asked})


def inbox(stage: Stage, topic: str) -> Callable[[], list[str]]:
    """Subscribes to a topic, and says all that has come in since."""
    box = Inbox(stage, [topic])
    received: list[str] = []

    def receive() -> list[str]:
        received.extend(mail.text for mail in box.look())
        return received

    return receive
