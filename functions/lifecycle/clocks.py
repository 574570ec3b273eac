"""The clocks of an incident: reminders before a target of the runbook's table is missed, the next contact after it, and word for
those who wait.

Takes the lines of its queue: a new incident or a new severity starts timers, an answer or the end cancels those that have
nothing to do any more. And takes `{"clock": {"incident", "timer"}}` from EventBridge Scheduler when a timer rings. It is the
incident as it is then that decides what is written, so that a timer that rings late, twice or for nothing does no harm.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import SystemClock
from functions.adapters.dynamodb_incidents import DynamoDbIncidents
from functions.adapters.runbook_files import contacts, time_rules
from functions.adapters.scheduler import Bell, EventBridgeSchedules
from functions.core.errors import InvalidEvent
from functions.core.incident.change import change
from functions.core.incident.incident import Incident
from functions.core.incident.news import read_news
from functions.core.incident.ports import Incidents, Schedules
from functions.core.incident.ring import ring
from functions.core.incident.timers import Timing, following, superfluous, wanted
from functions.core.incident.update import update
from functions.core.ports import Clock
from functions.wiring import PREFIX, in_lambda

_STARTS = ("opened", "severity")

logger = Logger(service="first-responder")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tower:
    """The doors of this function."""

    incidents: Incidents
    schedules: Schedules
    timing: Timing
    clock: Clock


def lambda_handler(event: Mapping[str, Any], context: Any) -> None:
    """Raises InvalidEvent for what is neither a line nor a timer, and what AWS raises: then it is tried again."""
    match event:
        case {"clock": {"incident": str(incident), "timer": str(timer)}}:
            rung(_tower(), incident, timer)
        case {"Records": list(records)}:
            for record in records:
                news = read_news(record["body"])
                told(_tower(), news.incident, news.kind)
        case _:
            raise InvalidEvent("event", event, "Records of a queue, or a clock with its incident and timer")


def told(tower: Tower, incident: str, kind: str) -> None:
    """A line about an incident that leads."""
    now, found = tower.clock.now(), _load(tower, incident)
    tower.schedules.cancel(incident, superfluous(found, tower.timing, now))
    if kind in _STARTS:
        for timer in wanted(found, tower.timing, now).values():
            tower.schedules.start(incident, timer.name, timer.at)


def rung(tower: Tower, incident: str, timer: str) -> None:
    """A timer has rung. What follows is ordered even where it has rung before: who crashed in between is helped by the
    repetition."""
    now = tower.clock.now()
    turn = change(
        tower.incidents,
        incident,
        lambda found: ring(found, timer, tower.timing, now, lambda: _how_it_stands(tower, incident)),
    )
    for entry in turn.entries:
        logger.info("a timer has rung", extra={"incident": incident, "timer": timer, "kind": entry.kind})
    for next_one in following(turn.incident, timer, tower.timing, now):
        tower.schedules.start(incident, next_one.name, next_one.at)


def _load(tower: Tower, incident: str) -> Incident:
    found = tower.incidents.load(incident)
    if found is None:
        raise InvalidEvent("incident", incident, "an incident on record")
    return found


def _how_it_stands(tower: Tower, incident: str) -> str:
    story = tower.incidents.story(incident)
    assert story is not None  # it has just been loaded, and incidents are never deleted
    return update(story)


@cache
def _tower() -> Tower:
    clock = SystemClock()
    aws = Boto3Aws(clock)
    bell = Bell(
        function=os.environ[f"{PREFIX}CLOCKS_FUNCTION"],
        role=os.environ[f"{PREFIX}CLOCKS_ROLE"],
        dead_letters=os.environ[f"{PREFIX}CLOCKS_DEAD_LETTERS"],
    )
    return Tower(
        incidents=DynamoDbIncidents(aws.client("dynamodb"), os.environ[f"{PREFIX}TABLE"]),
        schedules=EventBridgeSchedules(aws.client("scheduler"), bell, clock),
        timing=Timing(rules=time_rules(os.environ), contacts=contacts()),
        clock=clock,
    )


if in_lambda():
    _tower()
