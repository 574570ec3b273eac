"""An AWS account with DB instances that are restored, renamed and failed over as RDS does it, defaults included.

Answers have the shapes of the service models; what changes something is written down in `calls`. A restored instance has what
its call asked for and RDS's defaults for all else, which moto does not play.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from tests.events import ACCOUNT, REGION
from tests.paginator import operation, paginator

HERE = f"{REGION}:{ACCOUNT}"
KEY = f"arn:aws:kms:{HERE}:key/1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/rds-monitoring"
Asked = Mapping[str, Any]


def arn(name: str, kind: str = "db") -> str:
    return f"arn:aws:rds:{HERE}:{kind}:{name}"


class RdsAccount:
    """`orders` is Multi-AZ and encrypted, and nothing of it is a default. Tests turn the dictionaries that AWS answers with."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.refuses: dict[str, str] = {}
        self.then: dict[str, Callable[[], Any]] = {}
        self.quotas = {"DBInstances": (5, 40), "AllocatedStorage": (1000, 100000), "ManualSnapshots": (3, 100)}
        self.key_state = "Enabled"
        self.free = {"subnet-a": ("eu-west-1a", 20), "subnet-b": ("eu-west-1b", 20)}
        self.offered: dict[str, Any] | None = {"zones": ("eu-west-1a", "eu-west-1b", "eu-west-1c"), "multi_az": True}
        self.known_version = True
        self.events: list[tuple[str, datetime, str]] = []
        self.stack = "UPDATE_COMPLETE"
        self.connections: list[float] = []
        self.metrics: dict[str, float] = {}
        self.load: dict[str, dict[str, float]] = {"db.wait_event": {}, "db.sql_tokenized": {}}
        self.trail: dict[str, str] = {}
        self.kinds: dict[str, str] = {}
        self.deployments: list[tuple[datetime, str]] = []
        self.alarm_state = ""
        self.classes = ("db.m6g.large", "db.m6g.2xlarge", "db.m6g.xlarge", "db.r6g.xlarge")
        self.outside_vpc: tuple[str, ...] = ()
        self.maintenance: list[dict[str, Any]] = []
        now = clock.now()
        self.instances = {"orders": self._orders(now)}
        self.clusters: dict[str, dict[str, Any]] = {}
        self.backups = [self._backup("orders", now)]
        self.snapshots = {"orders-monday": self.snapshot("orders-monday", now - timedelta(hours=9))}

    def _orders(self, now: datetime) -> dict[str, Any]:
        return {
            **_plain("orders", "db-ORDERS", now), "MultiAZ": True, "SecondaryAvailabilityZone": "eu-west-1b",
            "DBParameterGroups": [{"DBParameterGroupName": "orders-16", "ParameterApplyStatus": "in-sync"}],
            "OptionGroupMemberships": [{"OptionGroupName": "orders-options", "Status": "in-sync"}],
            "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-orders", "Status": "active"}],
            "DBSubnetGroup": self.subnet_group("private"), "DeletionProtection": True, "BackupRetentionPeriod": 30,
            "PreferredBackupWindow": "02:00-02:30", "PreferredMaintenanceWindow": "sun:04:00-sun:04:30",
            "MonitoringInterval": 60, "MonitoringRoleArn": ROLE, "PerformanceInsightsEnabled": True,
            "PerformanceInsightsRetentionPeriod": 93, "PerformanceInsightsKMSKeyId": KEY, "DatabaseInsightsMode": "standard",
            "IAMDatabaseAuthenticationEnabled": True, "CopyTagsToSnapshot": True, "MaxAllocatedStorage": 1000,
            "EnabledCloudwatchLogsExports": ["postgresql", "upgrade"], "CACertificateIdentifier": "rds-ca-ecc384-g1",
            "StorageEncrypted": True, "KmsKeyId": KEY, "AutoMinorVersionUpgrade": False, "NetworkType": "IPV4",
            "EngineLifecycleSupport": "open-source-rds-extended-support-disabled", "DedicatedLogVolume": True,
            "ProcessorFeatures": [{"Name": "coreCount", "Value": "2"}], "StorageType": "io1", "Iops": 3000,
            "LatestRestorableTime": now - timedelta(minutes=4),
            "TagList": [
                {"Key": "first-responder:mode", "Value": "act"},
                {"Key": "environment", "Value": "production"},
                {"Key": "aws:cloudformation:stack-name", "Value": "shop"},
                {"Key": "aws:cloudformation:logical-id", "Value": "Orders"},
            ],
        }  # fmt: skip

    def _backup(self, name: str, now: datetime) -> dict[str, Any]:
        window = {"EarliestTime": now - timedelta(days=30), "LatestTime": now - timedelta(minutes=4)}
        return {"DBInstanceIdentifier": name, "DbiResourceId": "db-ORDERS", "Status": "active", "RestoreWindow": window}

    def snapshot(self, name: str, at: datetime, **over: Any) -> dict[str, Any]:
        return {
            "DBSnapshotIdentifier": name, "DBInstanceIdentifier": "orders", "DbiResourceId": "db-ORDERS", "Status": "available",
            "PercentProgress": 100, "Engine": "postgres", "EngineVersion": "16.4", "AllocatedStorage": 100,
            "StorageType": "io1", "Encrypted": True, "KmsKeyId": KEY, "SnapshotCreateTime": at, "SnapshotType": "manual", **over,
        }  # fmt: skip

    def subnet_group(self, name: str) -> dict[str, Any]:
        subnets = [{"SubnetIdentifier": each, "SubnetStatus": "Active"} for each in self.free]
        return {"DBSubnetGroupName": name, "SubnetGroupStatus": "Complete", "Subnets": subnets}

    def tag(self, name: str, **tags: str) -> None:
        self.instances[name]["TagList"] += [
            {"Key": key.replace("__", ":").replace("_", "-"), "Value": value} for key, value in tags.items()
        ]

    def tags(self, name: str) -> dict[str, str]:
        return {tag["Key"]: tag["Value"] for tag in self.instances[name]["TagList"]}

    def made(self, name: str, asked: Asked, **over: Any) -> dict[str, Any]:
        """What a restore makes: RDS's defaults under what was asked for."""
        source, given = self.instances.get("orders") or self._orders(self.clock.now()), asked.get
        number = len(self.calls)
        new = _plain(name, f"db-NEW{number}", self.clock.now())
        kept = ("Engine", "EngineVersion", "StorageEncrypted", "KmsKeyId", "AllocatedStorage", "BackupRetentionPeriod")
        same = {one: source[one] for one in kept if one in source}
        told = {one: asked[one] for one in asked if one in new or one in _TOLD}
        groups = {
            "DBParameterGroupName": given("DBParameterGroupName", "default.postgres16"),
            "ParameterApplyStatus": "in-sync",
        }
        exports = {"EnabledCloudwatchLogsExports": given("EnableCloudwatchLogsExports", [])}
        auth = {"IAMDatabaseAuthenticationEnabled": given("EnableIAMDatabaseAuthentication", False)}
        secured = [{"VpcSecurityGroupId": each} for each in given("VpcSecurityGroupIds", ["sg-default"])]
        return {
            **new, **same, **told, **exports, **auth, "TagList": given("Tags", []), "VpcSecurityGroups": secured,
            "DBParameterGroups": [groups], "DBSubnetGroup": self.subnet_group(given("DBSubnetGroupName", "default")),
            "OptionGroupMemberships": [{"OptionGroupName": given("OptionGroupName", "default:postgres-16")}], **over,
        }  # fmt: skip

    def client(self, service: str) -> Any:
        return _Client(self, service)

    def now(self) -> datetime:
        return self.clock.now()

    def refusal(self, error: Exception) -> str | None:
        return Boto3Aws(self.clock).refusal(error)


_TOLD = frozenset(
    {
        "MultiAZ", "PubliclyAccessible", "AutoMinorVersionUpgrade", "LicenseModel", "Iops", "StorageThroughput", "StorageType",
        "CopyTagsToSnapshot", "ProcessorFeatures", "DeletionProtection", "MaxAllocatedStorage", "AllocatedStorage",
        "BackupRetentionPeriod", "PreferredBackupWindow", "CACertificateIdentifier", "DedicatedLogVolume",
        "EngineLifecycleSupport", "NetworkType", "DBInstanceClass", "BackupTarget",
    }
)  # fmt: skip


def _plain(name: str, resource: str, now: datetime) -> dict[str, Any]:
    """An instance with RDS's defaults."""
    return {
        "DBInstanceIdentifier": name, "DBInstanceArn": arn(name), "DbiResourceId": resource, "DBInstanceStatus": "available",
        "Engine": "postgres", "EngineVersion": "16.4", "DBInstanceClass": "db.m6g.large", "AllocatedStorage": 100,
        "StorageType": "gp3", "MultiAZ": False, "AvailabilityZone": "eu-west-1a", "InstanceCreateTime": now,
        "Endpoint": {"Address": f"{name}.abc.{REGION}.rds.amazonaws.com", "Port": 5432}, "LicenseModel": "postgresql-license",
        "PubliclyAccessible": False, "AutoMinorVersionUpgrade": True, "DeletionProtection": False, "BackupRetentionPeriod": 1,
        "PreferredBackupWindow": "11:11-11:41", "PreferredMaintenanceWindow": "wed:06:38-wed:07:08", "MonitoringInterval": 0,
        "PerformanceInsightsEnabled": False, "CopyTagsToSnapshot": False, "CACertificateIdentifier": "rds-ca-rsa2048-g1",
        "DatabaseInsightsMode": "standard", "NetworkType": "IPV4", "EngineLifecycleSupport": "open-source-rds-extended-support",
        "TagList": [], "ReadReplicaDBInstanceIdentifiers": [], "PendingModifiedValues": {},
        "DBParameterGroups": [{"DBParameterGroupName": "default.postgres16", "ParameterApplyStatus": "in-sync"}],
        "OptionGroupMemberships": [{"OptionGroupName": "default:postgres-16", "Status": "in-sync"}],
    }  # fmt: skip


class _Client:
    """The calls, of all services."""

    def __init__(self, account: RdsAccount, service: str) -> None:
        self._account, self._service = account, service

    def __getattribute__(self, name: str) -> Any:
        known = object.__getattribute__(self, name)
        if name.startswith("_") or name == "get_paginator":
            return known
        return partial(_call, self._account, self._service, name, known)

    def get_paginator(self, name: str) -> Any:
        return paginator(self, self._service, name)

    def describe_db_instances(self, asked: Asked) -> dict[str, Any]:
        known, name = self._account.instances, asked.get("DBInstanceIdentifier")
        if name is None:
            return {"DBInstances": deepcopy(list(known.values()))}
        if name not in known:
            raise refused("DBInstanceNotFound", "DescribeDBInstances")
        return {"DBInstances": [deepcopy(known[name])]}

    def describe_db_clusters(self, asked: Asked) -> dict[str, Any]:
        known, name = self._account.clusters, asked.get("DBClusterIdentifier")
        if name is not None and name not in known:
            raise refused("DBClusterNotFoundFault", "DescribeDBClusters")
        return {"DBClusters": deepcopy([known[name]] if name else list(known.values()))}

    def describe_db_instance_automated_backups(self, asked: Asked) -> dict[str, Any]:
        (wanted,) = asked["Filters"][0]["Values"]
        found = [each for each in self._account.backups if each["DBInstanceIdentifier"] == wanted]
        return {"DBInstanceAutomatedBackups": deepcopy(found)}

    def describe_db_snapshots(self, asked: Asked) -> dict[str, Any]:
        known, name = self._account.snapshots, asked.get("DBSnapshotIdentifier")
        if name is not None and name not in known:
            raise refused("DBSnapshotNotFound", "DescribeDBSnapshots")
        of = asked.get("DBInstanceIdentifier")
        listed = [each for each in known.values() if of in (None, each["DBInstanceIdentifier"])]
        named = [known[name]] if name else listed
        return {"DBSnapshots": deepcopy(named)}

    def describe_account_attributes(self, asked: Asked) -> dict[str, Any]:
        quotas = self._account.quotas.items()
        return {"AccountQuotas": [{"AccountQuotaName": name, "Used": used, "Max": top} for name, (used, top) in quotas]}

    def describe_orderable_db_instance_options(self, asked: Asked) -> dict[str, Any]:
        offered = self._account.offered
        if not self._account.known_version or ("DBInstanceClass" in asked and offered is None):
            return {"OrderableDBInstanceOptions": []}
        zones = [{"Name": zone} for zone in offered["zones"]] if offered else [{"Name": "eu-west-1a"}]
        multi_az = bool(offered and offered["multi_az"])
        outside = () if asked.get("Vpc") else self._account.outside_vpc
        classes = (asked["DBInstanceClass"],) if "DBInstanceClass" in asked else (*self._account.classes, *outside)
        like = {"AvailabilityZones": zones, "MultiAZCapable": multi_az}
        return {"OrderableDBInstanceOptions": [{"DBInstanceClass": each, **like} for each in classes]}

    def describe_events(self, asked: Asked) -> dict[str, Any]:
        of, since = asked["SourceIdentifier"], self._account.now() - timedelta(minutes=asked["Duration"])
        told = [(at, text) for db, at, text in self._account.events if db == of and at >= since]
        return {"Events": [{"Date": at, "Message": text, "SourceType": "db-instance"} for at, text in told]}

    def describe_pending_maintenance_actions(self, asked: Asked) -> dict[str, Any]:
        details = {
            "ResourceIdentifier": asked["ResourceIdentifier"],
            "PendingMaintenanceActionDetails": self._account.maintenance,
        }
        return {"PendingMaintenanceActions": [details] if self._account.maintenance else []}

    def describe_key(self, asked: Asked) -> dict[str, Any]:
        if self._account.key_state == "gone":
            raise refused("NotFoundException", "DescribeKey")
        return {"KeyMetadata": {"KeyId": asked["KeyId"], "KeyState": self._account.key_state}}

    def describe_subnets(self, asked: Asked) -> dict[str, Any]:
        known = self._account.free
        return {
            "Subnets": [
                {"SubnetId": each, "AvailabilityZone": known[each][0], "AvailableIpAddressCount": known[each][1]}
                for each in asked["SubnetIds"]
            ]
        }

    def describe_stacks(self, asked: Asked) -> dict[str, Any]:
        now = self._account.now()
        return {"Stacks": [{"StackName": asked["StackName"], "StackStatus": self._account.stack, "CreationTime": now}]}

    def get_metric_data(self, asked: Asked) -> dict[str, Any]:
        return {"MetricDataResults": [self._measured(query) for query in asked["MetricDataQueries"]]}

    def _measured(self, query: Asked) -> dict[str, Any]:
        name, known = query["MetricStat"]["Metric"]["MetricName"], self._account.metrics
        values = [known[name]] if name in known else self._account.connections if name == "DatabaseConnections" else []
        times = [self._account.now() - timedelta(minutes=n) for n in range(len(values))]
        return {"Id": query["Id"], "Timestamps": times, "Values": values}

    def describe_alarms(self, asked: Asked) -> dict[str, Any]:
        state = self._account.alarm_state
        alarms = [{"AlarmName": name, "StateValue": state} for name in asked["AlarmNames"]] if state else []
        return {"MetricAlarms": alarms}

    def lookup_events(self, asked: Asked) -> dict[str, Any]:
        told = [one for one in self._account.deployments if asked["StartTime"] <= one[0] <= asked["EndTime"]]
        return {
            "Events": [
                {"EventTime": at, "Username": "ci", "Resources": [{"ResourceName": service}], **self._account.trail}
                for at, service in told
            ]
        }

    def describe_dimension_keys(self, asked: Asked) -> dict[str, Any]:
        group = asked["GroupBy"]["Group"]
        name = {"db.wait_event": "db.wait_event.name", "db.sql_tokenized": "db.sql_tokenized.statement"}[group]
        keys = self._account.load[group].items()
        kinds = self._account.kinds
        told = [
            ({name: each} | ({"db.wait_event.type": kinds[each]} if each in kinds else {}), load) for each, load in keys
        ]
        return {"Keys": [{"Dimensions": dimensions, "Total": load} for dimensions, load in told]}

    def restore_db_instance_to_point_in_time(self, asked: Asked) -> dict[str, Any]:
        if asked["SourceDBInstanceIdentifier"] not in self._account.instances:
            raise refused("DBInstanceNotFound", "RestoreDBInstanceToPointInTime")
        return self._restored("RestoreDBInstanceToPointInTime", asked["TargetDBInstanceIdentifier"], asked)

    def restore_db_instance_from_db_snapshot(self, asked: Asked) -> dict[str, Any]:
        return self._restored("RestoreDBInstanceFromDBSnapshot", asked["DBInstanceIdentifier"], asked)

    def _restored(self, call: str, name: str, asked: Asked) -> dict[str, Any]:
        account = self._account
        if name in account.instances:
            raise refused("DBInstanceAlreadyExists", call)
        account.calls.append((call, dict(asked)))
        account.instances[name] = account.made(name, asked)
        return {"DBInstance": deepcopy(account.instances[name])}

    def create_db_snapshot(self, asked: Asked) -> dict[str, Any]:
        account, name = self._account, asked["DBSnapshotIdentifier"]
        if name in account.snapshots:
            raise refused("DBSnapshotAlreadyExists", "CreateDBSnapshot")
        account.calls.append(("CreateDBSnapshot", dict(asked)))
        account.snapshots[name] = account.snapshot(
            name, account.now(), DBInstanceIdentifier=asked["DBInstanceIdentifier"], TagList=asked["Tags"]
        )
        return {"DBSnapshot": deepcopy(account.snapshots[name])}

    def reboot_db_instance(self, asked: Asked) -> dict[str, Any]:
        found = self._account.instances.get(asked["DBInstanceIdentifier"])
        if found is None:
            raise refused("DBInstanceNotFound", "RebootDBInstance")
        if asked["ForceFailover"] and not found["MultiAZ"]:
            raise refused("InvalidParameterCombination", "RebootDBInstance")
        self._stop_what_is_at_work("RebootDBInstance", asked)
        self._account.calls.append(("RebootDBInstance", dict(asked)))
        zones = found["SecondaryAvailabilityZone"], found["AvailabilityZone"]
        found.update(AvailabilityZone=zones[0], SecondaryAvailabilityZone=zones[1])
        return {"DBInstance": deepcopy(found)}

    def _stop_what_is_at_work(self, call: str, asked: Asked) -> None:
        """RDS refuses what it is doing already. Here time stands still: what was once asked for is still being done."""
        if (call, dict(asked)) in self._account.calls:
            raise refused("InvalidDBInstanceState", call)

    def modify_db_instance(self, asked: Asked) -> dict[str, Any]:
        account, name, new = self._account, asked["DBInstanceIdentifier"], asked.get("NewDBInstanceIdentifier")
        if name not in account.instances:
            raise refused("DBInstanceNotFound", "ModifyDBInstance")
        if new in account.instances:
            raise refused("DBInstanceAlreadyExists", "ModifyDBInstance")
        if account.instances[name]["DBInstanceStatus"] != "available":
            raise refused("InvalidDBInstanceState", "ModifyDBInstance")
        self._stop_what_is_at_work("ModifyDBInstance", asked)
        account.calls.append(("ModifyDBInstance", dict(asked)))
        found = account.instances[name]
        changes = {key: value for key, value in asked.items() if key in found or key.startswith(("Monitoring", "Perf"))}
        changes |= {"PerformanceInsightsEnabled": True} if asked.get("EnablePerformanceInsights") else {}
        changes |= {"MaxAllocatedStorage": asked["MaxAllocatedStorage"]} if "MaxAllocatedStorage" in asked else {}
        found.update({key: value for key, value in changes.items() if key != "DBInstanceIdentifier"})
        if new:
            account.instances[new] = {
                **account.instances.pop(name),
                "DBInstanceIdentifier": new,
                "DBInstanceArn": arn(new),
            }
        return {"DBInstance": deepcopy(account.instances[new or name])}


def _call(account: RdsAccount, service: str, name: str, answer: Callable[..., Any], /, **asked: Any) -> Any:
    """Hold question and answer against the service's model, so that nothing is asked or answered that AWS does not know."""
    if name in account.refuses:
        raise refused(account.refuses[name], name)
    called = operation(service, name)
    _hold(name, called.input_shape, asked)
    said = answer(asked)
    _hold(name, called.output_shape, said)
    account.then.get(name, lambda: None)()
    return said


def _hold(name: str, shape: Any, value: Any) -> None:
    problems = ParamValidator().validate(value, shape)
    assert not problems.has_errors(), f"{name}: {problems.generate_report()}"


def refused(code: str, operation: str) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}, operation
    )
