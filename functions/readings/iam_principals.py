"""IAM users and roles as they are, found by name.

A principal has exactly one ARN here: without its path, because a GuardDuty finding lacks it, and names are unique in an account
whatever the path (IAM User Guide, "IAM identifiers"). So one lease is for one principal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from botocore.exceptions import ClientError

from functions.core.arn import Arn
from functions.core.decision import Decline
from functions.core.permission import Allow
from functions.core.ports import Aws

USERS = "arn:{partition}:iam::{account}:user/*"
ROLES = "arn:{partition}:iam::{account}:role/*"
GET_USER = Allow(action="iam:GetUser", on=USERS)
GET_ROLE = Allow(action="iam:GetRole", on=ROLES)
Kind = Literal["user", "role"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """`arn` is IAM's own, with the path; `id` is what stays a stranger's when a name is given anew (AIDA..., AROA...)."""

    kind: Kind
    name: str
    id: str
    arn: str
    path: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Described:
    """A principal, its tags, and what IAM has answered."""

    principal: Principal
    tags: Mapping[str, str]
    answer: Mapping[str, Any]


def read_principal(aws: Aws, target: Arn) -> Described | Decline:
    """The user or role of an ARN. Declines one that is spelled in any other way than without its path."""
    type_, _, rest = target.resource.partition("/")
    name = rest.rpartition("/")[2]
    if type_ not in ("user", "role") or not name:
        advice = (
            f"Correct the ARN: arn:{target.partition}:iam::{target.account}:user/NAME, or role/NAME, without a path"
        )
        return Decline(code="target_not_found", seen=f"{target} is no IAM user and no role", advice=advice)
    kind: Kind = "user" if type_ == "user" else "role"
    answer = _get(aws, kind, name)
    if answer is None:
        return Decline(code="target_not_found", seen=f"there is no {kind} {name}", advice="Correct the ARN")
    found = _principal(kind, answer)
    canonical = f"arn:{target.partition}:iam::{target.account}:{kind}/{found.name}"
    if str(target) != canonical:
        seen = f"a {kind} is named here without its path, so that it has one ARN only: {target} is not it"
        return Decline(code="target_not_found", seen=seen, advice=f"Ask for {canonical} ({found.arn} in IAM)")
    tags = {tag["Key"]: tag["Value"] for tag in answer.get("Tags", ())}
    return Described(principal=found, tags=tags, answer=answer)


def missing(error: ClientError) -> bool:
    """Whether IAM says that there is no such thing."""
    return bool(error.response["Error"]["Code"] == "NoSuchEntity")


def _get(aws: Aws, kind: Kind, name: str) -> Mapping[str, Any] | None:
    iam = aws.client("iam")
    try:
        found: Mapping[str, Any] = (
            iam.get_user(UserName=name)["User"] if kind == "user" else iam.get_role(RoleName=name)["Role"]
        )
    except ClientError as error:
        if not missing(error):
            raise
        return None
    return found


def _principal(kind: Kind, answer: Mapping[str, Any]) -> Principal:
    key = "User" if kind == "user" else "Role"
    return Principal(
        kind=kind, name=answer[f"{key}Name"], id=answer[f"{key}Id"], arn=answer["Arn"], path=answer["Path"]
    )
