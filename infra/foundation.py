"""What all functions stand on: the code, the record, the people's topic, and the way to be woken up again."""

from __future__ import annotations

import json
from dataclasses import dataclass

from aws_cdk import ArnFormat, Stack
from aws_cdk.aws_iam import PolicyStatement
from aws_cdk.aws_lambda import Code
from aws_cdk.aws_sns import Topic

from functions.adapters.runbook_files import TARGETS
from functions.wiring import PREFIX
from infra.record import Record
from infra.settings import DeploymentSettings

FOLLOW_THROUGH = "first-responder-follow-through"


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """One of each per stack."""

    settings: DeploymentSettings
    code: Code
    record: Record
    people: Topic

    @property
    def follow_through_arn(self) -> str:
        """The state machine's ARN, from its name: the functions and the machine need each other's."""
        return Stack.of(self.record).format_arn(
            service="states",
            resource="stateMachine",
            resource_name=FOLLOW_THROUGH,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )

    def start_follow_through(self) -> PolicyStatement:
        return PolicyStatement(actions=["states:StartExecution"], resources=[self.follow_through_arn])

    @property
    def environment(self) -> dict[str, str]:
        """What functions/wiring.py asks for."""
        return {
            f"{PREFIX}TABLE": self.record.table.table_name,
            f"{PREFIX}BUCKET": self.record.bucket.bucket_name,
            f"{PREFIX}FOLLOW_THROUGH": self.follow_through_arn,
            f"{PREFIX}SETTINGS": self.settings.for_functions(),
            **({TARGETS: json.dumps(said, sort_keys=True)} if (said := self.settings.targets) else {}),
            "POWERTOOLS_SERVICE_NAME": "first-responder",
            "POWERTOOLS_METRICS_NAMESPACE": "FirstResponder",
        }
