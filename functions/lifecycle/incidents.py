"""Opens incidents and keeps them: hangs on the table's stream, and passes each line of a timeline on to the places.

An incident begins with a plan, with a line that calls a person, or with an alarm that nobody answers. Those of one service are
followed as one. All that it does may be done again: the stream repeats what has failed.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from functions.adapters.alarm_tags import AlarmTags
from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import SystemClock
from functions.adapters.dynamodb_incidents import SIDE, DynamoDbIncidents
from functions.adapters.dynamodb_journal import Journal
from functions.adapters.dynamodb_table import from_item
from functions.adapters.runbook_files import due_by, severity_rules, time_rules
from functions.adapters.sqs_outbox import SqsOutbox
from functions.core.incident.change import change
from functions.core.incident.incident import Incident
from functions.core.incident.joining import attach
from functions.core.incident.news import News, news_of, notice_of
from functions.core.incident.opening import DueBy, incident_of, of_alarm, of_run, opened
from functions.core.incident.places import PLACES
from functions.core.incident.ports import Incidents, Outbox
from functions.core.incident.severity import SeverityRules
from functions.core.incident.turns import Turn, settle, worsen
from functions.core.ports import Clock
from functions.core.run import Run
from functions.wiring import PREFIX, in_lambda

_OBSERVED = "observed"
Line = Mapping[str, Any]

logger = Logger(service="first-responder")


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """The doors of this function. `run` reads a run by incident and id, `tags` what the owner of an alarm has said on it."""

    incidents: Incidents
    run: Callable[[str, str], Run | None]
    tags: Callable[[str], Mapping[str, str]]
    outbox: Outbox
    rules: SeverityRules
    due: DueBy
    clock: Clock


def lambda_handler(event: Mapping[str, Any], context: Any) -> None:
    """Raises what AWS raises: the stream tries the batch again, then in halves, then hands it to the dead-letter queue."""
    for record in event["Records"]:
        take_in(_desk(), from_item(record["dynamodb"].get("NewImage", {})))


def take_in(desk: Desk, item: Line) -> None:
    """One new item of the table: an alarm that came to no run, a line of a timeline, or one of the log of switches."""
    if str(item.get("pk", "")).startswith("ALARM#"):
        _open_unclaimed(desk, item)
    elif str(item.get("pk", "")).startswith("INCIDENT#"):
        _fold(desk, item)
    else:
        _send(desk, notice_of(item))


def _open_unclaimed(desk: Desk, item: Line) -> None:
    """An alarm with an incident has a line on that one's timeline; this is for the others. What is opened here has its first
    line come back through the stream, and is passed on then."""
    if item.get("call_person") and not item.get("incident"):
        opening = of_alarm(item, incident_of(item), desk.tags(str(item["arn"])))
        _attached(desk, desk.incidents.open(opened(opening, desk.rules, desk.due)))


def _fold(desk: Desk, line: Line) -> None:
    incident = desk.incidents.load(line["incident"])
    if line.get("side") != SIDE:
        if _may_open(line):
            incident = _attached(desk, incident or _open(desk, line))
        if incident is not None and not incident.resolved:
            _settle(desk, incident, line)
    if incident is not None:
        _pass_on(desk, incident, line)


def _may_open(line: Line) -> bool:
    """What is only observed is trouble all the same; an ordinary deployment that is only watched is no matter for people."""
    return line["kind"] in ("plan", _OBSERVED) or bool(line.get("call_person"))


def _open(desk: Desk, line: Line) -> Incident | None:
    """None for a rehearsal."""
    run = desk.run(line["incident"], line["run"]) if "run" in line else None
    if line["kind"] == _OBSERVED and (run is None or run.alarm.request is not None):
        return None
    arn = run.alarm.arn if run is not None else str(line["arn"])
    tags = desk.tags(arn)
    opening = of_run(run, line, tags) if run is not None else of_alarm(line, line["incident"], tags)
    return desk.incidents.open(opened(opening, desk.rules, desk.due))


def _attached(desk: Desk, incident: Incident | None) -> Incident | None:
    """Followed with what is open of the same service. Asked with each line that may have opened it, so that who crashed in
    between is helped by the repetition."""
    if incident is None or incident.resolved:
        return incident
    return attach(desk.incidents, incident, desk.rules, desk.due, desk.clock.now())


def _settle(desk: Desk, incident: Incident, line: Line) -> None:
    """What a run's end means for the incident that people follow."""
    lead, now = incident.joined or incident.id, desk.clock.now()
    by, said = str(line.get("remediation")), str(line["text"])
    if line["kind"] == "recovered":
        change(desk.incidents, lead, lambda found: settle(found, incident.id, by, said, now))
    elif line["kind"] in desk.rules.worse_when and "run" in line:
        change(desk.incidents, lead, lambda found: _worsen(desk, found, line, now))


def _worsen(desk: Desk, lead: Incident, line: Line, now: datetime) -> Turn:
    at = desk.due(lead.severity.next_above, now)
    why = f"{line.get('remediation')} could not help ({line['kind']})"
    return worsen(lead, str(line["run"]), why, now, at.response, at.resolution)


def _pass_on(desk: Desk, incident: Incident, line: Line) -> None:
    """To the places that want it. That a joiner was opened is told by the line that it has joined."""
    if incident.joined and line["kind"] in ("opened", "follows"):
        return
    lead = desk.incidents.load(incident.joined) if incident.joined else incident
    _send(desk, news_of(line, lead or incident))


def _send(desk: Desk, news: News) -> None:
    for place in desk.outbox.places:
        if PLACES[place].takes(news):
            desk.outbox.send(place, news)
    logger.info("passed on", extra={"incident": news.incident, "kind": news.kind, "news": news.id})


@cache
def _desk() -> Desk:
    clock = SystemClock()
    aws, table = Boto3Aws(clock), os.environ[f"{PREFIX}TABLE"]
    queues = json.loads(os.environ[f"{PREFIX}PLACES"])
    return Desk(
        incidents=DynamoDbIncidents(aws.client("dynamodb"), table),
        run=Journal(aws.client("dynamodb"), table).load,
        tags=AlarmTags(aws).of,
        outbox=SqsOutbox(aws.client("sqs"), queues),
        rules=severity_rules(),
        due=due_by(time_rules(os.environ)),
        clock=clock,
    )


if in_lambda():
    _desk()
