"""Where stories and reviews are kept: the bucket and its fake, held to the same. What is kept in a locked bucket stays what it was."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from functions.adapters.aws import Boto3Aws
from functions.adapters.s3_evidence import MemoryEvidence, S3Evidence
from tests.conftest import create_bucket
from tests.events import REGION


@pytest.fixture(params=["s3", "memory"])
def evidence(request: pytest.FixtureRequest, aws: Boto3Aws) -> Any:
    if request.param == "memory":
        return MemoryEvidence()
    create_bucket("evidence")
    return S3Evidence(aws.client("s3"), "evidence")


def test_a_story_is_kept_under_its_hash(evidence: Any) -> None:
    there, elsewhere = evidence.keep("INC-1/run/0001.json", {"b": 1, "a": 2}), evidence.keep("other", {"a": 2, "b": 1})
    assert there.sha256 == elsewhere.sha256 == hashlib.sha256(b'{\n  "a": 2,\n  "b": 1\n}').hexdigest()


def test_a_page_says_where_it_is_kept(evidence: Any) -> None:
    assert evidence.keep_page("INC-1/review.html", "<p>\u00fc</p>", "text/html").endswith("/INC-1/review.html")


def test_a_page_is_kept_as_it_is_with_its_content_type(aws: Boto3Aws) -> None:
    create_bucket("evidence")
    address = S3Evidence(aws.client("s3"), "evidence").keep_page(
        "INC-1/review.md", "\u00fc", "text/markdown; charset=utf-8"
    )
    kept = aws.client("s3").get_object(Bucket="evidence", Key="INC-1/review.md")
    assert address == "s3://evidence/INC-1/review.md"
    assert (kept["Body"].read().decode(), kept["ContentType"]) == ("\u00fc", "text/markdown; charset=utf-8")


RULE = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": 90}}


@pytest.fixture
def s3(aws_account: None) -> Any:
    """With a bucket like that of infra/record.py."""
    client = boto3.client("s3")
    here = {"LocationConstraint": REGION}
    client.create_bucket(Bucket="evidence", CreateBucketConfiguration=here, ObjectLockEnabledForBucket=True)
    lock = {"ObjectLockEnabled": "Enabled", "Rule": RULE}
    client.put_object_lock_configuration(Bucket="evidence", ObjectLockConfiguration=lock)
    return client


def test_a_version_of_locked_evidence_is_not_deleted_and_what_is_written_anew_hides_nothing(s3: Any) -> None:
    evidence = S3Evidence(s3, "evidence")
    first, second = evidence.keep("i/r/0001.json", {"a": 1}), evidence.keep("i/r/0001.json", {"a": 2})
    for kept in (first, second):
        with pytest.raises(ClientError, match="AccessDenied"):
            s3.delete_object(Bucket="evidence", Key="i/r/0001.json", VersionId=kept.version)
        body = s3.get_object(Bucket="evidence", Key="i/r/0001.json", VersionId=kept.version)["Body"].read()
        assert hashlib.sha256(body).hexdigest() == kept.sha256
    assert (first.version != second.version, first.sha256 != second.sha256) == (True, True)


def test_s3_is_sent_the_checksum_that_a_locked_bucket_asks_for(s3: Any) -> None:
    kept = S3Evidence(s3, "evidence").keep("i/r/0001.json", {"a": 1})
    said = s3.head_object(Bucket="evidence", Key="i/r/0001.json", ChecksumMode="ENABLED")
    assert base64.b64decode(said["ChecksumSHA256"]).hex() == kept.sha256
    assert said["ObjectLockMode"] == "GOVERNANCE"
