"""The version that a service ran well on before this one: by the history of its deployments, never by revision number.

Another pipeline may register revisions of the same family, and revision N-1 may never have run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from functions.core.arn import Arn
from functions.core.ports import Aws
from functions.readings.container_images import moved_images, replaced_images
from functions.readings.ecs import Service
from functions.readings.ecs_deployments import ServiceDeployment, good_revisions
from functions.readings.ecs_revisions import ServiceRevision, configuration_differences, read_revisions
from functions.readings.ecs_task_definition import read_task_definition


@dataclass(frozen=True, kw_only=True, slots=True)
class LastGood:
    """The version to go back to, and what speaks against going there."""

    task_definition: str
    revision: str
    status: str
    images: tuple[str, ...]
    moved: tuple[str, ...]
    """Images whose tag moves, or has moved since."""
    replaced: tuple[str, ...]
    """Images that the registry has no longer, or not as they were."""
    differs: tuple[str, ...]
    """Parts of the configuration, besides the task definition, that the bad version changed."""
    left_before: bool
    """The bad version itself had run before this one did: somebody went back to it."""
    sources: tuple[str, ...]
    """The task definitions that ran when the newest deployment began: what ECS itself rolls back to."""


def read_last_good(
    aws: Aws, target: Arn, service: Service, history: Sequence[ServiceDeployment], bad: str
) -> LastGood | None:
    """The last good version, None for the first deployment. `bad` is the task definition to go away from."""
    newest = history[0] if history else None
    ranked = good_revisions(history[1:], newest.target) if newest else []
    sources = newest.sources if newest else ()
    known = read_revisions(aws, [newest.target if newest else "", *ranked[:1], *sources, *ranked[1:]])
    good, left = next((known[arn] for arn in ranked if arn in known), None), known.get(newest.target if newest else "")
    if good is None:
        return _of_active(
            aws, target, service, bad, tuple(known[arn].task_definition for arn in sources if arn in known)
        )
    older = [known[arn].task_definition for arn in ranked if arn in known and arn != good.arn]
    return _judged(
        aws, target, good.task_definition, good, left,
        differs=configuration_differences(good.said, left.said) if left else ("unknown",),
        left_before=bad in older and good.task_definition != bad,
        sources=tuple(known[arn].task_definition if arn in known else "unknown" for arn in sources),
    )  # fmt: skip


def _of_active(aws: Aws, target: Arn, service: Service, bad: str, sources: tuple[str, ...]) -> LastGood | None:
    """Without a history: what the ACTIVE deployment, which the newest one is to replace, still runs."""
    active = next((one for one in service.deployments if one.status == "ACTIVE"), None)
    if active is None or service.primary is None:
        return None
    differs = configuration_differences(active.configuration, service.primary.configuration)
    return _judged(aws, target, active.task_definition, None, None, differs=differs, left_before=False, sources=sources)


def _judged(
    aws: Aws, target: Arn, task_definition: str, good: ServiceRevision | None, bad: ServiceRevision | None, *,
    differs: tuple[str, ...], left_before: bool, sources: tuple[str, ...],
) -> LastGood:  # fmt: skip
    definition = read_task_definition(aws, task_definition)
    recorded: Mapping[str, str] = good.digests if good else {}
    return LastGood(
        task_definition=definition.arn,
        revision=good.arn if good else "",
        status=definition.status,
        images=definition.images,
        moved=moved_images(definition.images, recorded, bad.digests if bad else {}),
        replaced=replaced_images(aws, target, definition.images, recorded),
        differs=differs,
        left_before=left_before,
        sources=sources,
    )
