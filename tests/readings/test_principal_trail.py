"""What CloudTrail tells of a principal: bounded, read as strangers' words, and never in the way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from functions.adapters.clock import FakeClock
from functions.readings.principal_trail import read_trail
from tests.iam_account import IamAccount, iam_account


@pytest.fixture
def iam(clock: FakeClock) -> Iterator[IamAccount]:
    with iam_account(clock) as account:
        yield account


def test_only_so_many_events_are_asked_for_and_it_says_so(iam: IamAccount) -> None:
    for number in range(130):
        iam.did(f"Event{number % 30}")
    trail = read_trail(iam, "us-east-1", user="ann", key="")
    assert sum(trail.calls.values()) <= 100 and len(trail.calls) == 20
    assert trail.told == "the last 100 events of ann in us-east-1 within 24 hours"


def test_elsewhere_than_in_us_east_1_what_was_done_to_iam_is_missing(iam: IamAccount) -> None:
    trail = read_trail(iam, "eu-west-1", user="ann", key="")
    assert trail.told.startswith("all events of ann") and "IAM and STS is in us-east-1" in trail.told


def test_a_role_is_looked_up_by_the_key_of_its_session(iam: IamAccount) -> None:
    iam.did("ListBuckets")
    iam.trail[0]["AccessKeyId"] = "ASIAIOSFODNN7EXAMPLE"
    assert read_trail(iam, "eu-west-1", user="", key="ASIAIOSFODNN7EXAMPLE").calls == {"ListBuckets": 1}
    assert read_trail(iam, "eu-west-1", user="", key="").told.startswith("CloudTrail was not asked")


def test_what_is_no_record_is_counted_and_not_believed(iam: IamAccount) -> None:
    for text in ("no json", "[]", '{"requestParameters": "x", "sourceIPAddress": null}'):
        iam.did("GetSecretValue")
        iam.trail[-1]["CloudTrailEvent"] = text
    trail = read_trail(iam, "eu-west-1", user="ann", key="")
    assert (trail.calls, trail.secrets, trail.sources) == ({"GetSecretValue": 3}, (), ())


def test_a_refused_call_has_read_no_secret(iam: IamAccount) -> None:
    iam.did("GetSecretValue", timedelta(minutes=5), error="AccessDenied", secretId="prod/db")
    trail = read_trail(iam, "eu-west-1", user="ann", key="")
    assert (trail.secrets, trail.refused) == ((), 1)
