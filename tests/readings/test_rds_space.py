from __future__ import annotations

from dataclasses import replace

import pytest

from functions.readings.cloudwatch import Point
from functions.readings.rds import GIB, DbInstance
from functions.readings.rds_space import Space, held_by_slot, space, space_metrics, uses
from tests.conftest import NOON

POSTGRES = DbInstance(name="orders", engine="postgres", status="available", allocated_gib=100)
MYSQL = replace(POSTGRES, engine="mysql")
SQL_SERVER = replace(POSTGRES, engine="sqlserver-se")
OWNER = "large tables need SQL and their owner"


def read(db: DbInstance, **values: float) -> Space:
    """What is made of these last datapoints, each after a larger one."""
    return space(db, {name: [Point(NOON, value + 1e12), Point(NOON, value)] for name, value in values.items()})


@pytest.mark.parametrize(
    ("db", "names"),
    [
        (POSTGRES, ("TransactionLogsDiskUsage", "ReplicationSlotDiskUsage", "OldestReplicationSlotLag")),
        (MYSQL, ("BinLogDiskUsage",)),
        (replace(MYSQL, engine="mariadb"), ("BinLogDiskUsage",)),
        (SQL_SERVER, ("TempDbDataFileUsage", "TempDbLogFileUsage")),
        (replace(POSTGRES, engine="oracle-ee"), ()),
        (replace(POSTGRES, engine="db2-se"), ()),
        (replace(POSTGRES, log_volume=True), ()),
        (replace(MYSQL, log_volume=True), ()),
    ],
)
def test_each_engine_is_asked_what_it_tells_of_this_volume(db: DbInstance, names: tuple[str, ...]) -> None:
    assert space_metrics(db) == names


def test_sizes_are_the_latest_in_gib_and_what_is_not_there_is_left_out() -> None:
    found = read(
        POSTGRES, TransactionLogsDiskUsage=41.0 * GIB, ReplicationSlotDiskUsage=0.0, OldestReplicationSlotLag=-1
    )
    assert found == Space(logs={"write-ahead log": 41.0})
    assert space(POSTGRES, {"TransactionLogsDiskUsage": []}) == Space()


@pytest.mark.parametrize(
    ("lag", "log", "held"),
    [(39.0, 41.0, 39.0), (500.0, 41.0, 41.0), (9.9, 41.0, 0.0), (39.0, 9.9, 0.0), (10.0, 10.0, 10.0), (0.0, 41.0, 0.0)],
)
def test_a_slot_holds_no_more_of_the_log_than_there_is(lag: float, log: float, held: float) -> None:
    found = read(POSTGRES, TransactionLogsDiskUsage=log * GIB, OldestReplicationSlotLag=lag * GIB)
    assert held_by_slot(POSTGRES, found) == held
    assert ("growing is only a bridge" in uses(POSTGRES, found)) is (held > 0)


def test_the_largest_is_named_first_and_what_is_small_not_at_all() -> None:
    found = read(POSTGRES, TransactionLogsDiskUsage=3.0 * GIB, ReplicationSlotDiskUsage=5.0 * GIB)
    assert uses(POSTGRES, found, 7.0) == (
        f"of what is used: log files 7.0 GiB, replication slot files 5.0 GiB, write-ahead log 3.0 GiB; {OWNER}"
    )
    assert uses(POSTGRES, read(POSTGRES, TransactionLogsDiskUsage=0.9 * GIB)) == (
        f"what uses it no metric tells; {OWNER}"
    )


@pytest.mark.parametrize(
    ("db", "found", "log_files", "advice"),
    [
        (MYSQL, Space(logs={"binary logs": 10.0}), None, "'binlog retention hours'"),
        (MYSQL, Space(logs={"binary logs": 9.9}), None, ""),
        (POSTGRES, Space(), 10.0, "how long log files are kept"),
        (POSTGRES, Space(), 9.9, ""),
        (SQL_SERVER, Space(tempdb_percent=97.4), None, "the files of tempdb are 97 % used"),
        (SQL_SERVER, Space(tempdb_percent=89.0), None, ""),
        (replace(POSTGRES, log_volume=True), Space(), None, "have a volume of their own"),
    ],
)
def test_what_takes_much_has_its_advice(db: DbInstance, found: Space, log_files: float | None, advice: str) -> None:
    told = uses(db, found, log_files)
    assert told.endswith(OWNER)
    assert (advice in told) if advice else told.count(";") == 1


def test_tempdb_is_as_full_as_the_fuller_one_of_its_kinds_of_file() -> None:
    assert read(SQL_SERVER, TempDbDataFileUsage=12.0, TempDbLogFileUsage=95.0).tempdb_percent == 95.0
