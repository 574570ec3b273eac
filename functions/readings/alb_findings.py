"""What is broken behind a load balancer: one finding, the first on the way from the client to the task that explains it."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from functions.core.decision import Decline, Watch
from functions.readings.alb_errors import TARGET_5XX
from functions.readings.alb_trouble import AlbTrouble, ZoneShift, troubled
from functions.readings.ecs_service_behind import ServiceBehind
from functions.readings.load_balancers import TargetGroup

_DEPLOYS = timedelta(minutes=45)
"""An ECS deployment takes up to a quarter of an hour, and one that ended within half an hour of the errors is their likely cause."""
_CPU, _MEMORY = 85.0, 90.0
_BY_CODE = {
    "HTTPCode_ELB_500_Count": "Look at AWS WAF and at the identity provider of the listener: no target was asked",
    "HTTPCode_ELB_502_Count": "Targets close or reset connections: compare the application's keep-alive with the idle timeout"
    " of the load balancer (it has to be longer), its response headers (32 KiB at most) and its TLS",
    "HTTPCode_ELB_503_Count": "No target could be used: look at the listener rules and at how the service's tasks start and stop",
    "HTTPCode_ELB_504_Count": "Targets answer too late: look at slow requests, the database and what the service depends on",
    TARGET_5XX: "The application itself answers with errors: read its logs, and look at what it depends on",
}


def of_load_balancer(found: AlbTrouble) -> Decline | None:
    """What can be said before anything behind it is looked at."""
    balancer, bad = found.load_balancer, troubled(found.groups)
    if balancer.state in ("failed", "active_impaired"):
        return Decline(
            code="load_balancer_impaired",
            seen=f"{balancer.dimension} is {balancer.state}",
            advice="Look at its subnets, at AWS Health, and open a support case",
        )
    if not found.groups:
        return Decline(
            code="no_target_groups",
            seen=f"no listener of {balancer.dimension} sends traffic to a target group: {found.errors.words}",
            advice="Look at the listener rules, and at AWS WAF and identity providers in front of them",
        )
    if found.group is None and bad:
        names = ", ".join(f"{one.dimension} ({_health(one)})" for one in bad)
        return Decline(
            code="several_target_groups",
            seen=f"{len(bad)} target groups are in trouble: {names}",
            advice="Look for what they share: a dependency, a network, a zone; then at each service by itself",
        )
    return _by_code(found) if found.group is None else None


def of_targets(found: AlbTrouble) -> Decline | Watch | None:
    """What explains the errors and is not mended here, in this order; None where tasks or a zone are left to blame."""
    group = found.group
    assert group is not None
    return (
        _no_targets(found, group)
        or (_deployment(found, found.behind) if found.behind and found.path is None else None)
        or _warming_up(group)
        or _internal(group)
    )


def of_load(found: AlbTrouble) -> Decline | None:
    """A service at its limit: its tasks answer late because there are too few of them, and one less makes it worse."""
    behind, cpu, memory = found.behind, found.cpu or 0.0, found.memory or 0.0
    if behind is None or (cpu < _CPU and memory < _MEMORY):
        return None
    return Decline(
        code="service_saturated",
        seen=f"{behind.service.name} uses up to {cpu:.0f} % CPU and {memory:.0f} % memory; {found.errors.words}",
        advice=f"Hand over to scale_out_ecs_service with {behind.arn}; clients must not retry without jitter and a budget",
    )


def of_health(found: AlbTrouble) -> Decline:
    """What is left: targets that fail and are not to be replaced by a machine, or an error without a failing target."""
    group = found.group
    assert group is not None
    if not group.unhealthy:
        return _by_code(found)
    whose = f" of {found.behind.service.name}" if found.behind else ""
    if not group.healthy:
        return Decline(
            code="all_targets_unhealthy",
            seen=f"no target of {group.dimension}{whose} is healthy: {_health(group)}",
            advice="ELB sends traffic to all of them now, so take none out; look at what they share: a dependency, the health"
            " path, secrets, the network",
        )
    if found.unknown_service is not None:
        return found.unknown_service
    if found.behind is None:
        return Decline(
            code="no_ecs_service",
            seen=f"{_health(group)} in {group.dimension}, and no ECS service registers its targets",
            advice="Look at the targets that fail; never deregister them while others are not known to carry the load",
        )
    return Decline(
        code="unhealthy_targets",
        seen=f"{_health(group)} in {group.dimension}{whose}: too many, too young or not known to be tasks",
        advice="Look at the tasks' logs and health path; the health check itself is never to be widened for them",
    )


def of_shift(shift: ZoneShift) -> Decline | None:
    """Why traffic cannot be taken away from the zone that fails."""
    if shift.active:
        return Decline(
            code="zonal_shift_active",
            seen=f"{shift.zone} fails, and traffic is shifted away from {shift.active} already",
            advice="Let the shift end, or cancel it, before another one",
        )
    if not shift.enabled or not shift.zone_id:
        return Decline(
            code="one_zone_fails",
            seen=f"all targets in {shift.zone} fail and all others are healthy; its owner has not enabled zonal shift",
            advice="Look at AWS Health; enable zonal shift on the load balancer to let its traffic be shifted",
        )
    return None


def _no_targets(found: AlbTrouble, group: TargetGroup) -> Decline | None:
    if group.usable:
        return None
    return Decline(
        code="no_targets",
        seen=f"no target of {group.dimension} gets traffic ({_health(group)}): {_why_none(found.behind)}",
        advice="Mend that; a service that is switched off is switched on by hand, tasks that do not start have their reason"
        " in its events",
    )


def _why_none(behind: ServiceBehind | None) -> str:
    if behind is None:
        return "no ECS service registers targets there"
    service = behind.service
    if service.desired == 0:
        return f"{behind.arn} wants no tasks"
    return f"{behind.arn} runs {service.running} of {service.desired} tasks"


def _deployment(found: AlbTrouble, behind: ServiceBehind) -> Decline | None:
    began, service = behind.version_since, behind.service
    if began is not None and found.since - _DEPLOYS <= began <= found.since:
        return Decline(
            code="deployment_before_errors",
            seen=f"deployment {service.primary.id if service.primary else ''} of {service.name} to"
            f" {service.task_definition.rpartition('/')[2]} began at {began:%H:%M} UTC, the errors at {found.since:%H:%M}",
            advice=f"Hand over to roll_back_ecs_deployment with {behind.arn}, unless the deployment is known to be harmless",
        )
    if service.deploying:
        return Decline(
            code="deployment_in_progress",
            seen=f"{service.name} is being deployed since the errors began: somebody is at it",
            advice="Let the deployment end, then look again",
        )
    return None


def _warming_up(group: TargetGroup) -> Watch | None:
    if not group.starting or group.unhealthy:
        return None
    return Watch(
        code="targets_warming_up",
        seen=f"{len(group.starting)} targets of {group.dimension} have not been checked often enough yet",
        advice="Look whether they become healthy",
        again_in=timedelta(minutes=1),
    )


def _internal(group: TargetGroup) -> Decline | None:
    inner = [one.id for one in group.unhealthy if one.reason.startswith("Elb.")]
    if not inner:
        return None
    return Decline(
        code="load_balancer_internal_error",
        seen=f"ELB says of {', '.join(inner)} in {group.dimension} that the fault is its own",
        advice="Wait some minutes, look at AWS Health, then open a support case",
    )


def _by_code(found: AlbTrouble) -> Decline:
    worst, counts = found.errors.worst, found.errors.words
    if not worst:
        return Decline(
            code="nothing_found",
            seen=f"all targets that are checked are healthy, and {counts}",
            advice="Look at the access logs of the load balancer",
        )
    code = worst.removeprefix("HTTPCode_").removesuffix("_Count").lower()
    behind = f" The service behind it is {found.behind.arn}." if found.behind else ""
    seen = f"targets are healthy{_idle(found.groups)}; {counts}.{behind}"
    return Decline(code=f"errors_{code}", seen=seen, advice=_BY_CODE[worst])


def _idle(groups: tuple[TargetGroup, ...]) -> str:
    """Targets that get no traffic for a reason of configuration: a zone that is off, an instance that is stopped, a wrong address."""
    idle = Counter(one.reason or one.state for group in groups for one in group.targets if one.state == "unused")
    return "".join(f", but {count} get no traffic ({reason})" for reason, count in sorted(idle.items()))


def _health(group: TargetGroup) -> str:
    """E.g. `2 of 4 not healthy: 2 Target.Timeout, 1 (anomalous)`."""
    counted = Counter(one.reason or one.state for one in group.targets if one.state != "healthy")
    remarks = Counter(f"({remark})" for one in group.targets for remark in one.remarks)
    told = (f"{count} {words}" for of in (counted, remarks) for words, count in sorted(of.items()))
    why = ", ".join(told) or "none registered"
    return f"{len(group.targets) - len(group.healthy)} of {len(group.targets)} not healthy: {why}"
