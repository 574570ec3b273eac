"""The ECS services of one logical service, by the tags that they have in common; see service_name.py."""

from __future__ import annotations

from functions.core.arn import Arn, parse_arn
from functions.core.errors import InvalidEvent
from functions.core.permission import EVERYTHING, Allow
from functions.core.policy import SERVICE_TAG
from functions.core.ports import Aws
from functions.readings.cloudformation import STACK_TAG

GET_RESOURCES = Allow(action="tag:GetResources", on=EVERYTHING, because="GetResources has no resource scope in IAM")
_AT_ONCE = 50


def read_mates(aws: Aws, service: str) -> tuple[Arn, ...]:
    """By the owner's tag, else by the stack that declares them. One page: a service with more parts than that is not one."""
    for key in (SERVICE_TAG, STACK_TAG):
        said = aws.client("resourcegroupstaggingapi").get_resources(
            TagFilters=[{"Key": key, "Values": [service]}],
            ResourceTypeFilters=["ecs:service"],
            ResourcesPerPage=_AT_ONCE,
        )
        found = [_service(one["ResourceARN"]) for one in said["ResourceTagMappingList"]]
        if any(found):
            return tuple(arn for arn in found if arn is not None)
    return ()


def _service(text: str) -> Arn | None:
    try:
        arn = parse_arn(text, "resource")
    except InvalidEvent:
        return None
    return arn if arn.service == "ecs" and arn.resource.count("/") == 2 else None
