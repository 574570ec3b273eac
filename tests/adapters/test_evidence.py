"""Where stories and reviews are kept: the bucket and its fake, held to the same."""

from __future__ import annotations

from typing import Any

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.s3_evidence import MemoryEvidence, S3Evidence
from tests.conftest import create_bucket


@pytest.fixture(params=["s3", "memory"])
def evidence(request: pytest.FixtureRequest, aws: Boto3Aws) -> Any:
    if request.param == "memory":
        return MemoryEvidence()
    create_bucket("evidence")
    return S3Evidence(aws.client("s3"), "evidence")


def test_a_story_is_kept_under_its_hash(evidence: Any) -> None:
    assert evidence.keep("INC-1/run/0001.json", {"b": 1, "a": 2}) == evidence.keep("other", {"a": 2, "b": 1})


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
