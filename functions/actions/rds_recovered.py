"""What a restored DB instance is given after its restore, because the restore's call has no parameter for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from functions.actions.rds_restore import NEW, broken
from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.rds import DESCRIBE_DB_INSTANCES, describe
from functions.readings.rds_settings import LaterSettings, later_settings

_MODIFY = Allow(action="rds:ModifyDBInstance", on=NEW, tagged=True)
_KEPT = Irreversible("nobody uses the new instance yet; it keeps this setting until it is deleted by hand")


@dataclass(frozen=True, kw_only=True)
class _OfRecovered(Action):
    """A setting of a new instance, by `name`. RDS applies it without a reboot."""

    patience: ClassVar[timedelta] = timedelta(hours=2)
    look_again: ClassVar[timedelta] = timedelta(seconds=30)
    name: str

    def wished(self) -> Mapping[str, Any]:
        """By the names of `LaterSettings`."""
        raise NotImplementedError

    def progress(self, aws: Aws) -> Progress:
        found = describe(aws, self.name)
        if found is None or broken(found["DBInstanceStatus"]):
            return Progress(Effect.FAILED, f"{self.name} is {found['DBInstanceStatus'] if found else 'gone'}")
        now, status = later_settings(found), found["DBInstanceStatus"]
        missing = [name for name, value in self.wished().items() if getattr(now, name) != value]
        if not missing and status == "available":
            return Progress(Effect.DONE, f"{self.name} has its settings")
        effect = Effect.ABSENT if missing and status == "available" else Effect.UNDER_WAY
        return Progress(effect, f"{self.name} is {status}, not set yet: {', '.join(missing) or 'nothing'}")

    def undo(self) -> Irreversible:
        return _KEPT

    def properties(self) -> tuple[PropertyChange, ...]:
        return ()


@dataclass(frozen=True, kw_only=True)
class ModifyRecoveredDbInstance(_OfRecovered):
    """Maintenance window, Performance Insights, and autoscaling's maximum where the restore could not set it."""

    permissions: ClassVar[tuple[Allow, ...]] = (_MODIFY, DESCRIBE_DB_INSTANCES)
    maintenance_window: str = ""
    max_gib: int | None = None
    insights: bool = False
    insights_days: int | None = None
    insights_key: str = ""
    insights_mode: str = ""

    def do(self, aws: Aws) -> None:
        named = {
            "PreferredMaintenanceWindow": self.maintenance_window, "MaxAllocatedStorage": self.max_gib,
            "EnablePerformanceInsights": self.insights, "PerformanceInsightsRetentionPeriod": self.insights_days,
            "PerformanceInsightsKMSKeyId": self.insights_key, "DatabaseInsightsMode": self.insights_mode,
        }  # fmt: skip
        wished = {name: value for name, value in named.items() if value}
        aws.client("rds").modify_db_instance(DBInstanceIdentifier=self.name, ApplyImmediately=True, **wished)

    def wished(self) -> Mapping[str, Any]:
        names = ("maintenance_window", "max_gib", "insights", "insights_days", "insights_key", "insights_mode")
        return {name: getattr(self, name) for name in names if getattr(self, name)}

    def __str__(self) -> str:
        return f"set on {self.name}: {', '.join(f'{name} {value}' for name, value in self.wished().items())}"


@dataclass(frozen=True, kw_only=True)
class MonitorRecoveredDbInstance(_OfRecovered):
    """Enhanced Monitoring, with the role that the source has."""

    permissions: ClassVar[tuple[Allow, ...]] = (
        _MODIFY,
        Allow(
            action="iam:PassRole",
            on="arn:{partition}:iam::{account}:role/*",
            conditions=(("StringEquals", "iam:PassedToService", "monitoring.rds.amazonaws.com"),),
        ),
        DESCRIBE_DB_INSTANCES,
    )
    seconds: int
    role: str

    def do(self, aws: Aws) -> None:
        aws.client("rds").modify_db_instance(
            DBInstanceIdentifier=self.name,
            MonitoringInterval=self.seconds,
            MonitoringRoleArn=self.role,
            ApplyImmediately=True,
        )

    def wished(self) -> Mapping[str, Any]:
        return {"monitoring_seconds": self.seconds, "monitoring_role": self.role}

    def __str__(self) -> str:
        return f"watch {self.name} by Enhanced Monitoring every {self.seconds} s with {self.role}"


def settled(name: str, later: LaterSettings, *, max_gib: int | None) -> tuple[Action, ...]:
    """The changes that give the new instance `later`; `max_gib` where the restore could not set it."""
    modify = ModifyRecoveredDbInstance(
        name=name,
        maintenance_window=later.maintenance_window,
        max_gib=max_gib,
        insights=later.insights,
        insights_days=later.insights_days,
        insights_key=later.insights_key,
        insights_mode=later.insights_mode,
    )
    monitor = MonitorRecoveredDbInstance(name=name, seconds=later.monitoring_seconds, role=later.monitoring_role)
    return tuple(
        action
        for action, needed in ((modify, bool(modify.wished())), (monitor, bool(later.monitoring_seconds)))
        if needed
    )
