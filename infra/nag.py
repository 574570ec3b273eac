"""What cdk-nag's AwsSolutions rules find and we accept, each with its reason. Whatever else they find fails the tests."""

from __future__ import annotations

from collections.abc import Iterable

from aws_cdk import Acknowledgment, CfnResource, Stack, Validations
from constructs import Construct

from functions.core.permission import EVERYTHING, Allow
from infra.follow_through import FollowThrough
from infra.permissions import fill
from infra.record import INVESTIGATIONS, REVIEWS, Record
from infra.watched_function import WatchedFunction

_SHOWN = {"partition": "<AWS::Partition>", "region": "<AWS::Region>", "account": "<AWS::AccountId>"}


def accept_findings(stack: Stack, record: Record, follow_through: FollowThrough) -> None:
    """Acknowledge, as narrowly as cdk-nag allows, what is on purpose."""
    _accept(
        stack,
        "L1",
        "Python 3.13 is supported, and starts a fifth faster in Lambda than 3.14 (published medians of August 2026)",
    )
    bucket = record.bucket.node.default_child
    assert isinstance(bucket, CfnResource)
    for key in ("*", *(f"*/review.{form}" for form in REVIEWS), *INVESTIGATIONS):
        _accept(
            stack,
            f"IAM5[Resource::<{stack.get_logical_id(bucket)}.Arn>/{key}]",
            "Which run or incident an object is of is known only at run time; s3:PutObject alone, on one versioned bucket",
        )
    _accept(
        record.bucket,
        "S1",
        "Only the functions write here and nothing is public; a second bucket of access logs would tell nothing that"
        " CloudTrail's data events do not tell better",
    )
    _accept(
        follow_through,
        "IAM5[Resource::*]",
        "Log delivery of Step Functions is set up by logs:*LogDelivery calls that have no resource scope in IAM",
    )
    _accept(
        follow_through,
        "SF2",
        "One task and a wait: the execution's history and log show all that a trace would, and X-Ray would need a role on *",
    )


def accept_declared(function: WatchedFunction, permissions: Iterable[Allow]) -> None:
    """Acknowledge the patterns in a function's declared permissions, and no others."""
    reasons: dict[str, list[str]] = {}
    for allow in permissions:
        if "*" in allow.on:
            reasons.setdefault(fill(allow.on, _SHOWN), []).append(_why(allow))
    for on, why in reasons.items():
        _accept(function.role, f"IAM5[Resource::{on}]", _join(why))


def _why(allow: Allow) -> str:
    if allow.on == EVERYTHING:
        return f"{allow.action}: {allow.because}"
    tag = ", and IAM checks its first-responder:mode tag" if allow.tagged else ""
    return f"{allow.action}: which resource of this account and Region is known when its alarm arrives{tag}"


def _join(sentences: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(sentences))


def _accept(scope: Construct, rule: str, reason: str) -> None:
    Validations.of(scope).acknowledge(Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason))
