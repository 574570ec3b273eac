from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.core.advance import Answer
from functions.core.approval import Said, take_answer
from functions.core.drift import open_drifts
from functions.core.errors import InvalidEvent
from functions.readings.rds_restore_source import new_name
from functions.remediations.swap_recovered_database import SwapRecoveredDatabase
from tests.approved import approve, approved, proposed
from tests.conftest import NOON
from tests.house import House, in_memory
from tests.rds_account import RdsAccount, arn

NEW = "orders-recovered-1234abcd"
MINUTE = timedelta(minutes=1)
REQUEST = {
    "target": arn(NEW), "reason": "the data is right", "requested_by": "ada", "mode": "act",
    "parameters": {"checked_by": "ben"},
}  # fmt: skip


def account(clock: FakeClock) -> RdsAccount:
    """With an instance that a restore has made of `orders`."""
    rds = RdsAccount(clock)
    rds.instances[NEW] = {
        **rds.instances["orders"], **rds.made(NEW, {}), **{
            key: value for key, value in rds.instances["orders"].items() if key not in _OWN
        },
        "DbiResourceId": "db-NEW",
        "TagList": [
            {"Key": "first-responder:mode", "Value": "act"},
            {"Key": "first-responder:recovered-from", "Value": "orders"},
            {"Key": "first-responder:recovered-as", "Value": NEW},
        ],
    }  # fmt: skip
    return rds


_OWN = ("DBInstanceIdentifier", "DBInstanceArn", "DbiResourceId", "TagList", "InstanceCreateTime")


@pytest.fixture
def rds(clock: FakeClock) -> RdsAccount:
    return account(clock)


@pytest.fixture
def house(rds: RdsAccount, clock: FakeClock) -> House:
    return in_memory(SwapRecoveredDatabase(), rds, clock)


def names(house: House) -> dict[str, str]:
    """Which instance has which name, by resource id."""
    return {each["DbiResourceId"]: name for name, each in house.aws.instances.items()}


def retired(house: House) -> str:
    (name,) = (name for name in house.aws.instances if name.startswith("orders-retired-"))
    return str(name)


def renames(house: House) -> list[tuple[str, str]]:
    return [
        (asked["DBInstanceIdentifier"], asked["NewDBInstanceIdentifier"])
        for call, asked in house.aws.calls
        if call == "ModifyDBInstance"
    ]


def declined(house: House, body: Any) -> str:
    answer = house.deliver(body)
    assert answer.decision == "declined", answer
    assert house.aws.calls == []
    return answer.text.split(":")[0]


def swapped(house: House) -> Answer:
    end = house.follow(house.deliver(approved(house, REQUEST)))
    assert end.decision == "recovered", end
    return end


def undo(end: Answer) -> dict[str, Any]:
    which = {"incident": end.incident, "run": end.run}
    return {"undo": which, "reason": "the data was wrong", "requested_by": "ann", "mode": "act"}


# ---- what it does


def test_nothing_is_renamed_before_a_person_has_approved_the_outage(house: House) -> None:
    house.aws.connections = [3.0, 12.0]
    plan = house.run(proposed(house, REQUEST)).plan
    assert house.aws.calls == [] and plan is not None
    assert "nobody can reach the database" in plan["ask_first"]
    assert "ben has checked" in plan["reason"] and "up to 12 connections" in plan["reason"]


def test_the_original_makes_room_first_and_a_snapshot_of_it_comes_before_all(house: House) -> None:
    swapped(house)
    assert house.aws.calls[0][0] == "CreateDBSnapshot"
    assert house.aws.calls[0][1]["DBInstanceIdentifier"] == "orders"
    assert renames(house) == [("orders", retired(house)), (NEW, "orders")]
    assert names(house) == {"db-ORDERS": retired(house), "db-NEW": "orders"}


def test_the_plan_is_the_same_whenever_it_is_made(house: House) -> None:
    answer = proposed(house, REQUEST)
    house.clock.move(45 * MINUTE)
    house.aws.connections = [99.0]
    assert house.follow(house.deliver(approve(house, answer))).decision == "recovered"


def test_where_the_original_is_gone_only_the_name_is_taken(house: House) -> None:
    del house.aws.instances["orders"]
    swapped(house)
    assert [call for call, _ in house.aws.calls] == ["ModifyDBInstance"]
    assert names(house) == {"db-NEW": "orders"}


def test_where_the_second_rename_is_refused_the_original_gets_its_name_back(house: House) -> None:
    def refuse() -> None:
        if len(renames(house)) == 1:
            house.aws.instances[NEW]["PendingModifiedValues"] = {}
            house.aws.refuses["modify_db_instance"] = "InvalidDBInstanceState"
        house.aws.then["describe_db_instances"] = lambda: None

    house.aws.then["modify_db_instance"] = refuse
    answer = house.deliver(approved(house, REQUEST))
    while house.aws.refuses == {}:
        house.clock.move(answer.wait or MINUTE)
        answer = house.wake(answer)
    house.clock.move(answer.wait or MINUTE)
    answer = refused_once(house, answer)
    end = house.follow(answer)
    assert end.decision == "undone"
    assert names(house) == {"db-ORDERS": "orders", "db-NEW": NEW}


def refused_once(house: House, answer: Answer) -> Answer:
    """The second rename is refused, and the next call is not."""
    del house.aws.then["modify_db_instance"]

    class Once(dict[str, str]):
        def __contains__(self, name: object) -> bool:
            return bool(super().__contains__(name))

        def __getitem__(self, name: str) -> str:
            return self.pop(name)

    house.aws.refuses = Once(house.aws.refuses)
    return house.wake(answer)


def test_the_second_name_is_given_when_the_original_is_back_from_its_reboot(house: House) -> None:
    def reboot() -> None:
        name = renames(house)[0][1]
        if len(renames(house)) == 1:
            house.aws.instances[name]["DBInstanceStatus"] = "rebooting"

    house.aws.then["modify_db_instance"] = reboot
    answer = house.deliver(approved(house, REQUEST))
    for _ in range(8):
        house.clock.move(answer.wait or MINUTE)
        answer = house.wake(answer)
    assert len(renames(house)) == 1
    house.aws.instances[retired(house)]["DBInstanceStatus"] = "available"
    assert house.follow(answer).decision == "recovered"


def test_an_original_that_its_reboot_has_broken_does_not_keep_the_recovered_one_from_its_name(house: House) -> None:
    def breaks() -> None:
        if len(renames(house)) == 1:
            house.aws.instances[renames(house)[0][1]]["DBInstanceStatus"] = "incompatible-parameters"

    house.aws.then["modify_db_instance"] = breaks
    swapped(house)
    assert names(house)["db-NEW"] == "orders"


def test_a_recovered_instance_that_is_broken_under_its_new_name_is_a_persons_at_once(house: House) -> None:
    def breaks() -> None:
        if len(renames(house)) == 2:
            house.aws.instances["orders"]["DBInstanceStatus"] = "incompatible-parameters"

    house.aws.then["modify_db_instance"] = breaks
    end = house.follow(house.deliver(approved(house, REQUEST)))
    assert end.decision == "escalated" and len(renames(house)) == 2
    assert house.clock.now() - NOON < 10 * MINUTE


def test_the_template_of_the_original_has_one_open_difference_until_it_is_undone(house: House) -> None:
    end = swapped(house)
    (open_one,) = open_drifts(house.store.drifts.rows())
    assert (open_one.resource, open_one.property, open_one.stack) == ("orders", "DBInstanceIdentifier", "shop")
    assert (open_one.old, open_one.new) == ("orders", retired(house))
    house.follow(house.deliver(undo(end)))
    assert open_drifts(house.store.drifts.rows()) == ()


def test_a_swap_is_over_only_when_the_recovered_instance_is_available(house: House) -> None:
    def reboot() -> None:
        if len(renames(house)) == 2:
            house.aws.instances["orders"]["DBInstanceStatus"] = "rebooting"

    house.aws.then["modify_db_instance"] = reboot
    answer = house.deliver(approved(house, REQUEST))
    for _ in range(8):
        house.clock.move(answer.wait or MINUTE)
        answer = house.wake(answer)
    assert len(renames(house)) == 2 and answer.decision == "acting"
    house.aws.instances["orders"]["DBInstanceStatus"] = "available"
    assert house.follow(answer).decision == "recovered"


# ---- taken back by a person


def test_a_swap_is_taken_back_by_its_id_the_last_name_first(house: House) -> None:
    end = swapped(house)
    name = retired(house)
    assert house.follow(house.deliver(undo(end))).decision == "undone"
    assert names(house) == {"db-ORDERS": "orders", "db-NEW": NEW}
    assert renames(house)[2:] == [("orders", NEW), (name, "orders")]


@pytest.mark.parametrize("status", ["stopped", "deleting"])
def test_nothing_is_taken_back_while_the_retired_one_could_not_follow(house: House, status: str) -> None:
    end = swapped(house)
    house.aws.instances[retired(house)]["DBInstanceStatus"] = status
    answer = house.deliver(undo(end))
    assert answer.text.startswith("original_not_available") and len(renames(house)) == 2


def test_a_swap_of_a_long_name_is_taken_back_by_its_id(house: House) -> None:
    name = f"orders-{'x' * 53}-y"
    made = new_name(name, "-recovered-", "1234abcd")
    assert not made.startswith(name)
    known = house.aws.instances
    known[name] = {**known.pop("orders"), "DBInstanceIdentifier": name, "DBInstanceArn": arn(name)}
    known[made] = {**known.pop(NEW), "DBInstanceIdentifier": made, "DBInstanceArn": arn(made), "TagList": []}
    house.aws.tag(made, first_responder__mode="act", first_responder__recovered_from=name)
    house.aws.tag(made, first_responder__recovered_as=made)
    end = house.follow(house.deliver(approved(house, {**REQUEST, "target": arn(made)})))
    assert end.decision == "recovered" and names(house)["db-NEW"] == name
    assert house.follow(house.deliver(undo(end))).decision == "undone"
    assert names(house) == {"db-ORDERS": name, "db-NEW": made}


def test_who_has_asked_cannot_approve_it(house: House) -> None:
    run, ports = house.run(proposed(house, {**REQUEST, "requested_by": "Ben"})), house.ctx.ports
    assert run.plan is not None and "two people" in run.plan["ask_first"]
    said = Said(incident=run.incident, run=run.id, plan_hash=run.plan["hash"], approves=True, by=" ben", reason="mine")
    reply = take_answer(said, ports.store, ports.follow_through, ports.clock, ports.settings)
    assert (reply.taken, reply.code) == (False, "same_person")


def test_nothing_is_taken_back_once_the_retired_one_is_deleted(house: House) -> None:
    end = swapped(house)
    del house.aws.instances[retired(house)]
    assert house.deliver(undo(end)).text.startswith("changed_since")
    assert len(renames(house)) == 2


def test_a_second_swap_of_the_same_instance_finds_nothing_to_do(house: House) -> None:
    swapped(house)
    house.clock.move(timedelta(hours=1))
    answer = house.deliver(REQUEST)
    assert answer.text.startswith("already_swapped") and len(renames(house)) == 2


# ---- declines


def recovered(**over: Any) -> Callable[[RdsAccount], Any]:
    return lambda rds: rds.instances[NEW].update(over)


def original(**over: Any) -> Callable[[RdsAccount], Any]:
    return lambda rds: rds.instances["orders"].update(over)


def retired_exists(rds: RdsAccount) -> None:
    """Whatever the name is: it comes from the request."""

    class Everywhere(dict[str, Any]):
        def __contains__(self, name: object) -> bool:
            return str(name).startswith("orders-retired-") or super().__contains__(name)

        def __missing__(self, name: str) -> Any:
            return {**self["orders"], "DBInstanceIdentifier": name}

    rds.instances = Everywhere(rds.instances)


INITIALISING = {"StorageOperationStatus": "Initializing", "StorageOperationPercentProgress": 70}
PITFALLS: dict[str, tuple[Callable[[RdsAccount], Any], str]] = {
    "gone": (lambda rds: rds.instances.pop(NEW), "target_not_found"),
    "not made by a restore of ours": (recovered(TagList=[]), "target_not_found"),
    "recovered not available": (recovered(DBInstanceStatus="modifying"), "instance_not_available"),
    "original not available": (original(DBInstanceStatus="stopped"), "original_not_available"),
    "volume not read yet": (recovered(**INITIALISING), "still_initialising"),
    "pending on the recovered": (recovered(PendingModifiedValues={"Port": 1}), "pending_modifications"),
    "pending on the original": (original(PendingModifiedValues={"Port": 1}), "pending_modifications"),
    "its standby to be taken away": (original(PendingModifiedValues={"MultiAZ": False}), "pending_modifications"),
    "parameters wait on the recovered": (
        recovered(DBParameterGroups=[{"DBParameterGroupName": "p", "ParameterApplyStatus": "pending-reboot"}]),
        "parameters_pending_reboot",
    ),
    "parameters wait on the original": (
        original(DBParameterGroups=[{"DBParameterGroupName": "p", "ParameterApplyStatus": "pending-reboot"}]),
        "parameters_pending_reboot",
    ),
    "replicas": (original(ReadReplicaDBInstanceIdentifiers=["orders-read"]), "replicas_stay_behind"),
    "a replica in Aurora": (original(ReadReplicaDBClusterIdentifiers=["orders-aurora"]), "replicas_stay_behind"),
    "roles for its imports": (
        original(
            AssociatedRoles=[{"RoleArn": "arn:aws:iam::1:role/s3", "FeatureName": "s3Import", "Status": "ACTIVE"}]
        ),
        "settings_differ",
    ),
    "its password kept by RDS": (original(MasterUserSecret={"SecretArn": "arn:x"}), "settings_differ"),
    "Single-AZ": (recovered(MultiAZ=False), "settings_differ"),
    "other network": (recovered(DBSubnetGroup={"DBSubnetGroupName": "default"}), "settings_differ"),
    "other security groups": (recovered(VpcSecurityGroups=[]), "settings_differ"),
    "other parameters": (recovered(DBParameterGroups=[]), "settings_differ"),
    "not monitored": (recovered(MonitoringInterval=0), "settings_differ"),
    "other port": (recovered(Endpoint={"Address": "x", "Port": 3306}), "settings_differ"),
    "older version": (recovered(EngineVersion="16.1"), "engine_version_differs"),
    "owner lowered the original's mode": (
        original(TagList=[{"Key": "first-responder:mode", "Value": "propose"}]),
        "policies_differ",
    ),
    "name taken": (retired_exists, "name_taken"),
    "no snapshot left": (lambda rds: rds.quotas.update(ManualSnapshots=(100, 100)), "snapshot_quota"),
    "stack at work": (lambda rds: setattr(rds, "stack", "UPDATE_IN_PROGRESS"), "stack_in_progress"),
    "original says never": (
        lambda rds: (
            original(TagList=[{"Key": "first-responder:mode", "Value": "never"}])(rds),
            rds.tag(NEW, first_responder__mode="never"),
        ),
        "policy_never",
    ),
    "may not be read": (lambda rds: rds.refuses.update(get_metric_data="AccessDenied"), "cannot_read"),
}


@pytest.mark.parametrize("pitfall", PITFALLS)
def test_each_pitfall_is_declined_with_its_own_code(house: House, pitfall: str) -> None:
    turn, code = PITFALLS[pitfall]
    turn(house.aws)
    assert declined(house, REQUEST) == code


def test_the_first_setting_that_differs_is_named(house: House) -> None:
    recovered(MultiAZ=False)(house.aws)
    assert "multi_az: True, none" in house.deliver(REQUEST).text


def test_nobody_who_has_checked_the_data_no_swap(house: House) -> None:
    with pytest.raises(InvalidEvent):
        house.deliver({**REQUEST, "parameters": {}})


# ---- scenes


@contextmanager
def _recovered() -> Iterator[House]:
    clock = FakeClock(NOON)
    yield in_memory(SwapRecoveredDatabase(), account(clock), clock)


@contextmanager
def an_approved_swap_gives_both_their_names() -> Iterator[tuple[House, Any]]:
    with _recovered() as house:
        yield house, approved(house, REQUEST)


@contextmanager
def a_swap_is_taken_back_by_a_person() -> Iterator[tuple[House, Any]]:
    with _recovered() as house:
        yield house, undo(swapped(house))


@contextmanager
def the_original_does_not_come_back_from_its_reboot() -> Iterator[tuple[House, Any]]:
    with _recovered() as house:

        def stick() -> None:
            retired = renames(house)[0][1]
            if len(renames(house)) == 2:
                house.aws.instances[retired]["DBInstanceStatus"] = "rebooting"
            if len(renames(house)) == 3:
                house.aws.instances[retired]["DBInstanceStatus"] = "available"

        house.aws.then["modify_db_instance"] = stick
        yield house, approved(house, REQUEST)


SCENES = {
    scene.__name__: scene
    for scene in (
        an_approved_swap_gives_both_their_names,
        a_swap_is_taken_back_by_a_person,
        the_original_does_not_come_back_from_its_reboot,
    )
}
