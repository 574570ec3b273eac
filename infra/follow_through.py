"""Wakes a waiting run: a state machine whose only task is the function that the run belongs to.

Input: {"function": name, "advance": {"incident", "run"}, "wait": seconds}. It waits, lets the function advance the run, and
goes round for as long as the answer names another `wait`. The truth is the journal; nothing is kept here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from aws_cdk import Aws, Duration, RemovalPolicy, Stack
from aws_cdk.aws_iam import PolicyStatement
from aws_cdk.aws_lambda import Function
from aws_cdk.aws_logs import LogGroup, RetentionDays
from aws_cdk.aws_stepfunctions import DefinitionBody, LogLevel, LogOptions, StateMachine, StateMachineType
from constructs import Construct

from infra.foundation import FOLLOW_THROUGH, Foundation
from infra.watched_function import call_people

_ANSWERED_WAIT = "$.answer.Payload.wait"


class FollowThrough(Construct):
    """May invoke the remediations' functions, and no other."""

    def __init__(self, scope: Construct, foundation: Foundation, functions: Sequence[Function]) -> None:
        super().__init__(scope, "FollowThrough")
        log = LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/vendedlogs/states/{FOLLOW_THROUGH}",
            retention=RetentionDays.THREE_MONTHS,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.machine = StateMachine(
            self,
            "Machine",
            state_machine_name=FOLLOW_THROUGH,
            state_machine_type=StateMachineType.STANDARD,
            definition_body=DefinitionBody.from_string(Stack.of(self).to_json_string(definition())),
            logs=LogOptions(destination=log, level=LogLevel.ALL, include_execution_data=False),
        )
        arns = [function.function_arn for function in functions]
        if arns:
            self.machine.add_to_role_policy(PolicyStatement(actions=["lambda:InvokeFunction"], resources=arns))
        failed = self.machine.metric_failed(statistic="Sum", period=Duration.minutes(1))
        call_people(self, foundation.people, f"{FOLLOW_THROUGH}-failed", failed, "A waiting run could not be woken up")


def definition() -> dict[str, Any]:
    """The machine, in Amazon States Language."""
    return {
        "Comment": "Wait, advance the run, and so on until it says that it is over",
        "StartAt": "Wait",
        "States": {
            "Wait": {"Type": "Wait", "SecondsPath": "$.wait", "Next": "Advance"},
            "Advance": _advance(),
            "Over?": {
                "Type": "Choice",
                "Choices": [
                    {
                        "And": [
                            {"Variable": _ANSWERED_WAIT, "IsPresent": True},
                            {"Variable": _ANSWERED_WAIT, "IsNumeric": True},
                        ],
                        "Next": "Wait again",
                    }
                ],
                "Default": "Done",
            },
            "Wait again": {"Type": "Wait", "SecondsPath": _ANSWERED_WAIT, "Next": "Advance"},
            "Done": {"Type": "Succeed"},
            "Left to the sweep": {
                "Type": "Fail",
                "Cause": "The function kept failing; the sweep picks the run up again",
            },
        },
    }


def _advance() -> dict[str, Any]:
    return {
        "Type": "Task",
        "Resource": f"arn:{Aws.PARTITION}:states:::lambda:invoke",
        "Parameters": {"FunctionName.$": "$.function", "Payload": {"advance.$": "$.advance"}},
        "ResultPath": "$.answer",
        "TimeoutSeconds": 90,
        "Retry": [
            {
                "ErrorEquals": ["States.ALL"],
                "IntervalSeconds": 5,
                "BackoffRate": 2.0,
                "MaxAttempts": 6,
                "MaxDelaySeconds": 120,
                "JitterStrategy": "FULL",
            }
        ],
        "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": "Left to the sweep"}],
        "Next": "Over?",
    }
