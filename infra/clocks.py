"""The clocks of incidents: a place that starts and cancels timers, and the schedules that ring them."""

from __future__ import annotations

from aws_cdk import ArnFormat, Aws, Stack
from aws_cdk.aws_iam import PolicyStatement, Role, ServicePrincipal
from aws_cdk.aws_scheduler import CfnScheduleGroup
from constructs import Construct

from functions.adapters.runbook_files import contacts
from functions.adapters.scheduler import GROUP, EventBridgeSchedules
from functions.wiring import PREFIX
from infra.foundation import Foundation
from infra.place import Place

_SCHEDULER = "scheduler.amazonaws.com"


def clocks(scope: Construct, foundation: Foundation) -> Place:
    """The function rings itself, by way of a role that EventBridge Scheduler takes on for schedules of our group alone."""
    contacts()  # a mistake in the file stops the deployment, and not the call
    group = CfnScheduleGroup(scope, "Schedules", name=GROUP)
    bell = Role(scope, "Bell", assumed_by=_scheduler_for_our_group(scope))
    place = Place(
        scope,
        "clocks",
        foundation,
        module="clocks",
        does="Reminds before a target of the runbook's table is missed, calls the next contact after it, and tells how it stands",
        may=[
            foundation.record.on_incidents("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"),
            _hand_over(bell),
        ],
        declares=EventBridgeSchedules.PERMISSIONS,
        environment={f"{PREFIX}CLOCKS_ROLE": bell.role_arn, f"{PREFIX}CLOCKS_FUNCTION": _own_arn(scope)},
    )
    function, dead_letters = place.function, place.dead_letters
    function.add_environment(f"{PREFIX}CLOCKS_DEAD_LETTERS", dead_letters.queue_arn)
    bell.add_to_policy(PolicyStatement(actions=["lambda:InvokeFunction"], resources=[function.function_arn]))
    bell.add_to_policy(PolicyStatement(actions=["sqs:SendMessage"], resources=[dead_letters.queue_arn]))
    function.node.add_dependency(group)
    return place


def _own_arn(scope: Construct) -> str:
    """From its name: a function cannot wait for its own ARN."""
    return Stack.of(scope).format_arn(
        service="lambda",
        resource="function",
        resource_name="first-responder-clocks",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )


def _scheduler_for_our_group(scope: Construct) -> ServicePrincipal:
    """Nobody else's schedule may ring here, and none of this account's that is not in the group (AWS, EventBridge Scheduler
    User Guide, "Confused deputy prevention"): the source that IAM sees is the group."""
    group = Stack.of(scope).format_arn(service="scheduler", resource="schedule-group", resource_name=GROUP)
    ours = {"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}, "ArnEquals": {"aws:SourceArn": group}}
    return ServicePrincipal(_SCHEDULER, conditions=ours)


def _hand_over(bell: Role) -> PolicyStatement:
    to_scheduler = {"StringEquals": {"iam:PassedToService": _SCHEDULER}}
    return PolicyStatement(actions=["iam:PassRole"], resources=[bell.role_arn], conditions=to_scheduler)
