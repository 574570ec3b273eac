"""Who is at the keyboard, by their AWS credentials."""

from __future__ import annotations

import re

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from console.invoke import Refused

_SOON = Config(retries={"total_max_attempts": 2}, connect_timeout=3, read_timeout=5)
"""Somebody who wants to stop everything does not wait: after this they are asked for --by."""


def sts_caller() -> str:
    """The last part of the caller's ARN: a user's name, or a role session's. Raises Refused without credentials."""
    try:
        return name_in(boto3.client("sts", config=_SOON).get_caller_identity()["Arn"])
    except (BotoCoreError, ClientError) as error:
        raise Refused(f"AWS does not say who you are, so say it with --by: {error}") from None


def name_in(arn: str) -> str:
    """`alice` of arn:aws:iam::123456789012:user/team/alice, `root` of arn:aws:iam::123456789012:root."""
    return re.split("[:/]", arn)[-1]
