"""The function that lists and settles drifts, for people to invoke."""

from __future__ import annotations

from aws_cdk.aws_iam import PolicyStatement
from constructs import Construct

from functions.adapters.dynamodb_drifts import PARTITION
from infra.foundation import Foundation
from infra.watched_function import WatchedFunction


def drifts(scope: Construct, foundation: Foundation) -> WatchedFunction:
    """May read the IaC ledger and add to it, and touch no other item of the table: IAM holds it to this partition key."""
    only = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [PARTITION]}}
    table = foundation.record.table.table_arn
    return WatchedFunction(
        scope,
        "first-responder-drifts",
        foundation,
        handler="functions.lifecycle.drifts.lambda_handler",
        does="Lists what changes make resources differ in from their templates, and settles it. For people to invoke",
        may=[PolicyStatement(actions=["dynamodb:Query", "dynamodb:PutItem"], resources=[table], conditions=only)],
    )
