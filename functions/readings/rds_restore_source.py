"""A DB instance that a second one is to be made from, and what that one has to be given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.core.alarm import Alarm
from functions.core.ports import Aws
from functions.readings.kms_key import key_state
from functions.readings.rds import describe, tags_of
from functions.readings.rds_placement import Placement, placement
from functions.readings.rds_quota import RdsQuota, rds_quota
from functions.readings.rds_settings import LaterSettings, RestoreSettings, later_settings, restore_settings

RECOVERED = "-recovered-"
"""Part of the name of every instance that a restore of ours makes: IAM lets it make and change no others."""
FROM_TAG, AS_TAG = "first-responder:recovered-from", "first-responder:recovered-as"
RUN_TAG, INCIDENT_TAG = "first-responder:recovered-by", "first-responder:recovered-for"
_LONGEST_NAME = 63


@dataclass(frozen=True, kw_only=True, slots=True)
class RestoreSource:
    """`name` is the source's, `new_name` the new instance's. `tags` are the new instance's, as a JSON object.

    `by_hand` names what the source has and no restore brings back.
    """

    name: str
    resource_id: str
    new_name: str
    taken: bool
    engine: str
    engine_version: str
    status: str
    allocated_gib: int
    settings: RestoreSettings
    later: LaterSettings
    tags: str
    key_state: str
    place: Placement
    quota: RdsQuota
    by_hand: tuple[str, ...] = ()
    not_carried: tuple[str, ...] = ()


def new_name(db: str, made: str, transition: str) -> str:
    """`<db>-<made>-<8 of the transition>`: the same request gives the same name, and no other one does.

    RDS's rule: at most 63 letters, digits and single hyphens, no hyphen last (API reference, RestoreDBInstanceToPointInTime).
    """
    end = f"{made}{transition[:8]}"
    return f"{db[: _LONGEST_NAME - len(end)].rstrip('-')}{end}"


def restore_source(
    aws: Aws, described: Mapping[str, Any], alarm: Alarm, run: str, *, engine_version: str, key: str
) -> RestoreSource:
    """Everything about the source. `engine_version` and `key` (KMS, or empty) are those of what is restored."""
    name, settings = described["DBInstanceIdentifier"], restore_settings(described)
    new = new_name(name, RECOVERED, alarm.transition)
    return RestoreSource(
        name=name,
        resource_id=described["DbiResourceId"],
        new_name=new,
        taken=describe(aws, new) is not None,
        engine=described["Engine"],
        engine_version=engine_version,
        status=described["DBInstanceStatus"],
        allocated_gib=int(described.get("AllocatedStorage") or 0),
        settings=settings,
        later=later_settings(described),
        tags=_new_tags(described, new, run, alarm),
        key_state=key_state(aws, key),
        place=placement(aws, described, engine_version),
        quota=rds_quota(aws),
        by_hand=_by_hand(described),
        not_carried=_not_carried(described),
    )


def _new_tags(described: Mapping[str, Any], new: str, run: str, alarm: Alarm) -> str:
    """All of the source's, the owner's word included, but for those that only AWS may set; and where it comes from."""
    kept = {key: value for key, value in tags_of(described).items() if not key.startswith("aws:")}
    incident = alarm.request.parameters.get("incident", "") if alarm.request else alarm.detail.get("EventID", "")
    ours = {FROM_TAG: described["DBInstanceIdentifier"], AS_TAG: new, RUN_TAG: run, INCIDENT_TAG: incident}
    return json.dumps({**kept, **ours}, sort_keys=True)


def _by_hand(described: Mapping[str, Any]) -> tuple[str, ...]:
    kinds = ("ReadReplicaDBInstanceIdentifiers", "ReadReplicaDBClusterIdentifiers")
    replicas = [name for kind in kinds for name in described.get(kind) or ()]
    roles = [each.get("RoleArn", "one without an ARN") for each in described.get("AssociatedRoles") or ()]
    found = {
        "read replicas": ", ".join(replicas),
        "associated roles": ", ".join(roles),
        "IAM policies that name its DbiResourceId": "check them"
        if described.get("IAMDatabaseAuthenticationEnabled")
        else "",
        "an activity stream": "start it" if described.get("ActivityStreamStatus") in ("started", "starting") else "",
        "the AWS Backup plan": "check that it takes the new instance"
        if described.get("AwsBackupRecoveryPointArn")
        else "",
        "a master password kept by RDS": "attach a new secret" if described.get("MasterUserSecret") else "",
    }
    return tuple(f"{what} ({which})" for what, which in found.items() if which)


def _not_carried(described: Mapping[str, Any]) -> tuple[str, ...]:
    """What takes a password or a directory's role to set again, or a call that this remediation does not make."""
    found = {
        "a directory (Active Directory)": described.get("DomainMemberships"),
        "a TDE credential": described.get("TdeCredentialArn"),
        "additional storage volumes": described.get("AdditionalStorageVolumes"),
    }
    return tuple(what for what, there in found.items() if there)
