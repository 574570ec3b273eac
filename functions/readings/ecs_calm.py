"""Whether an ECS service has been calm for long enough to have its added tasks taken back."""

from __future__ import annotations

from datetime import timedelta

from functions.core.decision import Watch
from functions.readings.cloudformation import stack_at_work
from functions.readings.ecs import Service
from functions.readings.ecs_utilization import Utilization

CALM_PERCENT = 50.0


def not_calm(service: Service, stack: str, use: Utilization) -> Watch | None:
    """What there is to wait for: somebody who deploys it, or load."""
    if service.deploying or stack_at_work(stack) is not None:
        return _later("at_work", "the service or its stack is being deployed")
    if use.highest is None:
        return _later("not_calm", f"there are no data of {use.metric} for the last half hour")
    if use.highest >= CALM_PERCENT:
        return _later("not_calm", f"{use.metric} reached {use.highest} % in the last half hour")
    return None


def _later(code: str, seen: str) -> Watch:
    advice = "The tasks stay until it is calm; take them back by hand where that is known to be safe"
    return Watch(code=code, seen=seen, advice=advice, again_in=timedelta(minutes=10))
