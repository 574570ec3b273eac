"""Who owns a resource: the stack that declares it must not be at work when we change something."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.core.decision import Decline
from functions.core.permission import Allow
from functions.core.ports import Aws

STACK_TAG = "aws:cloudformation:stack-name"
DESCRIBE_STACKS = Allow(
    action="cloudformation:DescribeStacks", on="arn:{partition}:cloudformation:{region}:{account}:stack/*"
)


def stack_status(aws: Aws, tags: Mapping[str, str]) -> str:
    """The status of the stack that owns a resource with these tags, empty where none does.

    Of a nested stack, that of a stack above it where that one is at work or stuck: its own update may be over, and rolled
    back all the same. Raises ClientError where a stack cannot be read.
    """
    name = tags.get(STACK_TAG)
    if not name:
        return ""
    owner = _describe(aws, name)
    above = dict.fromkeys(filter(None, (owner.get("ParentId"), owner.get("RootId"))))
    own = str(owner["StackStatus"])
    if stack_at_work(own) is not None:
        return own
    statuses = (
        f"{stack['StackStatus']} ({stack['StackName']}, above it)" for stack in (_describe(aws, i) for i in above)
    )
    return next((status for status in statuses if stack_at_work(status) is not None), own)


def stack_at_work(status: str) -> Decline | None:
    """A decline where the owning stack is being changed, or is stuck: it would overwrite us, or we it."""
    name = status.partition(" ")[0]
    if name.endswith("_IN_PROGRESS"):
        return Decline(
            code="stack_in_progress",
            seen=f"the CloudFormation stack that owns the target is in {status}",
            advice="Let the stack finish (or cancel its update), then look again",
        )
    if name.endswith("_FAILED"):
        return Decline(
            code="stack_failed",
            seen=f"the CloudFormation stack that owns the target is stuck in {status}",
            advice="Bring the stack to an end first (continue its rollback, or delete it): what it does then is not known here",
        )
    if name and not name.endswith("_COMPLETE"):
        return Decline(
            code="stack_status_unknown",
            seen=f"the CloudFormation stack that owns the target is in {status}, which is none of the known endings",
            advice="Look what the stack is doing, and let it end first",
        )
    return None


def _describe(aws: Aws, stack: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0]
    return found
