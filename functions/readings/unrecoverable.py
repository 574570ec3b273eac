"""Why a service is not to be brought back by machine, whatever it needs. Pure."""

from __future__ import annotations

from dataclasses import replace

from functions.core.decision import Decline
from functions.core.policy import TAG_PREFIX, Mode
from functions.readings.cloudformation import stack_at_work
from functions.readings.ecs_unscalable import deployment_in_the_way
from functions.readings.recoverable_services import Recoverable

_MODE = f"{TAG_PREFIX}mode"
_MAY_CHANGE = (Mode.PROPOSE, Mode.ACT)


def unrecoverable(one: Recoverable) -> Decline | None:
    """The first thing that speaks against it."""
    return _of_its_owner(one) or _of_its_kind(one) or at_work(one) or _of_its_scaling(one)


def at_work(one: Recoverable) -> Decline | None:
    """Its stack, or a deployment of it: what is being changed by somebody else."""
    busy = stack_at_work(one.stack)
    named = replace(busy, seen=f"of {one.name}, {busy.seen}") if busy else None
    return named or deployment_in_the_way(one.service)


def _of_its_owner(one: Recoverable) -> Decline | None:
    """Each service has its own word: leaving one out in silence would bring up what needs it without it."""
    said = one.service.tags.get(_MODE)
    if said in _MAY_CHANGE:
        return None
    return Decline(
        code="service_not_allowed",
        seen=f"{one.name} {f'has {_MODE} = {said!r}' if said is not None else f'has no tag {_MODE}'}",
        advice="A service of the cluster that may not be changed would break the order: set its tag to propose or act, "
        "or take its other first-responder tags away",
    )


def _of_its_kind(one: Recoverable) -> Decline | None:
    service = one.service
    kind = (service.controller, service.strategy, service.scheduling)
    if service.status == "ACTIVE" and kind == ("ECS", "ROLLING", "REPLICA"):
        return None
    return Decline(
        code="not_a_rolling_service",
        seen=f"{service.name} is {service.status}, a {service.scheduling} service under the {service.controller} controller "
        f"with {service.strategy} deployments",
        advice="Only ACTIVE REPLICA services that ECS deploys one task after the other are brought back: do it by hand",
    )


def _of_its_scaling(one: Recoverable) -> Decline | None:
    if one.scaling is None or not one.scaling.suspended:
        return None
    return Decline(
        code="scaling_suspended",
        seen=f"{', '.join(one.scaling.suspended)} of {one.name}: somebody has stopped its scaling",
        advice="Ask who suspended it and why, then resume it or scale by hand",
    )
