"""Where an investigation has to look: from the targets of an incident to all that belongs to their service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from functions.core.arn import Arn
from functions.core.decision import Decline
from functions.core.incident.inquiry.findings import Part, together
from functions.core.incident.inquiry.subject import Subject
from functions.core.permission import Allow
from functions.readings.cloudformation import STACK_TAG
from functions.readings.cloudwatch import DESCRIBE_ALARMS
from functions.readings.ecs import DESCRIBE_SERVICES, Service, read_service
from functions.readings.ecs_task_definition import DESCRIBE_TASK_DEFINITION, read_task_definition
from functions.readings.look import Look, each
from functions.readings.rds import DESCRIBE_DB_INSTANCES
from functions.readings.rds_databases import Database, read_databases
from functions.readings.service_map import parts_of
from functions.readings.service_mates import GET_RESOURCES, read_mates
from functions.readings.watched_alarms import Watched, read_watched

READS_OF_SURROUNDINGS: tuple[Allow, ...] = (
    DESCRIBE_ALARMS,
    GET_RESOURCES,
    DESCRIBE_SERVICES,
    DESCRIBE_TASK_DEFINITION,
    DESCRIBE_DB_INSTANCES,
)
_MOST = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Near:
    """One ECS service with what belongs to it: names of DB instances, ARNs of target groups and secrets, names of log groups."""

    arn: Arn
    service: Service
    databases: tuple[str, ...] = ()
    target_groups: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    log_groups: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Surroundings:
    """`alarms` are the incident's own, `balancers` ARNs of load balancers, `other` what is neither of these kinds."""

    alarms: tuple[Watched, ...] = ()
    near: tuple[Near, ...] = ()
    databases: tuple[str, ...] = ()
    balancers: tuple[Arn, ...] = ()
    other: tuple[Arn, ...] = ()
    stacks: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Of the targets and services, as CloudTrail names resources."""
        services = (one.service.name for one in self.near)
        return tuple(dict.fromkeys([*self.databases, *services, *(arn.id for arn in self.other)]))


def read_surroundings(look: Look, subject: Subject) -> Surroundings:
    """Each look by itself: where one is refused, the others still say where to look, and the refusal is told."""
    alarms = each(look, [subject.alarms], lambda _: "the alarm itself", lambda arns: read_watched(look.aws, arns))
    named = [one.resource for one in alarms.items if one.resource is not None]
    targets = list(dict.fromkeys([*subject.targets, *named]))
    names = [subject.service] if subject.service else []
    mates = each(look, names, lambda name: f"which services belong to {name}", lambda name: read_mates(look.aws, name))
    services = list(dict.fromkeys([*_ecs(targets), *mates.items]))[:_MOST]
    own = [arn.id for arn in targets if (arn.service, arn.resource.partition(":")[0]) == ("rds", "db")]
    everything = [subject.of] if not subject.alone and (services or own) else []
    databases = each(look, everything, lambda _: "the list of databases", lambda _: read_databases(look.aws))
    near = _near(look, subject, services, databases.items)
    behind = [name for one in near.items for name in one.databases]
    tags = [one.tags for one in databases.items if one.name in (*own, *behind)]
    stacks = [
        *subject.stacks,
        *(one.get(STACK_TAG, "") for one in (*tags, *(one.service.tags for one in near.items))),
    ]
    return Surroundings(
        alarms=alarms.items,
        near=near.items,
        databases=tuple(dict.fromkeys([*own, *behind]))[:_MOST],
        balancers=tuple(arn for arn in targets if arn.service == "elasticloadbalancing"),
        other=tuple(arn for arn in targets if arn.service not in ("ecs", "rds", "elasticloadbalancing")),
        stacks=tuple(dict.fromkeys(filter(None, stacks)))[:_MOST],
        missing=together([alarms, mates, databases, near]).missing,
    )


def _near(look: Look, subject: Subject, services: Sequence[Arn], databases: Iterable[Database]) -> Part[Near]:
    """A service that ECS does not know, or whose tags make no sense, is told as one that could not be read."""
    declined: list[str] = []

    def read(arn: Arn) -> Iterator[Near]:
        service = read_service(look.aws, arn)
        if isinstance(service, Decline):
            declined.append(f"the service {arn.id} could not be read: {service.seen}")
            return
        definition = read_task_definition(look.aws, service.task_definition)
        parts = parts_of(service, definition, (), databases)
        groups = tuple(dict.fromkeys(log.group for log in definition.logs.values()))
        near = Near(arn=arn, service=service, log_groups=groups)
        if subject.alone:
            yield near
        elif isinstance(parts, Decline):
            declined.append(f"what belongs to {arn.id} could not be read: {parts.seen}")
            yield replace(near, target_groups=service.target_groups, secrets=definition.secrets)
        else:
            yield replace(near, databases=parts.databases, target_groups=parts.target_groups, secrets=parts.secrets)

    part = each(look, services, lambda arn: f"the service {arn.id}", read)
    return Part(items=part.items, missing=(*part.missing, *declined))


def _ecs(targets: Iterable[Arn]) -> list[Arn]:
    return [arn for arn in targets if arn.service == "ecs" and arn.resource.startswith("service/")]
