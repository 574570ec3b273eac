"""Whether the lines of an incident have come to the places that want them, by the record alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from functions.core.incident.incident import Incident, read_incident
from functions.core.incident.news import news_of
from functions.core.incident.places import PLACES

TOLD = ("mail", "slack", "pagerduty", "ticket")
"""The places that write down each line that they were given."""
Item = Mapping[str, Any]


def outstanding(items: Sequence[Item], incident: str, places: Collection[str] = TOLD) -> list[str]:
    """What has still to happen until people know how an incident stands: empty where its trouble is over and all was told.

    `items` are those of the whole table; `incident` may be one that is followed at another.
    """
    incidents = {item["pk"]: read_incident(item["record"]) for item in items if item["sk"] == "INCIDENT"}
    followed = incidents.get(f"INCIDENT#{incident}")
    if followed is None:
        return [f"{incident} is not opened"]
    lead = incidents.get(f"INCIDENT#{followed.joined}", followed)
    left = [f"{incident} is not over"] if incident in lead.unsettled else []
    return [*left, *untold(items, lead, places)]


def untold(items: Sequence[Item], lead: Incident, places: Collection[str] = TOLD) -> list[str]:
    """The lines of an incident and of those that are followed with it that a place has not got, as `place: kind`."""
    sent = {item["sk"] for item in items if item["pk"] == f"INCIDENT#{lead.id}" and item.get("place_id")}
    wanted = [(place, line) for line in _passed_on(items, lead) for place in places]
    told = [(place, news_of(line, lead)) for place, line in wanted]
    return [
        f"{place}: {news.kind}"
        for place, news in told
        if PLACES[place].takes(news) and f"SENT#{place}#{news.id}" not in sent
    ]


def _passed_on(items: Sequence[Item], lead: Incident) -> Iterator[Item]:
    """From the line on by which each was opened; that a joiner was, is told by the line that it has joined."""
    for which in (lead.id, *lead.joiners):
        own = (item for item in items if item["pk"] == f"INCIDENT#{which}" and item["sk"].startswith("AT#"))
        lines, known = sorted(own, key=lambda line: str(line["sk"])), False
        for line in lines:
            known = known or line["kind"] == "plan" or bool(line.get("call_person")) or line.get("side") == "people"
            if known and (which == lead.id or line["kind"] not in ("opened", "follows")):
                yield line
