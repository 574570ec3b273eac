"""What every test may ask for. AWS is moto in process; time stands still until a test moves it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from drills.people_standin.slack import Slack
from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.adapters.dynamodb_store import DynamoDbStore
from tests.events import REGION
from tests.house import House, in_memory
from tests.toy import Dials, TurnDialsUp
from tests.workspace import slack_standing_in

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


LONGEST = ("test_faults", "test_end_to_end", "test_people_end_to_end")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take longest begin first, so that the workers end together."""
    items.sort(key=lambda item: not any(name in item.nodeid for name in LONGEST))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def aws_account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty AWS account."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        yield


@pytest.fixture
def aws(aws_account: None, clock: FakeClock) -> Boto3Aws:
    return Boto3Aws(clock)


@pytest.fixture
def slack() -> Iterator[Slack]:
    """A workspace on the loopback; see tests/workspace.py."""
    standing_in = slack_standing_in()
    yield standing_in
    standing_in.close()


@pytest.fixture
def table(aws: Boto3Aws) -> str:
    """The project's table; tests/infra holds the deployed one to the same keys."""
    create_table(aws.client("dynamodb"), "record")
    return "record"


@pytest.fixture
def dynamodb_store(aws: Boto3Aws, table: str) -> DynamoDbStore:
    return DynamoDbStore(aws.client("dynamodb"), table)


@pytest.fixture
def dials(clock: FakeClock) -> Dials:
    return Dials(clock)


@pytest.fixture
def house(clock: FakeClock, dials: Dials) -> House:
    """The core around the toy, with everything in memory."""
    return in_memory(TurnDialsUp(), dials, clock)


def create_table(client: Any, name: str) -> None:
    keys = [("pk", "HASH"), ("sk", "RANGE")]
    index = [("open", "HASH"), ("due", "RANGE")]
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key, _ in keys + index],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "open",
                "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in index],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )


def create_bucket(name: str) -> None:
    boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
