"""Who may take a role, what works with it, and what a reviewer would frown at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.iam_principals import ROLES
from functions.readings.iam_user import wide

LIST_ATTACHED = Allow(action="iam:ListAttachedRolePolicies", on=ROLES)
LIST_INSTANCE_PROFILES = Allow(action="iam:ListInstanceProfilesForRole", on=ROLES)
READ_ROLE = (LIST_ATTACHED, LIST_INSTANCE_PROFILES)


@dataclass(frozen=True, kw_only=True, slots=True)
class RoleAccess:
    """`services` may assume it by its trust policy, `others` are the principals that may. `last_used` is in IAM's own words
    up to four hours old, and None where it was not used for 400 days.
    """

    instance_profiles: tuple[str, ...]
    services: tuple[str, ...]
    others: tuple[str, ...]
    attached: tuple[str, ...]
    last_used: datetime | None
    findings: tuple[str, ...]

    @property
    def workloads(self) -> str:
        """What a revocation interrupts, in words; empty where no service takes the role."""
        profiles = f"EC2 instances with {', '.join(self.instance_profiles)}" if self.instance_profiles else ""
        return "; ".join(filter(None, (profiles, f"what {', '.join(self.services)} runs" if self.services else "")))


def read_role_access(aws: Aws, answer: Mapping[str, Any]) -> RoleAccess:
    """`answer` is GetRole's. Raises ClientError."""
    iam, name = aws.client("iam"), answer["RoleName"]
    pages = iam.get_paginator("list_instance_profiles_for_role").paginate(RoleName=name)
    profiles = tuple(one["InstanceProfileName"] for page in pages for one in page["InstanceProfiles"])
    listed = iam.get_paginator("list_attached_role_policies").paginate(RoleName=name)
    attached = tuple(one["PolicyArn"] for page in listed for one in page["AttachedPolicies"])
    trusted = sorted(set(_trusted(answer.get("AssumeRolePolicyDocument") or {})))
    others = tuple(who for kind, who in trusted if kind != "Service")
    return RoleAccess(
        instance_profiles=profiles,
        services=tuple(who for kind, who in trusted if kind == "Service"),
        others=others,
        attached=attached,
        last_used=(answer.get("RoleLastUsed") or {}).get("LastUsedDate"),
        findings=(*wide(attached), *(("anybody in any account is in its trust policy",) if "*" in others else ())),
    )


def _trusted(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    statements = document.get("Statement") or []
    for statement in statements if isinstance(statements, list) else [statements]:
        principal = statement.get("Principal") or {}
        by_kind = principal if isinstance(principal, Mapping) else {"AWS": principal}
        if statement.get("Effect") == "Allow":
            for kind, who in by_kind.items():
                yield from ((kind, one) for one in (who if isinstance(who, list) else [who]))
