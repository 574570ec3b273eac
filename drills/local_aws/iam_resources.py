"""What AWS checks for calls on principals, on EC2's volumes, snapshots and instances, on alarm mute rules and on schedules.

ministack knows no paths of users and roles, no `iam:PolicyARN`, no tags of EC2, only the first of several instances, and no
group of schedules but the default one.
CloudWatch's documentation names no resource for ListAlarmMuteRules, so a permission has to be on `*` here.
"""

import json
from collections.abc import Mapping
from typing import Any

from ministack.core.responses import get_account_id, get_region
from ministack.services import ec2, iam

from drills.local_aws import alarm_mutes

Check = tuple[str, str, dict[str, Any]]
Params = Mapping[str, Any]


def _given(params: Params, name: str) -> str:
    value = params.get(name, "")
    return str(value[0] if isinstance(value, list) else value)


def of_iam(action: str, params: Params) -> list[Check]:
    """On the role or user under its full name, the owner of an access key that is named alone (GetAccessKeyLastUsed); calls on the
    caller itself, on groups and on policies are ministack's.
    """
    role, user = _given(params, "RoleName"), _given(params, "UserName") or _owner(_given(params, "AccessKeyId"))
    if not (role or user):
        return []
    known = (iam._roles.get(role) if role else iam._users.get(user)) or {}
    kind = f"role/{role}" if role else f"user/{user}"
    arn = known.get("Arn") or f"arn:aws:iam::{get_account_id()}:{kind}"
    policy = _given(params, "PolicyArn")
    return [(f"iam:{action}", arn, {"iam:PolicyARN": policy} if policy else {})]


def _owner(access_key: str) -> str:
    return str((iam._access_keys.get(access_key) or {}).get("UserName", ""))


_EC2 = {"DeleteSnapshot": ("SnapshotId", "snapshot"), "DeleteVolume": ("VolumeId", "volume")}
_ON_INSTANCES = ("TerminateInstances", "StopInstances", "StartInstances", "RebootInstances")


def of_ec2(action: str, params: Params) -> list[Check]:
    """On every instance that is named; a snapshot's ARN has no account."""
    if action in _ON_INSTANCES:
        named = [_given(params, name) for name in sorted(params) if name.startswith("InstanceId")]
        return [(f"ec2:{action}", _ec2_arn("instance", name), {}) for name in named]
    if action not in _EC2:
        return []
    parameter, kind = _EC2[action]
    return [(f"ec2:{action}", _ec2_arn(kind, _given(params, parameter)), {})]


def _ec2_arn(kind: str, name: str) -> str:
    account = "" if kind == "snapshot" else get_account_id()
    return f"arn:aws:ec2:{get_region()}:{account}:{kind}/{name}"


def of_cloudwatch(action: str, headers: dict, body: bytes) -> list[Check]:
    """PutAlarmMuteRule is checked on the rule and on each alarm that it targets."""
    named = f"cloudwatch:{action}"
    if action == "ListAlarmMuteRules":
        return [(named, "*", {})]
    if not action.endswith("AlarmMuteRule"):
        return []
    asked = alarm_mutes.read(headers, body)
    rule = alarm_mutes.arn(asked.get("Name") or asked.get("AlarmMuteRuleName") or "")
    targets = (asked.get("MuteTargets") or {}).get("AlarmNames") or []
    alarms = [f"arn:aws:cloudwatch:{get_region()}:{get_account_id()}:alarm:{name}" for name in targets]
    return [(named, arn, {}) for arn in (rule, *alarms)]


def of_scheduler(action: str, path: str, body: bytes, params: Params) -> list[Check]:
    """On the schedule in its group: a call that writes one names the group in its body, the others in their query."""
    name = path.removeprefix("/schedules/")
    if name == path:
        return []
    group = json.loads(body or b"{}").get("GroupName") or _given(params, "groupName") or "default"
    arn = f"arn:aws:scheduler:{get_region()}:{get_account_id()}:schedule/{group}/{name}"
    return [(f"scheduler:{action}", arn, {})]


def tags(arn: str) -> dict[str, str]:
    """The tags of an EC2 resource."""
    return {tag["Key"]: tag["Value"] for tag in ec2._tags.get(arn.rpartition("/")[2]) or []}
