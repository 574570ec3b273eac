from __future__ import annotations

from typing import Any

import pytest

from functions.actions.rds_class import SetDbInstanceClass
from functions.adapters.clock import FakeClock
from functions.core.action import Effect
from tests.rds_account import RdsAccount

LARGER = SetDbInstanceClass(db="orders", instance_class="db.m6g.xlarge", was="db.m6g.large", at_once=True)
TO_COME = {"PendingModifiedValues": {"DBInstanceClass": "db.m6g.xlarge"}}


@pytest.fixture
def rds(clock: FakeClock) -> RdsAccount:
    return RdsAccount(clock)


def test_it_asks_for_the_class_and_for_nothing_else(rds: RdsAccount) -> None:
    LARGER.do(rds)
    asked = {"DBInstanceIdentifier": "orders", "DBInstanceClass": "db.m6g.xlarge", "ApplyImmediately": True}
    assert rds.calls == [("ModifyDBInstance", asked)]


@pytest.mark.parametrize(
    ("says", "at_once", "expected"),
    [
        ({}, True, Effect.ABSENT),
        ({"DBInstanceStatus": "modifying"}, True, Effect.UNDER_WAY),
        (TO_COME, True, Effect.UNDER_WAY),
        (TO_COME, False, Effect.DONE),
        ({"DBInstanceClass": "db.m6g.xlarge", "DBInstanceStatus": "rebooting"}, True, Effect.UNDER_WAY),
        ({"DBInstanceClass": "db.m6g.xlarge"}, True, Effect.DONE),
        ({"DBInstanceStatus": "incompatible-parameters"}, True, Effect.FAILED),
        ({"DBInstanceStatus": "incompatible-option-group"}, True, Effect.FAILED),
        ({"DBInstanceStatus": "inaccessible-encryption-credentials"}, True, Effect.FAILED),
    ],
)
def test_it_is_done_when_the_class_is_in_effect_or_down_for_the_window(
    rds: RdsAccount, says: dict[str, Any], at_once: bool, expected: Effect
) -> None:
    rds.instances["orders"].update(says)
    action = SetDbInstanceClass(db="orders", instance_class="db.m6g.xlarge", was="db.m6g.large", at_once=at_once)
    assert action.progress(rds).effect is expected


def test_an_instance_that_is_gone_has_failed(rds: RdsAccount) -> None:
    rds.instances.clear()
    assert LARGER.progress(rds).effect is Effect.FAILED


def test_the_way_back_is_the_class_as_it_was(rds: RdsAccount) -> None:
    back = LARGER.undo()
    assert (back.instance_class, back.was, LARGER.kept) == ("db.m6g.large", "db.m6g.xlarge", True)
    assert LARGER.properties()[0].property == "DBInstanceClass"
