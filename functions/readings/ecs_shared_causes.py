"""Causes of stopped tasks that are not the version's own: any other version, the same one anew, would meet them too."""

from __future__ import annotations

from collections.abc import Sequence

from functions.core.decision import Decline
from functions.readings.ecs_stopped_tasks import StoppedTask

_SHARED = {
    "image_pull": ("image_pull_broken", "Mend the way to the registry: network, VPC endpoints, credentials, rate limit"),
    "image_not_found": ("image_missing", "The same image is needed again: push it to the registry"),
    "secrets_or_network": ("secrets_or_network", "Look at the secrets, the execution role and the VPC endpoints"),
    "quota": ("quota_reached", "Ask for a higher quota, or stop tasks that are not needed"),
    "capacity": ("no_capacity", "Wait for capacity, or spread the service over more zones and capacity providers"),
}  # fmt: skip


def shared_cause(shared: Sequence[StoppedTask], failed: Sequence[StoppedTask], whom: str) -> Decline | None:
    """A decline where half or more of the `failed` tasks are `shared`: those with a cause that hits `whom` too."""
    if not shared or len(shared) * 2 < len(failed):
        return None
    code, advice = _SHARED[shared[0].cause]
    seen = f"{len(shared)} of {len(failed)} failed tasks have a cause that hits {whom} too: {shared[0].reason}"
    return Decline(code=code, seen=seen, advice=advice)
