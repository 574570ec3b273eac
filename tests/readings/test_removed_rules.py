"""What CloudTrail says was removed from a group: the only baseline that a rule is put back by."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.readings.removed_rules import read_removed_rules
from tests.alb_account import OF_BALANCER, OF_TASKS, AlbAccount, removal
from tests.conftest import NOON

HOUR = timedelta(hours=1)


@pytest.fixture
def account(clock: FakeClock) -> AlbAccount:
    return AlbAccount(clock)


@pytest.mark.parametrize("by_id", [False, True])
@pytest.mark.parametrize("peer", [OF_BALANCER, "10.0.0.0/16"])
def test_a_rule_is_known_however_it_was_removed(account: AlbAccount, by_id: bool, peer: str) -> None:
    account.trail.append(removal(NOON - HOUR, OF_TASKS, 8080, peer, by_id=by_id))
    (rule,) = read_removed_rules(account, [OF_TASKS])
    assert (rule.group, rule.protocol, rule.from_port, rule.to_port, rule.peer) == (OF_TASKS, "tcp", 8080, 8080, peer)
    assert rule.at == NOON - HOUR and rule.by.endswith(":user/bob")


def test_the_latest_removal_of_a_rule_speaks_for_it(account: AlbAccount) -> None:
    account.trail += [removal(NOON - ago * HOUR, OF_TASKS, 8080, OF_BALANCER) for ago in (5, 2, 9)]
    (rule,) = read_removed_rules(account, [OF_TASKS])
    assert rule.at == NOON - 2 * HOUR


@pytest.mark.parametrize(
    "event",
    [
        removal(NOON - 25 * HOUR, OF_TASKS, 8080, OF_BALANCER),
        removal(NOON - HOUR, "sg-0cccccccccccccccc", 8080, OF_BALANCER),
        removal(NOON - HOUR, OF_TASKS, 8080, OF_BALANCER, error="Client.UnauthorizedOperation"),
        {**removal(NOON - HOUR, OF_TASKS, 8080, OF_BALANCER), "CloudTrailEvent": "{}"},
    ],
    ids=["long ago", "of another group", "refused", "of no known shape"],
)
def test_nothing_else_is_a_baseline(account: AlbAccount, event: dict[str, Any]) -> None:
    account.trail.append(event)
    assert read_removed_rules(account, [OF_TASKS]) == ()


def test_a_rule_for_all_protocols_has_no_ports_and_is_none_that_is_put_back(account: AlbAccount) -> None:
    event = removal(NOON - HOUR, OF_TASKS, 8080, OF_BALANCER)
    for ports in ('"fromPort": 8080, ', '"toPort": 8080, '):
        event["CloudTrailEvent"] = event["CloudTrailEvent"].replace(ports, "")
    account.trail.append(event)
    assert read_removed_rules(account, [OF_TASKS]) == ()
