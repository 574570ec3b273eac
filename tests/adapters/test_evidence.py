"""What is kept as evidence stays what it was: its hash is told, and of a locked bucket no version can be deleted."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from functions.adapters.s3_evidence import MemoryEvidence, S3Evidence
from tests.events import REGION

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


def test_memory_tells_the_same_hash(s3: Any) -> None:
    there, here = S3Evidence(s3, "evidence").keep("k", {"a": 1}), MemoryEvidence().keep("k", {"a": 1})
    assert there.sha256 == here.sha256
