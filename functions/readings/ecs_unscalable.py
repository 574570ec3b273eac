"""Why an ECS service is not to be given more tasks, whatever its load."""

from __future__ import annotations

from datetime import timedelta

from functions.core.decision import Decline, Watch
from functions.readings.application_autoscaling import ScalableTarget
from functions.readings.ecs import Service


def unscalable(service: Service, scaling: ScalableTarget | None) -> Decline | Watch | None:
    """The first thing that speaks against it. Tasks that are on their way already are waited for."""
    return (
        _of_its_kind(service)
        or deployment_in_the_way(service)
        or _of_its_scaling(service, scaling)
        or _pending(service)
    )


def _of_its_kind(service: Service) -> Decline | None:
    if service.status != "ACTIVE":
        return Decline(
            code="service_not_active",
            seen=f"{service.name} is {service.status}",
            advice="Nothing to scale: the service is being deleted. Delete its alarms too",
        )
    if service.scheduling != "REPLICA":
        return Decline(
            code="daemon_service",
            seen=f"{service.name} is a {service.scheduling} service: it has one task on every instance and no desired count",
            advice="Make its tasks larger, or spread its work over more instances",
        )
    if service.desired == 0:
        return Decline(
            code="desired_zero",
            seen=f"{service.name} wants no tasks: somebody has switched it off",
            advice="Switch it on by hand where that is wanted",
        )
    return None


def deployment_in_the_way(service: Service) -> Decline | None:
    """A deployment that failed or runs: ECS starts tasks of it in its own way."""
    if any(one.status == "PRIMARY" and one.rollout == "FAILED" for one in service.deployments):
        return Decline(
            code="deployment_failed",
            seen=f"the newest deployment of {service.name} has failed, and ECS starts no tasks of a failed one",
            advice="Roll the deployment back first",
        )
    if service.deploying:
        return Decline(
            code="deployment_in_progress",
            seen=f"{service.name} is being deployed, {service.running} of {service.desired} tasks run",
            advice="Let the deployment end (or roll it back where it is the cause), then look again",
        )
    return None


def _of_its_scaling(service: Service, scaling: ScalableTarget | None) -> Decline | None:
    if scaling is None:
        return None
    if scaling.suspended:
        return Decline(
            code="scaling_suspended",
            seen=f"{', '.join(scaling.suspended)} of {service.name}: somebody has stopped its scaling",
            advice="Ask who suspended it and why, then resume it or scale by hand",
        )
    if service.desired < scaling.minimum:
        return Decline(
            code="below_floor",
            seen=f"{service.name} wants {service.desired} tasks, its scalable target at least {scaling.minimum}",
            advice="Somebody has set the count by hand: find out why; Application Auto Scaling will raise it to the minimum",
        )
    return None


def _pending(service: Service) -> Watch | None:
    if service.running >= service.desired:
        return None
    return Watch(
        code="tasks_pending",
        seen=f"{service.running} of {service.desired} tasks of {service.name} run: more are on their way already",
        advice="Look why they do not start: capacity, addresses, quota, image, health checks",
        again_in=timedelta(minutes=2),
    )
