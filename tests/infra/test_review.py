"""The function that drafts reviews, as it is deployed."""

from __future__ import annotations

import json

from tests.infra.deployed import Deployed

REVIEW = "first-responder-review"
OWN = {
    "logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
}  # fmt: skip


def test_it_has_its_handler_and_its_queue(deployed: Deployed) -> None:
    assert deployed.function(REVIEW)["Handler"] == "functions.lifecycle.review.lambda_handler"
    (source,) = [
        said
        for said in deployed.all("AWS::Lambda::EventSourceMapping").values()
        if said["FunctionName"] == f"<{deployed.id_of('AWS::Lambda::Function', FunctionName=REVIEW)}>"
    ]
    assert source["BatchSize"] == 1
    assert deployed.rules_to(REVIEW) == []


def test_it_may_read_incidents_and_the_ledger_and_write_its_own_pages_and_lines(deployed: Deployed) -> None:
    table, bucket = (f"<{deployed.id_of(f'AWS::{kind}')}.Arn>" for kind in ("DynamoDB::Table", "S3::Bucket"))
    incidents = json.dumps({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["INCIDENT#*"]}})
    ledger = json.dumps({"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["DRIFT"]}})
    assert {allowed for allowed in deployed.may(REVIEW) if allowed[0] not in OWN} == {
        *((f"dynamodb:{verb}", table, incidents) for verb in ("GetItem", "PutItem", "Query")),
        ("dynamodb:Query", table, ledger),
        ("s3:PutObject", f"{bucket}/*/review.html", "{}"),
        ("s3:PutObject", f"{bucket}/*/review.md", "{}"),
        ("cloudwatch:GetMetricData", "*", "{}"),
        ("cloudwatch:DescribeAlarms", "*", "{}"),
    }
