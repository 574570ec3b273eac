"""One investigation: all parts at once, each within its own time. What is late, refused or broken is told in its place.

Reads only. The times add up to less than the function has: what is found is kept and told even where AWS hardly answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aws_lambda_powertools import Logger

from functions.core.incident.inquiry.findings import Findings, Part, together
from functions.core.incident.inquiry.subject import Subject
from functions.core.incident.ports import Came, Crew, Patience, Task
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.dependents import (
    READS_OF_DEPENDENTS,
    read_database_states,
    read_secret_states,
    read_targets,
    read_tasks,
)
from functions.readings.log_excerpts import READS_OF_LOGS, read_logs
from functions.readings.look import Look, why
from functions.readings.metric_pictures import READS_OF_PICTURES, read_pictures
from functions.readings.recent_changes import (
    READS_OF_CHANGES,
    read_calls,
    read_database_events,
    read_deployments,
    read_stack_events,
)
from functions.readings.surroundings import READS_OF_SURROUNDINGS, Surroundings, read_surroundings
from functions.readings.watched_alarms import read_firing

PERMISSIONS: tuple[Allow, ...] = tuple(
    dict.fromkeys([*READS_OF_SURROUNDINGS, *READS_OF_CHANGES, *READS_OF_LOGS, *READS_OF_DEPENDENTS, *READS_OF_PICTURES])
)
SERVICES = (
    "cloudwatch",
    "resourcegroupstaggingapi",
    "ecs",
    "rds",
    "cloudformation",
    "cloudtrail",
    "logs",
    "elbv2",
    "secretsmanager",
)
"""Clients that are made before the threads begin: making one is not safe in several at once."""
_WHERE, _GRACE = timedelta(seconds=12), timedelta(seconds=3)
"""How long it may take to find out where to look; and to come to an end once the time is over."""

logger = Logger(service="first-responder")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Reading:
    """`part` is the field of Findings that it belongs to, `what` a phrase for people."""

    part: str
    what: str
    seconds: int
    read: Callable[[Look, Subject, Surroundings], Part[Any]]


_READINGS: tuple[_Reading, ...] = (
    _Reading(part="alarms", what="other alarms", seconds=15, read=lambda look, of, _: read_firing(look, of.alarms)),
    _Reading(part="changes", what="deployments", seconds=15, read=lambda look, _, at: read_deployments(look, at)),
    _Reading(part="changes", what="events of stacks", seconds=15, read=lambda look, _, at: read_stack_events(look, at)),
    _Reading(part="changes", what="events of databases", seconds=15, read=lambda look, _, at: read_database_events(look, at)),
    _Reading(part="changes", what="calls in CloudTrail", seconds=20, read=lambda look, _, at: read_calls(look, at)),
    _Reading(part="logs", what="logs", seconds=25, read=lambda look, _, at: read_logs(look, at)),
    _Reading(part="health", what="tasks", seconds=5, read=lambda look, _, at: read_tasks(look, at)),
    _Reading(part="health", what="targets", seconds=15, read=lambda look, _, at: read_targets(look, at)),
    _Reading(part="health", what="databases", seconds=15, read=lambda look, _, at: read_database_states(look, at)),
    _Reading(part="health", what="secrets", seconds=15, read=lambda look, _, at: read_secret_states(look, at)),
    _Reading(part="pictures", what="pictures of the metric", seconds=20, read=lambda look, _, at: read_pictures(look, at)),
)  # fmt: skip


def investigate(aws: Aws, crew: Crew, clock: Patience, subject: Subject) -> Findings:
    """First where to look, then all parts at once: within 43 seconds, whatever AWS does."""
    around = _where(aws, crew, clock, subject)
    tasks = {one.what: _task(aws, clock, one, subject, around) for one in _READINGS}
    came = crew.work(tasks)
    found = {part: together(_parts(part, came)) for part in dict.fromkeys(one.part for one in _READINGS)}
    found["health"] = together([found["health"], Part(missing=around.missing)])
    return Findings(subject=subject, looked_at=clock.now(), **found)


def _where(aws: Aws, crew: Crew, clock: Patience, subject: Subject) -> Surroundings:
    """Where that is not found out in time, the parts still look at what the subject names itself."""
    look = Look(aws=aws, until=clock.now() + _WHERE, pause=clock.pause)
    task = Task(call=lambda: read_surroundings(look, subject), until=look.until + _GRACE)
    came = crew.work({"where": task})["where"]
    if isinstance(came.result, Surroundings):
        return came.result
    return Surroundings(stacks=subject.stacks, missing=(_unread("what belongs to it", came),))


def _task(aws: Aws, clock: Patience, one: _Reading, subject: Subject, around: Surroundings) -> Task:
    look = Look(aws=aws, until=clock.now() + timedelta(seconds=one.seconds), pause=clock.pause)
    return Task(call=lambda: one.read(look, subject, around), until=look.until + _GRACE)


def _parts(part: str, came: Mapping[str, Came]) -> Iterable[Part[Any]]:
    for one in _READINGS:
        if one.part == part:
            result = came[one.what].result
            yield result if isinstance(result, Part) else Part(missing=(_unread(one.what, came[one.what]),))


def _unread(what: str, came: Came) -> str:
    if came.error is not None:
        logger.warning("a part could not be read", extra={"part": what}, exc_info=came.error)
        return f"{what} could not be read: {why(came.error)}"
    return f"{what} could not be read in time"
