"""What comes in at the load balancers, now and before; what it says of more tasks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from functions.adapters.clock import FakeClock
from functions.readings.cloudwatch import Point
from functions.readings.ecs_no_surge import no_surge
from functions.readings.ecs_traffic import Load, Traffic, load_of, series_of_groups
from tests.conftest import NOON
from tests.ecs_account import EcsAccount

CALM = Traffic(requests=100, errors=0.5, seconds=0.05)


@pytest.fixture
def account(clock: FakeClock) -> EcsAccount:
    return EcsAccount(clock)


def at(value: float, minutes: Iterable[int]) -> list[Point]:
    return [Point(NOON - timedelta(minutes=ago), value) for ago in minutes]


def test_the_metrics_are_those_of_the_group_behind_its_load_balancer(account: EcsAccount) -> None:
    found = series_of_groups(account, [account.behind()])
    assert set(found) == {"requests0", "errors0", "seconds0"}
    assert {(one.name, one.stat) for one in found.values()} == {
        ("RequestCount", "Sum"), ("HTTPCode_Target_5XX_Count", "Sum"), ("TargetResponseTime", "Average"),
    }  # fmt: skip
    for one in found.values():
        assert one.namespace == "AWS/ApplicationELB"
        assert one.dimensions == {"TargetGroup": "targetgroup/web/3c4d", "LoadBalancer": "app/web/1a2b"}


@pytest.mark.parametrize("balancer", ["", "net/web/1a2b"])
def test_a_group_without_an_application_load_balancer_has_no_such_metrics(account: EcsAccount, balancer: str) -> None:
    assert series_of_groups(account, [account.behind(balancer)]) == {}


def test_a_service_without_a_group_costs_no_call(account: EcsAccount) -> None:
    assert series_of_groups(account, []) == {} and account.reads == []


def test_a_group_that_is_gone_is_not_known_and_one_that_may_not_be_read_stops(account: EcsAccount) -> None:
    assert series_of_groups(account, ["arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/gone/1"]) == {}
    account.refuses["describe_target_groups"] = "AccessDenied"
    with pytest.raises(ClientError):
        series_of_groups(account, [account.behind()])


def test_groups_are_added_up_and_their_times_weighed_by_their_requests() -> None:
    minutes = range(3, 8)
    points = {
        "requests0": at(90, minutes), "errors0": at(9, minutes), "seconds0": at(0.1, minutes),
        "requests1": at(10, minutes), "seconds1": at(1.1, minutes), "cpuutilization": at(95, minutes),
    }  # fmt: skip
    load = load_of(points, NOON)
    assert load.before is None and load.up is None
    assert load.now == Traffic(requests=100, errors=9, seconds=pytest.approx(0.2))
    assert load.now is not None and load.now.errors_percent == pytest.approx(9)


def test_the_minutes_that_are_still_counted_are_neither_now_nor_before() -> None:
    counted = {"requests0": at(100, [*range(31, 180), *range(3, 8)])}
    assert load_of(counted, NOON).up is False
    counting = {"requests0": at(100, range(31, 180)) + at(1, (0, 1))}
    assert load_of(counting, NOON).now is None
    begins = {"requests0": at(100, range(31, 180)) + at(900, range(8, 30)) + at(120, range(3, 8))}
    load = load_of(begins, NOON)
    assert load.up is True
    assert load.before is not None and load.before.requests == 100


@pytest.mark.parametrize(("latest", "up"), [(149, False), (150, True)])
def test_a_surge_that_has_just_begun_is_one_although_its_minutes_are_still_counted(latest: float, up: bool) -> None:
    """Two groups, of which one surges."""
    steady = [*range(31, 180), *range(3, 8)]
    points = {"requests0": at(90, [*steady, 1]), "requests1": at(10, steady) + at(latest - 90, [1]) + at(1, [0])}
    load = load_of(points, NOON)
    assert (load.up, load.latest) == (up, latest)


@pytest.mark.parametrize(
    ("now", "code"),
    [
        (Traffic(requests=300, errors=3, seconds=0.4), None),  # a surge: slower, and answered
        (Traffic(requests=300, errors=60, seconds=0.4), None),  # a surge that is too much: far more is answered
        (Traffic(requests=300, errors=200, seconds=0.4), "retry_storm"),
        (Traffic(requests=150, errors=60, seconds=0.05), "retry_storm"),
        (Traffic(requests=140, errors=60, seconds=0.05), None),
        (Traffic(requests=100, errors=30, seconds=0.05), "dependency_sick"),
        (Traffic(requests=100, errors=15, seconds=0.05), None),  # too few to tell
        (Traffic(requests=1000, errors=30, seconds=0.05), None),
        (Traffic(requests=100, errors=0, seconds=0.4), "dependency_sick"),
        (Traffic(requests=100, errors=0, seconds=0.12), None),  # twice, and not to be noticed
        (Traffic(requests=40, errors=0, seconds=0.4), "dependency_sick"),
        (Traffic(requests=100, errors=0.5, seconds=0.05), None),
    ],
)
def test_what_the_load_balancer_says_of_more_tasks(now: Traffic, code: str | None) -> None:
    answer = no_surge("web", Load(before=CALM, now=now))
    assert (answer.code if answer else None) == code
    assert answer is None or str(now) in answer.seen


@pytest.mark.parametrize("load", [Load(), Load(before=CALM), Load(now=Traffic(requests=1, errors=1, seconds=9))])
def test_what_is_not_known_says_nothing(load: Load) -> None:
    assert load.up is None and no_surge("web", load) is None


def test_errors_that_have_always_been_there_are_no_news() -> None:
    before = Traffic(requests=400, errors=40, seconds=0.05)
    assert no_surge("web", Load(before=before, now=Traffic(requests=400, errors=44, seconds=0.05))) is None
