"""The settings of a DB instance that a restore does not carry over, as RDS describes them.

A restore makes an instance with the default security group, subnet group and parameter group, Single-AZ, unprotected and
unmonitored (API reference, RestoreDBInstanceToPointInTime and RestoreDBInstanceFromDBSnapshot). What its call has parameters
for is in `RestoreSettings`; what only ModifyDBInstance can set afterwards is in `LaterSettings`. None of it needs a reboot.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

_DEFAULT_GROUPS = ("default.", "default:")


@dataclass(frozen=True, kw_only=True)
class RestoreSettings:
    """Parameters of the restore call. Lists are texts parted by commas; empty and None are left to RDS.

    A default parameter or option group is empty: it is what the restore takes by itself, whatever its name is by then.
    """

    instance_class: str
    multi_az: bool
    public: bool
    minor_upgrades: bool
    iam_auth: bool
    copy_tags: bool
    backup_days: int
    backup_window: str = ""
    port: int | None = None
    license: str = ""
    subnet_group: str = ""
    security_groups: str = ""
    parameter_group: str = ""
    option_group: str = ""
    storage_type: str = ""
    iops: int | None = None
    throughput: int | None = None
    log_exports: str = ""
    ca: str = ""
    network_type: str = ""
    lifecycle: str = ""
    processor: str = ""
    log_volume: bool = False
    customer_ip: bool = False
    backup_target: str = ""


@dataclass(frozen=True, kw_only=True)
class LaterSettings:
    """What ModifyDBInstance sets on the new instance. `monitoring_seconds` is 0 without Enhanced Monitoring."""

    maintenance_window: str = ""
    max_gib: int | None = None
    insights: bool = False
    insights_days: int | None = None
    insights_key: str = ""
    insights_mode: str = ""
    monitoring_seconds: int = 0
    monitoring_role: str = ""


def restore_settings(described: Mapping[str, Any]) -> RestoreSettings:
    """Of one item of DescribeDBInstances."""
    said = described.get
    return RestoreSettings(
        instance_class=described["DBInstanceClass"],
        multi_az=bool(said("MultiAZ")),
        public=bool(said("PubliclyAccessible")),
        minor_upgrades=bool(said("AutoMinorVersionUpgrade")),
        iam_auth=bool(said("IAMDatabaseAuthenticationEnabled")),
        copy_tags=bool(said("CopyTagsToSnapshot")),
        backup_days=int(said("BackupRetentionPeriod") or 0),
        backup_window=said("PreferredBackupWindow") or "",
        port=(said("Endpoint") or {}).get("Port") or said("DbInstancePort") or None,
        license=said("LicenseModel") or "",
        subnet_group=(said("DBSubnetGroup") or {}).get("DBSubnetGroupName") or "",
        security_groups=_listed(each["VpcSecurityGroupId"] for each in _staying(said("VpcSecurityGroups"))),
        parameter_group=_own(each["DBParameterGroupName"] for each in said("DBParameterGroups") or ()),
        option_group=_own(each["OptionGroupName"] for each in _staying(said("OptionGroupMemberships"))),
        storage_type=said("StorageType") or "",
        iops=said("Iops") or None,
        throughput=said("StorageThroughput") or None,
        log_exports=_listed(said("EnabledCloudwatchLogsExports") or ()),
        ca=said("CACertificateIdentifier") or "",
        network_type=said("NetworkType") or "",
        lifecycle=said("EngineLifecycleSupport") or "",
        processor=_listed(f"{each['Name']}={each['Value']}" for each in said("ProcessorFeatures") or ()),
        log_volume=bool(said("DedicatedLogVolume")),
        customer_ip=bool(said("CustomerOwnedIpEnabled")),
        backup_target=said("BackupTarget") or "",
    )


def later_settings(described: Mapping[str, Any]) -> LaterSettings:
    """Of one item of DescribeDBInstances."""
    said = described.get
    insights, seconds = bool(said("PerformanceInsightsEnabled")), int(said("MonitoringInterval") or 0)
    return LaterSettings(
        maintenance_window=said("PreferredMaintenanceWindow") or "",
        max_gib=_above(said("MaxAllocatedStorage"), said("AllocatedStorage")),
        insights=insights,
        insights_days=said("PerformanceInsightsRetentionPeriod") if insights else None,
        insights_key=(said("PerformanceInsightsKMSKeyId") or "") if insights else "",
        insights_mode=said("DatabaseInsightsMode") or "",
        monitoring_seconds=seconds,
        monitoring_role=(said("MonitoringRoleArn") or "") if seconds else "",
    )


def pending_reboot(described: Mapping[str, Any]) -> tuple[str, ...]:
    """The parameter groups of one item of DescribeDBInstances that are in effect only after the next reboot."""
    groups = described.get("DBParameterGroups") or ()
    return tuple(
        each["DBParameterGroupName"] for each in groups if each.get("ParameterApplyStatus") == "pending-reboot"
    )


def settings_that_differ(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, ...]:
    """What two items of DescribeDBInstances differ in: `name: first value, second value`."""
    first, second = (
        {**asdict(restore_settings(described)), **asdict(later_settings(described)), **_by_hand(described)}
        for described in (one, other)
    )
    return tuple(
        f"{name}: {first[name] or 'none'}, {second[name] or 'none'}" for name in first if first[name] != second[name]
    )


def _by_hand(described: Mapping[str, Any]) -> dict[str, str]:
    """What neither a restore nor ModifyDBInstance carries over, and applications need all the same."""
    roles = (f"{each.get('RoleArn')} for {each.get('FeatureName')}" for each in described.get("AssociatedRoles") or ())
    return {
        "associated_roles": _listed(roles),
        "master_password_kept_by_rds": "yes" if described.get("MasterUserSecret") else "",
    }


def _staying(memberships: Sequence[Mapping[str, Any]] | None) -> list[Mapping[str, Any]]:
    """Without those that RDS is taking away (`removing`, `pending-removal`): it lists them beside their successors."""
    return [each for each in memberships or () if "remov" not in each.get("Status", "")]


def _listed(values: Any) -> str:
    return ",".join(sorted(values))


def _own(names: Any) -> str:
    return next((name for name in names if not name.startswith(_DEFAULT_GROUPS)), "")


def _above(maximum: int | None, allocated: int | None) -> int | None:
    """Autoscaling's maximum; equal to what is allocated it is turned off, and a restore refuses it."""
    return maximum if maximum and maximum > (allocated or 0) else None
