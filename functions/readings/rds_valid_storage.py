"""What RDS would accept for one instance: authoritative, above any table of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.rds import DB_INSTANCE, DbInstance

DESCRIBE_VALID = Allow(action="rds:DescribeValidDBInstanceModifications", on=DB_INSTANCE)
_PROVISIONED = ("io1", "io2")


@dataclass(frozen=True, kw_only=True, slots=True)
class ValidStorage:
    """`sizes` are ranges of (from, to, step) in GiB, empty where RDS names none for the instance's storage type."""

    sizes: tuple[tuple[int, int, int], ...]
    least_iops_per_gib: float = 0.0

    @property
    def largest_gib(self) -> int:
        return max((to for _, to, _ in self.sizes), default=0)


def valid_storage(aws: Aws, db: DbInstance) -> ValidStorage:
    """The sizes that this instance's volume may be given. Raises ClientError where RDS refuses to say."""
    try:
        answer = aws.client("rds").describe_valid_db_instance_modifications(DBInstanceIdentifier=db.name)
    except NotImplementedError:
        # Only a stand-in for AWS in the same process lacks the call. AWS answers, or its refusal stops the change.
        return documented(db)
    return _of(answer["ValidDBInstanceModificationsMessage"].get("Storage") or (), db)


def documented(db: DbInstance) -> ValidStorage:
    """The limits in the RDS User Guide ("Amazon RDS DB instance storage"), the narrower where editions differ."""
    largest = 16384 if db.engine.startswith("sqlserver") or db.older_file_system else 65536
    ratio = (1.0 if db.engine.startswith("sqlserver") else 0.5) if db.storage_type in _PROVISIONED else 0.0
    return ValidStorage(sizes=((1, largest, 1),), least_iops_per_gib=ratio)


def _of(options: Any, db: DbInstance) -> ValidStorage:
    option: Mapping[str, Any] = next((each for each in options if each.get("StorageType") == db.storage_type), {})
    sizes = tuple((each["From"], each["To"], each.get("Step") or 1) for each in option.get("StorageSize") or ())
    ratios = option.get("IopsToStorageRatio") or () if db.storage_type in _PROVISIONED else ()
    return ValidStorage(sizes=sizes, least_iops_per_gib=float(min((each["From"] for each in ratios), default=0.0)))
