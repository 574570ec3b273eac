from __future__ import annotations

from typing import Any

import pytest

from functions.readings.rds import pending, tags_of
from functions.readings.rds_settings import restore_settings


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


def test_a_tag_without_a_key_is_none_and_one_without_a_value_is_empty() -> None:
    assert tags_of({"TagList": [{"Value": "x"}, {"Key": "legacy"}, {"Key": "a", "Value": "b"}]}) == {
        "legacy": "",
        "a": "b",
    }
    assert tags_of({}) == {}


@pytest.mark.parametrize("going", ["removing", "pending-removal", "pending-maintenance-removal"])
def test_groups_that_rds_is_taking_away_are_no_settings(going: str) -> None:
    said = {
        "DBInstanceClass": "db.m6g.large",
        "OptionGroupMemberships": [
            {"OptionGroupName": "old", "Status": going},
            {"OptionGroupName": "new", "Status": "pending-apply"},
        ],
        "VpcSecurityGroups": [
            {"VpcSecurityGroupId": "sg-old", "Status": going},
            {"VpcSecurityGroupId": "sg-new", "Status": "active"},
        ],
    }
    settings = restore_settings(said)
    assert (settings.option_group, settings.security_groups) == ("new", "sg-new")
