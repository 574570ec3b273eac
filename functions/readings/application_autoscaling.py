"""The scalable target of an ECS service: the bounds within which Application Auto Scaling moves its desired count."""

from __future__ import annotations

from dataclasses import dataclass

from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws

NAMESPACE = "ecs"
DIMENSION = "ecs:service:DesiredCount"
DESCRIBE_SCALABLE_TARGETS = Allow(
    action="application-autoscaling:DescribeScalableTargets",
    on=EVERYTHING,
    because="DescribeScalableTargets has no resource scope in IAM",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ScalableTarget:
    """`suspended` names the kinds of scaling that somebody has switched off."""

    minimum: int
    maximum: int
    suspended: tuple[str, ...]


def read_scalable_target(aws: Aws, cluster: str, service: str) -> ScalableTarget | None:
    """The scalable target, None where the service has none."""
    found = aws.client("application-autoscaling").describe_scalable_targets(
        ServiceNamespace=NAMESPACE, ResourceIds=[resource_id(cluster, service)], ScalableDimension=DIMENSION
    )["ScalableTargets"]
    if not found:
        return None
    return ScalableTarget(
        minimum=found[0]["MinCapacity"],
        maximum=found[0]["MaxCapacity"],
        suspended=tuple(sorted(name for name, off in (found[0].get("SuspendedState") or {}).items() if off)),
    )


def resource_id(cluster: str, service: str) -> str:
    """How Application Auto Scaling names an ECS service."""
    return f"service/{cluster}/{service}"
