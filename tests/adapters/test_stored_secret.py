"""The key is read once, and again where it may have been replaced, at most once a minute."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.adapters.stored_secret import StoredSecret

MINUTE = timedelta(minutes=1)


@pytest.fixture
def secrets(aws: Boto3Aws) -> Any:
    client = aws.client("secretsmanager")
    client.create_secret(Name="key", SecretString="old" * 20)
    return client


def test_it_is_read_once_and_kept(secrets: Any, clock: FakeClock) -> None:
    key = StoredSecret(secrets, "key", clock)
    assert key.read() == b"old" * 20
    secrets.put_secret_value(SecretId="key", SecretString="new" * 20)
    clock.move(MINUTE * 60)
    assert key.read() == b"old" * 20
    assert key.read_again() == b"new" * 20
    assert key.read() == b"new" * 20


def test_within_a_minute_it_is_not_read_again(secrets: Any, clock: FakeClock) -> None:
    key = StoredSecret(secrets, "key", clock)
    assert key.read_again() == b"old" * 20
    secrets.put_secret_value(SecretId="key", SecretString="new" * 20)
    clock.move(MINUTE - timedelta(seconds=1))
    assert key.read_again() == b"old" * 20
    clock.move(timedelta(seconds=1))
    assert key.read_again() == b"new" * 20


def test_what_cannot_be_read_is_an_error_and_no_empty_key(secrets: Any, clock: FakeClock) -> None:
    with pytest.raises(ClientError):
        StoredSecret(secrets, "other", clock).read()
