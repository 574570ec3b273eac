from __future__ import annotations

from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from functions.actions.rds_failover import FailOverDbInstance
from functions.adapters.clock import FakeClock
from functions.core.action import Effect, Irreversible, decode, encode
from tests.conftest import NOON
from tests.rds_account import RdsAccount

FAIL_OVER = FailOverDbInstance(db="orders", zone="eu-west-1a", asked_at=NOON.isoformat())
MINUTE = timedelta(minutes=1)


@pytest.fixture
def rds(clock: FakeClock) -> RdsAccount:
    return RdsAccount(clock)


def effect(rds: RdsAccount) -> Effect:
    return FAIL_OVER.progress(rds).effect


def test_it_is_absent_until_done_then_in_effect_in_the_other_zone(rds: RdsAccount) -> None:
    assert effect(rds) is Effect.ABSENT
    decode(encode(FAIL_OVER), (FailOverDbInstance,)).do(rds)
    assert effect(rds) is Effect.DONE
    assert rds.calls == [("RebootDBInstance", {"DBInstanceIdentifier": "orders", "ForceFailover": True})]


def test_a_reboot_without_failover_is_not_made_instead(rds: RdsAccount) -> None:
    rds.instances["orders"]["MultiAZ"] = False
    with pytest.raises(ClientError):
        FAIL_OVER.do(rds)


def test_while_it_reboots_it_is_under_way(rds: RdsAccount) -> None:
    rds.instances["orders"]["DBInstanceStatus"] = "rebooting"
    assert effect(rds) is Effect.UNDER_WAY


def test_without_its_zone_nobody_can_tell_and_it_is_not_made_again(rds: RdsAccount) -> None:
    del rds.instances["orders"]["AvailabilityZone"]
    assert effect(rds) is Effect.UNDER_WAY


@pytest.mark.parametrize(
    "text",
    [
        "Multi-AZ instance failover started.",
        "Multi-AZ instance failover completed",
        "Multi-AZ failover to standby complete - DNS propagation may take a few minutes",
    ],
)
def test_what_rds_tells_of_it_keeps_it_from_being_made_twice(rds: RdsAccount, clock: FakeClock, text: str) -> None:
    clock.move(5 * MINUTE)
    rds.events.append(("orders", NOON + MINUTE, text))
    assert effect(rds) is Effect.UNDER_WAY


@pytest.mark.parametrize(
    ("db", "ago", "text"),
    [
        ("orders", 10 * MINUTE, "Multi-AZ instance failover completed"),
        ("other", -MINUTE, "Multi-AZ instance failover started."),
        ("orders", -MINUTE, "DB instance restarted"),
    ],
)
def test_what_it_tells_of_something_else_does_not(
    rds: RdsAccount, clock: FakeClock, db: str, ago: timedelta, text: str
) -> None:
    clock.move(5 * MINUTE)
    rds.events.append((db, NOON - ago, text))
    assert effect(rds) is Effect.ABSENT


def test_an_instance_that_is_gone_has_failed(rds: RdsAccount) -> None:
    del rds.instances["orders"]
    assert effect(rds) is Effect.FAILED


def test_it_does_not_fail_back_by_itself() -> None:
    assert isinstance(FAIL_OVER.undo(), Irreversible)
    assert FAIL_OVER.properties() == ()
