from __future__ import annotations

from typing import Any

import pytest

from functions.actions.rds_recovered import ModifyRecoveredDbInstance, MonitorRecoveredDbInstance, settled
from functions.adapters.clock import FakeClock
from functions.core.action import Action, Effect, Irreversible, decode, encode
from functions.readings.rds_settings import LaterSettings, later_settings
from tests.rds_account import KEY, ROLE, RdsAccount

NEW = "orders-recovered-1"
LATER = LaterSettings(
    maintenance_window="sun:04:00-sun:04:30",
    max_gib=1000,
    insights=True,
    insights_days=93,
    insights_key=KEY,
    insights_mode="standard",
    monitoring_seconds=60,
    monitoring_role=ROLE,
)
ACTIONS = settled(NEW, LATER, max_gib=1000)


@pytest.fixture
def rds(clock: FakeClock) -> RdsAccount:
    account = RdsAccount(clock)
    account.instances[NEW] = account.made(NEW, {})
    return account


def test_two_calls_give_the_new_instance_all_that_its_source_has(rds: RdsAccount) -> None:
    for action in ACTIONS:
        action.do(rds)
    assert later_settings(rds.instances[NEW]) == later_settings(rds.instances["orders"])


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: type(action).__name__)
def test_it_is_absent_until_done_then_in_effect_and_makes_one_call(rds: RdsAccount, action: Action) -> None:
    assert action.progress(rds).effect is Effect.ABSENT
    again = decode(encode(action), (ModifyRecoveredDbInstance, MonitorRecoveredDbInstance))
    again.do(rds)
    assert action.progress(rds).effect is Effect.DONE
    assert len(rds.calls) == 1 and rds.calls[0][1]["ApplyImmediately"] is True


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: type(action).__name__)
def test_the_status_tells_where_it_stands(rds: RdsAccount, action: Action) -> None:
    rds.instances[NEW]["DBInstanceStatus"] = "modifying"
    assert action.progress(rds).effect is Effect.UNDER_WAY
    rds.instances[NEW]["DBInstanceStatus"] = "incompatible-parameters"
    assert action.progress(rds).effect is Effect.FAILED
    del rds.instances[NEW]
    assert action.progress(rds).effect is Effect.FAILED


def test_what_the_source_does_not_have_is_not_set() -> None:
    assert settled(NEW, LaterSettings(), max_gib=None) == ()
    (only,) = settled(NEW, LaterSettings(maintenance_window="sun:04:00-sun:04:30"), max_gib=None)
    assert isinstance(only, ModifyRecoveredDbInstance)


def test_only_what_is_wished_is_sent(rds: RdsAccount) -> None:
    ModifyRecoveredDbInstance(name=NEW, maintenance_window="sun:04:00-sun:04:30").do(rds)
    sent: dict[str, Any] = rds.calls[0][1]
    assert set(sent) == {"DBInstanceIdentifier", "PreferredMaintenanceWindow", "ApplyImmediately"}


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: type(action).__name__)
def test_nothing_is_taken_back_and_no_template_declares_it(action: Action) -> None:
    assert isinstance(action.undo(), Irreversible)
    assert action.properties() == ()


def test_a_role_is_passed_to_rdss_monitoring_alone() -> None:
    (passed,) = [allow for allow in MonitorRecoveredDbInstance.permissions if allow.action == "iam:PassRole"]
    assert passed.conditions == (("StringEquals", "iam:PassedToService", "monitoring.rds.amazonaws.com"),)


@pytest.mark.parametrize("kind", [ModifyRecoveredDbInstance, MonitorRecoveredDbInstance])
def test_iam_lets_it_modify_instances_with_a_recovered_name_and_no_others(kind: type[Action]) -> None:
    modifying = [allow for allow in kind.permissions if allow.action == "rds:ModifyDBInstance"]
    assert [(allow.on.rpartition(":")[2], allow.tagged) for allow in modifying] == [("*-recovered-*", True)]
