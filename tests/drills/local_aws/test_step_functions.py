"""The follow-through machine: a function in a loop with a wait, started as often as one likes."""

import json

import pytest
from botocore.exceptions import ClientError

from .conftest import ACCOUNT, Aws, until

ADVANCE = """
def handler(event, context):
    if event.get("broken"):
        raise ValueError("broken")
    turns = event["turns"] - 1
    return {"turns": turns, "seconds": 1, "done": turns <= 0}
"""
MACHINE = {
    "StartAt": "Advance",
    "States": {
        "Advance": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "OutputPath": "$.Payload",
            "Next": "More",
            "Parameters": {"FunctionName": "advance", "Payload.$": "$"},
            "Retry": [{"ErrorEquals": ["Lambda.TooManyRequestsException"], "MaxAttempts": 2}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}],
        },
        "More": {
            "Type": "Choice",
            "Default": "Wait",
            "Choices": [{"Variable": "$.done", "BooleanEquals": True, "Next": "Done"}],
        },
        "Wait": {"Type": "Wait", "SecondsPath": "$.seconds", "Next": "Advance"},
        "Done": {"Type": "Succeed"},
        "Failed": {"Type": "Fail", "Error": "Gave up"},
    },
}


@pytest.fixture(scope="module")
def machine(aws: Aws) -> str:
    role = aws.role("machine")
    aws.function("advance", ADVANCE, role)
    return str(
        aws("stepfunctions").create_state_machine(
            name="follow", definition=json.dumps(MACHINE), roleArn=f"arn:aws:iam::{ACCOUNT}:role/machine"
        )["stateMachineArn"]
    )


def test_loop_and_idempotent_start(aws: Aws, machine: str) -> None:
    states = aws("stepfunctions")
    wanted = {"stateMachineArn": machine, "name": "run-1", "input": json.dumps({"turns": 2})}
    first = states.start_execution(**wanted)
    again = states.start_execution(**wanted)
    assert again["executionArn"] == first["executionArn"]
    until(lambda: states.describe_execution(executionArn=first["executionArn"])["status"] == "SUCCEEDED")
    for changed in ({}, {"input": "{}"}):
        with pytest.raises(ClientError) as refused:
            states.start_execution(**{**wanted, **changed})
        assert refused.value.response["Error"]["Code"] == "ExecutionAlreadyExists"


def test_failure_is_caught(aws: Aws, machine: str) -> None:
    states = aws("stepfunctions")
    arn = states.start_execution(stateMachineArn=machine, input=json.dumps({"broken": True}))["executionArn"]
    until(lambda: states.describe_execution(executionArn=arn)["status"] == "FAILED")
    assert states.describe_execution(executionArn=arn)["error"] == "Gave up"
