from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.adapters.aws import Boto3Aws
from functions.readings.free_storage import Room
from functions.readings.rds import GIB, DbInstance
from functions.readings.rds_log_files import log_files_gib
from functions.readings.rds_space import Space
from tests.remediations.test_extend_rds_storage import create

DB = DbInstance(name="orders", engine="postgres", status="available", allocated_gib=100)
ROOMY = Room(free_gib=15.0, source="metric")


@pytest.fixture
def asked(aws: Boto3Aws) -> list[str]:
    """The calls that leave for RDS, from an account with one instance."""
    create(aws)
    calls: list[str] = []
    aws.client("rds").meta.events.register("before-call.rds", lambda model, **_: calls.append(model.name))
    return calls


def test_the_sizes_of_all_log_files_are_added_up_and_none_is_read(aws: Boto3Aws, asked: list[str]) -> None:
    files = aws.client("rds").describe_db_log_files(DBInstanceIdentifier="orders")["DescribeDBLogFiles"]
    asked.clear()
    assert files
    assert log_files_gib(aws, DB, ROOMY) == sum(file["Size"] for file in files) / GIB > 0
    assert asked == ["DescribeDBLogFiles"]


@pytest.mark.parametrize(
    ("db", "here"),
    [
        (DB, Room(free_gib=5.0, source="metric")),
        (DB, replace(ROOMY, hours_growth=20.0)),
        (DB, Room()),
        (DB, replace(ROOMY, space=Space(logs={"write-ahead log": 0.1}))),
        (replace(DB, status="storage-full"), ROOMY),
        (replace(DB, status="modifying"), ROOMY),
    ],
)
def test_nothing_is_asked_where_time_is_short_or_a_metric_tells(
    aws: Boto3Aws, asked: list[str], db: DbInstance, here: Room
) -> None:
    assert log_files_gib(aws, db, here) is None
    assert asked == []


def answering(aws: Boto3Aws, status: int, code: str) -> None:
    def refuse(**_: Any) -> None:
        answer: Any = {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
        raise ClientError(answer, "DescribeDBLogFiles")

    aws.client("rds").meta.events.register("before-call.rds.DescribeDBLogFiles", refuse)


def test_a_refusal_stops_nothing(aws: Boto3Aws) -> None:
    answering(aws, 400, "DBInstanceNotReady")
    assert log_files_gib(aws, DB, ROOMY) is None


def test_throttling_is_no_answer(aws: Boto3Aws) -> None:
    answering(aws, 400, "Throttling")
    with pytest.raises(ClientError):
        log_files_gib(aws, DB, ROOMY)
