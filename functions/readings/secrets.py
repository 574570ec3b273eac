"""Secrets, without their values: nothing here may read one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from botocore.exceptions import ClientError

from functions.core.permission import Allow
from functions.core.ports import Aws

SECRETS = "arn:{partition}:secretsmanager:{region}:{account}:secret:*"
DESCRIBE_SECRET = Allow(action="secretsmanager:DescribeSecret", on=SECRETS)
_REFERENCE = re.compile(r"(arn:[^:]+:secretsmanager:[^:]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+)(?::[^:]*){0,3}")
CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"


@dataclass(frozen=True, kw_only=True, slots=True)
class Secret:
    """`stages` are the staging labels by version id; `function` is the rotation's ARN, empty for a managed rotation; `goes_at` is
    when it is to be deleted, None where nobody has asked for that."""

    arn: str
    name: str
    rotates: bool
    function: str
    owning_service: str
    primary_region: str
    goes_at: datetime | None
    stages: Mapping[str, tuple[str, ...]]
    tags: Mapping[str, str] = field(repr=False)

    def labelled(self, label: str) -> tuple[str, ...]:
        """The versions with a staging label."""
        return tuple(version for version, labels in self.stages.items() if label in labels)

    @property
    def unfinished(self) -> tuple[str, ...]:
        """Versions that are pending and not current: of a rotation that is under way, or has failed."""
        return tuple(one for one in self.labelled(PENDING) if one not in self.labelled(CURRENT))


def secret_arn(reference: str) -> str:
    """The secret behind a `valueFrom` of a task definition, which may go on with a key, a stage and a version of it.

    Empty for what is no secret: a parameter of Systems Manager, for one.
    """
    match = _REFERENCE.fullmatch(reference)
    return match[1] if match else ""


def read_secret(aws: Aws, arn: str) -> Secret | None:
    """None where there is none with this ARN. Raises ClientError for any other refusal."""
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
        goes_at=found.get("DeletedDate"),
        stages={version: tuple(labels) for version, labels in (found.get("VersionIdsToStages") or {}).items()},
        tags={tag["Key"]: tag.get("Value", "") for tag in found.get("Tags", ()) if "Key" in tag},
    )
