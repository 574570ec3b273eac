"""Giving the tasks of an ECS service another size: a copy of the task definition, and its deployment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from functions.actions.ecs import DeployTaskDefinition
from functions.actions.task_definition_copy import resized_copy
from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.permission import Allow
from functions.core.policy import TAG_PREFIX
from functions.core.ports import Aws
from functions.readings.ecs_task_definition import DESCRIBE_TASK_DEFINITION
from functions.readings.fargate_task_size import TaskSize

CREATED_BY = ("created-by", "first-responder")
MADE_FOR = f"{TAG_PREFIX}made-for"
_TASK_DEFINITIONS = "arn:{partition}:ecs:{region}:{account}:task-definition/*"
_RESERVED = "aws:"


@dataclass(frozen=True, kw_only=True)
class RegisterTaskSize(Action):
    """Register `task_definition` as a copy of `copy_of` with another size; all else, its roles too, stays as it is.

    ECS numbers revisions by itself. So the wished-for one is the next number, with a tag that says for which run it was made:
    where somebody else was faster, that number is theirs, and this has failed without having changed a service.
    """

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(
            action="ecs:RegisterTaskDefinition",
            on=_TASK_DEFINITIONS,
            conditions=(("StringEquals", f"aws:RequestTag/{CREATED_BY[0]}", CREATED_BY[1]),),
        ),
        Allow(
            action="ecs:TagResource",
            on=_TASK_DEFINITIONS,
            conditions=(("StringEquals", "ecs:CreateAction", "RegisterTaskDefinition"),),
        ),
        Allow(
            action="iam:PassRole",
            on="arn:{partition}:iam::{account}:role/*",
            conditions=(("StringEquals", "iam:PassedToService", "ecs-tasks.amazonaws.com"),),
        ),
        DESCRIBE_TASK_DEFINITION,
    )
    patience: ClassVar[timedelta] = timedelta(minutes=5)

    task_definition: str
    copy_of: str
    cpu_units: int
    memory_mib: int
    made_for: str

    def do(self, aws: Aws) -> None:
        """What is copied is read here, and never written down: it may have secrets in its variables."""
        answer = aws.client("ecs").describe_task_definition(taskDefinition=self.copy_of, include=["TAGS"])
        theirs = {tag["key"]: tag["value"] for tag in answer.get("tags") or () if not _reserved(tag)}
        tags = {**theirs, CREATED_BY[0]: CREATED_BY[1], MADE_FOR: self.made_for}
        aws.client("ecs").register_task_definition(
            **resized_copy(answer["taskDefinition"], self._size),
            tags=[{"key": key, "value": value} for key, value in tags.items()],
        )

    def progress(self, aws: Aws) -> Progress:
        try:
            answer = aws.client("ecs").describe_task_definition(taskDefinition=self.task_definition, include=["TAGS"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "ClientException":
                raise
            return Progress(Effect.ABSENT, f"there is no {self._name} yet")
        tags = {tag["key"]: tag["value"] for tag in answer.get("tags") or ()}
        if tags.get(MADE_FOR) != self.made_for:
            return Progress(Effect.FAILED, f"somebody else has registered {self._name} meanwhile")
        return Progress(Effect.DONE, f"{self._name} is registered with {self._size}")

    def undo(self) -> Irreversible:
        return Irreversible(
            "a revision that no service runs costs nothing and does nothing; it may be deregistered by hand"
        )

    def properties(self) -> tuple[PropertyChange, ...]:
        """A template's revision is another one, and stays as it is."""
        return ()

    @property
    def _size(self) -> TaskSize:
        return TaskSize(cpu_units=self.cpu_units, memory_mib=self.memory_mib)

    @property
    def _name(self) -> str:
        return self.task_definition.rpartition("/")[2]

    def __str__(self) -> str:
        return f"register {self._name}: a copy of {self.copy_of.rpartition('/')[2]} with {self._size} a task"


@dataclass(frozen=True, kw_only=True)
class DeployTaskSize(DeployTaskDefinition):
    """Have a service run the same version with tasks of another size; the way back is the size that it had."""

    def undo(self) -> Action:  # type: ignore[override]
        return DeployTaskSize(
            service_arn=self.service_arn, task_definition=self.instead_of, instead_of=self.task_definition
        )


def _reserved(tag: Mapping[str, Any]) -> bool:
    """CloudFormation's, which nobody else may set."""
    return str(tag["key"]).lower().startswith(_RESERVED)
