"""Principals that no machine contains: for each the reason, and what a person does instead.

The permissions boundary denies the same again (infra/denials/principals.py), but for service-linked roles, which IAM itself
lets nobody change, and those of the organization.
"""

from __future__ import annotations

from collections.abc import Mapping

from functions.core.decision import Decline
from functions.core.policy import TAG_PREFIX, Mode
from functions.readings.iam_principals import Principal

BREAK_GLASS = f"{TAG_PREFIX}break-glass"
"""A tag, of any value, on users and roles that are never to be contained: the way in when all else is shut."""
_OURS = "FirstResponder-"
_DEPLOYMENT = "cdk-"
_ORGANIZATION = ("OrganizationAccountAccessRole", "AWSControlTower", "AWSCloudFormationStackSet", "stacksets-exec-")


def protected(principal: Principal, tags: Mapping[str, str]) -> Decline | None:
    """Why it is left alone; None where it may be contained."""
    name, role = principal.name, principal.kind == "role"
    rules = (
        (
            principal.path.startswith("/aws-service-role/"),
            "service_linked_role",
            f"{name} is a service-linked role, which nobody can change and only its service can assume",
            "Look in the service that it belongs to for what was done with it",
        ),
        (
            principal.path.startswith("/aws-reserved/") or (role and name.startswith("AWSReservedSSO_")),
            "single_sign_on_role",
            f"{name} belongs to IAM Identity Center and to all who have its permission set",
            "Disable the user in Identity Center, delete the account assignment, revoke the sessions there",
        ),
        (
            BREAK_GLASS in tags or "/break-glass/" in f"{principal.path}/",
            "break_glass",
            f"{name} is the way in when all else is shut",
            "Find out who used it, now; have its credentials changed by who keeps them",
        ),
        (
            role and name.startswith(_OURS),
            "own_role",
            f"{name} is a role of this automation: contained, it could contain nobody",
            "Switch the automation off, and contain its role by hand",
        ),
        (
            role and name.startswith(_DEPLOYMENT),
            "deployment_role",
            f"{name} is a role of the CDK's deployments, by which people mend things",
            "Contain who has assumed it; CloudTrail names the caller of AssumeRole",
        ),
        (
            role and name.startswith(_ORGANIZATION),
            "organization_role",
            f"{name} is how the organization manages this account",
            "Have the management account's people look, and contain who has assumed it",
        ),
    )
    return next((Decline(code=code, seen=seen, advice=advice) for holds, code, seen, advice in rules if holds), None)


def never_contained(principal: Principal, tags: Mapping[str, str]) -> Decline | None:
    """The owner's tag, told to a person: whoever is at work there may have set it."""
    if tags.get(f"{TAG_PREFIX}mode") != Mode.NEVER:
        return None
    return Decline(
        code="never_contained",
        seen=f"{principal.name} has the tag {TAG_PREFIX}mode=never",
        advice="Contain it by hand unless this is its owner's doing; who may tag it may have set the tag as well",
    )
