"""Whether the lines of an incident have come to the places that want them, by the record alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from functions.core.incident.incident import Incident, read_incident
from functions.core.incident.news import News, news_of
from functions.core.incident.places import PLACES

TOLD = ("mail", "slack", "pagerduty", "ticket")
"""The places that write down each line that they were given."""
Item = Mapping[str, Any]


def outstanding(items: Sequence[Item], incident: str, places: Collection[str] = TOLD) -> list[str]:
    """What has still to happen until people know how an incident stands: empty where its trouble is over and all was told.

    `items` are those of the whole table; `incident` may be one that is followed at another.
    """
    lead = lead_of(items, incident)
    if lead is None:
        return [f"{incident} is not opened"]
    over = lead.resolved or incident not in lead.unsettled
    sent = {item["sk"] for item in items if item["pk"] == f"INCIDENT#{lead.id}" and item.get("place_id")}
    untold = [
        f"{place}: {news.kind}"
        for place in places
        for news in lines_for(place, items, lead)
        if f"SENT#{place}#{news.id}" not in sent
    ]
    return [*([] if over else [f"{incident} is not over"]), *untold]


def lead_of(items: Sequence[Item], incident: str) -> Incident | None:
    """The one that people follow for it."""
    known = {item["pk"]: read_incident(item["record"]) for item in items if item["sk"] == "INCIDENT"}
    found = known.get(f"INCIDENT#{incident}")
    return known.get(f"INCIDENT#{found.joined}", found) if found else None


def lines_for(place: str, items: Sequence[Item], lead: Incident) -> list[News]:
    """The lines of an incident and of those that are followed with it that a place wants, each one's in their order."""
    told = [news_of(line, lead) for line in _passed_on(items, lead)]
    return [news for news in told if PLACES[place].takes(news)]


def _passed_on(items: Sequence[Item], lead: Incident) -> Iterator[Item]:
    """From the line on by which each was opened; that a joiner was, is told by the line that it has joined."""
    for which in (lead.id, *lead.joiners):
        own = (item for item in items if item["pk"] == f"INCIDENT#{which}" and item["sk"].startswith("AT#"))
        lines, known = sorted(own, key=lambda line: str(line["sk"])), False
        for line in lines:
            known = known or line["kind"] == "plan" or bool(line.get("call_person")) or line.get("side") == "people"
            if known and (which == lead.id or line["kind"] not in ("opened", "follows")):
                yield line
