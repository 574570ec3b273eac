"""How many vCPUs Fargate still gives this account in this Region (Developer Guide, "AWS Fargate usage metrics").

Read from CloudWatch together with other metrics, so that it costs no call of its own. Where CloudWatch does not give it, it is
not known; ECS then refuses by itself what is too much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from functions.core.decision import Decline
from functions.readings.cloudwatch import Point, QuotaOf, Series
from functions.readings.ecs import Service

_USED, _QUOTA = "used", "quota"
_UNITS = 1024


def series_of_quota(service: Service) -> dict[str, Series | QuotaOf]:
    """What to read, by an id; nothing where the service is not on Fargate. Spot has a quota of its own."""
    if not service.on_fargate:
        return {}
    of = {"Service": "Fargate", "Type": "Resource", "Resource": "vCPU", "Class": f"Standard/{kind_of_quota(service)}"}
    used = Series("AWS/Usage", "ResourceCount", of, "Maximum", timedelta(minutes=5))
    return {_USED: used, _QUOTA: QuotaOf(_USED)}


def vcpus_left(points: Mapping[str, Sequence[Point]]) -> float | None:
    """What the quota leaves, None where usage or quota is not known."""
    used, quota = points.get(_USED), points.get(_QUOTA)
    return quota[-1].value - used[-1].value if used and quota else None


def over_quota(left: float | None, tasks: int, cpu_units: int) -> Decline | None:
    """A decline where the quota does not leave room for so many more tasks, which take so many units together."""
    needed = cpu_units / _UNITS
    if left is None or needed <= left:
        return None
    return Decline(
        code="quota_reached",
        seen=f"{tasks} more tasks need {needed:g} vCPU, and the Fargate quota of this Region leaves {left:g}",
        advice="Ask Service Quotas for more Fargate vCPUs, or stop tasks that are not needed",
    )


def kind_of_quota(service: Service) -> str:
    """Which of the quotas a service on Fargate counts against."""
    providers = service.capacity_providers
    return "Spot" if providers and set(providers) == {"FARGATE_SPOT"} else "OnDemand"
