"""Why a busy ECS service may not be helped by more tasks: what makes it busy is no surge, or more tasks would break something.

More tasks help against more work. They do not where the tasks wait for something else, and they add fuel where clients ask
again for what fails. What is not known stands in nobody's way here.
"""

from __future__ import annotations

from functions.core.decision import Decline
from functions.core.hand_over import hand_over
from functions.readings.ecs_database import Database
from functions.readings.ecs_traffic import Load, Traffic
from functions.readings.ecs_utilization import MEMORY, Utilization

_STORM, _SAME = 1.5, 1.1
_FEW_ERRORS, _LEAST_ERRORS_PERCENT, _WORSE = 20.0, 5.0, 3.0
_SLOWER, _NOTICED_SECONDS = 2.0, 0.1
_FULL = 0.9


def no_surge(name: str, load: Load) -> Decline | None:
    """A decline where the load balancers tell of a retry storm, or of tasks that wait for something else."""
    if load.before is None or load.now is None:
        return None
    seen = f"{name} gets {load.now}; before it was {load.before}"
    if _storms(load.before, load.now):
        return Decline(
            code="retry_storm",
            seen=f"{seen}: no more is answered than before, what is added fails and is tried again",
            advice="Find what fails; shed load, let clients retry with jitter and a budget. More tasks would pass more of it on",
        )
    if not load.up and (_fails(load.before, load.now) or _slows(load.before, load.now)):
        return Decline(
            code="dependency_sick",
            seen=f"{seen}: no more comes in, and it is answered worse",
            advice="Look at what the tasks call (database, other services) and at the last deployment: more tasks only load it more",
        )
    return None


def too_many_connections(database: Database | None, desired: int, count: int, most: int) -> Decline | None:
    """A decline where `count` tasks instead of `desired` may bring the database near its `most` connections, 0 for not known.

    All connections count as this service's: a guess that errs towards leaving the database alive.
    """
    if database is None or database.connections is None or not most:
        return None
    then = database.connections * count / desired
    if then < _FULL * most:
        return None
    return Decline(
        code="database_connections",
        seen=f"{database.name} has {database.connections:.0f} of {most} connections with {desired} tasks: {count} may make it {then:.0f}",
        advice="Give the tasks smaller connection pools, or put a proxy between; a database out of connections fails everybody",
    )


def too_small(service_arn: str, use: Utilization, killed: int, load: Load) -> Decline | None:
    """A decline where each task needs more memory, however many there are: some were killed for it, or no more comes in."""
    if use.metric != MEMORY or load.up or (load.up is None and not killed):
        return None
    came = "nothing tells of a surge" if load.up is None else "no more comes in than before"
    ready = hand_over("scale_up_ecs_task", service_arn, "its tasks have too little memory", short_of="memory")
    return Decline(
        code="task_too_small",
        seen=f"{MEMORY} is at {use.latest} %, {killed} tasks were killed for their memory in the last hour, and {came}",
        advice=f"More tasks of this size would run out of memory too. {ready}",
    )


def _storms(before: Traffic, now: Traffic) -> bool:
    more = now.requests >= _STORM * before.requests
    return more and now.errors >= _FEW_ERRORS and now.answered <= _SAME * before.answered


def _fails(before: Traffic, now: Traffic) -> bool:
    percent = max(_LEAST_ERRORS_PERCENT, _WORSE * before.errors_percent)
    return now.errors >= _FEW_ERRORS and now.errors_percent >= percent


def _slows(before: Traffic, now: Traffic) -> bool:
    return now.seconds >= max(_SLOWER * before.seconds, before.seconds + _NOTICED_SECONDS)
