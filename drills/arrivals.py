"""What reaches people, place by place, as the places themselves have it: not as the record says that it was sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from drills import arrived
from drills.arrived import Arrival
from drills.inbox import Inbox
from drills.places import Places

Done = TypeVar("Done")


@dataclass(frozen=True, kw_only=True)
class Count:
    """How often what has come to a place about an incident."""

    incident: str
    place: str
    what: str
    times: int


class Arrivals:
    """All that has come so far. Looks at the places and at the mail."""

    def __init__(self, places: Places, inbox: Inbox) -> None:
        self.all: list[Arrival] = []
        self._places, self._inbox = places, inbox
        self._seen: Counter[str] = Counter()

    def look(self) -> Sequence[Arrival]:
        """What is new since the last look."""
        places = self._places
        new = [
            *(arrived.in_slack(places.slack, *entry) for entry in self._new("slack", places.slack.done)),
            *(arrived.in_pagerduty(*entry) for entry in self._new("pagerduty", places.pagerduty.done)),
            *(arrived.in_jira(places.jira, *entry) for entry in self._new("ticket", places.jira.done)),
            *(arrived.by_mail(mail) for mail in self._inbox.look()),
        ]
        found = [arrival for arrival in new if arrival is not None]
        self.all += found
        return found

    def _new(self, place: str, done: Sequence[Done]) -> Sequence[Done]:
        since, self._seen[place] = self._seen[place], len(done)
        return done[since : self._seen[place]]


def counts(all_of_them: Iterable[Arrival]) -> list[Count]:
    """In the order of their incidents."""
    found = Counter((one.incident, one.place, one.what) for one in all_of_them)
    return [
        Count(incident=incident, place=place, what=what, times=times)
        for (incident, place, what), times in sorted(found.items())
    ]


def twice(all_of_them: Iterable[Arrival]) -> list[str]:
    """What has come to one place more than once."""
    lines = [one for one in all_of_them if one.line]
    found = Counter((one.place, one.incident, one.line) for one in lines)
    texts = {(one.place, one.incident, one.line): one.text for one in lines}
    return [f"{which[0]} has got {times} times: {texts[which]}" for which, times in found.items() if times > 1]
