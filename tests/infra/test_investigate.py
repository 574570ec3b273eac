"""The function that investigates, as it is deployed: it may read what its readings read, keep evidence and write lines."""

from __future__ import annotations

import json

from functions.core.permission import EVERYTHING
from functions.lifecycle.investigation import PERMISSIONS
from tests.infra.deployed import Deployed

NAME = "first-responder-investigate"
OWN = {
    "logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
}  # fmt: skip


def test_it_has_its_handler_and_hangs_on_its_queue_alone(deployed: Deployed) -> None:
    assert deployed.function(NAME)["Handler"] == "functions.lifecycle.investigate.lambda_handler"
    assert deployed.rules_to(NAME) == []


def test_it_may_read_keep_evidence_and_write_on_incidents_and_nothing_else(deployed: Deployed) -> None:
    table, bucket = (f"<{deployed.id_of(f'AWS::{kind}')}.Arn>" for kind in ("DynamoDB::Table", "S3::Bucket"))
    incidents = json.dumps({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["INCIDENT#*"]}})
    allowed = {one for one in deployed.may(NAME) if one[0] not in OWN}
    keeping = {
        *((f"dynamodb:{verb}", table, incidents) for verb in ("GetItem", "Query", "PutItem", "UpdateItem")),
        ("s3:PutObject", f"{bucket}/investigations/*", "{}"),
        ("s3:PutObject", f"{bucket}/security/investigations/*", "{}"),
    }
    assert keeping <= allowed
    reading = allowed - keeping
    assert {action for action, _, _ in reading} == {allow.action for allow in PERMISSIONS}
    wide = {allow.action for allow in PERMISSIONS if allow.on == EVERYTHING}
    assert {action for action, on, _ in reading if on == "*"} == wide


def test_its_time_is_longer_than_its_parts_take(deployed: Deployed) -> None:
    assert deployed.function(NAME)["Timeout"] == 60


def test_its_policy_fits_into_a_role(deployed: Deployed) -> None:
    """IAM User Guide, "IAM and AWS STS quotas": 10,240 characters for all inline policies of a role, white space not counted."""
    (role,) = (
        role for name, role in deployed.all("AWS::IAM::Role").items() if name.startswith("firstresponderinvestigate")
    )
    written = "".join(json.dumps(one["PolicyDocument"], separators=(",", ":")) for one in role["Policies"])
    assert len(written) < 9_000
