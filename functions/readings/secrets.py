"""Secrets, without their values: nothing here may read one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from botocore.exceptions import ClientError

from functions.core.permission import Allow
from functions.core.ports import Aws

SECRETS = "arn:{partition}:secretsmanager:{region}:{account}:secret:*"
DESCRIBE_SECRET = Allow(action="secretsmanager:DescribeSecret", on=SECRETS)
CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"


@dataclass(frozen=True, kw_only=True, slots=True)
class Secret:
    """`stages` are the staging labels by version id; `function` is the rotation's ARN, empty for a managed rotation."""

    arn: str
    name: str
    rotates: bool
    function: str
    owning_service: str
    primary_region: str
    deleted: bool
    stages: Mapping[str, tuple[str, ...]]
    tags: Mapping[str, str] = field(repr=False)

    def labelled(self, label: str) -> tuple[str, ...]:
        """The versions with a staging label."""
        return tuple(version for version, labels in self.stages.items() if label in labels)

    @property
    def unfinished(self) -> tuple[str, ...]:
        """Versions that are pending and not current: of a rotation that is under way, or has failed."""
        return tuple(one for one in self.labelled(PENDING) if one not in self.labelled(CURRENT))


def read_secret(aws: Aws, arn: str) -> Secret | None:
    """None where there is none with this ARN."""
    try:
        found = aws.client("secretsmanager").describe_secret(SecretId=arn)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return None
    return Secret(
        arn=found["ARN"],
        name=found["Name"],
        rotates=bool(found.get("RotationEnabled")),
        function=found.get("RotationLambdaARN") or "",
        owning_service=found.get("OwningService") or "",
        primary_region=found.get("PrimaryRegion") or "",
        deleted="DeletedDate" in found,
        stages={version: tuple(labels) for version, labels in (found.get("VersionIdsToStages") or {}).items()},
        tags={tag["Key"]: tag["Value"] for tag in found.get("Tags", ())},
    )
