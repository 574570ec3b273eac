"""The function that drafts the post-incident review: a place that wants the end of an incident, and that people may invoke."""

from __future__ import annotations

from aws_cdk.aws_iam import PolicyStatement
from constructs import Construct

from functions.adapters.dynamodb_drifts import PARTITION
from functions.readings.alarm_curve import PERMISSIONS
from infra.foundation import Foundation
from infra.place import Place


def review(scope: Construct, foundation: Foundation) -> Place:
    """May read incidents and the IaC ledger, write on incidents and into its own two objects of each, and read a metric."""
    record = foundation.record
    ledger = PolicyStatement(
        actions=["dynamodb:Query"],
        resources=[record.table.table_arn],
        conditions={"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [PARTITION]}},
    )
    return Place(
        scope,
        "review",
        foundation,
        module="review",
        does="Drafts the post-incident review when an incident is over, and closes it when a person has agreed it",
        may=[
            record.on_incidents("dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem"),
            ledger,
            record.keep_reviews(),
        ],
        declares=PERMISSIONS,
    )
