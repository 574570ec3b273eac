"""Looking behind a load balancer in trouble, only as far as what is known leaves the answer open."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from functions.core.alarm import Alarm, Kind
from functions.core.decision import Decline
from functions.core.ports import Aws
from functions.readings.alarm_condition import condition_holds
from functions.readings.alb_path import read_path
from functions.readings.alb_trouble import AlbTrouble, ZoneShift, failing_zone, stuck_tasks, troubled
from functions.readings.both_owners import tags_of_both
from functions.readings.cloudformation import stack_at_work, stack_status
from functions.readings.cloudwatch import metric
from functions.readings.ecs_service_behind import read_service_behind
from functions.readings.ecs_tasks import read_tasks
from functions.readings.ecs_utilization import CPU, MEMORY
from functions.readings.load_balancers import TargetGroup, shifts_zones
from functions.readings.vpc_subnets import read_vpc_subnets
from functions.readings.zonal_shifts import ACTIVE, read_zonal_shifts

UNHEALTHY_HOSTS = "UnHealthyHostCount"
_SLOW = "HTTPCode_ELB_504_Count"
_TEN_MINUTES = timedelta(minutes=10)


def still_bad(aws: Aws, alarm: Alarm, groups: tuple[TargetGroup, ...]) -> bool | None:
    """Whether the alarm's condition holds; for unhealthy hosts that is what the load balancer says right now.

    A group with no host that gets traffic, or that is gone, is no better for having no unhealthy one.
    """
    if alarm.kind is Kind.METRIC and alarm.metrics[0].name == UNHEALTHY_HOSTS:
        watched = _watched(alarm, groups)
        served = bool(watched) and all(one.usable for one in watched)
        return any(one.unhealthy for one in watched) or (False if served else None)
    return condition_holds(aws, alarm)


def not_attached(alarm: Alarm, groups: tuple[TargetGroup, ...]) -> Decline | None:
    """A decline where the alarm is about a target group that no listener sends traffic to by now."""
    if not groups or _watched(alarm, groups):
        return None
    return Decline(
        code="target_group_not_attached",
        seen=f"no listener sends traffic to {alarm.metrics[0].dimensions['TargetGroup']}, which the alarm is about",
        advice="Look whether it was replaced or detached, and correct the alarm",
    )


def suspect(alarm: Alarm, groups: tuple[TargetGroup, ...]) -> TargetGroup | None:
    """The group that the alarm names, else the only one in trouble, else the only one."""
    watched = _watched(alarm, groups)
    of_these = troubled(watched) or watched
    return of_these[0] if len(of_these) == 1 else None


def look_behind(aws: Aws, found: AlbTrouble) -> AlbTrouble:
    """Who serves the target group, how well, and what stands in the way."""
    assert found.group is not None
    behind = read_service_behind(aws, found.group.arn)
    if behind is None or isinstance(behind, Decline):
        return _look_at_zones(aws, replace(found, unknown_service=behind))
    service = behind.service
    own = stack_status(aws, service.tags)
    found = replace(found, behind=behind, stack=own if stack_at_work(own) is not None else found.stack or own)
    cpu, memory = (_highest(aws, name, service.cluster, service.name) for name in (CPU, MEMORY))
    found = replace(found, cpu=cpu, memory=memory)
    if found.group is not None and found.group.unhealthy:
        found = replace(found, tasks=read_tasks(aws, service.cluster, service.name))
    found = _look_at_path(aws, found)
    return _owned(_look_at_zones(aws, found) if found.path is None else found)


def _look_at_path(aws: Aws, found: AlbTrouble) -> AlbTrouble:
    """Where nothing comes through, nobody answers in time: only then is the path looked at."""
    group, behind = found.group, found.behind
    assert group is not None and behind is not None
    silent = any(one.reason == "Target.Timeout" for one in group.unhealthy) or found.errors.worst == _SLOW
    if not silent:
        return found
    port = next((one.port for one in group.unhealthy), 0) or behind.port
    subnets = read_vpc_subnets(aws, found.load_balancer.vpc)
    return replace(found, path=read_path(aws, found.load_balancer, behind, port, subnets))


def _look_at_zones(aws: Aws, found: AlbTrouble) -> AlbTrouble:
    zone = failing_zone(found)
    if not zone:
        return found
    balancer = found.load_balancer
    ids = {one.zone: one.zone_id for one in read_vpc_subnets(aws, balancer.vpc)}
    enabled = shifts_zones(aws, balancer.arn)
    active = [one for one in read_zonal_shifts(aws, balancer.arn) if one.status == ACTIVE] if enabled else []
    away = ", ".join(one.away_from for one in active)
    return replace(found, shift=ZoneShift(zone=zone, zone_id=ids.get(zone, ""), enabled=enabled, active=away))


def _owned(found: AlbTrouble) -> AlbTrouble:
    """With the mode that the owner of what would be changed allows: the load balancer's own word is never enough for it."""
    tags = found.load_balancer.tags
    if found.path is not None and found.path.removed is not None:
        return replace(found, tags=tags_of_both(tags, found.path.tags))
    if found.shift is None and found.behind is not None and stuck_tasks(found):
        return replace(found, tags=tags_of_both(tags, found.behind.service.tags))
    return found


def _watched(alarm: Alarm, groups: tuple[TargetGroup, ...]) -> tuple[TargetGroup, ...]:
    named = alarm.metrics[0].dimensions.get("TargetGroup", "") if alarm.kind is Kind.METRIC else ""
    return tuple(one for one in groups if one.dimension == named) if named else groups


def _highest(aws: Aws, name: str, cluster: str, service: str) -> float | None:
    dimensions = {"ClusterName": cluster, "ServiceName": service}
    points = metric(
        aws, "AWS/ECS", name, dimensions, stat="Average", period=timedelta(minutes=1), back=_TEN_MINUTES
    )  # fmt: skip
    return max((point.value for point in points), default=None)
