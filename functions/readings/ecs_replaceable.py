"""Whether ECS can put new tasks of a service in the place of those that run, and what that costs in tasks meanwhile."""

from __future__ import annotations

import math

from functions.core.decision import Decline
from functions.readings.ecs import Service


def may_start(service: Service) -> int:
    """How many tasks above the desired count may run: maximumPercent, rounded down (API reference, "DeploymentConfiguration")."""
    return max(0, math.floor(service.desired * service.maximum_percent / 100) - service.desired)


def left_running(service: Service) -> int:
    """How many tasks have to stay in service: minimumHealthyPercent, rounded up (API reference, "DeploymentConfiguration")."""
    return min(service.desired, math.ceil(service.desired * service.minimum_healthy_percent / 100))


def irreplaceable(service: Service) -> Decline | None:
    """A decline where no task may stop and none may start: a deployment would wait for ever."""
    if may_start(service) > 0 or left_running(service) < service.desired:
        return None
    return Decline(
        code="cannot_replace_tasks",
        seen=f"of {service.desired} tasks {left_running(service)} have to stay (minimumHealthyPercent "
        f"{service.minimum_healthy_percent}) and none may be added (maximumPercent {service.maximum_percent})",
        advice="Lower the minimum or raise the maximum of the service's deployment configuration",
    )


def outage(service: Service) -> str:
    """Why a person has to agree to a deployment: its configuration lets ECS stop every task first. Empty where it does not."""
    if left_running(service) > 0:
        return ""
    return f"minimumHealthyPercent {service.minimum_healthy_percent} lets ECS stop all {service.desired} tasks at once"
