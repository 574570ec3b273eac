"""Whether what a KMS key has encrypted can be read at all."""

from __future__ import annotations

from botocore.exceptions import ClientError

from functions.core.decision import Decline
from functions.core.permission import Allow
from functions.core.ports import Aws

DESCRIBE_KEY = Allow(action="kms:DescribeKey", on="arn:{partition}:kms:{region}:{account}:key/*")


def key_state(aws: Aws, key: str) -> str:
    """`Enabled` or whatever KMS says, `missing` for a key that is gone; empty without a key. Raises any other refusal."""
    if not key:
        return ""
    try:
        return str(aws.client("kms").describe_key(KeyId=key)["KeyMetadata"]["KeyState"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "NotFoundException":
            return "missing"
        raise


def unusable_key(state: str, what: str) -> Decline | None:
    """A decline where `what` cannot be decrypted."""
    if state in ("", "Enabled"):
        return None
    return Decline(
        code="kms_key_unusable",
        seen=f"the KMS key of {what} is {state}: nothing that it has encrypted can be restored",
        advice="Enable the key, or cancel its deletion, before anything else: without it the data is lost",
    )
