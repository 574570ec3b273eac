"""AWS's own policies that deny, attached to a user and detached: the boundary allows no others (infra/denials/principals.py)."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from botocore.exceptions import ClientError

from functions.actions.iam_keys import RELEASED_BY
from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.iam_principals import USERS, missing
from functions.readings.iam_user import LIST_ATTACHED, attached_policies

DENY_ALL = "AWSDenyAll"
QUARANTINES = ("AWSCompromisedKeyQuarantine", "AWSCompromisedKeyQuarantineV2", "AWSCompromisedKeyQuarantineV3")
"""What AWS itself attaches when it finds a key in public: partial, and not to be removed before its mail was followed."""
_MANAGED = "arn:{partition}:iam::aws:policy/"


def _may(action: str, *policies: str) -> Allow:
    pinned = tuple(("StringEquals", "iam:PolicyARN", f"{_MANAGED}{policy}") for policy in policies)
    return Allow(action=action, on=USERS, tagged=True, conditions=pinned)


@dataclass(frozen=True, kw_only=True)
class _Attachment(Action, ABC):
    """One managed policy of a user, by its ARN."""

    patience: ClassVar[timedelta] = timedelta(minutes=5)
    look_again: ClassVar[timedelta] = timedelta(seconds=3)
    wanted: ClassVar[bool]
    user: str
    policy: str

    def progress(self, aws: Aws) -> Progress:
        there = self._attached(aws)
        if there is None:
            return Progress(Effect.FAILED if self.wanted else Effect.DONE, f"there is no user {self.user} any more")
        seen = f"{self.user} {'has' if there else 'does not have'} {self._short}"
        return Progress(Effect.DONE if there is self.wanted else Effect.ABSENT, seen)

    def properties(self) -> tuple[PropertyChange, ...]:
        words = f"without {self._short}", f"with {self._short}"
        old, new = words if self.wanted else words[::-1]
        kind, name = "AWS::IAM::User", "ManagedPolicyArns"
        return (PropertyChange(resource_type=kind, property=name, old=old, new=new, literal=False),)

    def _attached(self, aws: Aws) -> bool | None:
        try:
            return self.policy in attached_policies(aws, self.user)
        except ClientError as error:
            if not missing(error):
                raise
            return None

    @property
    def _short(self) -> str:
        return self.policy.rpartition("/")[2]


@dataclass(frozen=True, kw_only=True)
class DenyUserEverything(_Attachment):
    """Attach AWSDenyAll: keys, sessions and the console, whatever else allows them. Nothing of the user is deleted."""

    permissions: ClassVar[tuple[Allow, ...]] = (_may("iam:AttachUserPolicy", DENY_ALL), LIST_ATTACHED)
    kept: ClassVar[bool] = True
    wanted: ClassVar[bool] = True

    def do(self, aws: Aws) -> None:
        aws.client("iam").attach_user_policy(UserName=self.user, PolicyArn=self.policy)

    def undo(self) -> Irreversible:
        return RELEASED_BY

    def __str__(self) -> str:
        return f"attach {self._short} to {self.user}"


@dataclass(frozen=True, kw_only=True)
class LiftUserDenial(_Attachment):
    """Detach AWSDenyAll, or a quarantine of AWS's where a person says so."""

    permissions: ClassVar[tuple[Allow, ...]] = (_may("iam:DetachUserPolicy", DENY_ALL, *QUARANTINES), LIST_ATTACHED)
    wanted: ClassVar[bool] = False

    def do(self, aws: Aws) -> None:
        aws.client("iam").detach_user_policy(UserName=self.user, PolicyArn=self.policy)

    def undo(self) -> Action | Irreversible:
        if self._short != DENY_ALL:
            return Irreversible("it is AWS's to quarantine a key; what is left denies less, not more")
        return DenyUserEverything(user=self.user, policy=self.policy)

    def __str__(self) -> str:
        return f"detach {self._short} from {self.user}"
