"""What bounds the growth of an RDS volume: RDS itself, the account's quota, the replicas, the owner.

Where autoscaling has a maximum, RDS wants it 10 % above the size: the two have to fit below a bound together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from functions.core.decision import Decline
from functions.readings.rds import DbInstance
from functions.readings.rds_quota import RdsQuota
from functions.readings.rds_valid_storage import ValidStorage


@dataclass(frozen=True, slots=True)
class Bound:
    """The largest size in GiB that something allows, and what to tell people where that is too little."""

    gib: int
    why: Decline


def bounds(
    db: DbInstance, valid: ValidStorage, quota: RdsQuota, replicas: Mapping[str, int | None], cap_gib: int
) -> list[Bound]:
    """All bounds of one instance, the tightest first. There always are RDS's and the owner's."""
    outer = [Bound(_beside_maximum(db, bound.gib), bound.why) for bound in (_owner(db, cap_gib), _rds(db, valid))]
    found = [*outer, *_quota(db, quota), *_iops(db, valid), *_replicas(db, replicas)]
    return sorted(found, key=lambda bound: bound.gib)


def bound_of_maximum(db: DbInstance, valid: ValidStorage, cap_gib: int) -> Bound:
    """How far autoscaling's maximum may go: as far as the owner lets the volume grow and RDS can."""
    return min(_owner(db, cap_gib), _rds(db, valid), key=lambda bound: bound.gib)


def _beside_maximum(db: DbInstance, gib: int) -> int:
    return gib if db.max_gib is None else max(gib * 10 // 11, min(gib, db.max_gib * 10 // 11))


def _owner(db: DbInstance, cap_gib: int) -> Bound:
    advice = "Free or archive data, or raise the tag first-responder:max-storage-gib"
    seen = f"{db.name} has {db.allocated_gib} GiB and its owner allows {cap_gib}"
    return Bound(cap_gib, Decline(code="storage_cap", seen=seen, advice=advice))


def _rds(db: DbInstance, valid: ValidStorage) -> Bound:
    sizes = ", ".join(f"{start} to {end} in steps of {step}" for start, end, step in valid.sizes) or "no size"
    seen = f"{db.name} has {db.allocated_gib} GiB ({db.storage_type}) and RDS accepts {sizes}"
    advice = "Archive data, or move the instance to a configuration with larger volumes"
    return Bound(valid.largest_gib, Decline(code="storage_at_limit", seen=seen, advice=advice))


def _quota(db: DbInstance, quota: RdsQuota) -> list[Bound]:
    if quota.storage_left_gib is None:
        return []
    seen = f"the account's quota of RDS storage leaves {quota.storage_left_gib} GiB"
    why = Decline(code="storage_quota", seen=seen, advice="Ask AWS for more total storage for all DB instances")
    return [Bound(db.allocated_gib + quota.storage_left_gib, why)]


def _iops(db: DbInstance, valid: ValidStorage) -> list[Bound]:
    """Provisioned IOPS have to be repeated with the size, and bound it by their ratio."""
    if db.storage_type not in ("io1", "io2"):
        return []
    advice = "Change size and IOPS by hand, together"
    if not db.iops:
        seen = f"RDS does not say how many IOPS {db.name} ({db.storage_type}) has"
        return [Bound(0, Decline(code="iops_unknown", seen=seen, advice=advice))]
    if not valid.least_iops_per_gib:
        return []
    seen = f"{db.name} has {db.iops} IOPS and RDS demands {valid.least_iops_per_gib} for every GiB"
    return [Bound(int(db.iops / valid.least_iops_per_gib), Decline(code="iops_ratio", seen=seen, advice=advice))]


def _replicas(db: DbInstance, replicas: Mapping[str, int | None]) -> list[Bound]:
    """A source that outgrows a replica fills it, and a full replica stops replicating."""
    return [_replica(db, name, gib) for name, gib in replicas.items()]


def _replica(db: DbInstance, name: str, gib: int | None) -> Bound:
    if gib is None:
        seen = f"the size of the read replica {name} of {db.name} cannot be read from here"
        advice = "Grow the replica in its Region first, then the source by hand"
        return Bound(0, Decline(code="replica_unreadable", seen=seen, advice=advice))
    seen = f"{db.name} has {db.allocated_gib} GiB and would outgrow its read replica {name} with {gib} GiB"
    advice = f"Grow {name} first (this remediation can be invoked for it), then {db.name}"
    return Bound(gib, Decline(code="replica_too_small", seen=seen, advice=advice))
