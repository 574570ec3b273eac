"""The services of a cluster that their owners have declared as parts of a whole, each with what its coming up depends on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from functions.core.decision import Decline
from functions.core.permission import Allow
from functions.core.policy import SERVICE_TAG
from functions.core.ports import Aws
from functions.readings.application_autoscaling import DESCRIBE_SCALABLE_TARGETS, ScalableTarget, read_scalable_target
from functions.readings.cloudformation import DESCRIBE_STACKS, STACK_TAG, stack_status
from functions.readings.ecs import Service
from functions.readings.ecs_cluster import read_services_of
from functions.readings.ecs_service_behind import LIST_SERVICES
from functions.readings.ecs_task_definition import TaskDefinition, read_task_definition
from functions.readings.ecs_up import READS_OF_UP, Up, read_up
from functions.readings.rds_databases import Database
from functions.readings.service_map import READS_OF_SERVICE_MAP, ServiceParts, parts_of, read_load_balancers_of
from functions.readings.service_needs import NEEDS_TAG
from functions.readings.subnets import DESCRIBE_SUBNETS, free_addresses

READS_OF_RECOVERABLE: tuple[Allow, ...] = (
    LIST_SERVICES, *READS_OF_SERVICE_MAP, *READS_OF_UP, DESCRIBE_SCALABLE_TARGETS, DESCRIBE_STACKS, DESCRIBE_SUBNETS,
)  # fmt: skip
_MOST = 20
"""Each takes some ten calls to look at, and one invocation looks at them all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recoverable:
    """One service, without its events: those of all services together would not fit into one item of the record.

    `stack` is the status of the stack that declares it; `free_addresses` those of its subnets together.
    """

    arn: str
    service: Service
    parts: ServiceParts
    definition: TaskDefinition
    scaling: ScalableTarget | None
    up: Up
    stack: str
    free_addresses: int | None

    @property
    def name(self) -> str:
        return self.service.name


def read_recoverable(aws: Aws, cluster: str, databases: Sequence[Database]) -> tuple[Recoverable, ...] | Decline:
    """Those that have one of the tags, by name; a decline where there are too many, or one cannot be understood."""
    declared = [(arn, one) for arn, one in read_services_of(aws, cluster) if {SERVICE_TAG, NEEDS_TAG} & set(one.tags)]
    if len(declared) > _MOST:
        return Decline(
            code="too_many_services",
            seen=f"{len(declared)} services of {cluster} have the tag {SERVICE_TAG} or {NEEDS_TAG}",
            advice=f"Up to {_MOST} are brought back in one run: bring them back by hand, or spread them over clusters",
        )
    status = cache(lambda stack: stack_status(aws, {STACK_TAG: stack}))
    found = []
    for arn, service in sorted(declared):
        one = _read(aws, arn, service, databases, status)
        if isinstance(one, Decline):
            return one
        found.append(one)
    return tuple(found)


def _read(
    aws: Aws, arn: str, service: Service, databases: Sequence[Database], status: Callable[[str], str]
) -> Recoverable | Decline:
    definition = read_task_definition(aws, service.task_definition)
    balancers = read_load_balancers_of(aws, service)
    parts = balancers if isinstance(balancers, Decline) else parts_of(service, definition, balancers, databases)
    if isinstance(parts, Decline):
        return parts
    return Recoverable(
        arn=arn,
        service=replace(service, events=()),
        parts=parts,
        definition=definition,
        scaling=read_scalable_target(aws, service.cluster, service.name),
        up=read_up(aws, service, health_checked=definition.health_checked),
        stack=status(service.tags.get(STACK_TAG, "")),
        free_addresses=free_addresses(aws, service.subnets),
    )
