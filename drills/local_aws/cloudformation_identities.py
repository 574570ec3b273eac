"""The permissions boundary of roles and users in CloudFormation, which ministack drops: without it nothing would be bounded."""

from collections.abc import Callable
from typing import Any

from ministack.services import iam
from ministack.services.cloudformation import provisioners as cfn

from drills.local_aws.cloudformation_types import Props, completed, completed_update


def _bounded(store: Any) -> Callable[[str, Props], None]:
    def put_boundary(name: str, props: Props) -> None:
        arn = props.get("PermissionsBoundary")
        if arn and iam._boundary_policy_error(arn):
            raise ValueError(f"The permissions boundary {arn} of {name} does not exist")
        store[name]["PermissionsBoundary"] = arn

    return put_boundary


def install() -> None:
    """Complete the types."""
    for kind, store in (("Role", iam._roles), ("User", iam._users)):
        handlers = cfn._RESOURCE_HANDLERS[f"AWS::IAM::{kind}"]
        handlers["create"] = completed(handlers["create"], _bounded(store))
        handlers["update"] = completed_update(handlers["update"], _bounded(store))
