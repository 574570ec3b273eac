"""Whether going back to the last good version is possible, and would help."""

from __future__ import annotations

import re
from collections.abc import Sequence

from functions.core.decision import Decline
from functions.readings.ecs_failed_deployment import FailedDeployment
from functions.readings.ecs_last_good import LastGood
from functions.readings.ecs_shared_causes import shared_cause
from functions.readings.ecs_stopped_tasks import StoppedTask, failures_of
from functions.readings.ecs_unrollable import unsafe


def way_back(found: FailedDeployment) -> LastGood | Decline:
    """The last good version, or the first thing that speaks against going back to it."""
    if not found.release_tags_allow:
        return unsafe(found.service.name)
    good = found.last_good
    if good is None:
        return Decline(
            code="no_last_good",
            seen=f"no deployment of {found.service.name} is known to have ended well before: it is the first, or the history is gone",
            advice="Mend it forward, or deploy by hand a version that you know to be good",
        )
    return _unusable(good) or _no_help(found, good) or _other_causes(found, good) or good


def _unusable(good: LastGood) -> Decline | None:
    if good.status != "ACTIVE":
        return Decline(
            code="last_good_inactive",
            seen=f"{good.task_definition} is {good.status or 'of unknown status'}",
            advice="Register a copy of it and deploy that by hand",
        )
    if good.moved:
        return Decline(
            code="mutable_image_tag",
            seen=f"{good.task_definition} uses {', '.join(good.moved)}: a tag that moves, so that going back may pull the bad image",
            advice="Find the digest of the good image and deploy it by hand; use digests or immutable tags from now on",
        )
    if good.replaced:
        return Decline(
            code="image_gone",
            seen=f"{', '.join(good.replaced)} is not in the registry any more as it was when it ran well",
            advice="Build the good version again, or mend it forward",
        )
    return None


def _no_help(found: FailedDeployment, good: LastGood) -> Decline | None:
    if good.left_before:
        return Decline(
            code="goes_round",
            seen=f"{found.bad} had run before {good.task_definition}, and somebody has gone back to it",
            advice="Both have had trouble: decide by hand which version is to run",
        )
    if good.task_definition == found.bad and (found.stoppable is None or not good.differs):
        return Decline(
            code="same_version",
            seen=f"the last good version is {good.task_definition} as well",
            advice="The version is not the cause: look at what it depends on",
        )
    if found.stoppable is not None:
        return _of_its_source(good)
    if good.differs:
        return Decline(
            code="configuration_changed",
            seen=f"besides the task definition, the deployment changed {', '.join(good.differs)}",
            advice="Compare the two service revisions and deploy the whole configuration of the good one by hand",
        )
    return None


def _of_its_source(good: LastGood) -> Decline | None:
    """A stopped deployment goes back to what ran when it began: that has to be the last good version."""
    if set(good.sources) == {good.task_definition}:
        return None
    return Decline(
        code="unclear_rollback_target",
        seen=f"when the deployment began, {', '.join(good.sources) or 'nothing'} was running, and {good.task_definition} was the last good one",
        advice="Stop the deployment by hand and see to it that the good version is what runs then",
    )


def _other_causes(found: FailedDeployment, good: LastGood) -> Decline | None:
    failed = failures_of(found.failed, found.bad)
    also = failures_of(found.failed, good.task_definition) if good.task_definition != found.bad else ()
    if also:
        return Decline(
            code="last_good_fails_too",
            seen=f"{len(also)} tasks of {good.task_definition} have failed as well since the deployment began: {also[0].reason}",
            advice="Look for a cause that both versions share: dependencies, network, secrets",
        )
    shared = [task for task in failed if task.cause and not _only_the_new_image(task, good.images)]
    return shared_cause(shared, failed, "the version before")


def _only_the_new_image(task: StoppedTask, good_images: Sequence[str]) -> bool:
    """The image that cannot be found is one that the last good version does not use: a typing error in the new one."""
    named = any(re.search(re.escape(image) + r"(?![\w-]|\.\w)", task.reason) for image in good_images)
    return task.cause == "image_not_found" and not named
