from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.core.approval import Said, take_answer
from functions.core.errors import InvalidEvent
from functions.core.prices import rds_instance, rds_iops, rds_storage, together
from functions.readings.rds_settings import settings_that_differ
from functions.remediations.recover_database_to_point_in_time import RecoverDatabaseToPointInTime
from tests.approved import approve, approved, proposed
from tests.conftest import NOON
from tests.events import ACCOUNT, REGION
from tests.house import House, in_memory
from tests.rds_account import KEY, ROLE, RdsAccount, arn

HALF_PAST = "2026-11-23T11:30:00Z"


def request(time: str = HALF_PAST, target: str = "orders", **over: Any) -> dict[str, Any]:
    said = {"reason": "a bad migration", "requested_by": "ada", "mode": "act"}
    return {"target": arn(target), **said, "parameters": {"time": time, "incident": "INC-7"}, **over}


def event(number: str = "0031") -> dict[str, Any]:
    detail = {
        "SourceType": "DB_INSTANCE",
        "SourceArn": arn("orders"),
        "EventID": f"RDS-EVENT-{number}",
        "Message": "...",
    }
    return {
        "version": "0", "id": f"event-{number}", "detail-type": "RDS DB Instance Event", "source": "aws.rds",
        "account": ACCOUNT, "time": "2026-11-23T12:00:00Z", "region": REGION, "resources": [arn("orders")], "detail": detail,
    }  # fmt: skip


@pytest.fixture
def rds(clock: FakeClock) -> RdsAccount:
    return RdsAccount(clock)


@pytest.fixture
def house(rds: RdsAccount, clock: FakeClock) -> House:
    return in_memory(RecoverDatabaseToPointInTime(), rds, clock)


def orders(house: House) -> dict[str, Any]:
    found: dict[str, Any] = house.aws.instances["orders"]
    return found


def new(rds: RdsAccount) -> dict[str, Any]:
    (name,) = (name for name in rds.instances if "-recovered-" in name)
    return rds.instances[name]


def declined(house: House, body: Any) -> str:
    answer = house.deliver(body)
    assert answer.decision == "declined", answer
    assert house.aws.calls == []
    return answer.text.split(":")[0]


# ---- what it does


def test_nothing_is_restored_before_a_person_has_approved_it_whatever_the_mode(house: House) -> None:
    answer = proposed(house, request())
    assert house.aws.calls == []
    plan = house.run(answer).plan
    assert plan is not None and "two people" in plan["ask_first"]
    assert "row counts" in plan["reason"] and "not in it" in plan["reason"]
    assert all(way_back.startswith("none: ") for way_back in plan["way_back"])


def test_after_the_approval_a_second_instance_gets_every_setting_and_the_source_stays(house: House) -> None:
    before = json.dumps(orders(house), default=str)
    end = house.follow(house.deliver(approved(house, request())))
    assert end.decision == "recovered"
    assert json.dumps(orders(house), default=str) == before
    made = new(house.aws)
    assert settings_that_differ(orders(house), made) == ()
    assert made["DeletionProtection"] is True
    assert all(named.get("DBInstanceIdentifier") != "orders" for _, named in house.aws.calls)
    assert [call for call, _ in house.aws.calls] == ["RestoreDBInstanceToPointInTime", *["ModifyDBInstance"] * 2]
    assert house.aws.calls[0][1]["RestoreTime"] == datetime(2026, 11, 23, 11, 30, tzinfo=UTC)


def test_the_owners_tags_go_along_and_those_of_aws_do_not(house: House) -> None:
    house.follow(house.deliver(approved(house, request())))
    tags = house.aws.tags(new(house.aws)["DBInstanceIdentifier"])
    assert tags["first-responder:mode"] == "act" and tags["environment"] == "production"
    assert not any(key.startswith("aws:") for key in tags)
    assert tags["first-responder:recovered-from"] == "orders"
    assert tags["first-responder:recovered-as"] == new(house.aws)["DBInstanceIdentifier"]
    assert tags["first-responder:recovered-for"] == "INC-7"


def test_the_plan_is_the_same_whenever_it_is_made(house: House) -> None:
    answer = proposed(house, request("latest"))
    house.clock.move(timedelta(minutes=40))
    orders(house)["LatestRestorableTime"] += timedelta(minutes=40)
    end = house.follow(house.deliver(approve(house, answer)))
    assert end.decision == "recovered"
    assert house.aws.calls[0][1]["UseLatestRestorableTime"] is True


def test_for_the_latest_time_whatever_writes_has_to_stop_first(house: House) -> None:
    latest, named = (house.run(proposed(house, request(time))).plan for time in ("latest", HALF_PAST))
    assert latest is not None and named is not None
    assert "stop whatever writes" in latest["reason"] and "stop whatever writes" not in named["reason"]


def test_who_has_asked_cannot_approve_it(house: House) -> None:
    run, ports = house.run(proposed(house, request(requested_by="Ben  Kay"))), house.ctx.ports
    assert run.plan is not None
    mine, theirs = (
        Said(incident=run.incident, run=run.id, plan_hash=run.plan["hash"], approves=True, by=by, reason="")
        for by in ("ben kay", "Ann")
    )
    reply = take_answer(mine, ports.store, ports.follow_through, ports.clock, ports.settings)
    assert (reply.taken, reply.code) == (False, "same_person")
    assert take_answer(theirs, ports.store, ports.follow_through, ports.clock, ports.settings).taken


def test_the_cost_is_that_of_a_second_instance_with_its_standby(house: House) -> None:
    plan = house.run(proposed(house, request())).plan
    instance = rds_instance("db.m6g.large", "postgres", multi_az=True)
    cost = together(instance, rds_storage(100, "io1", 2), rds_iops(3000, "io1", 2))
    assert plan is not None and Decimal(plan["cost_per_month_usd"]) == cost and cost is not None and cost > 200


def test_the_name_has_room_for_long_names_and_is_one_that_rds_takes(house: House) -> None:
    name = "a-name-that-is-as-long-as-rds-takes-------------------------x"[:63].replace("--", "-y")
    house.aws.instances[name] = {**orders(house), "DBInstanceIdentifier": name, "DBInstanceArn": arn(name)}
    house.aws.backups[0]["DBInstanceIdentifier"] = name
    plan = house.run(proposed(house, request(target=name))).plan
    assert plan is not None
    made = plan["actions"][0]["name"]
    assert len(made) <= 63 and "--" not in made and "-recovered-" in made


def test_small_gp3_volumes_are_asked_for_without_type_and_iops(house: House) -> None:
    orders(house).update(StorageType="gp3", Iops=3000, StorageThroughput=125)
    house.follow(house.deliver(approved(house, request())))
    asked = house.aws.calls[0][1]
    assert not {"StorageType", "Iops", "StorageThroughput"} & set(asked)
    assert asked["AllocatedStorage"] == 100


def test_large_gp3_volumes_get_what_the_source_has(house: House) -> None:
    orders(house).update(StorageType="gp3", AllocatedStorage=500, Iops=13000, StorageThroughput=600)
    house.follow(house.deliver(approved(house, request())))
    asked = house.aws.calls[0][1]
    assert (asked["StorageType"], asked["Iops"], asked["StorageThroughput"]) == ("gp3", 13000, 600)


def test_the_proof_waits_until_the_volume_is_read_from_the_backup(house: House) -> None:
    initialising = {"StorageOperationStatus": "Initializing", "StorageOperationPercentProgress": 40}
    house.aws.then["modify_db_instance"] = lambda: new(house.aws).update(initialising)
    answer = house.deliver(approved(house, request()))
    while answer.decision == "acting":
        house.clock.move(answer.wait or timedelta())
        answer = house.wake(answer)
    for _ in range(3):
        house.clock.move(answer.wait or timedelta())
        answer = house.wake(answer)
    assert answer.decision == "proving"
    new(house.aws).pop("StorageOperationStatus")
    assert house.follow(answer).decision == "recovered"


@pytest.mark.parametrize(
    "spoilt",
    [
        {"DeletionProtection": False},
        {"MultiAZ": False},
        {"DBParameterGroups": [{"DBParameterGroupName": "default.postgres16"}]},
        {"AllocatedStorage": 20},
        {"DBParameterGroups": [{"DBParameterGroupName": "orders-16", "ParameterApplyStatus": "pending-reboot"}]},
    ],
)
def test_an_instance_that_is_not_as_wished_is_no_proof_and_a_person_is_called_at_once(
    house: House, spoilt: Any
) -> None:
    house.aws.then["modify_db_instance"] = lambda: new(house.aws).update(spoilt)
    end = house.follow(house.deliver(approved(house, request())))
    assert end.decision == "escalated"
    assert len(house.aws.calls) == 3
    assert house.clock.now() - NOON < timedelta(minutes=10)


@pytest.mark.parametrize("at_work", [{"Endpoint": {}}, {"PendingModifiedValues": {"MultiAZ": True}}])
def test_while_rds_is_at_work_on_it_the_proof_waits(house: House, at_work: Any) -> None:
    def busy() -> None:
        if len(house.aws.calls) == 3:
            new(house.aws).update(at_work)

    house.aws.then["modify_db_instance"] = busy
    assert house.follow(house.deliver(approved(house, request()))).decision == "escalated"
    assert house.clock.now() - NOON > timedelta(hours=23)


def test_a_restored_instance_with_pending_settings_is_not_modified_yet(house: House) -> None:
    pending = {"PendingModifiedValues": {"MultiAZ": True}}
    house.aws.then["restore_db_instance_to_point_in_time"] = lambda: new(house.aws).update(pending)
    answer = house.deliver(approved(house, request()))
    for _ in range(5):
        house.clock.move(answer.wait or timedelta())
        answer = house.wake(answer)
    assert len(house.aws.calls) == 1
    new(house.aws)["PendingModifiedValues"] = {}
    assert house.follow(answer).decision == "recovered"


def test_a_size_that_rds_does_not_show_is_not_as_wished(house: House) -> None:
    house.aws.then["modify_db_instance"] = lambda: new(house.aws).pop("AllocatedStorage", None)
    end = house.follow(house.deliver(approved(house, request())))
    assert end.decision == "escalated"
    assert any("not as wished: 100 GiB" in entry.text for entry in house.store.entries)


@pytest.mark.parametrize(
    ("text", "end"),
    [("MyISAM tables failed to recover", "escalated"), ("Multi-AZ instance failover completed", "recovered")],
)
def test_trouble_in_rdss_events_is_no_proof(house: House, text: str, end: str) -> None:
    def told() -> None:
        house.aws.events.append((new(house.aws)["DBInstanceIdentifier"], NOON, text))

    house.aws.then["modify_db_instance"] = told
    assert house.follow(house.deliver(approved(house, request()))).decision == end
    assert house.clock.now() - NOON < timedelta(minutes=10)


def test_a_restore_that_fails_calls_a_person_and_nothing_is_deleted(house: House) -> None:
    def fail() -> None:
        new(house.aws)["DBInstanceStatus"] = "incompatible-restore"

    house.aws.then["restore_db_instance_to_point_in_time"] = fail
    end = house.follow(house.deliver(approved(house, request())))
    assert (end.decision, len(house.aws.calls)) == ("escalated", 1)


# ---- RDS's own advice


def test_rdss_advice_is_proposed_with_the_latest_time(house: House) -> None:
    orders(house)["DBInstanceStatus"] = "failed"
    plan = house.run(proposed(house, event())).plan
    assert plan is not None and plan["actions"][0]["time"] == ""


def test_rdss_advice_can_be_approved_later_while_the_instance_is_still_failed(house: House) -> None:
    orders(house)["DBInstanceStatus"] = "failed"
    answer = proposed(house, event())
    house.clock.move(timedelta(minutes=50))
    assert house.follow(house.deliver(approve(house, answer))).decision == "recovered"


def test_rdss_advice_is_stale_news_for_an_instance_that_is_available_again(house: House) -> None:
    house.clock.move(timedelta(hours=1))
    assert declined(house, event()) == "stale"


def test_other_events_start_nothing(house: House) -> None:
    assert declined(house, event("0089")) == "no_trigger"


# ---- declines


def older(**over: Any) -> Callable[[RdsAccount], None]:
    return lambda rds: rds.instances["orders"].update(over)


def quota(**left: int) -> Callable[[RdsAccount], None]:
    return lambda rds: rds.quotas.update({name: (100, 100 + more) for name, more in left.items()})


def set_on(**over: Any) -> Callable[[RdsAccount], None]:
    def turn(rds: RdsAccount) -> None:
        for name, value in over.items():
            setattr(rds, name, value)

    return turn


def gone(rds: RdsAccount) -> None:
    rds.instances.clear()
    rds.backups.clear()


def deleted(rds: RdsAccount) -> None:
    rds.instances.clear()
    rds.backups[0]["Status"] = "retained"


PITFALLS: dict[str, tuple[Callable[[RdsAccount], None], str]] = {
    "gone": (gone, "target_not_found"),
    "deleted with retained backups": (deleted, "instance_deleted"),
    "Aurora": (older(Engine="aurora-postgresql", DBClusterIdentifier="orders-c"), "aurora_cluster"),
    "member of a Multi-AZ cluster": (older(DBClusterIdentifier="orders-c"), "cluster_member"),
    "DocumentDB": (older(Engine="docdb"), "not_rds_storage"),
    "RDS Custom": (older(Engine="custom-oracle-ee"), "rds_custom"),
    "read replica": (older(ReadReplicaSourceDBInstanceIdentifier="main"), "read_replica"),
    "no backups": (older(BackupRetentionPeriod=0), "backups_disabled"),
    "no latest time": (lambda rds: rds.instances["orders"].pop("LatestRestorableTime"), "no_restorable_time"),
    "time after the latest": (older(LatestRestorableTime=NOON - timedelta(hours=1)), "time_too_late"),
    "being deleted": (older(DBInstanceStatus="deleting"), "instance_not_available"),
    "a directory": (older(DomainMemberships=[{"Domain": "d-1"}]), "settings_not_restorable"),
    "TDE": (older(TdeCredentialArn="arn:x"), "settings_not_restorable"),
    "more volumes": (older(AdditionalStorageVolumes=[{"VolumeName": "rdsdbdata2"}]), "settings_not_restorable"),
    "too many tags": (
        lambda rds: rds.tag("orders", **{f"t{n}": "x" for n in range(46)}),
        "too_many_tags",
    ),
    "no instance left": (quota(DBInstances=0), "instance_quota"),
    "no storage left": (quota(AllocatedStorage=99), "storage_quota"),
    "key disabled": (set_on(key_state="Disabled"), "kms_key_unusable"),
    "key to be deleted": (set_on(key_state="PendingDeletion"), "kms_key_unusable"),
    "key gone": (set_on(key_state="gone"), "kms_key_unusable"),
    "addresses in one zone": (
        set_on(free={"subnet-a": ("eu-west-1a", 9), "subnet-b": ("eu-west-1b", 0)}),
        "no_free_addresses",
    ),
    "subnet group broken": (
        lambda rds: rds.instances["orders"]["DBSubnetGroup"].update(SubnetGroupStatus="Incomplete"),
        "subnet_group_unusable",
    ),
    "class nowhere": (set_on(offered=None), "class_not_orderable"),
    "class in one zone": (set_on(offered={"zones": ("eu-west-1a",), "multi_az": True}), "class_not_orderable"),
    "class not for Multi-AZ": (
        set_on(offered={"zones": ("eu-west-1a", "eu-west-1b"), "multi_az": False}),
        "class_not_orderable",
    ),
    "may not be read": (lambda rds: rds.refuses.update(describe_subnets="UnauthorizedOperation"), "cannot_read"),
    "quota may not be read": (
        lambda rds: rds.refuses.update(describe_account_attributes="AccessDenied"),
        "cannot_read",
    ),
    "owner says never": (lambda rds: rds.tag("orders", first_responder__mode="never"), "policy_never"),
}


@pytest.mark.parametrize("pitfall", PITFALLS)
def test_each_pitfall_is_declined_with_its_own_code(house: House, pitfall: str) -> None:
    turn, code = PITFALLS[pitfall]
    turn(house.aws)
    assert declined(house, request()) == code


def test_a_time_before_the_first_backup_is_declined(house: House) -> None:
    assert declined(house, request("2026-10-01T00:00:00Z")) == "time_too_early"


def test_a_backup_without_a_window_leaves_the_earliest_time_to_rds(house: House) -> None:
    house.aws.backups = [
        {"DBInstanceIdentifier": "orders", "RestoreWindow": {}},
        {"DBInstanceIdentifier": "orders"},
    ]
    proposed(house, request())


def test_a_time_that_is_none_is_declined(house: House) -> None:
    assert declined(house, request("2026-13-01T00:00:00Z")) == "invalid_time"


@pytest.mark.parametrize("time", ["yesterday", "2026-11-23T11:30:00", "2026-11-23T11:30:00+01:00", ""])
def test_a_time_has_to_be_in_utc(house: House, time: str) -> None:
    with pytest.raises(InvalidEvent):
        house.deliver(request(time))


def test_a_request_without_an_incident_is_none(house: House) -> None:
    with pytest.raises(InvalidEvent):
        house.deliver(request(parameters={"time": "latest"}))


def test_a_name_that_is_taken_since_the_proposal_stops_it(house: House) -> None:
    answer = proposed(house, request())
    plan = house.run(answer).plan
    assert plan is not None
    name = plan["actions"][0]["name"]
    house.aws.instances[name] = house.aws.made(name, {})
    end = house.deliver(approve(house, answer))
    assert end.text.startswith("name_taken") and house.aws.calls == []


def test_a_version_that_rds_lists_nowhere_is_left_to_rds(house: House) -> None:
    house.aws.known_version = False
    proposed(house, request())


def test_a_single_az_instance_needs_one_zone_and_stays_single(house: House) -> None:
    orders(house).update(MultiAZ=False)
    house.aws.free = {"subnet-a": ("eu-west-1a", 9), "subnet-b": ("eu-west-1b", 0)}
    house.follow(house.deliver(approved(house, request())))
    assert new(house.aws)["MultiAZ"] is False


def test_what_no_restore_brings_back_is_told(house: House) -> None:
    orders(house).update(
        ReadReplicaDBInstanceIdentifiers=["orders-read"],
        ReadReplicaDBClusterIdentifiers=["orders-aurora"],
        AssociatedRoles=[{"RoleArn": ROLE, "FeatureName": "s3Import"}],
        MasterUserSecret={"SecretArn": "arn:x"},
        ActivityStreamStatus="started",
        AwsBackupRecoveryPointArn="arn:aws:backup:eu-west-1:123456789012:recovery-point:continuous:1",
    )
    plan = house.run(proposed(house, request())).plan
    assert plan is not None
    assert all(
        word in plan["reason"]
        for word in (
            "orders-read",
            "orders-aurora",
            ROLE,
            "master password",
            "DbiResourceId",
            "alarms",
            "stream",
            "AWS Backup",
        )
    )


# ---- with moto's RDS as it is


def test_a_plain_instance_of_moto_is_proposed_and_then_restored(aws: Boto3Aws, clock: FakeClock) -> None:
    aws.client("rds").create_db_instance(
        DBInstanceIdentifier="orders", Engine="postgres", DBInstanceClass="db.m5.large", AllocatedStorage=100,
        MasterUsername="admin1", MasterUserPassword="not-a-secret", MultiAZ=True,
        Tags=[{"Key": "first-responder:mode", "Value": "act"}],
    )  # fmt: skip
    house = in_memory(RecoverDatabaseToPointInTime(), aws, clock)
    house.deliver(approved(house, request("latest")))
    found = aws.client("rds").describe_db_instances()["DBInstances"]
    (made,) = [each for each in found if "-recovered-" in each["DBInstanceIdentifier"]]
    assert made["MultiAZ"] is True and made["DeletionProtection"] is True
    assert {"Key": "first-responder:mode", "Value": "act"} in made["TagList"]


# ---- scenes


@contextmanager
def _asked(**over: Any) -> Iterator[House]:
    clock = FakeClock(NOON)
    rds = RdsAccount(clock)
    rds.instances["orders"].update(over)
    yield in_memory(RecoverDatabaseToPointInTime(), rds, clock)


@contextmanager
def an_approved_point_in_time_is_restored() -> Iterator[tuple[House, Any]]:
    with _asked() as house:
        yield house, approved(house, request())


@contextmanager
def a_request_is_proposed_and_nobody_answers() -> Iterator[tuple[House, Any]]:
    with _asked() as house:
        yield house, request()


@contextmanager
def monitoring_may_not_be_given_and_the_instance_stays() -> Iterator[tuple[House, Any]]:
    with _asked(PerformanceInsightsKMSKeyId=KEY) as house:

        def refuse() -> None:
            if len(house.aws.calls) == 2:
                house.aws.refuses["modify_db_instance"] = "AccessDenied"

        house.aws.then["modify_db_instance"] = refuse
        yield house, approved(house, request("latest"))


SCENES = {
    scene.__name__: scene
    for scene in (
        an_approved_point_in_time_is_restored,
        a_request_is_proposed_and_nobody_answers,
        monitoring_may_not_be_given_and_the_instance_stays,
    )
}
