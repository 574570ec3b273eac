"""A user's long-term access keys: switched off and on again, never deleted, because they are evidence and somebody's way back."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from botocore.exceptions import ClientError

from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.iam_principals import USERS, missing
from functions.readings.iam_user import LIST_ACCESS_KEYS, AccessKey, access_keys

RELEASED_BY = Irreversible("who was contained is let out by release_iam_principal, which takes two people")


@dataclass(frozen=True, kw_only=True)
class _KeyStatus(Action, ABC):
    """The wish for a key's status. UserName is always sent: without it IAM would take the key for the caller's own."""

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(action="iam:UpdateAccessKey", on=USERS, tagged=True),
        LIST_ACCESS_KEYS,
    )
    patience: ClassVar[timedelta] = timedelta(minutes=5)
    look_again: ClassVar[timedelta] = timedelta(seconds=3)
    status: ClassVar[str]
    gone: ClassVar[Effect]
    """What it is worth where there is no such key any more."""
    user: str
    key: str

    def do(self, aws: Aws) -> None:
        aws.client("iam").update_access_key(UserName=self.user, AccessKeyId=self.key, Status=self.status)

    def progress(self, aws: Aws) -> Progress:
        key = self._look(aws)
        if key is None:
            return Progress(self.gone, f"{self.user} has no key {self.key} any more")
        status = "Active" if key.active else "Inactive"
        return Progress(Effect.DONE if status == self.status else Effect.ABSENT, f"{self.key} is {status.lower()}")

    def properties(self) -> tuple[PropertyChange, ...]:
        old = {"Active": "Inactive", "Inactive": "Active"}[self.status]
        kind = "AWS::IAM::AccessKey"
        return (PropertyChange(resource_type=kind, property="Status", old=old, new=self.status, resource=self.key),)

    def _look(self, aws: Aws) -> AccessKey | None:
        try:
            keys = access_keys(aws, self.user)
        except ClientError as error:
            if not missing(error):
                raise
            return None
        return next((key for key in keys if key.id == self.key), None)


@dataclass(frozen=True, kw_only=True)
class DeactivateAccessKey(_KeyStatus):
    """Switch a key off. One that is gone opens nothing any more, which is as good."""

    kept: ClassVar[bool] = True
    status: ClassVar[str] = "Inactive"
    gone: ClassVar[Effect] = Effect.DONE

    def undo(self) -> Irreversible:
        return RELEASED_BY

    def __str__(self) -> str:
        return f"deactivate access key {self.key} of {self.user}"


@dataclass(frozen=True, kw_only=True)
class ActivateAccessKey(_KeyStatus):
    """Switch a key on again."""

    status: ClassVar[str] = "Active"
    gone: ClassVar[Effect] = Effect.FAILED

    def undo(self) -> Action:
        return DeactivateAccessKey(user=self.user, key=self.key)

    def __str__(self) -> str:
        return f"activate access key {self.key} of {self.user} again"
