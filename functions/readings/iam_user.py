"""What a user holds and what holds it back: keys, policies, the console; with what a reviewer would frown at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.iam_principals import USERS, missing
from functions.readings.iam_wide import wide_attached, wide_inline

LIST_ACCESS_KEYS = Allow(action="iam:ListAccessKeys", on=USERS)
LIST_ATTACHED = Allow(action="iam:ListAttachedUserPolicies", on=USERS)
LIST_INLINE = Allow(action="iam:ListUserPolicies", on=USERS)
GET_LOGIN_PROFILE = Allow(action="iam:GetLoginProfile", on=USERS)
LIST_MFA_DEVICES = Allow(action="iam:ListMFADevices", on=USERS)
LIST_GROUPS = Allow(action="iam:ListGroupsForUser", on=USERS)
GET_LAST_USED = Allow(action="iam:GetAccessKeyLastUsed", on=USERS)
READ_USER = (
    LIST_ACCESS_KEYS,
    LIST_ATTACHED,
    LIST_INLINE,
    GET_LOGIN_PROFILE,
    LIST_MFA_DEVICES,
    LIST_GROUPS,
    GET_LAST_USED,
)
_UNUSED = timedelta(days=90)
_SHUT = ("Inactive", "Expired")
"""A key of any other status may open something."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessKey:
    """`last_used` is None for a key that was never used, as far as IAM has noted."""

    id: str
    active: bool
    made: datetime
    last_used: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class UserAccess:
    """`attached` are managed policies' ARNs, `findings` sentences for the report."""

    name: str
    keys: tuple[AccessKey, ...]
    attached: tuple[str, ...]
    inline: tuple[str, ...]
    groups: tuple[str, ...]
    console: bool
    findings: tuple[str, ...]

    @property
    def active(self) -> tuple[str, ...]:
        return tuple(key.id for key in self.keys if key.active)


def read_user_access(aws: Aws, name: str) -> UserAccess:
    """Read all of it. Raises ClientError."""
    iam = aws.client("iam")
    keys = tuple(_used(aws, key) for key in access_keys(aws, name))
    attached = attached_policies(aws, name)
    inline = tuple(_paged(iam, "list_user_policies", "PolicyNames", UserName=name))
    groups = tuple(group["GroupName"] for group in _paged(iam, "list_groups_for_user", "Groups", UserName=name))
    console, mfa = has_console(aws, name), list(_paged(iam, "list_mfa_devices", "MFADevices", UserName=name))
    findings = (
        *wide_attached(attached),
        *wide_inline(aws, "user", name, inline),
        *(f"{key.id} was not used for 90 days" for key in keys if _unused(key, aws.now())),
        *(("signs in to the console without MFA",) if console and not mfa else ()),
    )
    return UserAccess(
        name=name, keys=keys, attached=attached, inline=inline, groups=groups, console=console, findings=findings
    )


def access_keys(aws: Aws, name: str) -> tuple[AccessKey, ...]:
    """All of a user's keys, whatever their state."""
    found = _paged(aws.client("iam"), "list_access_keys", "AccessKeyMetadata", UserName=name)
    return tuple(
        AccessKey(id=key["AccessKeyId"], active=key["Status"] not in _SHUT, made=key["CreateDate"]) for key in found
    )


def attached_policies(aws: Aws, name: str) -> tuple[str, ...]:
    """The ARNs of the managed policies that are attached to a user itself."""
    found = _paged(aws.client("iam"), "list_attached_user_policies", "AttachedPolicies", UserName=name)
    return tuple(policy["PolicyArn"] for policy in found)


def has_console(aws: Aws, name: str) -> bool:
    """Whether the user has a password for the console."""
    try:
        aws.client("iam").get_login_profile(UserName=name)
    except ClientError as error:
        if not missing(error):
            raise
        return False
    return True


def _used(aws: Aws, key: AccessKey) -> AccessKey:
    said = aws.client("iam").get_access_key_last_used(AccessKeyId=key.id)["AccessKeyLastUsed"]
    return replace(key, last_used=said.get("LastUsedDate"))


def _unused(key: AccessKey, now: datetime) -> bool:
    return key.active and now - (key.last_used or key.made) > _UNUSED


def _paged(iam: Any, operation: str, of: str, **asked: str) -> Iterator[Any]:
    for page in iam.get_paginator(operation).paginate(**asked):
        yield from page[of]
