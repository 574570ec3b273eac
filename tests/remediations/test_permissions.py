"""Each role is exactly as large as what its remediation does: the calls of its scenes and its permissions, compared both ways.

Run it with -s to see which permission is used by which calls.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from functions.catalogue import load, names
from tests.paginator import operation, service_model
from tests.rehearsal import rehearsal
from tests.scenes import scenes_of

IAM_NAMES = {"monitoring": "cloudwatch", "tagging": "tag"}
"""Where IAM's prefix is not the name that requests are signed with (Service Authorization Reference, "CloudWatch" and "Resource Group Tagging API")."""

ALSO: dict[str, Callable[[Mapping[str, Any]], list[str]]] = {
    # Service Authorization Reference, "Amazon RDS": AddTagsToResource is a dependent action of creating with tags.
    "rds:CreateDBSnapshot": lambda named: ["rds:AddTagsToResource"] if named.get("Tags") else [],
    # The same page, and RDS User Guide, "Encrypting Amazon RDS resources": RDS uses the key by a grant of the caller's.
    "rds:RestoreDBInstanceToPointInTime": lambda named: ["rds:AddTagsToResource", "kms:CreateGrant"],
    "rds:RestoreDBInstanceFromDBSnapshot": lambda named: ["rds:AddTagsToResource", "kms:CreateGrant"],
    # The same page: PassRole is a dependent action of giving the role of Enhanced Monitoring.
    "rds:ModifyDBInstance": lambda named: ["iam:PassRole"] if named.get("MonitoringRoleArn") else [],
    # API reference, RotateSecret: "You also need lambda:InvokeFunction permissions on the rotation function."
    "secretsmanager:RotateSecret": lambda named: ["lambda:InvokeFunction"],
    # Service Authorization Reference, "Amazon EC2": CreateTags is asked for when something is created with tags.
    "ec2:CreateSnapshots": lambda named: ["ec2:CreateTags"] if named.get("TagSpecifications") else [],
    # Service Authorization Reference, "Amazon ECS", and Developer Guide, "Grant permission to tag resources on creation".
    "ecs:RegisterTaskDefinition": lambda named: (
        (["ecs:TagResource"] if named.get("tags") else [])
        + (["iam:PassRole"] if {"taskRoleArn", "executionRoleArn"} & set(named) else [])
    ),
}
"""What IAM asks for besides the action that is named like the call, by what is sent."""

Used = Mapping[str, set[str]]


def iam_actions(service: str, method: str, named: Mapping[str, Any]) -> list[str]:
    """What a role needs for one call of a boto3 client."""
    signed = service_model(service).signing_name
    action = f"{IAM_NAMES.get(signed, signed)}:{operation(service, method).name}"
    return [action, *ALSO.get(action, lambda _: [])(named)]


def used(remediation: str) -> Used:
    """The IAM actions that the scenes of a remediation take, and the scenes that take them."""
    taken: dict[str, set[str]] = defaultdict(set)
    for scene in scenes_of(remediation):
        for question, named in rehearsal(remediation, scene).house.aws.questions:
            for action in iam_actions(question.service, question.method, named):
                taken[action].add(scene)
    return taken


@pytest.mark.parametrize("remediation", names())
def test_a_role_may_do_what_its_remediation_does_and_nothing_else(remediation: str) -> None:
    granted, taken = {allow.action for allow in load(remediation).permissions}, used(remediation)
    print("\n" + "\n".join(lines(remediation, granted, taken)))  # noqa: T201
    assert set(taken) - granted == set(), "missing"
    assert granted - set(taken) == set(), "unused: take it away, or add the scene that needs it"


def lines(remediation: str, granted: set[str], taken: Used) -> list[str]:
    """A permission each: whether it is granted, and how many scenes use it."""
    rows = [
        f"  {action:50} {'granted' if action in granted else 'MISSING':8} {len(taken.get(action, ())) or 'UNUSED'}"
        for action in sorted(granted | set(taken))
    ]
    return [f"{remediation}: {len(granted)} granted, {len(set(taken) & granted)} used", *rows]


def test_the_name_of_an_iam_action_follows_from_the_call() -> None:
    assert iam_actions("cloudwatch", "describe_alarms", {}) == ["cloudwatch:DescribeAlarms"]
    assert iam_actions("rds", "create_db_snapshot", {"Tags": [{}]}) == ["rds:CreateDBSnapshot", "rds:AddTagsToResource"]
    assert iam_actions("rds", "create_db_snapshot", {}) == ["rds:CreateDBSnapshot"]
    scaling = iam_actions("application-autoscaling", "register_scalable_target", {})
    assert scaling == ["application-autoscaling:RegisterScalableTarget"]
