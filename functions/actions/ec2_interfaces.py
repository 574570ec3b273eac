"""Changes of the security groups of one network interface: opened for a moment, isolated, given back.

Per interface, because an instance with several refuses it as a whole (API reference, ModifyInstanceAttribute). What is tracked
lives on when a group changes; what runs through a group that lets everything in and out is not tracked, and ends with it (EC2
User Guide, "Security group connection tracking").
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from botocore.exceptions import ClientError

from functions.core.action import Action, Effect, Irreversible, Progress, PropertyChange
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.containment_groups import is_empty
from functions.readings.ec2_instances import DESCRIBE_NETWORK_INTERFACES
from functions.readings.security_groups import DESCRIBE_SECURITY_GROUPS, read_security_groups

_HERE = "arn:{partition}:ec2:{region}:{account}"
MODIFY_INTERFACE = (
    Allow(action="ec2:ModifyNetworkInterfaceAttribute", on=f"{_HERE}:network-interface/*"),
    Allow(action="ec2:ModifyNetworkInterfaceAttribute", on=f"{_HERE}:security-group/*"),
    Allow(action="ec2:ModifyNetworkInterfaceAttribute", on=f"{_HERE}:instance/*", tagged=True),
)
_NO_GROUP = "sg-00000000000000000"
ONLY_RELEASE = "only release_ec2_instance lets an intruder go, and two people have to want it"


@dataclass(frozen=True, kw_only=True)
class _InterfaceGroups(Action, ABC):
    """`was` are the ids of the groups before, parted by blanks."""

    permissions: ClassVar[tuple[Allow, ...]] = (*MODIFY_INTERFACE, DESCRIBE_NETWORK_INTERFACES)
    patience: ClassVar[timedelta] = timedelta(minutes=5)
    look_again: ClassVar[timedelta] = timedelta(seconds=1)

    interface: str
    was: str

    @property
    @abstractmethod
    def _wanted(self) -> str:
        """The groups after it, parted by blanks."""

    def do(self, aws: Aws) -> None:
        self._put_into(aws, self._wanted.split())

    def _put_into(self, aws: Aws, groups: Sequence[str]) -> None:
        aws.client("ec2").modify_network_interface_attribute(NetworkInterfaceId=self.interface, Groups=list(groups))

    def progress(self, aws: Aws) -> Progress:
        groups = self._groups(aws)
        if groups is None:
            return Progress(Effect.FAILED, f"there is no interface {self.interface} any more")
        there = groups in self._fulfilled
        return Progress(
            Effect.DONE if there else Effect.ABSENT, f"{self.interface} is in {' and '.join(sorted(groups))}"
        )

    @property
    def _fulfilled(self) -> tuple[set[str], ...]:
        return (set(self._wanted.split()),)

    def _groups(self, aws: Aws) -> set[str] | None:
        try:
            found = aws.client("ec2").describe_network_interfaces(NetworkInterfaceIds=[self.interface])
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvalidNetworkInterfaceID.NotFound":
                raise
            return None
        return {group["GroupId"] for group in found["NetworkInterfaces"][0].get("Groups") or ()}

    def properties(self) -> tuple[PropertyChange, ...]:
        return (
            PropertyChange(
                resource_type="AWS::EC2::NetworkInterface", property="GroupSet", old=self.was, new=self._wanted,
                resource=self.interface, literal=False,
            ),
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class OpenInterface(_InterfaceGroups):
    """Let everything in and out for a moment, so that nothing is tracked any more. Isolating it follows at once."""

    momentary: ClassVar[bool] = True

    opened: str
    closed: str

    @property
    def _wanted(self) -> str:
        return self.opened

    @property
    def _fulfilled(self) -> tuple[set[str], ...]:
        """Isolated is beyond opened."""
        return {self.opened}, {self.closed}

    def undo(self) -> Action:
        return CloseInterface(interface=self.interface, was=self.opened, groups=self.was)

    def __str__(self) -> str:
        return f"open {self.interface} to everything by {self.opened} for some seconds, so that its connections are no longer tracked"


@dataclass(frozen=True, kw_only=True)
class IsolateInterface(_InterfaceGroups):
    """Put the interface into the one group that lets nothing in or out: what is to cut it off has to be empty at that moment."""

    permissions: ClassVar[tuple[Allow, ...]] = (*_InterfaceGroups.permissions, DESCRIBE_SECURITY_GROUPS)
    kept: ClassVar[bool] = True

    closed: str

    @property
    def _wanted(self) -> str:
        return self.closed

    def do(self, aws: Aws) -> None:
        """Where the group has rules by now, the id is one that no group has: AWS refuses it, and nothing is changed."""
        (group,) = read_security_groups(aws, [self.closed])
        self._put_into(aws, [self.closed if is_empty(group) else _NO_GROUP])

    def undo(self) -> Action | Irreversible:
        return Irreversible(ONLY_RELEASE)

    def __str__(self) -> str:
        return f"isolate {self.interface}: {self.closed} instead of {self.was.replace(' ', ', ')}"


@dataclass(frozen=True, kw_only=True)
class CloseInterface(_InterfaceGroups):
    """Put the interface back into its own groups, because it could not be isolated after it was opened."""

    groups: str

    @property
    def _wanted(self) -> str:
        return self.groups

    def undo(self) -> Action | Irreversible:
        return Irreversible("it is never opened again by itself")

    def __str__(self) -> str:
        return f"put {self.interface} back into {self.groups.replace(' ', ', ')}"


@dataclass(frozen=True, kw_only=True)
class ReleaseInterface(CloseInterface):
    """Put the interface back into the groups that it had before it was isolated."""

    def undo(self) -> Action:
        return IsolateInterface(interface=self.interface, was=self.groups, closed=self.was)

    def __str__(self) -> str:
        return f"release {self.interface} into {self.groups.replace(' ', ', ')}"
