"""Who owns a resource: the stack that declares it must not be at work when we change something."""

from __future__ import annotations

from collections.abc import Mapping

from functions.core.decision import Decline
from functions.core.permission import Allow
from functions.core.ports import Aws

STACK_TAG = "aws:cloudformation:stack-name"
DESCRIBE_STACKS = Allow(
    action="cloudformation:DescribeStacks", on="arn:{partition}:cloudformation:{region}:{account}:stack/*"
)


def stack_status(aws: Aws, tags: Mapping[str, str]) -> str:
    """The status of the stack that owns a resource with these tags, empty where none does."""
    name = tags.get(STACK_TAG)
    if not name:
        return ""
    return str(aws.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]["StackStatus"])


def stack_at_work(status: str) -> Decline | None:
    """A decline where the owning stack is being changed: it would overwrite us, or we it."""
    if not status.endswith("_IN_PROGRESS"):
        return None
    return Decline(
        code="stack_in_progress",
        seen=f"the CloudFormation stack that owns the target is in {status}",
        advice="Let the stack finish (or cancel its update), then look again",
    )
