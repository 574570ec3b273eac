"""Somebody else's hands on a user's access key, what GuardDuty says of it, and what has to be true once the user is contained."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import boto3

from drills.record import Record
from drills.sample import INTRUDED, SPARED
from drills.stage import REGION, Stage
from functions.readings.iam_revocations import POLICY

REMEDIATION = "contain_iam_principal"
_TYPE = "UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom"


def intrude(stage: Stage) -> None:
    """Each user gets a key, as none belongs in a template. A sample finding is there before the real one."""
    iam = stage.client("iam")
    keys = {user: iam.create_access_key(UserName=user)["AccessKey"] for user in (SPARED, INTRUDED)}
    with_key(stage, keys[INTRUDED], "iam").list_users()
    for user in (SPARED, INTRUDED):
        _found(stage, user=user, access_key=keys[user]["AccessKeyId"], sample=user == SPARED)


def with_key(stage: Stage, key: dict[str, str], service: str) -> Any:
    """A client as whoever has that access key."""
    return boto3.client(
        service,
        endpoint_url=stage.endpoint,
        region_name=REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )


def contained(stage: Stage) -> str:
    """What is wrong: the key opens something still, or the sample finding has changed something."""
    active, attached, inline = _access(stage, INTRUDED)
    if active or attached != ["AWSDenyAll"] or not inline:
        return f"{INTRUDED} has {active} active keys, {attached} attached, and {inline or 'no'} revocation"
    found = _access(stage, SPARED)
    if found != (1, [], []):
        return f"a sample finding has changed {SPARED}"
    told = [item["text"] for item in Record(stage).timeline("") if item.get("remediation") == REMEDIATION]
    return "" if any(text.startswith("sample_finding") for text in told) else "no sample finding was declined"


def _access(stage: Stage, user: str) -> tuple[int, list[str], list[str]]:
    """How many keys are active, which managed policies are attached, and the inline one that revokes sessions where it is there."""
    iam = stage.client("iam")
    keys = iam.list_access_keys(UserName=user)["AccessKeyMetadata"]
    attached = iam.list_attached_user_policies(UserName=user)["AttachedPolicies"]
    inline = iam.list_user_policies(UserName=user)["PolicyNames"]
    return (
        sum(key["Status"] == "Active" for key in keys),
        [policy["PolicyName"] for policy in attached],
        [name for name in inline if name == POLICY["user"]],
    )


def _found(stage: Stage, **asked: Any) -> None:
    body = json.dumps({"type": _TYPE, "severity": 9, **asked}).encode()
    with urllib.request.urlopen(f"{stage.endpoint}/_local_aws/findings", body, timeout=10):
        return
