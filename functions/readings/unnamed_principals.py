"""News of somebody who cannot be contained by name: told to a person, with who it is as far as it can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from botocore.exceptions import ClientError

from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline
from functions.core.ports import Aws
from functions.readings.iam_principals import missing

EXPOSED, FINDING, ROOT = "exposed-key", "finding", "root"
"""What the triggers name instead of a user or role: see remediations/contain_iam_principal.py."""
_KEY = re.compile(r"AKIA[A-Z0-9]{12,124}")
_ACTORS, _TOUCHED = "service.detection.sequence.actors", "service.detection.sequence.resources"
_MOST_ACTORS = 10
_BY_HAND = "invoke contain_iam_principal by hand for"


def unnamed(aws: Aws, target: Arn, alarm: Alarm) -> Decline | None:
    """Why a target is nobody that IAM knows by name; None for a user or a role. Raises ClientError."""
    kind = target.resource.partition("/")[0]
    if kind == EXPOSED:
        return _exposed(aws, target, alarm.detail)
    if kind == ROOT or (kind == FINDING and _type(alarm) == "Root"):
        return _root(alarm)
    if kind == FINDING and str(alarm.detail.get("type", "")).startswith("AttackSequence:"):
        return _sequence(target, alarm.detail)
    if kind == FINDING and _type(alarm) == "FederatedUser":
        return _federated(alarm)
    return _unknown(alarm) if kind == FINDING else None


def _type(alarm: Alarm) -> str:
    return str(alarm.detail.get("resource.accessKeyDetails.userType", ""))


def _name(alarm: Alarm) -> str:
    return str(alarm.detail.get("resource.accessKeyDetails.userName", "")) or "somebody"


def _root(alarm: Alarm) -> Decline:
    return Decline(
        code="root_user",
        seen=f"{alarm.detail.get('type', 'a request')}: it is the account's root user, which no API contains",
        advice="Change its password and MFA, delete its access keys, deny it by a service control policy, now",
        severity="P1",
    )


def _federated(alarm: Alarm) -> Decline:
    return Decline(
        code="federated_user",
        seen=f"{alarm.detail.get('type')}: {_name(alarm)} is a federated user and has the permissions of who called GetFederationToken",
        advice=f"Find the caller in CloudTrail, and {_BY_HAND} that user: its sessions end with it",
    )


def _sequence(target: Arn, detail: Mapping[str, str]) -> Decline:
    actors = "; ".join(_actors(target, detail)) or "it names nobody"
    touched = ", ".join(filter(None, (detail.get(f"{_TOUCHED}.{number}.uid") for number in range(_MOST_ACTORS))))
    return Decline(
        code="attack_sequence",
        seen=f"{detail.get('type')} tells of a series of findings, and of who took part in it: {actors}{f'; with {touched}' if touched else ''}",
        advice=f"All footholds are to be shut together: {_BY_HAND} each of them, and contain_ec2_instance for instances",
        severity="P1",
    )


def _actors(target: Arn, detail: Mapping[str, str]) -> Iterator[str]:
    """The users and roles of a sequence. Each is named by a stranger, and only shown."""
    kinds = {"IAMUser": "user", "AssumedRole": "role", "Role": "role"}
    for number in range(_MOST_ACTORS):
        name = detail.get(f"{_ACTORS}.{number}.user.name", "")
        said = detail.get(f"{_ACTORS}.{number}.user.type", "")
        if name and said in kinds:
            yield f"arn:{target.partition}:iam::{target.account}:{kinds[said]}/{name}"
        elif name:
            yield f"{said} {name}".strip()


def _exposed(aws: Aws, target: Arn, detail: Mapping[str, str]) -> Decline:
    """How AWS Health spells this event is not documented: every text of it that is an access key id is looked up."""
    keys = sorted({match[0] for text in detail.values() for match in _KEY.finditer(str(text))})[:_MOST_ACTORS]
    found = "; ".join(_owner(aws, target, key) for key in keys) or "no access key could be read from it"
    return Decline(
        code="exposed_key",
        seen=f"AWS has found credentials of this account in public: {found}",
        advice=f"Follow AWS's mail, leave its quarantine policy where it is, and {_BY_HAND} each user",
        severity="P1",
    )


def _owner(aws: Aws, target: Arn, key: str) -> str:
    try:
        user = aws.client("iam").get_access_key_last_used(AccessKeyId=key).get("UserName", "")
    except ClientError as error:
        if not missing(error):
            raise
        return f"{key} is nobody's any more"
    return f"{key} of arn:{target.partition}:iam::{target.account}:user/{user}" if user else f"{key} of nobody by name"


def _unknown(alarm: Alarm) -> Decline:
    return Decline(
        code="unknown_principal",
        seen=f"{alarm.detail.get('type')} is about {_name(alarm)}, a {_type(alarm) or 'principal of no type'}",
        advice=f"Find out in GuardDuty who that is, and {_BY_HAND} the user or role behind it",
    )
