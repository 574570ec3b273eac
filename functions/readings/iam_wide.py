"""Policies that give a principal nearly everything. Only told: what an intruder could do is for people to judge.

AWS's own are known by their names, inline ones are read. What a customer managed policy or a group allows is not looked into.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from functions.core.ports import Aws
from functions.readings.iam_principals import Kind

_WIDE = ("AdministratorAccess", "IAMFullAccess", "PowerUserAccess")
_MOST_READ = 10
_ALL = {"*", "*:*"}


def wide_attached(attached: Sequence[str]) -> tuple[str, ...]:
    """A sentence for each of AWS's policies among these, by their ARNs."""
    names = (policy.rpartition("/")[2] for policy in attached)
    return tuple(f"has {name}" for name in names if name in _WIDE)


def wide_inline(aws: Aws, kind: Kind, name: str, policies: Sequence[str]) -> tuple[str, ...]:
    """A sentence for each inline policy that allows every action on everything. Raises ClientError."""
    return tuple(
        f"its inline policy {policy} allows everything"
        for policy in policies[:_MOST_READ]
        if any(map(_everything, statements(_document(aws, kind, name, policy))))
    )


def statements(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The statements of a policy, which may be one without a list around it."""
    found = document.get("Statement") or []
    yield from found if isinstance(found, list) else [found]


def _document(aws: Aws, kind: Kind, name: str, policy: str) -> Mapping[str, Any]:
    iam = aws.client("iam")
    found = (
        iam.get_user_policy(UserName=name, PolicyName=policy)
        if kind == "user"
        else iam.get_role_policy(RoleName=name, PolicyName=policy)
    )
    document: Mapping[str, Any] = found["PolicyDocument"]
    return document


def _everything(statement: Mapping[str, Any]) -> bool:
    actions, resources = (_texts(statement.get(part)) for part in ("Action", "Resource"))
    return statement.get("Effect") == "Allow" and bool(actions & _ALL) and "*" in resources


def _texts(value: object) -> set[str]:
    return set(value) if isinstance(value, list) else {str(value)}
