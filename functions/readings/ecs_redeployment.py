"""Whether a service could be deployed anew with the images that it runs: what a restart or another task size comes to.

A forced deployment, or one of a copy of the task definition, looks every image tag up again. Where a tag has moved since, it
would deploy what nobody has asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from functions.core.arn import Arn
from functions.core.decision import Decline
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.cloudformation import stack_at_work
from functions.readings.container_images import DESCRIBE_IMAGES, can_be_asked, moved_images, replaced_images
from functions.readings.ecs import Service
from functions.readings.ecs_replaceable import irreplaceable, left_running
from functions.readings.ecs_running_images import read_running_images
from functions.readings.ecs_shared_causes import shared_cause
from functions.readings.ecs_stopped_tasks import DESCRIBE_TASKS, LIST_TASKS, StoppedTask, failures_of, read_failed_tasks
from functions.readings.ecs_unscalable import deployment_in_the_way
from functions.readings.subnets import DESCRIBE_SUBNETS, free_addresses, too_few_addresses

READS_OF_REDEPLOYMENT: tuple[Allow, ...] = (LIST_TASKS, DESCRIBE_TASKS, DESCRIBE_IMAGES, DESCRIBE_SUBNETS)
_RECENT = timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Redeployment:
    """`unpinned` are images by a tag that moves, `replaced` those that the registry has no longer, or not as they run.

    `failed` are the tasks that ended against the service's will in the last hour. `free_addresses` is None where tasks take
    none of a subnet.
    """

    unpinned: tuple[str, ...]
    replaced: tuple[str, ...]
    failed: tuple[StoppedTask, ...]
    free_addresses: int | None


def read_redeployment(aws: Aws, target: Arn, service: Service, images: Sequence[str]) -> Redeployment:
    """`images` are those of the task definition that the service runs."""
    run = read_running_images(aws, service.cluster, service.name)
    moving = moved_images(images, {}, {})
    return Redeployment(
        unpinned=tuple(image for image in moving if image not in run or not can_be_asked(target, image)),
        replaced=replaced_images(aws, target, images, run),
        failed=read_failed_tasks(aws, service.cluster, service.name, aws.now() - _RECENT),
        free_addresses=free_addresses(aws, service.subnets),
    )


def not_redeployable(service: Service, stack: str, found: Redeployment) -> Decline | None:
    """The first thing that speaks against deploying the service anew."""
    return (
        _of_its_state(service)
        or _of_its_controller(service)
        or stack_at_work(stack)
        or deployment_in_the_way(service)
        or irreplaceable(service)
        or _of_its_images(service, found)
        or _of_its_tasks(service, found)
        or _of_its_subnets(service, found)
    )


def _of_its_state(service: Service) -> Decline | None:
    if service.status != "ACTIVE":
        return Decline(
            code="service_not_active",
            seen=f"{service.name} is {service.status}",
            advice="Look whether the service is being deleted",
        )
    if service.desired == 0:
        return Decline(
            code="desired_zero",
            seen=f"{service.name} wants no tasks: somebody has switched it off",
            advice="Switch it on by hand where that is wanted",
        )
    return None


def _of_its_controller(service: Service) -> Decline | None:
    if service.controller == "CODE_DEPLOY":
        return Decline(
            code="code_deploy_controller",
            seen=f"CodeDeploy deploys {service.name}, and ECS deploys nothing of it by itself",
            advice="Make a CodeDeploy deployment (CreateDeployment) of what it is to run",
        )
    if service.controller != "ECS":
        return Decline(
            code="external_controller",
            seen=f"the {service.controller} controller deploys {service.name} by task sets",
            advice="Use its own tool to make a new task set",
        )
    return None


def _of_its_images(service: Service, found: Redeployment) -> Decline | None:
    if found.replaced:
        return Decline(
            code="image_replaced",
            seen=f"{', '.join(found.replaced)} is not in the registry any more as {service.name} runs it",
            advice="New tasks would run another image, or none: deploy the one that is wanted through the pipeline",
        )
    if found.unpinned:
        return Decline(
            code="mutable_image_tag",
            seen=f"{service.name} uses {', '.join(found.unpinned)}: new tasks look that tag up again, and may get another image",
            advice="Use digests or immutable tags; where the tag is known not to have moved, deploy by hand",
        )
    return None


def _of_its_tasks(service: Service, found: Redeployment) -> Decline | None:
    failed = failures_of(found.failed, service.task_definition)
    return shared_cause([task for task in failed if task.cause], failed, "new tasks")


def _of_its_subnets(service: Service, found: Redeployment) -> Decline | None:
    """Room for a task beside the old ones; where one of these may stop first, it leaves its own."""
    stay = left_running(service) == service.desired
    return too_few_addresses(found.free_addresses, 1) if stay else None
