"""The database behind a service, by its owner's tag."""

from __future__ import annotations

from datetime import timedelta

import pytest

from functions.readings.cloudwatch import Point
from functions.readings.ecs_database import DATABASE_TAG, Database, database_of, series_of_database, unreadable
from functions.readings.ecs_no_surge import too_many_connections
from tests.conftest import NOON


def test_the_highest_of_the_last_ten_minutes_counts() -> None:
    tags = {DATABASE_TAG: "orders"}
    (key,) = series_of_database(tags)
    assert series_of_database(tags)[key].dimensions == {"DBInstanceIdentifier": "orders"}
    points = {key: [Point(NOON - timedelta(minutes=ago), value) for ago, value in ((11, 99.0), (9, 70.0), (0, 60.0))]}
    assert database_of(tags, points, NOON) == Database(name="orders", connections=70.0)
    assert database_of(tags, {}, NOON) == Database(name="orders", connections=None)


@pytest.mark.parametrize("name", ["", "1st", "orders.cluster-abc", "arn:aws:rds:eu-west-1:123456789012:db:orders"])
def test_what_is_no_identifier_is_not_asked_for_and_stops_the_change(name: str) -> None:
    assert series_of_database({DATABASE_TAG: name}) == {}
    answer = unreadable({DATABASE_TAG: name})
    assert answer is not None and answer.code == "invalid_policy"


def test_a_service_without_the_tag_has_no_database_to_ask() -> None:
    assert (series_of_database({}), database_of({}, {}, NOON), unreadable({})) == ({}, None, None)


@pytest.mark.parametrize(
    ("connections", "count", "declined"), [(59, 3, False), (60, 3, True), (75, 5, True), (59, 2, False)]
)
def test_more_tasks_may_bring_it_to_nine_tenths_of_its_connections_and_no_further(
    connections: float, count: int, declined: bool
) -> None:
    answer = too_many_connections(Database(name="orders", connections=connections), 2, count, 100)
    assert (answer is not None) is declined
