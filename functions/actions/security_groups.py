"""Changes of security groups: one ingress rule, put back as it was, and taken out again."""

from __future__ import annotations

from abc import ABC
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from functions.core.action import Action, Effect, Progress, PropertyChange
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.security_groups import DESCRIBE_SECURITY_GROUPS, Rule, read_security_groups

_GROUP = "arn:{partition}:ec2:{region}:{account}:security-group/*"


@dataclass(frozen=True, kw_only=True)
class _IngressRule(Action, ABC):
    """TCP on one port for one peer: a security group's id, or a network. Named by what it is, not by an id that AWS gives.

    Tracked connections live on after a rule is gone; a new one holds within seconds.
    """

    patience: ClassVar[timedelta] = timedelta(minutes=5)

    group: str
    port: int
    peer: str

    @property
    def _permissions(self) -> list[dict[str, Any]]:
        network = "Ipv6Ranges" if ":" in self.peer else "IpRanges"
        key, value = (
            ("UserIdGroupPairs", {"GroupId": self.peer})
            if self.peer.startswith("sg-")
            else (network, {"CidrIpv6" if ":" in self.peer else "CidrIp": self.peer})
        )
        return [{"IpProtocol": "tcp", "FromPort": self.port, "ToPort": self.port, key: [value]}]

    def _look(self, aws: Aws) -> bool | str:
        """Whether the rule is there, or why that cannot be said."""
        try:
            found = read_security_groups(aws, [self.group])
        except ClientError as error:
            if error.response["Error"]["Code"] != "InvalidGroup.NotFound":
                raise
            return f"there is no security group {self.group} any more"
        return Rule(protocol="tcp", from_port=self.port, to_port=self.port, peer=self.peer) in found[0].ingress

    def _progress(self, aws: Aws, wanted: bool) -> Progress:
        there = self._look(aws)
        if isinstance(there, str):
            return Progress(Effect.FAILED if wanted else Effect.DONE, there)
        seen = f"{self.group} {'lets' if there else 'does not let'} TCP {self.port} in from {self.peer}"
        return Progress(Effect.DONE if there is wanted else Effect.ABSENT, seen)

    def properties(self) -> tuple[PropertyChange, ...]:
        rule = f"TCP {self.port} from {self.peer}"
        there = isinstance(self, AuthorizeSecurityGroupIngress)
        return (
            PropertyChange(
                resource_type="AWS::EC2::SecurityGroup",
                property="SecurityGroupIngress",
                old=f"without {rule}" if there else f"with {rule}",
                new=f"with {rule}" if there else f"without {rule}",
                resource=self.group,
                literal=False,
            ),
        )


@dataclass(frozen=True, kw_only=True)
class AuthorizeSecurityGroupIngress(_IngressRule):
    """Put one rule into a group. One that is there already is refused as a duplicate, and then is in effect."""

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(action="ec2:AuthorizeSecurityGroupIngress", on=_GROUP, tagged=True),
        DESCRIBE_SECURITY_GROUPS,
    )

    def do(self, aws: Aws) -> None:
        aws.client("ec2").authorize_security_group_ingress(GroupId=self.group, IpPermissions=self._permissions)

    def progress(self, aws: Aws) -> Progress:
        return self._progress(aws, wanted=True)

    def undo(self) -> Action:
        return RevokeSecurityGroupIngress(group=self.group, port=self.port, peer=self.peer)

    def __str__(self) -> str:
        return f"let TCP {self.port} into {self.group} from {self.peer} again"


@dataclass(frozen=True, kw_only=True)
class RevokeSecurityGroupIngress(_IngressRule):
    """Take one rule out of a group: exactly this one, all others stay."""

    permissions: ClassVar[tuple[Allow, ...]] = (
        Allow(action="ec2:RevokeSecurityGroupIngress", on=_GROUP, tagged=True),
        DESCRIBE_SECURITY_GROUPS,
    )

    def do(self, aws: Aws) -> None:
        aws.client("ec2").revoke_security_group_ingress(GroupId=self.group, IpPermissions=self._permissions)

    def progress(self, aws: Aws) -> Progress:
        return self._progress(aws, wanted=False)

    def undo(self) -> Action:
        return AuthorizeSecurityGroupIngress(group=self.group, port=self.port, peer=self.peer)

    def __str__(self) -> str:
        return f"stop letting TCP {self.port} into {self.group} from {self.peer}"
