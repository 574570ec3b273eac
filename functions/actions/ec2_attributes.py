"""What keeps an instance from being terminated: its termination protection, and what a shutdown from inside does."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from functions.actions.ec2_interfaces import ONLY_RELEASE
from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.ec2_instances import DESCRIBE_INSTANCE_ATTRIBUTE, TERMINATION_PROTECTION, read_attribute


@dataclass(frozen=True, kw_only=True)
class _InstanceAttribute(Action, ABC):
    """One attribute, named as DescribeInstanceAttribute does; `value` and `was` are `true`, `false`, `stop` or `terminate`."""

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(
            action="ec2:ModifyInstanceAttribute", on="arn:{partition}:ec2:{region}:{account}:instance/*", tagged=True
        ),
        DESCRIBE_INSTANCE_ATTRIBUTE,
    )
    patience: ClassVar[timedelta] = timedelta(minutes=5)
    look_again: ClassVar[timedelta] = timedelta(seconds=1)

    instance: str
    attribute: str
    value: str
    was: str

    def do(self, aws: Aws) -> None:
        value: bool | str = self.value == "true" if self.attribute == TERMINATION_PROTECTION else self.value
        aws.client("ec2").modify_instance_attribute(InstanceId=self.instance, **{self._name: {"Value": value}})

    @property
    def _name(self) -> str:
        return f"{self.attribute[0].upper()}{self.attribute[1:]}"

    def progress(self, aws: Aws) -> Progress:
        value = read_attribute(aws, self.instance, self.attribute)
        seen = f"{self.attribute} of {self.instance} is {value}"
        return Progress(Effect.DONE if value == self.value else Effect.ABSENT, seen)

    def properties(self) -> tuple[PropertyChange, ...]:
        return (
            PropertyChange(
                resource_type="AWS::EC2::Instance", property=self._name, old=self.was, new=self.value,
                resource=self.instance, literal=False,
            ),
        )  # fmt: skip

    def __str__(self) -> str:
        return f"set {self.attribute} of {self.instance} from {self.was} to {self.value}"


@dataclass(frozen=True, kw_only=True)
class ProtectInstance(_InstanceAttribute):
    """Set it so that the instance stays: neither a call nor a shutdown from inside ends it for good."""

    kept: ClassVar[bool] = True

    def undo(self) -> Irreversible:
        return Irreversible(ONLY_RELEASE)


@dataclass(frozen=True, kw_only=True)
class UnprotectInstance(_InstanceAttribute):
    """Set it as it was before the containment."""

    def undo(self) -> Action:
        return ProtectInstance(instance=self.instance, attribute=self.attribute, value=self.was, was=self.value)
