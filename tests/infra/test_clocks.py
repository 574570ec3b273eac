"""The clocks as they are deployed: schedules of one group ring one function, and nobody else's do."""

from __future__ import annotations

import json

from functions.adapters.scheduler import GROUP
from tests.infra.deployed import Deployed, allows, inside

CLOCKS = "first-responder-clocks"
HERE = "eu-west-1:123456789012"
OWN = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"}
OF_QUEUES = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}


def _bell(deployed: Deployed) -> str:
    """The logical id of the role that EventBridge Scheduler takes on."""
    return inside(deployed.function(CLOCKS)["Environment"]["Variables"]["FIRST_RESPONDER_CLOCKS_ROLE"])


def test_it_is_told_what_to_ring_and_where_the_undelivered_goes(deployed: Deployed) -> None:
    function = deployed.function(CLOCKS)
    said = function["Environment"]["Variables"]
    assert function["Handler"] == "functions.lifecycle.clocks.lambda_handler"
    assert said["FIRST_RESPONDER_CLOCKS_FUNCTION"] == f"arn:aws:lambda:{HERE}:function:{CLOCKS}"
    assert said["FIRST_RESPONDER_CLOCKS_DEAD_LETTERS"] == deployed.dead_letters(CLOCKS)
    assert "FIRST_RESPONDER_TARGETS" not in said


def test_the_group_is_there_before_the_function(deployed: Deployed) -> None:
    group = deployed.id_of("AWS::Scheduler::ScheduleGroup", Name=GROUP)
    depends = deployed.resources[deployed.id_of("AWS::Lambda::Function", FunctionName=CLOCKS)]["DependsOn"]
    assert group in depends


def test_it_may_read_and_write_incidents_and_order_its_own_schedules(deployed: Deployed) -> None:
    table = f"<{deployed.id_of('AWS::DynamoDB::Table')}.Arn>"
    incidents = json.dumps({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["INCIDENT#*"]}})
    schedules = f"arn:aws:scheduler:{HERE}:schedule/{GROUP}/inc-*"
    passed = json.dumps({"StringEquals": {"iam:PassedToService": "scheduler.amazonaws.com"}})
    assert {allowed for allowed in deployed.may(CLOCKS) if allowed[0] not in OWN | OF_QUEUES} == {
        *((f"dynamodb:{verb}", table, incidents) for verb in ("GetItem", "PutItem", "Query")),
        *((f"scheduler:{verb}Schedule", schedules, "{}") for verb in ("Create", "Update", "Delete")),
        ("iam:PassRole", f"<{_bell(deployed)}.Arn>", passed),
    }


def test_only_schedules_of_our_group_in_this_account_may_ring(deployed: Deployed) -> None:
    trusted = deployed.all("AWS::IAM::Role")[_bell(deployed)]["AssumeRolePolicyDocument"]["Statement"]
    assert [(one["Action"], one["Principal"], one["Condition"]) for one in trusted] == [
        (
            "sts:AssumeRole",
            {"Service": "scheduler.amazonaws.com"},
            {
                "StringEquals": {"aws:SourceAccount": "123456789012"},
                "ArnEquals": {"aws:SourceArn": f"arn:aws:scheduler:{HERE}:schedule-group/{GROUP}"},
            },
        )
    ]


def test_they_may_ring_this_function_and_put_aside_what_cannot_be_delivered_and_nothing_else(
    deployed: Deployed,
) -> None:
    role = deployed.all("AWS::IAM::Role")[_bell(deployed)]
    assert not {"Policies", "ManagedPolicyArns"} & set(role)
    attached = [
        policy for policy in deployed.all("AWS::IAM::Policy").values() if f"<{_bell(deployed)}>" in policy["Roles"]
    ]
    assert {allowed for policy in attached for allowed in allows(policy["PolicyDocument"])} == {
        ("lambda:InvokeFunction", deployed.function_arn(CLOCKS), "{}"),
        ("sqs:SendMessage", deployed.dead_letters(CLOCKS), "{}"),
    }
