"""The function that takes people's reports and the answers of health checks, for who may invoke it."""

from __future__ import annotations

from aws_cdk.aws_iam import PolicyStatement
from constructs import Construct

from infra.foundation import Foundation
from infra.watched_function import WatchedFunction


def report(scope: Construct, foundation: Foundation) -> WatchedFunction:
    """May open and join incidents, and read no run: IAM holds it to these partition keys."""
    record = foundation.record
    only = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["INCIDENT#*", "SERVICE#*"]}}
    actions = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
    return WatchedFunction(
        scope,
        "first-responder-report",
        foundation,
        handler="functions.lifecycle.report.lambda_handler",
        does="Opens incidents by what people and health checks report. For who may invoke it",
        may=[
            PolicyStatement(actions=actions, resources=[record.table.table_arn], conditions=only),
            record.find_open(),
        ],
    )
