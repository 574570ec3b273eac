"""How what belongs to an incident's service is right now: tasks, targets, databases, and whether secrets are there."""

from __future__ import annotations

from functions.core.incident.inquiry.findings import Health, Part
from functions.core.permission import Allow
from functions.readings.load_balancers import (
    DESCRIBE_TARGET_GROUPS,
    DESCRIBE_TARGET_HEALTH,
    TargetGroup,
    read_target_group,
    read_target_groups,
)
from functions.readings.look import Look, each
from functions.readings.rds import DESCRIBE_DB_INSTANCES, describe
from functions.readings.secrets import DESCRIBE_SECRET, read_secret
from functions.readings.surroundings import Near, Surroundings

READS_OF_DEPENDENTS: tuple[Allow, ...] = (
    DESCRIBE_TARGET_GROUPS,
    DESCRIBE_TARGET_HEALTH,
    DESCRIBE_DB_INSTANCES,
    DESCRIBE_SECRET,
)
_MOST = 10
_USABLE = frozenset({"available", "backing-up", "modifying", "storage-optimization", "configuring-enhanced-monitoring"})
"""RDS User Guide, "Viewing DB instance status": in these it answers."""


def read_tasks(look: Look, around: Surroundings) -> Part[Health]:
    """By what DescribeServices has said of each service already."""
    return Part(items=tuple(_tasks(one) for one in around.near))


def read_targets(look: Look, around: Surroundings) -> Part[Health]:
    """Of the target groups of the services, and of those behind a load balancer that is a target itself."""
    groups = list(dict.fromkeys(arn for one in around.near for arn in one.target_groups))[:_MOST]
    of_groups = each(
        look, groups, lambda arn: f"targets of {_short(arn)}", lambda arn: [_of(read_target_group(look.aws, arn))]
    )
    of_balancers = each(
        look,
        around.balancers[:_MOST],
        lambda arn: f"targets behind {_short(str(arn))}",
        lambda arn: [_of(one) for one in read_target_groups(look.aws, str(arn)) if one.arn not in groups],
    )
    return Part(
        items=(*of_groups.items, *of_balancers.items)[: 2 * _MOST],
        missing=(*of_groups.missing, *of_balancers.missing),
    )


def read_database_states(look: Look, around: Surroundings) -> Part[Health]:
    return each(look, around.databases, lambda name: f"the database {name}", lambda name: [_database(look, name)])


def read_secret_states(look: Look, around: Surroundings) -> Part[Health]:
    """Whether each is there and stays. Its value is never read."""
    arns = list(dict.fromkeys(arn for one in around.near for arn in one.secrets))[:_MOST]
    return each(look, arns, lambda arn: f"the secret {_short(arn)}", lambda arn: [_secret(look, arn)])


def _tasks(near: Near) -> Health:
    service = near.service
    state = "; it is being deployed" if service.deploying else ""
    return Health(
        kind="tasks",
        on=near.arn.id,
        good=min(service.running, service.desired),
        wanted=service.desired,
        seen=f"{service.running} of {service.desired} run{state}",
    )


def _of(group: TargetGroup) -> Health:
    bad = sorted({one.reason or one.state for one in group.unhealthy})
    return Health(
        kind="targets",
        on=_short(group.arn),
        good=len(group.healthy),
        wanted=len(group.usable),
        seen=f"{len(group.unhealthy)} unhealthy, {len(group.starting)} starting{': ' if bad else ''}{', '.join(bad)}",
    )


def _database(look: Look, name: str) -> Health:
    found = describe(look.aws, name)
    status = found["DBInstanceStatus"] if found else "it is not there"
    return Health(kind="databases", on=name, good=int(status in _USABLE), wanted=1, seen=status)


def _secret(look: Look, arn: str) -> Health:
    found = read_secret(look.aws, arn)
    there = found is not None and found.goes_at is None
    seen = "it is not there" if found is None else "it is to be deleted" if found.goes_at else "it is there"
    return Health(kind="secrets", on=_short(arn), good=int(there), wanted=1, seen=seen)


def _short(arn: str) -> str:
    return arn.split(":", 5)[-1]
