"""A secret that the owner has made, known by its name or its ARN. It is never in the template."""

from __future__ import annotations

from aws_cdk import Aws
from aws_cdk.aws_iam import PolicyStatement


def read_secret(said: str) -> PolicyStatement:
    """May read this one. Secrets Manager puts six characters after the name in its ARN."""
    by_name = f"arn:{Aws.PARTITION}:secretsmanager:{Aws.REGION}:{Aws.ACCOUNT_ID}:secret:{said}-??????"
    arn = said if said.startswith("arn:") else by_name
    return PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[arn])
