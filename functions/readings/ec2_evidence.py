"""What is known of an instance before it is touched, in AWS's own words, bounded to what the record of a run holds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError

from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws
from functions.core.run_record import plain
from functions.readings.ec2_instances import Interface

DESCRIBE_VOLUMES = Allow(
    action="ec2:DescribeVolumes", on=EVERYTHING, because="DescribeVolumes has no resource scope in IAM"
)
GET_CONSOLE_OUTPUT = Allow(action="ec2:GetConsoleOutput", on="arn:{partition}:ec2:{region}:{account}:instance/*")
_MOST_OF_A_PART = 50_000
_MOST_OF_CONSOLE = 16_000
"""Characters: a run is one item of the record, and an item has 400 KB. EC2 keeps 64 KB of a console."""


def read_volumes(aws: Aws, ids: Sequence[str]) -> list[Mapping[str, Any]]:
    """The volumes with these ids. Raises ClientError where one does not exist."""
    if not ids:
        return []
    found: list[Mapping[str, Any]] = aws.client("ec2").describe_volumes(VolumeIds=list(ids))["Volumes"]
    return found


def metadata(
    aws: Aws, said: Mapping[str, Any], interfaces: Sequence[Interface], volumes: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """The instance, its interfaces, their security groups and its volumes, each part whole or not at all."""
    ec2, groups = aws.client("ec2"), sorted({group for one in interfaces for group in one.groups})
    ids = [one.id for one in interfaces]
    parts = {
        "instance": said,
        "interfaces": ec2.describe_network_interfaces(NetworkInterfaceIds=ids)["NetworkInterfaces"],
        "security_groups": ec2.describe_security_groups(GroupIds=groups)["SecurityGroups"],
        "volumes": volumes,
    }
    return {name: _bounded(plain(part)) for name, part in parts.items()}


def console_output(aws: Aws, instance: str) -> str:
    """The end of the console, or why there is none: not every instance has one, and nothing waits for it."""
    try:
        text = aws.client("ec2").get_console_output(InstanceId=instance).get("Output", "")
    except ClientError as error:
        return f"not read: {error.response['Error']['Code']}"
    return str(text)[-_MOST_OF_CONSOLE:]


def _bounded(part: Any) -> Any:
    size = len(json.dumps(part))
    return part if size <= _MOST_OF_A_PART else f"left out: {size} characters are more than the record holds"
