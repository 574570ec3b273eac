from __future__ import annotations

from typing import Any

import pytest

from functions.actions.rds_backups import RaiseBackupRetention
from functions.adapters.clock import FakeClock
from functions.core.action import Effect, Irreversible
from tests.rds_account import RdsAccount

LONGER = RaiseBackupRetention(db="orders", days=30, was=7)
ON = RaiseBackupRetention(db="orders", days=30, was=0)


@pytest.fixture
def rds(clock: FakeClock) -> RdsAccount:
    return RdsAccount(clock)


@pytest.mark.parametrize(("action", "at_once"), [(LONGER, False), (ON, True)])
def test_only_backups_that_were_off_apply_at_once_what_may_be_queued(
    rds: RdsAccount, action: RaiseBackupRetention, at_once: bool
) -> None:
    action.do(rds)
    asked = {"DBInstanceIdentifier": "orders", "BackupRetentionPeriod": 30, "ApplyImmediately": at_once}
    assert rds.calls == [("ModifyDBInstance", asked)]


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ({"BackupRetentionPeriod": 7}, Effect.ABSENT),
        ({"BackupRetentionPeriod": 7, "DBInstanceStatus": "modifying"}, Effect.UNDER_WAY),
        ({"BackupRetentionPeriod": 7, "PendingModifiedValues": {"BackupRetentionPeriod": 30}}, Effect.UNDER_WAY),
        ({"BackupRetentionPeriod": 30, "DBInstanceStatus": "backing-up"}, Effect.DONE),
        ({"BackupRetentionPeriod": 35}, Effect.DONE),
        ({"BackupRetentionPeriod": 30, "PendingModifiedValues": {"BackupRetentionPeriod": 3}}, Effect.FAILED),
        ({"BackupRetentionPeriod": 14}, Effect.FAILED),
        ({"BackupRetentionPeriod": 7, "PendingModifiedValues": {"BackupRetentionPeriod": 3}}, Effect.FAILED),
        ({"BackupRetentionPeriod": 0, "PendingModifiedValues": {"BackupRetentionPeriod": 30}}, Effect.FAILED),
    ],
)
def test_it_is_done_when_it_is_in_effect_and_any_other_number_is_somebody_elses(
    rds: RdsAccount, says: dict[str, Any], expected: Effect
) -> None:
    rds.instances["orders"].update(says)
    assert LONGER.progress(rds).effect is expected


def test_an_instance_that_is_gone_has_failed(rds: RdsAccount) -> None:
    rds.instances.clear()
    assert LONGER.progress(rds).effect is Effect.FAILED


def test_it_is_not_taken_back_and_says_what_the_template_lacks() -> None:
    assert isinstance(LONGER.undo(), Irreversible)
    (change,) = LONGER.properties()
    assert (change.property, change.old, change.new) == ("BackupRetentionPeriod", 7, 30)
    assert "with an outage" in str(ON) and "outage" not in str(LONGER)
