"""Slack as a place where people read, and what else needs its secret. The app and its secret are the owner's; see the README."""

from __future__ import annotations

from aws_cdk.aws_iam import PolicyStatement
from constructs import Construct

from functions.adapters.follow_through import function_name
from functions.catalogue import names
from functions.wiring import PREFIX
from infra.foundation import Foundation
from infra.owners_secret import read_secret
from infra.permissions import fill
from infra.place import Place
from infra.slack_settings import SlackSettings


def slack(scope: Construct, foundation: Foundation) -> list[Place]:
    """None where the deployment has no Slack."""
    settings = foundation.settings.slack
    if settings is None:
        return []
    place = Place(
        scope,
        "slack",
        foundation,
        module="announce_slack",
        does="Tells an incident in Slack: a message that says how it stands, and its timeline below",
        may=[
            foundation.record.on_incidents("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
            read_secret(settings.secret),
        ],
        environment=slack_environment(settings),
    )
    return [place]


def carry_out_presses(foundation: Foundation, settings: SlackSettings, name: str) -> list[PolicyStatement]:
    """For the function that buttons answer to: handing a press on to itself, which is called `name`, and having a remediation
    take a run back. Functions are named one by one."""
    functions = [name, *(function_name(remediation) for remediation in names())]
    arn = "arn:{partition}:lambda:{region}:{account}:function:"
    return [
        read_secret(settings.secret),
        foundation.record.on_incidents("dynamodb:UpdateItem"),
        PolicyStatement(actions=["lambda:InvokeFunction"], resources=[fill(arn + function) for function in functions]),
    ]


def slack_environment(settings: SlackSettings) -> dict[str, str]:
    return {f"{PREFIX}SLACK": settings.for_functions()}
