from __future__ import annotations

from typing import Any

import pytest

from functions.readings.rds import pending


@pytest.mark.parametrize(
    ("waits", "named"),
    [
        ({"EngineVersion": "17.1", "DBInstanceClass": "db.m6g.large"}, ("DBInstanceClass", "EngineVersion")),
        ({"MultiAZ": False}, ("MultiAZ",)),
        ({"BackupRetentionPeriod": 0}, ("BackupRetentionPeriod",)),
        ({"PendingCloudwatchLogsExports": {"LogTypesToEnable": ["audit"]}}, ("PendingCloudwatchLogsExports",)),
        ({"PendingCloudwatchLogsExports": {}, "ProcessorFeatures": [], "Port": None}, ()),
        ({}, ()),
        (None, ()),
    ],
)
def test_what_is_to_be_turned_off_is_pending_as_well(waits: Any, named: tuple[str, ...]) -> None:
    assert pending({} if waits is None else {"PendingModifiedValues": waits}) == named
