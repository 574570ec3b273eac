"""The permissions boundary of every role in the stack: what no role may do, even if its own policy said so."""

from __future__ import annotations

from aws_cdk import Acknowledgment, Stack, Validations
from aws_cdk.aws_iam import Effect, ManagedPolicy, PermissionsBoundary, PolicyStatement
from constructs import Construct

from infra.denials import denials
from infra.denials.denial import Denial
from infra.record import Record

_ALLOWS_EVERYTHING = (
    "A boundary grants nothing: a role may do what its own policy allows, and that is exactly what its code declares."
    " Listing it again would say nothing; what the boundary adds is its denials"
)


def bound(stack: Stack, record: Record) -> None:
    """Put one boundary around every role and user of the stack, those that CDK's constructs bring along included.

    The policy is created before the roles and names them by pattern, so that neither waits for the other.
    """
    boundary = _Boundary(stack, record)
    PermissionsBoundary.of(stack).apply(boundary)
    for rule in ("IAM5[Action::*]", "IAM5[Resource::*]"):
        Validations.of(boundary).acknowledge(
            Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=_ALLOWS_EVERYTHING)
        )


class _Boundary(ManagedPolicy):
    """IAM allows 6,144 characters, white space not counted. What denies wins over whatever allows."""

    def __init__(self, scope: Construct, record: Record) -> None:
        forbidden = denials(record.table.table_arn, record.bucket.bucket_arn)
        super().__init__(
            scope,
            "Boundary",
            description="What no role of First Responder may do, whatever its own policy says",
            statements=[
                PolicyStatement(sid="RolesDecide", actions=["*"], resources=["*"]),
                *(_statement(denial) for denial in forbidden),
            ],
        )


def _statement(denial: Denial) -> PolicyStatement:
    return PolicyStatement(
        sid=denial.sid,
        effect=Effect.DENY,
        actions=denial.actions,
        resources=list(denial.on),
        conditions=dict(denial.conditions) or None,
    )
