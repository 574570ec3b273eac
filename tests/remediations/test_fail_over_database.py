from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.remediations.fail_over_database import FailOverDatabase
from tests import events
from tests.approved import approve, approved, proposed
from tests.conftest import NOON
from tests.house import House, in_memory
from tests.rds_account import RdsAccount, arn

COMPLETED = "Multi-AZ instance failover completed"
STARTED = "Multi-AZ instance failover started."
MINUTE = timedelta(minutes=1)
REQUEST = {"target": arn("orders"), "reason": "its disk hangs", "requested_by": "ada", "mode": "act"}


@pytest.fixture
def rds(clock: FakeClock) -> RdsAccount:
    return RdsAccount(clock)


@pytest.fixture
def house(rds: RdsAccount, clock: FakeClock) -> House:
    return in_memory(FailOverDatabase(), rds, clock)


def declined(house: House, body: Any) -> str:
    answer = house.deliver(body)
    assert answer.decision == "declined", answer
    assert house.aws.calls == []
    return answer.text.split(":")[0]


def test_nothing_is_rebooted_before_a_person_has_approved_the_outage(house: House) -> None:
    plan = house.run(proposed(house, REQUEST)).plan
    assert house.aws.calls == [] and plan is not None
    assert "outage" in plan["ask_first"] and plan["way_back"][0].startswith("none: ")


def test_after_the_approval_the_standby_takes_over(house: House) -> None:
    end = house.follow(house.deliver(approved(house, REQUEST)))
    assert end.decision == "recovered"
    assert house.aws.calls == [("RebootDBInstance", {"DBInstanceIdentifier": "orders", "ForceFailover": True})]
    assert house.aws.instances["orders"]["AvailabilityZone"] == "eu-west-1b"


def test_an_approval_after_half_an_hour_still_holds(house: House) -> None:
    answer = proposed(house, REQUEST)
    house.clock.move(30 * MINUTE)
    assert house.follow(house.deliver(approve(house, answer))).decision == "recovered"


def test_a_replica_that_is_multi_az_has_a_standby_too(house: House) -> None:
    house.aws.instances["orders"]["ReadReplicaSourceDBInstanceIdentifier"] = "main"
    proposed(house, REQUEST)


def test_no_alarm_starts_it(house: House) -> None:
    named = {"DBInstanceIdentifier": "orders"}
    assert declined(house, events.eventbridge(NOON, "AWS/RDS", "CPUUtilization", named)) == "no_trigger"


def instance(**over: Any) -> Callable[[RdsAccount], Any]:
    return lambda rds: rds.instances["orders"].update(over)


def told(*events: tuple[timedelta, str]) -> Callable[[RdsAccount], Any]:
    return lambda rds: rds.events.extend(("orders", NOON - ago, text) for ago, text in events)


PITFALLS: dict[str, tuple[Callable[[RdsAccount], Any], str]] = {
    "gone": (lambda rds: rds.instances.clear(), "target_not_found"),
    "Single-AZ": (instance(MultiAZ=False), "not_multi_az"),
    "zone unknown": (lambda rds: rds.instances["orders"].pop("AvailabilityZone"), "zone_unknown"),
    "Aurora": (instance(Engine="aurora-postgresql", DBClusterIdentifier="c"), "aurora_cluster"),
    "cluster": (instance(DBClusterIdentifier="c"), "cluster_member"),
    "RDS Custom": (instance(Engine="custom-sqlserver-se"), "rds_custom"),
    "rebooting": (instance(DBInstanceStatus="rebooting"), "instance_not_available"),
    "storage-full": (instance(DBInstanceStatus="storage-full"), "instance_not_available"),
    "under way": (told((5 * MINUTE, STARTED)), "failover_under_way"),
    "done lately": (told((30 * MINUTE, STARTED), (28 * MINUTE, COMPLETED)), "failed_over_recently"),
    "pending": (instance(PendingModifiedValues={"EngineVersion": "16.6"}), "pending_modifications"),
    "its standby to be taken away": (instance(PendingModifiedValues={"MultiAZ": False}), "pending_modifications"),
    "parameters wait": (
        instance(DBParameterGroups=[{"DBParameterGroupName": "p", "ParameterApplyStatus": "pending-reboot"}]),
        "parameters_pending_reboot",
    ),
    "stack at work": (lambda rds: setattr(rds, "stack", "UPDATE_IN_PROGRESS"), "stack_in_progress"),
    "events may not be read": (lambda rds: rds.refuses.update(describe_events="AccessDenied"), "cannot_read"),
    "never": (lambda rds: rds.tag("orders", first_responder__mode="never"), "policy_never"),
}


@pytest.mark.parametrize("pitfall", PITFALLS)
def test_each_pitfall_is_declined_with_its_own_code(house: House, pitfall: str) -> None:
    turn, code = PITFALLS[pitfall]
    turn(house.aws)
    assert declined(house, REQUEST) == code


def test_an_instance_that_is_deleted_after_the_last_look_calls_a_person(house: House) -> None:
    approval = approved(house, REQUEST)
    house.aws.then["describe_stacks"] = house.aws.instances.clear
    assert house.follow(house.deliver(approval)).decision == "escalated"
    assert house.aws.calls == []


def test_a_failover_of_the_day_before_is_no_reason_against_one(house: House) -> None:
    house.aws.events.append(("orders", NOON - timedelta(days=1), COMPLETED))
    proposed(house, REQUEST)


def test_a_failover_by_rds_between_proposal_and_approval_stops_it(house: House) -> None:
    answer = proposed(house, REQUEST)
    house.clock.move(10 * MINUTE)
    house.aws.events += [("orders", NOON + 2 * MINUTE, STARTED), ("orders", NOON + 3 * MINUTE, COMPLETED)]
    assert house.deliver(approve(house, answer)).text.startswith("failed_over_recently")
    assert house.aws.calls == []


def test_a_plain_instance_of_moto_is_proposed_and_then_rebooted(aws: Boto3Aws, clock: FakeClock) -> None:
    aws.client("rds").create_db_instance(
        DBInstanceIdentifier="orders", Engine="postgres", DBInstanceClass="db.m5.large", AllocatedStorage=100,
        MasterUsername="admin1", MasterUserPassword="not-a-secret", MultiAZ=True,
        Tags=[{"Key": "first-responder:mode", "Value": "act"}],
    )  # fmt: skip
    house = in_memory(FailOverDatabase(), aws, clock)
    assert house.deliver(approved(house, REQUEST)).decision == "acting"


@contextmanager
def an_approved_failover_moves_the_primary() -> Iterator[tuple[House, Any]]:
    clock = FakeClock(NOON)
    house = in_memory(FailOverDatabase(), RdsAccount(clock), clock)
    yield house, approved(house, REQUEST)


@contextmanager
def an_approved_failover_leaves_the_primary_where_it_was() -> Iterator[tuple[House, Any]]:
    clock = FakeClock(NOON)
    rds = RdsAccount(clock)
    rds.instances["orders"]["SecondaryAvailabilityZone"] = "eu-west-1a"
    house = in_memory(FailOverDatabase(), rds, clock)
    rds.then["reboot_db_instance"] = lambda: rds.events.append(("orders", NOON + MINUTE, STARTED))
    yield house, approved(house, REQUEST)


SCENES = {
    scene.__name__: scene
    for scene in (an_approved_failover_moves_the_primary, an_approved_failover_leaves_the_primary_where_it_was)
}
