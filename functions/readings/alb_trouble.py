"""What is known of a load balancer in trouble, and of what stands behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.core.decision import Decline
from functions.core.remediation import Facts
from functions.readings.alb_errors import Errors
from functions.readings.alb_path import BlockedPath
from functions.readings.ecs_service_behind import ServiceBehind
from functions.readings.ecs_tasks import Task
from functions.readings.load_balancers import LoadBalancer, Target, TargetGroup

_SETTLED = timedelta(minutes=5)
_AT_ONCE = 3
_SHARE = 4
_HEALTH_CHECKS = ("Target.Timeout", "Target.FailedHealthChecks", "Target.ResponseCodeMismatch")


@dataclass(frozen=True, kw_only=True)
class ZoneShift:
    """The one zone that fails. `enabled` says whether the owner lets its traffic be shifted, `active` what is shifted now."""

    zone: str
    zone_id: str
    enabled: bool
    active: str


@dataclass(frozen=True, kw_only=True)
class AlbTrouble(Facts):
    """`group` is the target group that the trouble is in, None where it is in none or in several.

    `since` is when the alarm went off; `cpu` and `memory` are the highest percentages of the service in ten minutes.
    """

    load_balancer: LoadBalancer
    groups: tuple[TargetGroup, ...]
    errors: Errors
    since: datetime
    transition: str
    stack: str
    group: TargetGroup | None = None
    behind: ServiceBehind | None = None
    unknown_service: Decline | None = None
    tasks: tuple[Task, ...] = ()
    path: BlockedPath | None = None
    shift: ZoneShift | None = None
    cpu: float | None = None
    memory: float | None = None


def troubled(groups: tuple[TargetGroup, ...]) -> tuple[TargetGroup, ...]:
    """The groups with a target that fails, or with none that gets traffic."""
    return tuple(one for one in groups if one.unhealthy or not one.usable)


def task_of_target(found: AlbTrouble, target: Target) -> Task | None:
    return next((task for task in found.tasks if task.address and task.address == target.id), None)


def failing_zone(found: AlbTrouble) -> str:
    """The only zone in which targets fail, empty where there is none: two or more fail there, all of it, nothing elsewhere.

    No other group may be left without a healthy target once the zone gets no traffic.
    """
    group = found.group
    if group is None or len(group.unhealthy) < 2 or not group.healthy:
        return ""
    zones = {_zone(found, one) for one in group.unhealthy}
    left = {_zone(found, one) for one in group.healthy}
    if len(zones) != 1 or "" in zones | left or zones & left:
        return ""
    (zone,) = zones
    others = (one for one in found.groups if one.arn != group.arn and one.usable)
    kept = all(any(_zone(found, target) not in ("", zone) for target in one.healthy) for one in others)
    return zone if kept and zone in found.load_balancer.zones else ""


def stuck_tasks(found: AlbTrouble) -> tuple[Task, ...]:
    """The few tasks that fail their checks while the others of a steady service pass them; empty in any doubt.

    Few is one, or a quarter, and never more than three; each ran for a while before the alarm went off.
    """
    group, behind = found.group, found.behind
    if group is None or behind is None or not _replaces(behind):
        return ()
    bad = group.unhealthy
    few = min(max(1, len(group.targets) // _SHARE), _AT_ONCE)
    if not bad or len(bad) > few or not group.healthy or group.starting:
        return ()
    tasks = {task.arn: task for task in (task_of_target(found, one) for one in bad) if task is not None}
    old = found.since - _SETTLED - timedelta(seconds=behind.grace_seconds)
    sure = len(tasks) == len({one.id for one in bad}) and all(map(_fails_checks, bad))
    return tuple(tasks[arn] for arn in sorted(tasks)) if sure and all(_ran(one, old) for one in tasks.values()) else ()


def _fails_checks(target: Target) -> bool:
    return target.state == "unhealthy" and target.reason in _HEALTH_CHECKS


def _replaces(behind: ServiceBehind) -> bool:
    """Whether ECS puts another task in the place of one that is stopped, and has all its tasks now.

    Whether it is being deployed is asked before: nothing else is looked for then.
    """
    service = behind.service
    kind = (service.status, service.scheduling, service.controller) == ("ACTIVE", "REPLICA", "ECS")
    return kind and service.desired >= 2 and service.running >= service.desired


def _ran(task: Task, before: datetime) -> bool:
    at = task.started_at
    return (task.status, task.wanted) == ("RUNNING", "RUNNING") and at is not None and at <= before


def _zone(found: AlbTrouble, target: Target) -> str:
    task = task_of_target(found, target)
    return target.zone or (task.zone if task else "")
