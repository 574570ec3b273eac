"""What belongs together: an ECS service, its target groups and load balancers, its databases and secrets.

From configuration (DescribeServices, the task definition, DescribeTargetGroups, the secret that RDS manages for an instance) and
from tags: the owner's `first-responder:service` and `first-responder:needs`, and the stack's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from botocore.exceptions import ClientError

from functions.core.decision import Decline
from functions.core.errors import InvalidSetting
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.ecs import DESCRIBE_SERVICES, Service
from functions.readings.ecs_task_definition import DESCRIBE_TASK_DEFINITION, TaskDefinition
from functions.readings.load_balancers import DESCRIBE_TARGET_GROUPS
from functions.readings.rds import DESCRIBE_DB_INSTANCES
from functions.readings.rds_databases import Database
from functions.readings.service_name import service_name, shared_name
from functions.readings.service_needs import declared_needs

READS_OF_SERVICE_MAP: tuple[Allow, ...] = (
    DESCRIBE_SERVICES,
    DESCRIBE_TASK_DEFINITION,
    DESCRIBE_TARGET_GROUPS,
    DESCRIBE_DB_INSTANCES,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceParts:
    """One ECS service and what belongs to it. `service` is the logical one, `name` its own name in ECS.

    `target_groups`, `load_balancers` and `secrets` are ARNs; `databases` are identifiers of DB instances, found or only
    declared; `needs` are the services that its owner has declared, as the tag spells them.
    """

    service: str
    name: str
    target_groups: tuple[str, ...] = ()
    load_balancers: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


def read_load_balancers_of(aws: Aws, service: Service) -> tuple[str, ...] | Decline:
    """The load balancers that send to the service's target groups, by ARN. ECS allows a service five groups: one call."""
    if not service.target_groups:
        return ()
    try:
        found = aws.client("elbv2").describe_target_groups(TargetGroupArns=list(service.target_groups))["TargetGroups"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "TargetGroupNotFound":
            raise
        return Decline(
            code="target_group_not_found",
            seen=f"a target group of {service.name} is not there: {', '.join(service.target_groups)}",
            advice="ECS starts no task that it cannot register: make the group anew, or take it out of the service",
        )
    return tuple(sorted({arn for group in found for arn in group.get("LoadBalancerArns") or ()}))


def parts_of(
    service: Service, definition: TaskDefinition, load_balancers: tuple[str, ...], databases: Iterable[Database]
) -> ServiceParts | Decline:
    """Put together what was read. Pure; a decline where a tag of the service cannot be understood."""
    try:
        needs = declared_needs(service.tags)
        name = service_name(service.tags, service.name)
    except InvalidSetting as error:
        return Decline(code="invalid_service_tag", seen=f"for {service.name}, {error}", advice="Correct the tag")
    mine = {one.name for one in databases if one.secret in definition.secrets or shared_name(one.tags) == name}
    return ServiceParts(
        service=name,
        name=service.name,
        target_groups=service.target_groups,
        load_balancers=load_balancers,
        databases=tuple(sorted({*needs.databases, *mine})),
        secrets=definition.secrets,
        needs=needs.services,
    )
