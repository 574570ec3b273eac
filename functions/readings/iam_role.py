"""Who may take a role, what works with it, and what a reviewer would frown at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.iam_principals import ROLES
from functions.readings.iam_wide import statements, wide_attached, wide_inline

LIST_ATTACHED = Allow(action="iam:ListAttachedRolePolicies", on=ROLES)
LIST_INSTANCE_PROFILES = Allow(action="iam:ListInstanceProfilesForRole", on=ROLES)
LIST_INLINE = Allow(action="iam:ListRolePolicies", on=ROLES)
READ_ROLE = (LIST_ATTACHED, LIST_INSTANCE_PROFILES, LIST_INLINE)


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
    iam, name, account = aws.client("iam"), answer["RoleName"], answer["Arn"].split(":")[4]
    profiles = _paged(iam, "list_instance_profiles_for_role", "InstanceProfiles", name)
    attached = tuple(one["PolicyArn"] for one in _paged(iam, "list_attached_role_policies", "AttachedPolicies", name))
    inline = tuple(_paged(iam, "list_role_policies", "PolicyNames", name))
    trusted = sorted(set(_trusted(answer.get("AssumeRolePolicyDocument") or {})))
    return RoleAccess(
        instance_profiles=tuple(one["InstanceProfileName"] for one in profiles),
        services=tuple(who for kind, who in trusted if kind == "Service"),
        others=tuple(who for kind, who in trusted if kind != "Service"),
        attached=attached,
        last_used=(answer.get("RoleLastUsed") or {}).get("LastUsedDate"),
        findings=(
            *wide_attached(attached),
            *wide_inline(aws, "role", name, inline),
            *(_strange(who) for kind, who in trusted if kind == "AWS" and account not in who),
        ),
    )


def _paged(iam: Any, operation: str, of: str, name: str) -> Iterator[Any]:
    for page in iam.get_paginator(operation).paginate(RoleName=name):
        yield from page[of]


def _strange(who: str) -> str:
    return f"{'anybody in any account' if who == '*' else who} is in its trust policy"


def _trusted(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Who may take it, by kind (AWS, Service, Federated)."""
    for statement in statements(document):
        principal = statement.get("Principal") or {}
        by_kind = principal if isinstance(principal, Mapping) else {"AWS": principal}
        if statement.get("Effect") == "Allow":
            for kind, who in by_kind.items():
                yield from ((kind, one) for one in (who if isinstance(who, list) else [who]))
