"""A secret as Secrets Manager describes it. Its value is never read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from botocore.exceptions import ClientError

from functions.core.permission import Allow
from functions.core.ports import Aws

DESCRIBE_SECRET = Allow(
    action="secretsmanager:DescribeSecret", on="arn:{partition}:secretsmanager:{region}:{account}:secret:*"
)
_REFERENCE = re.compile(r"(arn:[^:]+:secretsmanager:[^:]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+)(?::[^:]*){0,3}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Secret:
    """`goes_at` is when it is to be deleted, None where nobody has asked for that."""

    arn: str
    goes_at: datetime | None
    tags: Mapping[str, str] = field(repr=False)


def secret_arn(reference: str) -> str:
    """The secret behind a `valueFrom` of a task definition, which may go on with a key, a stage and a version of it.

    Empty for what is no secret: a parameter of Systems Manager, for one.
    """
    match = _REFERENCE.fullmatch(reference)
    return match[1] if match else ""


def read_secret(aws: Aws, arn: str) -> Secret | None:
    """None where there is no such secret. Raises ClientError for any other refusal."""
    try:
        said = aws.client("secretsmanager").describe_secret(SecretId=arn)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        return None
    tags = {tag["Key"]: tag["Value"] for tag in said.get("Tags") or ()}
    return Secret(arn=arn, goes_at=said.get("DeletedDate"), tags=tags)
