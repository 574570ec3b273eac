"""The inline policy that revokes the sessions of a user or role, and what it says of the containment that wrote it.

A session knows when it was issued; long-term keys have no aws:TokenIssueTime and are not hit by this (IAM User Guide, "Revoking
IAM role temporary security credentials"). On a user its Sid keeps which keys were active and whether AWSDenyAll is ours: what
contains a principal stands nowhere but at the principal, and the way out has to know it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.iam_principals import ROLES, USERS, Kind, missing

GET_USER_POLICY = Allow(action="iam:GetUserPolicy", on=USERS)
GET_ROLE_POLICY = Allow(action="iam:GetRolePolicy", on=ROLES)
POLICY: dict[Kind, str] = {"user": "AWSRevokeOlderUserSessions", "role": "AWSRevokeOlderSessions"}
"""The role's is the name that the IAM console's "Revoke sessions" uses: it and we move the same time on."""
_KEY = r"[A-Z0-9]{16,128}"
_SID = re.compile(rf"keys(none|{_KEY}(?:and{_KEY})*)(with|without)AWSDenyAll")


@dataclass(frozen=True, kw_only=True, slots=True)
class Revocation:
    """Sessions issued before `before` are denied. `keys` were active, and `deny_all` says that we have attached AWSDenyAll."""

    before: datetime
    keys: tuple[str, ...] = ()
    deny_all: bool = False


@dataclass(frozen=True, slots=True)
class ForeignPolicy:
    """There is a policy of this name that says something else: somebody's, and not ours to overwrite."""

    name: str


def revocation_document(revocation: Revocation, kind: Kind) -> str:
    """The policy's JSON, always the same for the same revocation."""
    before = f"{revocation.before.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    statement: dict[str, Any] = {
        "Effect": "Deny",
        "Action": ["*"],
        "Resource": ["*"],
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": before}},
    }
    if kind == "user":
        keys = "and".join(sorted(revocation.keys)) or "none"
        statement["Sid"] = f"keys{keys}{'with' if revocation.deny_all else 'without'}AWSDenyAll"
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]}, sort_keys=True)


def read_revocation(aws: Aws, kind: Kind, name: str) -> Revocation | ForeignPolicy | None:
    """What stands at the principal; None where its sessions were never revoked."""
    iam, policy = aws.client("iam"), POLICY[kind]
    try:
        found = (
            iam.get_user_policy(UserName=name, PolicyName=policy)
            if kind == "user"
            else iam.get_role_policy(RoleName=name, PolicyName=policy)
        )
    except ClientError as error:
        if not missing(error):
            raise
        return None
    return _read(found["PolicyDocument"], kind) or ForeignPolicy(policy)


def keys_of(said: str) -> tuple[str, ...]:
    """Key ids as a person or an action writes them: parted by commas."""
    return tuple(filter(None, (key.strip() for key in said.split(","))))


def _read(document: Mapping[str, Any], kind: Kind) -> Revocation | None:
    try:
        (statement,) = _listed(document["Statement"])
        said = statement["Condition"]["DateLessThan"]["aws:TokenIssueTime"]
        before = datetime.fromisoformat(said[0] if isinstance(said, list) else said)
    except (KeyError, TypeError, ValueError, IndexError):
        return None
    denies = (statement.get("Effect"), _listed(statement.get("Action")), _listed(statement.get("Resource")))
    if denies != ("Deny", ["*"], ["*"]) or before.tzinfo is None or len(statement["Condition"]) != 1:
        return None
    if kind == "role":
        return Revocation(before=before)
    record = _SID.fullmatch(statement.get("Sid", ""))
    if record is None:
        return None
    keys = () if record[1] == "none" else tuple(record[1].split("and"))
    return Revocation(before=before, keys=keys, deny_all=record[2] == "with")


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


def covers(found: Revocation | ForeignPolicy | None, wanted: Revocation) -> bool:
    """Whether it denies all that is to be denied, and has all on record that is to be."""
    return (
        isinstance(found, Revocation)
        and found.before >= wanted.before
        and set(found.keys) >= set(wanted.keys)
        and found.deny_all >= wanted.deny_all
    )
