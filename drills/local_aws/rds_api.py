"""RDS calls with RDS's refusals: when a snapshot may be taken, how a volume may be changed.

Limits: the rules cover gp2, gp3 and io1/io2 of the common engines on a primary volume; no clusters, no read replicas, no
quotas that can be reached, and the texts of the refusals that were not on record are paraphrased.
"""

from collections.abc import Callable
from typing import Any

from ministack.services import rds

from drills.local_aws import hooks, rds_states

Params = dict[str, Any]
_DEFERRED = (*rds_states.STORAGE, "DBInstanceClass")
_MOST_GIB = 65536
OPTIMIZING = (
    "You can't currently modify the storage of this DB instance because the previous storage change is being optimized."
)


def least_growth(gib: int) -> int:
    """Ten percent more, rounded up, without the rounding of floating point."""
    return -(-gib * 11 // 10)


def _combination(message: str) -> Any:
    return rds._error("InvalidParameterCombination", message, 400)


def _wanted(params: Params, instance: dict[str, Any]) -> dict[str, Any]:
    """The deferred settings that the request changes."""
    given = {name: rds._p(params, name) for name in _DEFERRED if rds._p(params, name)}
    typed = {name: int(value) if value.isdigit() else value for name, value in given.items()}
    return {name: value for name, value in typed.items() if value != instance.get(name)}


def _storage_refusal(params: Params, instance: dict[str, Any], changes: dict[str, Any]) -> Any:
    """The refusal of this storage change, or None."""
    now, engine = int(instance["AllocatedStorage"]), instance["Engine"]
    target = int(changes.get("AllocatedStorage", now))
    kind = changes.get("StorageType", instance.get("StorageType", "gp2"))
    if instance["DBInstanceStatus"] == "storage-optimization":
        return _combination(OPTIMIZING)
    if target < now:
        return _combination(f"Invalid storage size: the requested {target} GiB is less than the current {now} GiB.")
    if now < target < least_growth(now):
        return _combination("Invalid storage size: the allocated storage must be increased by at least 10 percent.")
    if target > _MOST_GIB:
        return rds._error("InvalidParameterValue", f"Invalid storage size for engine name {engine}: {target}", 400)
    if kind == "gp3" and (refusal := _gp3_refusal(params, engine, target)):
        return refusal
    if kind in ("io1", "io2") and target != now and not rds._p(params, "Iops"):
        return _combination(
            "You must specify both the storage size and iops when modifying the storage size or iops on a "
            "DB instance that has iops."
        )
    return None


def _gp3_refusal(params: Params, engine: str, target: int) -> Any:
    iops, throughput = int(rds._p(params, "Iops") or 0), int(rds._p(params, "StorageThroughput") or 0)
    if not rds_states.striped(engine, target):
        least = 200 if engine.startswith("oracle") else 400
        return (
            _combination(
                f"You can't specify IOPS or storage throughput for engine {engine} and a storage size less "
                f"than {least}."
            )
            if iops or throughput
            else None
        )
    too_little = 0 < iops < 12000 or 0 < throughput < 500
    if too_little and not engine.startswith("sqlserver"):
        return _combination("Invalid IOPS or storage throughput: at least 12000 IOPS and 500 MiBps are required.")
    return None


def _modify(original: Callable[[Params], Any]) -> Callable[[Params], Any]:
    def modify_db_instance(params: Params) -> Any:
        with rds_states.lock:
            instance = rds._resolve_instance(rds._p(params, "DBInstanceIdentifier"))
            if instance is None:
                return original(params)
            if instance["DBInstanceStatus"] not in ("available", "storage-full", "storage-optimization"):
                return rds._error("InvalidDBInstanceState", "Database instance is not in available state.", 400)
            changes = _wanted(params, instance)
            if set(changes) & set(rds_states.STORAGE) and (refusal := _storage_refusal(params, instance, changes)):
                return refusal
            ceiling = rds._p(params, "MaxAllocatedStorage")
            size = int(changes.get("AllocatedStorage", instance["AllocatedStorage"]))
            if ceiling and int(ceiling) != size and int(ceiling) < least_growth(size):
                return _combination("Max storage size must be at least 10 percent greater than the allocated storage.")
            at_once = rds._p(params, "ApplyImmediately") == "true"
            pending = {**instance["PendingModifiedValues"], **changes}
            answer = original({name: value for name, value in params.items() if name not in _DEFERRED})
            if answer[0] >= 400:
                return answer
            instance["PendingModifiedValues"] = {**pending, **instance["PendingModifiedValues"]}
            answer = rds._single_instance_response("ModifyDBInstanceResponse", "ModifyDBInstanceResult", instance)
            if at_once and instance["PendingModifiedValues"]:
                rds_states.modifying(instance)
            return answer

    return modify_db_instance


def _create_snapshot(original: Callable[[Params], Any]) -> Callable[[Params], Any]:
    def create_db_snapshot(params: Params) -> Any:
        with rds_states.lock:
            name = rds._p(params, "DBSnapshotIdentifier")
            instance = rds._resolve_instance(rds._p(params, "DBInstanceIdentifier"))
            if not name or instance is None:
                return original(params)
            if name in rds._snapshots:
                return rds._error(
                    "DBSnapshotAlreadyExists",
                    f"Cannot create the snapshot because a snapshot with the identifier {name} already exists.",
                    400,
                )
            if instance["DBInstanceStatus"] not in ("available", "storage-optimization"):
                return rds._error(
                    "InvalidDBInstanceState",
                    f"Cannot create a snapshot because the database instance "
                    f"{instance['DBInstanceIdentifier']} is not currently in the available state.",
                    400,
                )
            snapshot = rds._create_snapshot_internal(name, instance)
            snapshot["TagList"] = rds._parse_tags(params) or (
                snapshot["TagList"] if instance.get("CopyTagsToSnapshot") else []
            )
            rds._tags[snapshot["DBSnapshotArn"]] = snapshot["TagList"]
            rds_states.backing_up(instance, snapshot)
            return rds._xml(
                200,
                "CreateDBSnapshotResponse",
                "<CreateDBSnapshotResult><DBSnapshot>"
                f"{rds._snapshot_xml(snapshot)}</DBSnapshot></CreateDBSnapshotResult>",
            )

    return create_db_snapshot


def _create(original: Callable[[Params], Any]) -> Callable[[Params], Any]:
    def create_db_instance(params: Params) -> Any:
        answer = original(params)
        if answer[0] >= 400:
            return answer
        instance = rds._resolve_instance(rds._p(params, "DBInstanceIdentifier"))
        for name in ("Iops", "StorageThroughput"):
            if rds._p(params, name):
                instance[name] = int(rds._p(params, name))
        rds_states.creating(instance)
        return rds._single_instance_response("CreateDBInstanceResponse", "CreateDBInstanceResult", instance)

    return create_db_instance


def _range(low: int, high: int) -> str:
    return f"<Range><From>{low}</From><To>{high}</To><Step>1</Step></Range>"


def _valid_modifications(params: Params) -> Any:
    name = rds._p(params, "DBInstanceIdentifier")
    instance = rds._resolve_instance(name)
    if instance is None:
        return rds._error("DBInstanceNotFound", f"DBInstance {name} not found.", 404)
    least = least_growth(int(instance["AllocatedStorage"]))
    options = ""
    for kind, iops, throughput in (
        ("gp2", "", ""),
        ("gp3", _range(12000, 64000), _range(500, 4000)),
        ("io1", _range(1000, 256000), ""),
        ("io2", _range(1000, 256000), ""),
    ):
        options += (
            f"<ValidStorageOptions><StorageType>{kind}</StorageType>"
            f"<StorageSize>{_range(least, _MOST_GIB)}</StorageSize><ProvisionedIops>{iops}</ProvisionedIops>"
            f"<ProvisionedStorageThroughput>{throughput}</ProvisionedStorageThroughput>"
            "<SupportsStorageAutoscaling>true</SupportsStorageAutoscaling></ValidStorageOptions>"
        )
    return rds._xml(
        200,
        "DescribeValidDBInstanceModificationsResponse",
        "<DescribeValidDBInstanceModificationsResult><ValidDBInstanceModificationsMessage><Storage>"
        f"{options}</Storage><ValidProcessorFeatures/></ValidDBInstanceModificationsMessage>"
        "</DescribeValidDBInstanceModificationsResult>",
    )


def _account_attributes(params: Params) -> Any:
    used = {
        "DBInstances": (len(rds._instances), 40),
        "ManualSnapshots": (len(rds._snapshots), 100),
        "AllocatedStorage": (sum(int(i["AllocatedStorage"]) for i in rds._instances.values()), 100000),
    }
    quotas = "".join(
        f"<AccountQuota><AccountQuotaName>{name}</AccountQuotaName><Used>{now}</Used><Max>{most}</Max></AccountQuota>"
        for name, (now, most) in used.items()
    )
    return rds._xml(
        200,
        "DescribeAccountAttributesResponse",
        f"<DescribeAccountAttributesResult><AccountQuotas>{quotas}</AccountQuotas></DescribeAccountAttributesResult>",
    )


def install() -> None:
    """Answer these calls from the simulation."""
    hooks.replace("services.rds:_create_db_instance", _create)
    hooks.replace("services.rds:_create_db_snapshot", _create_snapshot)
    hooks.replace("services.rds:_modify_db_instance", _modify)
    rds._ACTION_MAP.update(
        {
            "CreateDBInstance": rds._create_db_instance,
            "CreateDBSnapshot": rds._create_db_snapshot,
            "ModifyDBInstance": rds._modify_db_instance,
            "DescribeAccountAttributes": _account_attributes,
            "DescribeValidDBInstanceModifications": _valid_modifications,
        }
    )
