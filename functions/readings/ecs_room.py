"""Whether there is room for more tasks of an ECS service: below the owner's cap, in its subnets, in the Fargate quota."""

from __future__ import annotations

from functions.core.decision import Decline
from functions.core.hand_over import hand_over
from functions.readings.ecs import Service
from functions.readings.fargate_quota import over_quota
from functions.readings.subnets import too_few_addresses


def at_cap(service: Service, service_arn: str, cap: int, tag: str) -> Decline:
    """The decline of a service that has as many tasks as its owner allows."""
    larger = hand_over("scale_up_ecs_task", service_arn, "more tasks are not allowed") if service.on_fargate else ""
    return Decline(
        code="at_cap",
        seen=f"{service.name} wants {service.desired} tasks already and the cap is {cap}",
        advice=f"Look why it needs that many; where it does, raise the tag {tag}, or make its tasks larger. {larger}".strip(),
    )


def no_room(added: int, free_addresses: int | None, vcpus_left: float | None, cpu_units: int) -> Decline | None:
    """A decline where so many more tasks would find no address, or no vCPU; what is None is not known, or not needed."""
    return too_few_addresses(free_addresses, added) or over_quota(vcpus_left, added, added * cpu_units)
