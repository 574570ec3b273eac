"""What the Fargate quota leaves: of the kind that the service runs on, by usage and quota together."""

from __future__ import annotations

import pytest

from functions.adapters.clock import FakeClock
from functions.core.arn import parse_arn
from functions.readings.cloudwatch import Point, QuotaOf, Series
from functions.readings.ecs import Service, read_service
from functions.readings.fargate_quota import over_quota, series_of_quota, vcpus_left
from tests.conftest import NOON
from tests.ecs_account import SERVICE, EcsAccount


def service(clock: FakeClock, *providers: str, launch: str | None = None) -> Service:
    account = EcsAccount(clock)
    del account.service["launchType"]
    account.service["capacityProviderStrategy"] = [{"capacityProvider": one} for one in providers]
    account.service |= {"launchType": launch} if launch else {}
    found = read_service(account, parse_arn(SERVICE, "target"))
    assert isinstance(found, Service)
    return found


@pytest.mark.parametrize(
    ("providers", "launch", "kind"),
    [
        ((), "FARGATE", "Standard/OnDemand"),
        (("FARGATE",), None, "Standard/OnDemand"),
        (("FARGATE_SPOT",), None, "Standard/Spot"),
        (("FARGATE", "FARGATE_SPOT"), None, "Standard/OnDemand"),
    ],
)
def test_spot_has_a_quota_of_its_own(
    clock: FakeClock, providers: tuple[str, ...], launch: str | None, kind: str
) -> None:
    used, quota = series_of_quota(service(clock, *providers, launch=launch)).values()
    assert isinstance(used, Series) and quota == QuotaOf("used")
    assert (used.namespace, used.name) == ("AWS/Usage", "ResourceCount")
    assert used.dimensions == {"Service": "Fargate", "Type": "Resource", "Resource": "vCPU", "Class": kind}


def test_instances_have_no_such_quota(clock: FakeClock) -> None:
    assert series_of_quota(service(clock, launch="EC2")) == {}


@pytest.mark.parametrize(
    ("used", "quota", "left"), [([1.0, 4.0], [6.0, 6.0], 2.0), ([], [6.0], None), ([4.0], [], None)]
)
def test_the_last_of_usage_and_quota_counts_and_both_are_needed(
    used: list[float], quota: list[float], left: float | None
) -> None:
    points = {"used": [Point(NOON, value) for value in used], "quota": [Point(NOON, value) for value in quota]}
    assert vcpus_left(points) == left


@pytest.mark.parametrize(("left", "declined"), [(0.49, True), (0.5, False), (None, False)])
def test_two_tasks_of_a_quarter_need_half_a_vcpu(left: float | None, declined: bool) -> None:
    answer = over_quota(left, 2, 512)
    assert (answer is not None and answer.code == "quota_reached") is declined
