"""What counts as a gap, and whose turn it is."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.readings.backup_gaps import HOURS, Found, due, turn
from functions.readings.rds_backups import Gap, backups, gap
from tests.conftest import NOON
from tests.rds_account import RdsAccount, arn

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ({}, None),
        ({"BackupRetentionPeriod": 35}, None),
        ({"BackupRetentionPeriod": 29}, Gap.RETENTION),
        ({"BackupRetentionPeriod": 0, "LatestRestorableTime": NOON - timedelta(days=9)}, Gap.RETENTION),
        ({"LatestRestorableTime": NOON - 15 * MINUTE}, None),
        ({"LatestRestorableTime": NOON - 16 * MINUTE}, Gap.RESTORE_WINDOW),
        ({"LatestRestorableTime": NOON - 16 * MINUTE, "BackupRetentionPeriod": 1}, Gap.RESTORE_WINDOW),
        ({"LatestRestorableTime": NOON - 16 * MINUTE, "DBInstanceStatus": "stopped"}, None),
        ({"LatestRestorableTime": None}, None),
        ({"LatestRestorableTime": None, "InstanceCreateTime": NOON - timedelta(days=2)}, Gap.RESTORE_WINDOW),
        ({"BackupRetentionPeriod": 1, "DBClusterIdentifier": "c"}, None),
        ({"BackupRetentionPeriod": 0, "ReadReplicaSourceDBInstanceIdentifier": "main"}, None),
        ({"BackupRetentionPeriod": 1, "DBInstanceStatus": "deleting"}, None),
    ],
)
def test_a_gap_is_too_short_a_retention_or_no_way_back_to_a_moment_ago(
    clock: FakeClock, says: dict[str, Any], expected: Gap | None
) -> None:
    described = {**RdsAccount(clock).instances["orders"], **says}
    assert gap(backups(described), 30, NOON) is expected


def found(name: str, days: int = 7, wrong: Gap = Gap.RETENTION) -> Found:
    return Found(arn=arn(name), gap=wrong, days=days, required=30)


def test_each_database_has_one_turn_a_day_and_another_one_on_another_day() -> None:
    names = [arn(f"db-{n}") for n in range(300)]
    day = [NOON.replace(hour=hour) for hour in range(24)]
    turns = Counter(name for at in day for name in names if turn(name, at) == at.hour)
    assert turns == Counter(names)
    hours = Counter(turn(name, NOON) for name in names)
    assert set(hours) == set(HOURS)
    assert max(hours.values()) < 60
    assert {turn(names[0], NOON + timedelta(days=n)) for n in range(30)} > {turn(names[0], NOON)}


def test_of_those_whose_turn_it_is_the_worst_come_first() -> None:
    everything = [found(f"db-{n}", days) for n, days in enumerate([7, 0, 29, 1] * 40)]
    everything += [found(f"stuck-{n}", 30, Gap.RESTORE_WINDOW) for n in range(30)]
    ours = due(everything, NOON)
    assert {one.arn for one in ours} == {one.arn for one in everything if turn(one.arn, NOON) == 12}
    ranks = [0 if one.gap is Gap.RESTORE_WINDOW else 1 + one.days for one in ours]
    assert ranks == sorted(ranks) and len(set(ranks)) == 5
