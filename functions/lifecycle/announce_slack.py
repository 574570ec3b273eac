"""Slack: a message per incident that always says how things stand, a thread below it with the timeline, and buttons to answer.

P1 and P2 have a channel of their own; the others, and what belongs to no incident, are told in one that they share. What is for
security goes to security's own channels, and nowhere where it has none.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from aws_lambda_powertools import Logger

from functions.adapters.dynamodb_delivery import DynamoDbDelivery
from functions.adapters.dynamodb_incidents import DynamoDbIncidents
from functions.adapters.slack_chat import SlackChat
from functions.adapters.slack_secret import SlackSecret
from functions.adapters.stored_secret import StoredSecret
from functions.core.approval import refusal
from functions.core.incident.chat import Gone
from functions.core.incident.incident import Incident
from functions.core.incident.news import SWITCHES, News, read_news
from functions.core.incident.ports import Incidents
from functions.core.ports import Clock, Settings
from functions.core.proposal import proposal_of
from functions.core.run import Phase, Run
from functions.core.standing import standing
from functions.lifecycle.slack_room import PLACE, Room, Rooms, status_key
from functions.lifecycle.slack_status import Standing, line_message, orphan_message, status_message
from functions.wiring import PREFIX, in_lambda, wire

_MOST_RUNS = 10
_LONGEST_LAST = 1000
_LINKED = ("ticket", "evidence", "review")
"""The places that may keep a `link` of an incident."""
_NO_WAY_BACK = "none:"

logger = Logger(service="first-responder")


@dataclass(frozen=True, kw_only=True, slots=True)
class Announcer:
    """The doors of this function. `channels` are ids by audience; `run` reads a run by incident and id."""

    rooms: Rooms
    channels: Mapping[str, str]
    incidents: Incidents
    run: Callable[[str, str], Run | None]
    clock: Clock
    settings: Settings


def lambda_handler(event: Mapping[str, Any], context: Any) -> None:
    """Say one line. Raises what Slack, the network and AWS raise: the queue gives it again, then puts it aside."""
    for record in event["Records"]:
        post_line(_announcer(), read_news(record["body"]))


def post_line(announcer: Announcer, news: News) -> None:
    """The line first, then how things stand: where the second fails, the line is not said again. May be repeated."""
    home = announcer.channels.get(news.audience.value)
    if not home:
        logger.info("there is no channel for it", extra={"incident": news.incident, "audience": news.audience.value})
        return
    if news.incident == SWITCHES:
        announcer.rooms.say(SWITCHES, news.id, home, line_message(news), news.at)
        return
    incident = announcer.incidents.load(news.incident)
    if incident is None:
        raise LookupError(f"{news.incident} is not on record")
    room = announcer.rooms.of(news, incident, home, lambda: status_message(how_it_stands(announcer, incident, news)))
    try:
        _say(announcer, news, incident, room)
    except Gone:  # archived or deleted by people: who goes on reading reads the shared channel
        announcer.rooms.say(incident.id, news.id, home, orphan_message(news), news.at)


def _say(announcer: Announcer, news: News, incident: Incident, room: Room) -> None:
    now = how_it_stands(announcer, incident, news)
    announcer.rooms.keep(incident.id, _kept(announcer, news))
    announcer.rooms.say(incident.id, news.id, room.channel, line_message(news), news.at, thread=room.status)
    if not room.new:
        chat, key = announcer.rooms.chat, status_key(incident, room.channel)
        chat.update(room.channel, room.status, status_message(now), key=key)


def how_it_stands(announcer: Announcer, incident: Incident, news: News) -> Standing:
    """As it is on record in this moment, whichever line brought us here."""
    kept = _kept(announcer, news)
    runs = [run for which in kept["runs"] if (run := announcer.run(*which)) is not None]
    now, settings = announcer.clock.now(), announcer.settings
    waiting = [run for run in runs if run.plan and refusal(run, run.plan["hash"], now, settings) is None]
    delivery = announcer.rooms.delivery
    links = {place: str(delivery.state(place, incident.id).get("url", "")) for place in _LINKED}
    return Standing(
        incident=incident,
        last=kept["last"]["text"],
        proposals=[proposal_of(run, settings) for run in waiting],
        undoable=[] if incident.resolved else undoable(runs),
        links={place: link for place, link in links.items() if link},
    )


def undoable(runs: Sequence[Run]) -> list[Run]:
    """The ended runs whose changes stand and can be taken back, as far as the record tells."""
    taken_back = {which for run in runs if run.changed for which in (run.undoes, run.gives_back)}
    return [
        run
        for run in runs
        if run.phase is Phase.ENDED and not run.way_back and run.id not in taken_back and _can_go_back(run)
    ]


def _can_go_back(run: Run) -> bool:
    ways = run.plan["way_back"] if run.plan else []
    return bool(standing(run)) and any(not way.startswith(_NO_WAY_BACK) for way in ways)


def _kept(announcer: Announcer, news: News) -> dict[str, Any]:
    """The runs that were told of, and the line that happened last, whichever came last."""
    kept = announcer.rooms.delivery.state(PLACE, news.incident)
    runs = [list(which) for which in kept.get("runs", [])]
    if news.run and [news.of, news.run] not in runs:
        runs.append([news.of, news.run])
    last = kept.get("last")
    if last is None or datetime.fromisoformat(last["at"]) <= news.at:
        last = {"at": news.at.isoformat(), "text": f"{news.kind}: {news.text}"[:_LONGEST_LAST]}
    return {"runs": runs[-_MOST_RUNS:], "last": last}


@cache
def _announcer() -> Announcer:
    ports, said = wire(os.environ), json.loads(os.environ[f"{PREFIX}SLACK"])
    table, client = os.environ[f"{PREFIX}TABLE"], ports.aws.client("dynamodb")
    secret = SlackSecret(StoredSecret(ports.aws.client("secretsmanager"), said["secret"], ports.clock))
    return Announcer(
        rooms=Rooms(chat=SlackChat(secret, said["api"]), delivery=DynamoDbDelivery(client, table)),
        channels=said["channels"],
        incidents=DynamoDbIncidents(client, table),
        run=ports.store.load,
        clock=ports.clock,
        settings=ports.settings,
    )


if in_lambda():
    _announcer()
