"""Why a service is not to be rolled back by us at all, as far as the service alone tells."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from functions.core.decision import Decline, Watch
from functions.core.policy import TAG_PREFIX
from functions.readings.cloudformation import stack_at_work
from functions.readings.ecs import Service
from functions.readings.ecs_failed_deployment import PLACEMENT_FAILURE, FailedDeployment
from functions.readings.ecs_replaceable import irreplaceable

_SAFE_TAG = f"{TAG_PREFIX}rollback-safe"


def unrollable(found: FailedDeployment) -> Decline | Watch | None:
    """The first thing that speaks against it."""
    service = found.service
    return (
        _of_its_controller(service)
        or _of_its_state(service)
        or (unsafe(service.name) if not allows_rollback(service.tags) else None)
        or stack_at_work(found.stack)
        or _breaker(service)
        or _unplaced(found)
    )


def allows_rollback(tags: Mapping[str, str]) -> bool:
    """Whether no tag of the release says that going back would not fit the data any more."""
    return tags.get(_SAFE_TAG, "true").strip().lower() == "true"


def unsafe(name: str) -> Decline:
    return Decline(
        code="not_rollback_safe",
        seen=f"the release of {name} is tagged as one that must not be rolled back ({_SAFE_TAG} is not true)",
        advice="It came with a migration, say: ask who made it, and mend it forward",
    )


def _of_its_controller(service: Service) -> Decline | None:
    if service.controller == "CODE_DEPLOY":
        return Decline(
            code="code_deploy_controller",
            seen=f"CodeDeploy deploys {service.name}; ECS cannot change its task definition",
            advice="While it runs: codedeploy StopDeployment with autoRollbackEnabled; later: CreateDeployment of the revision before",
        )
    if service.controller != "ECS":
        return Decline(
            code="external_controller",
            seen=f"the {service.controller} controller deploys {service.name} by task sets",
            advice="Use its own tool, or UpdateServicePrimaryTaskSet and DeleteTaskSet by hand",
        )
    return None


def _of_its_state(service: Service) -> Decline | None:
    if service.status != "ACTIVE" or service.primary is None:
        return Decline(
            code="service_not_active",
            seen=f"{service.name} is {service.status} with {len(service.deployments)} deployments",
            advice="Look whether the service is being deleted",
        )
    if service.desired == 0:
        return Decline(
            code="desired_zero",
            seen=f"{service.name} wants no tasks: no version can prove itself",
            advice="Find out who switched it off",
        )
    return irreplaceable(service)


def _breaker(service: Service) -> Watch | None:
    if not service.rolls_back_by_itself or not any(one.rollout == "IN_PROGRESS" for one in service.deployments):
        return None
    return at_work(service.name)


def at_work(name: str) -> Watch:
    return Watch(
        code="breaker_at_work",
        seen=f"the circuit breaker or the deployment alarms of {name} roll back by themselves, and its deployment is running",
        advice="Watch the deployment; where the breaker never trips (each task runs for a moment), stop it by hand",
        again_in=timedelta(minutes=2),
    )


def _unplaced(found: FailedDeployment) -> Decline | None:
    if found.event != PLACEMENT_FAILURE:
        return None
    return Decline(
        code="no_capacity",
        seen=f"ECS finds no place for tasks of {found.service.name} ({found.event_reason or 'no reason given'})",
        advice="Add capacity, or free some: the version before would find no place either",
    )
