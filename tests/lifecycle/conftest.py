from __future__ import annotations

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.adapters.dynamodb_store import DynamoDbStore
from tests.desk import Desk
from tests.toy import Dials


@pytest.fixture
def desk(aws: Boto3Aws, dynamodb_store: DynamoDbStore, dials: Dials, clock: FakeClock) -> Desk:
    """A proposal's way through moto; see tests/desk.py."""
    return Desk(aws, dynamodb_store, dials, clock)
