"""Whether a service is up, by the targets of its load balancers."""

from __future__ import annotations

import pytest

from functions.adapters.clock import FakeClock
from functions.core.arn import parse_arn
from functions.readings.ecs import Service, read_service
from functions.readings.ecs_up import read_up, unserved
from tests.ecs_account import SERVICE, EcsAccount

TARGET = parse_arn(SERVICE, "target")


@pytest.fixture
def account(clock: FakeClock) -> EcsAccount:
    account = EcsAccount(clock)
    account.settled()
    return account


def up(account: EcsAccount) -> bool:
    service = read_service(account, TARGET)
    assert isinstance(service, Service)
    return read_up(account, service, health_checked=False).there


def blue_green(account: EcsAccount) -> None:
    """The tasks are in the first group now, and will be in the other one after the next deployment."""
    green = account.behind().replace("web/3c4d", "green/5e6f")
    account.service["loadBalancers"][0]["advancedConfiguration"] = {"alternateTargetGroupArn": green}


def test_a_service_without_a_load_balancer_has_no_targets_to_wait_for(account: EcsAccount) -> None:
    assert unserved(account, TARGET) == "" and up(account)


def test_the_empty_group_of_a_blue_green_service_is_no_lack(account: EcsAccount) -> None:
    blue_green(account)
    assert unserved(account, TARGET) == "" and up(account)
    account.unhealthy = 1
    assert unserved(account, TARGET) == "1 of 2 targets are healthy in web" and not up(account)


def test_every_load_balancer_has_to_have_its_targets(account: EcsAccount) -> None:
    account.behind()
    gone = account.behind(group="other/9f9f")
    del account.balancers[gone]
    assert unserved(account, TARGET) == "0 of 2 targets are healthy in other" and not up(account)


def test_a_service_that_is_gone_serves_nobody(account: EcsAccount) -> None:
    assert "was not found" in unserved(account, parse_arn(SERVICE.replace("web", "gone"), "target"))
