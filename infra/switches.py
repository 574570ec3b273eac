"""The function that sets, lifts and lists switches, for people to invoke."""

from __future__ import annotations

from aws_cdk.aws_iam import PolicyStatement
from constructs import Construct

from functions.adapters.dynamodb_permits import SWITCH
from functions.adapters.dynamodb_switches import LOG
from infra.foundation import Foundation
from infra.watched_function import WatchedFunction


def switches(scope: Construct, foundation: Foundation) -> WatchedFunction:
    """May touch the switch item and its log, and no other item of the table: IAM holds it to these partition keys."""
    table = foundation.record.table.table_arn
    return WatchedFunction(
        scope,
        "first-responder-switches",
        foundation,
        handler="functions.lifecycle.switches.lambda_handler",
        does="Sets, lifts and lists switches: stops and freeze windows, with who and why. For people to invoke",
        may=[
            _on_items_of(SWITCH["pk"], table, "dynamodb:GetItem", "dynamodb:UpdateItem"),
            _on_items_of(LOG, table, "dynamodb:PutItem", "dynamodb:Query"),
        ],
    )


def _on_items_of(partition: str, table: str, *actions: str) -> PolicyStatement:
    """`ForAllValues`, because a request may name several keys; all of these requests name at least one."""
    only = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [partition]}}
    return PolicyStatement(actions=list(actions), resources=[table], conditions=only)
