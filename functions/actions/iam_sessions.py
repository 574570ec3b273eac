"""Revoking the sessions of a user or role, by an inline policy that denies all that were issued before a moment.

IAM cannot be told what such a policy may say: PutUserPolicy and PutRolePolicy by themselves are as good as the principal's own
administrator. What limits them: the tag that the owner has to have set, the boundary, which keeps them from ourselves, the
deployment's, the single sign-on's and break-glass principals (NeverContained, BreakGlass in infra/denials/principals.py), and this
file, which knows one document.
"""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from functions.actions.iam_keys import RELEASED_BY
from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.iam_principals import ROLES, USERS, Kind
from functions.readings.iam_revocations import (
    GET_ROLE_POLICY,
    GET_USER_POLICY,
    POLICY,
    ForeignPolicy,
    Revocation,
    covers,
    keys_of,
    read_revocation,
    revocation_document,
)


@dataclass(frozen=True, kw_only=True)
class _Sessions(Action, ABC):
    """`before` is when the last session was issued that is denied (ISO 8601): fixed in the plan, so that a call that is made
    again says the same. What denies more already is in effect, and never overwritten with less.
    """

    patience: ClassVar[timedelta] = timedelta(minutes=5)
    look_again: ClassVar[timedelta] = timedelta(seconds=3)
    kind: ClassVar[Kind]
    wanted: ClassVar[bool] = True
    name: str
    before: str

    @property
    def revocation(self) -> Revocation:
        """What is written down at the principal."""
        return Revocation(before=datetime.fromisoformat(self.before))

    def progress(self, aws: Aws) -> Progress:
        found = read_revocation(aws, self.kind, self.name)
        if isinstance(found, ForeignPolicy):
            return Progress(Effect.FAILED, f"{self.name} has a policy {found.name} that is not ours")
        there = covers(found, self.revocation) if self.wanted else found is not None
        denied = f"denied where they were issued before {found.before:%Y-%m-%d %H:%M:%S} UTC" if found else "not denied"
        seen = f"sessions of {self.name} are {denied}"
        return Progress(Effect.DONE if there is self.wanted else Effect.ABSENT, seen)

    def properties(self) -> tuple[PropertyChange, ...]:
        """No template knows the policy: it is one more among the inline policies."""
        words = f"without {POLICY[self.kind]}", f"with {POLICY[self.kind]}"
        old, new = words if self.wanted else words[::-1]
        kind = f"AWS::IAM::{self.kind.title()}"
        return (PropertyChange(resource_type=kind, property="Policies", old=old, new=new, literal=False),)


@dataclass(frozen=True, kw_only=True)
class RevokeUserSessions(_Sessions):
    """For temporary credentials that were minted from a user's keys, which outlive them. `keys` (parted by commas) were active."""

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(action="iam:PutUserPolicy", on=USERS, tagged=True),
        GET_USER_POLICY,
    )
    kept: ClassVar[bool] = True
    kind: ClassVar[Kind] = "user"
    keys: str
    deny_all: bool

    @property
    def revocation(self) -> Revocation:
        return Revocation(before=datetime.fromisoformat(self.before), keys=keys_of(self.keys), deny_all=self.deny_all)

    def do(self, aws: Aws) -> None:
        document = revocation_document(self.revocation, self.kind)
        aws.client("iam").put_user_policy(UserName=self.name, PolicyName=POLICY[self.kind], PolicyDocument=document)

    def undo(self) -> Irreversible:
        return RELEASED_BY

    def __str__(self) -> str:
        return f"deny the sessions of user {self.name} that were issued before {self.before}"


@dataclass(frozen=True, kw_only=True)
class RevokeRoleSessions(_Sessions):
    """For every session of a role, the good ones too: a workload goes on once it has fetched new credentials."""

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(action="iam:PutRolePolicy", on=ROLES, tagged=True),
        GET_ROLE_POLICY,
    )
    kept: ClassVar[bool] = True
    kind: ClassVar[Kind] = "role"

    def do(self, aws: Aws) -> None:
        document = revocation_document(self.revocation, self.kind)
        aws.client("iam").put_role_policy(RoleName=self.name, PolicyName=POLICY[self.kind], PolicyDocument=document)

    def undo(self) -> Irreversible:
        return RELEASED_BY

    def __str__(self) -> str:
        return f"deny the sessions of role {self.name} that were issued before {self.before}"


@dataclass(frozen=True, kw_only=True)
class AllowOldUserSessions(_Sessions):
    """Take the policy away: sessions from before `before` work again where they have not expired."""

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(action="iam:DeleteUserPolicy", on=USERS, tagged=True),
        GET_USER_POLICY,
    )
    kind: ClassVar[Kind] = "user"
    wanted: ClassVar[bool] = False
    keys: str
    deny_all: bool

    def do(self, aws: Aws) -> None:
        aws.client("iam").delete_user_policy(UserName=self.name, PolicyName=POLICY[self.kind])

    def undo(self) -> Action:
        return RevokeUserSessions(name=self.name, before=self.before, keys=self.keys, deny_all=self.deny_all)

    def __str__(self) -> str:
        return f"let sessions of user {self.name} from before {self.before} work again"


@dataclass(frozen=True, kw_only=True)
class AllowOldRoleSessions(_Sessions):
    """Take the policy away: sessions from before `before` work again where they have not expired."""

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(action="iam:DeleteRolePolicy", on=ROLES, tagged=True),
        GET_ROLE_POLICY,
    )
    kind: ClassVar[Kind] = "role"
    wanted: ClassVar[bool] = False

    def do(self, aws: Aws) -> None:
        aws.client("iam").delete_role_policy(RoleName=self.name, PolicyName=POLICY[self.kind])

    def undo(self) -> Irreversible:
        return Irreversible("contain_iam_principal revokes anew, and then those sessions too that were issued since")

    def __str__(self) -> str:
        return f"let sessions of role {self.name} from before {self.before} work again"
