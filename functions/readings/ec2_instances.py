"""One EC2 instance with its interfaces, volumes and what keeps it from being terminated."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from functions.core.arn import Arn
from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws

_INSTANCE = "arn:{partition}:ec2:{region}:{account}:instance/*"
DESCRIBE_INSTANCES = Allow(
    action="ec2:DescribeInstances", on=EVERYTHING, because="DescribeInstances has no resource scope in IAM"
)
DESCRIBE_INSTANCE_ATTRIBUTE = Allow(action="ec2:DescribeInstanceAttribute", on=_INSTANCE)
DESCRIBE_NETWORK_INTERFACES = Allow(
    action="ec2:DescribeNetworkInterfaces",
    on=EVERYTHING,
    because="DescribeNetworkInterfaces has no resource scope in IAM",
)
TERMINATION_PROTECTION, SHUTDOWN_BEHAVIOUR = "disableApiTermination", "instanceInitiatedShutdownBehavior"
_RESOURCE = re.compile(r"instance/i-[0-9a-f]{8,17}")
_UNKNOWN = ("InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed")


@dataclass(frozen=True, kw_only=True, slots=True)
class Interface:
    """One network interface as the instance shows it; `forwards` says that it lets through what is not addressed to it."""

    id: str
    vpc: str
    groups: tuple[str, ...]
    addresses: tuple[str, ...]
    ipv6: bool
    forwards: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Instance:
    """One instance as it is now. `managed` says that an AWS service runs it, `attributes` are as the API spells them."""

    id: str
    state: str
    vpc: str
    zone: str
    spot: bool
    managed: bool
    profile: str
    interfaces: tuple[Interface, ...]
    volumes: tuple[str, ...]
    attributes: Mapping[str, str]


def describe(aws: Aws, target: Arn) -> Mapping[str, Any] | None:
    """AWS's own words about an instance, None where there is none."""
    if not _RESOURCE.fullmatch(target.resource):
        return None
    try:
        found = aws.client("ec2").describe_instances(InstanceIds=[target.id])["Reservations"]
    except ClientError as error:
        if error.response["Error"]["Code"] in _UNKNOWN:
            return None
        raise
    said: Mapping[str, Any] | None = next((one for each in found for one in each["Instances"]), None)
    return said


def tags_of(said: Mapping[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in said.get("Tags") or ()}


def instance_of(aws: Aws, said: Mapping[str, Any]) -> Instance:
    """What `describe` found, with the two attributes that are asked for one by one."""
    devices = (one.get("Ebs", {}).get("VolumeId", "") for one in said.get("BlockDeviceMappings") or ())
    names = (TERMINATION_PROTECTION, SHUTDOWN_BEHAVIOUR)
    return Instance(
        id=said["InstanceId"],
        state=said["State"]["Name"],
        vpc=said.get("VpcId", ""),
        zone=said["Placement"]["AvailabilityZone"],
        spot=said.get("InstanceLifecycle") == "spot",
        managed=bool((said.get("Operator") or {}).get("Managed")),
        profile=(said.get("IamInstanceProfile") or {}).get("Arn", ""),
        interfaces=interfaces_of(said),
        volumes=tuple(sorted(filter(None, devices))),
        attributes={name: read_attribute(aws, said["InstanceId"], name) for name in names},
    )


def interfaces_of(said: Mapping[str, Any]) -> tuple[Interface, ...]:
    """The interfaces of a described instance, in the order of their ids."""
    return tuple(sorted(map(_interface, said.get("NetworkInterfaces") or ()), key=lambda one: one.id))


def read_attribute(aws: Aws, instance: str, name: str) -> str:
    """One attribute as text: `true`, `false`, `stop`, `terminate`. Raises ClientError."""
    said = aws.client("ec2").describe_instance_attribute(InstanceId=instance, Attribute=name)
    value = said[f"{name[0].upper()}{name[1:]}"]["Value"]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _interface(said: Mapping[str, Any]) -> Interface:
    private = [one["PrivateIpAddress"] for one in said.get("PrivateIpAddresses") or ()]
    return Interface(
        id=said["NetworkInterfaceId"],
        vpc=said.get("VpcId", ""),
        groups=tuple(sorted(group["GroupId"] for group in said.get("Groups") or ())),
        addresses=tuple(private),
        ipv6=bool(said.get("Ipv6Addresses")),
        forwards=said.get("SourceDestCheck") is False,
    )
