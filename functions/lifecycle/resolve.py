"""Ends incidents: looks whether all is quiet, closes what is over, and says what is missing where it is not.

Takes the lines of its queue: what has opened or is mitigated is looked at again and again until it has stayed quiet; who wants an
incident ended has it looked at once, at once. What no alarm speaks of, and what concerns security, is over by a person's word alone.
And takes `{"advance": {"incident", ...}}` from the follow-through, whose answer has the next `wait`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from functions.adapters.alarm_states import AlarmStates
from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import SystemClock
from functions.adapters.dynamodb_incidents import DynamoDbIncidents
from functions.adapters.rechecks import StepFunctionsRechecks
from functions.core.errors import InvalidEvent
from functions.core.incident.change import change
from functions.core.incident.ending import AlarmState, Ending, alarms_of, ending
from functions.core.incident.incident import Incident, Moment
from functions.core.incident.news import News, read_news
from functions.core.incident.ports import Incidents, Rechecks, Story
from functions.core.incident.turns import RULES, mitigate, note, resolve
from functions.core.ports import Clock
from functions.core.remediation import Audience
from functions.wiring import PREFIX, in_lambda

FIRST_LOOK = timedelta(minutes=2)
_AGAIN = timedelta(minutes=5)
_GIVES_UP_AFTER = timedelta(hours=12)
"""After this a person is told what is still missing: an alarm that never calms down is no matter of waiting."""

logger = Logger(service="first-responder")


@dataclass(frozen=True, kw_only=True, slots=True)
class Court:
    """The doors of this function."""

    incidents: Incidents
    alarms: Callable[[Iterable[str]], Mapping[str, AlarmState]]
    rechecks: Rechecks
    clock: Clock


def lambda_handler(event: Mapping[str, Any], context: Any) -> dict[str, Any] | None:
    """Raises InvalidEvent for what is neither a line nor a wake-up, and what AWS raises: then it is tried again."""
    match event:
        case {"advance": {"incident": str(incident)}}:
            return {"wait": look_again(_court(), incident)}
        case {"Records": list(records)}:
            for record in records:
                heard(_court(), read_news(record["body"]))
            return None
    raise InvalidEvent("event", event, "Records of a queue, or an advance with its incident")


def heard(court: Court, news: News) -> None:
    """A line about an incident that leads."""
    if news.kind in ("opened", "mitigated"):
        court.rechecks.start(news.incident, news.id, FIRST_LOOK)
        return
    story = _story(court, news.incident)
    if not story.incident.resolved:
        _decide(court, story.incident, _ending(court, story), by=_who(story))


def look_again(court: Court, incident: str) -> int | None:
    """Seconds until the next look; None where there is nothing left to wait for."""
    story, now = _story(court, incident), court.clock.now()
    if story.incident.resolved or not (story.incident.mitigated or _speaks_for_itself(story)):
        return None
    found, since = _ending(court, story), story.incident.mitigated or story.incident.opened
    if not found.over and now < since.at + _GIVES_UP_AFTER:
        return int(max(_AGAIN, (now - since.at) / 12).total_seconds())
    if found.over:
        why = "every alarm that has raised it is quiet again"
        change(court.incidents, incident, lambda lead: mitigate(lead, RULES, why, now))
    if found.over or not _said_before(story, since):
        _decide(court, story.incident, found, by=RULES)
    return None


def _speaks_for_itself(story: Story) -> bool:
    """Whether its alarms can say that it is over, though nobody has mitigated it."""
    return bool(alarms_of(story)) and story.incident.audience is not Audience.SECURITY


def _said_before(story: Story, since: Moment) -> bool:
    return any(line.kind == "not_resolved" and line.at >= since.at for line in story.lines)


def _decide(court: Court, incident: Incident, found: Ending, *, by: str) -> None:
    now = court.clock.now()
    if found.over:
        change(court.incidents, incident.id, lambda lead: resolve(lead, by, found.text, now))
        logger.info("resolved", extra={"incident": incident.id})
        return
    how = f"to end it all the same: ./first-responder resolve {incident.id} --anyway --reason ..."
    text = f"not over yet: {'; '.join(found.missing)}. {how}"
    change(court.incidents, incident.id, lambda lead: note(lead, "not_resolved", text, now, call_person=True))


def _ending(court: Court, story: Story) -> Ending:
    return ending(story, court.alarms(alarms_of(story)), court.clock.now())


def _story(court: Court, incident: str) -> Story:
    """Raises InvalidEvent for an incident that is not on record."""
    story = court.incidents.story(incident)
    if story is None:
        raise InvalidEvent("incident", incident, "an incident on record")
    return story


def _who(story: Story) -> str:
    """Who has asked for the end, from the last line that says so: a person's name comes first in it."""
    asked = [line.text for line in story.lines if line.kind == "resolve_requested"]
    return asked[-1].partition(" wants it ended")[0] if asked else RULES


@cache
def _court() -> Court:
    clock = SystemClock()
    aws = Boto3Aws(clock)
    return Court(
        incidents=DynamoDbIncidents(aws.client("dynamodb"), os.environ[f"{PREFIX}TABLE"]),
        alarms=AlarmStates(aws).of,
        rechecks=StepFunctionsRechecks(aws.client("stepfunctions"), os.environ[f"{PREFIX}FOLLOW_THROUGH"]),
        clock=clock,
    )


if in_lambda():
    _court()
