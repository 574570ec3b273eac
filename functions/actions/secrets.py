"""Rotating a secret by its own rotation: its value is neither read nor made up here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.secrets import CURRENT, DESCRIBE_SECRET, PENDING, PREVIOUS, SECRETS, read_secret


@dataclass(frozen=True, kw_only=True)
class RotateSecret(Action):
    """Start one rotation. `version` is the new version's id: Secrets Manager takes a call with the same one for the same rotation."""

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(action="secretsmanager:RotateSecret", on=SECRETS, tagged=True),
        Allow(action="lambda:InvokeFunction", on="arn:{partition}:lambda:{region}:{account}:function:*", tagged=True),
        DESCRIBE_SECRET,
    )
    patience: ClassVar[timedelta] = timedelta(minutes=30)
    look_again: ClassVar[timedelta] = timedelta(seconds=10)
    secret: str
    version: str

    def do(self, aws: Aws) -> None:
        aws.client("secretsmanager").rotate_secret(
            SecretId=self.secret, ClientRequestToken=self.version, RotateImmediately=True
        )

    def progress(self, aws: Aws) -> Progress:
        """A pending version exists before it has a value; the previous one was current before another rotation."""
        found = read_secret(aws, self.secret)
        if found is None:
            return Progress(Effect.FAILED, f"there is no {self.secret} any more")
        stages, version = found.stages.get(self.version, ()), f"version {self.version} of {found.name}"
        if CURRENT in stages or PREVIOUS in stages:
            return Progress(Effect.DONE, f"{version} is {CURRENT if CURRENT in stages else PREVIOUS}")
        if PENDING in stages:
            return Progress(Effect.UNDER_WAY, f"{version} is {PENDING}")
        return Progress(Effect.ABSENT, f"there is no {version}")

    def undo(self) -> Irreversible:
        return Irreversible("the old value has to count as known to strangers")

    def properties(self) -> tuple[PropertyChange, ...]:
        """No template holds a rotated value."""
        return ()

    def __str__(self) -> str:
        return f"rotate {self.secret.partition(':secret:')[2]} to version {self.version}"
