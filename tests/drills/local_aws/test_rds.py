"""Instances take time for what they do, refuse what RDS refuses, and say what they did."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import ACCOUNT, REGION, Aws, Ear, until

GIB = 1024**3


class Database:
    """One instance of 100 GiB."""

    def __init__(self, aws: Aws, name: str, **settings: Any) -> None:
        self.rds, self.name = aws("rds"), name
        created = self.rds.create_db_instance(
            **{
                "DBInstanceIdentifier": name,
                "Engine": "postgres",
                "DBInstanceClass": "db.t3.micro",
                "MasterUsername": "u",
                "MasterUserPassword": "password",
                "AllocatedStorage": 100,
                "StorageType": "gp3",
                "Tags": [{"Key": "owner", "Value": "us"}],
                **settings,
            }
        )["DBInstance"]
        assert created["DBInstanceStatus"] == "creating"
        until(lambda: self.status() == "available")

    def describe(self) -> dict[str, Any]:
        return dict(self.rds.describe_db_instances(DBInstanceIdentifier=self.name)["DBInstances"][0])

    def status(self) -> str:
        return str(self.describe()["DBInstanceStatus"])

    def modify(self, **changes: Any) -> dict[str, Any]:
        return dict(
            self.rds.modify_db_instance(DBInstanceIdentifier=self.name, ApplyImmediately=True, **changes)["DBInstance"]
        )

    def refusal(self, **changes: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as refused:
            self.modify(**changes)
        error = refused.value.response["Error"]
        return error["Code"], error["Message"]


@pytest.fixture(scope="module")
def database(aws: Aws) -> Database:
    return Database(aws, "db")


def test_refusals(aws: Aws, database: Database) -> None:
    assert database.refusal(AllocatedStorage=109)[0] == "InvalidParameterCombination"
    assert "at least 10 percent" in database.refusal(AllocatedStorage=109)[1]
    assert database.refusal(AllocatedStorage=50)[0] == "InvalidParameterCombination"
    assert database.refusal(AllocatedStorage=200, Iops=4000)[1] == (
        "You can't specify IOPS or storage throughput for engine postgres and a storage size less than 400."
    )
    assert database.refusal(AllocatedStorage=200, MaxAllocatedStorage=210)[0] == "InvalidParameterCombination"
    provisioned = Database(aws, "io", StorageType="io1", Iops=1000)
    assert provisioned.refusal(AllocatedStorage=200)[1] == (
        "You must specify both the storage size and iops when modifying the storage size or iops on a DB instance that "
        "has iops."
    )
    assert database.status() == "available"


def test_valid_modifications_start_ten_percent_above(database: Database) -> None:
    valid = database.rds.describe_valid_db_instance_modifications(DBInstanceIdentifier="db")[
        "ValidDBInstanceModificationsMessage"
    ]["Storage"]
    [gp3] = [option for option in valid if option["StorageType"] == "gp3"]
    assert gp3["StorageSize"] == [{"From": 110, "To": 65536, "Step": 1}]
    assert gp3["SupportsStorageAutoscaling"] is True


def test_snapshot_takes_time_and_blocks_the_instance(database: Database) -> None:
    wanted = {"DBInstanceIdentifier": "db", "DBSnapshotIdentifier": "before"}
    snapshot = database.rds.create_db_snapshot(**wanted, Tags=[{"Key": "run", "Value": "1"}])["DBSnapshot"]
    assert (snapshot["Status"], snapshot["PercentProgress"]) == ("creating", 0)
    assert database.status() == "backing-up"
    assert database.refusal(AllocatedStorage=200)[0] == "InvalidDBInstanceState"
    for name, code in (("before", "DBSnapshotAlreadyExists"), ("another", "InvalidDBInstanceState")):
        with pytest.raises(ClientError) as refused:
            database.rds.create_db_snapshot(**{**wanted, "DBSnapshotIdentifier": name})
        assert refused.value.response["Error"]["Code"] == code

    def done() -> bool:
        [shown] = database.rds.describe_db_snapshots(DBSnapshotIdentifier="before")["DBSnapshots"]
        return bool(shown["Status"] == "available" and shown["PercentProgress"] == 100)

    until(done)
    until(lambda: database.status() == "available")


def test_growth_is_modifying_then_optimising_then_available(database: Database, ear: Ear) -> None:
    answer = database.modify(AllocatedStorage=150, MaxAllocatedStorage=300)
    assert (answer["AllocatedStorage"], answer["PendingModifiedValues"]) == (100, {"AllocatedStorage": 150})
    assert answer["MaxAllocatedStorage"] == 300
    assert database.status() == "modifying"
    until(lambda: database.status() == "storage-optimization")
    shown = database.describe()
    assert (shown["AllocatedStorage"], shown["PendingModifiedValues"]) == (150, {})
    assert database.refusal(AllocatedStorage=200) == (
        "InvalidParameterCombination",
        "You can't currently modify the storage of this DB instance because the previous "
        "storage change is being optimized.",
    )
    until(lambda: database.status() == "available")
    assert shown["TagList"] == [{"Key": "owner", "Value": "us"}]
    for number in ("RDS-EVENT-0018", "RDS-EVENT-0017"):
        event = ear.event("RDS DB Instance Event", EventID=number, SourceIdentifier="db")
        assert event["resources"] == [event["detail"]["SourceArn"]] == [f"arn:aws:rds:{REGION}:{ACCOUNT}:db:db"]
        assert event["detail"]["SourceType"] == "DB_INSTANCE"
    messages = [
        e["Message"]
        for e in database.rds.describe_events(SourceIdentifier="db", SourceType="db-instance", Duration=60)["Events"]
    ]
    assert "Finished applying modification to allocated storage" in messages


def test_free_space_makes_rds_speak_and_stop(aws: Aws, database: Database, ear: Ear) -> None:
    def put(free: float) -> None:
        aws("cloudwatch").put_metric_data(
            Namespace="AWS/RDS",
            MetricData=[
                {
                    "MetricName": "FreeStorageSpace",
                    "Value": free,
                    "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "db"}],
                }
            ],
        )

    put(2 * GIB)
    low = ear.event("RDS DB Instance Event", EventID="RDS-EVENT-0089", SourceIdentifier="db")
    assert low["detail"]["EventCategories"] == ["low storage"]
    put(0)
    until(lambda: database.status() == "storage-full")
    with pytest.raises(ClientError) as refused:
        database.rds.create_db_snapshot(DBInstanceIdentifier="db", DBSnapshotIdentifier="full")
    assert refused.value.response["Error"]["Code"] == "InvalidDBInstanceState"
    database.modify(AllocatedStorage=200)
    until(lambda: database.status() == "available")
    assert database.describe()["AllocatedStorage"] == 200
