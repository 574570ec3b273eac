"""Which lines of a timeline go where: the table of the people's side.

Each place is a function with a queue of its own, so that one that is down holds up no other. Whether a place also serves
security is its own matter: it has an address of its own for that, and sends nothing where it has none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from functions.core.incident.news import News


@dataclass(frozen=True, kw_only=True, slots=True)
class Wants:
    """`kinds` of lines, and with `calls` all that ask for a person; `all_kinds` is everything."""

    kinds: frozenset[str] = field(default_factory=frozenset)
    calls: bool = False
    all_kinds: bool = False

    def takes(self, news: News) -> bool:
        return self.all_kinds or news.kind in self.kinds or (self.calls and news.call_person)


def _kinds(names: str) -> frozenset[str]:
    return frozenset(names.split())


PLACES: Mapping[str, Wants] = {
    "mail": Wants(calls=True, kinds=_kinds("reminder update investigated mitigated resolved review_drafted")),
    "slack": Wants(all_kinds=True),
    "pagerduty": Wants(kinds=_kinds("opened severity acknowledged escalation missed proposed resolved")),
    "ticket": Wants(kinds=_kinds("opened severity ticket action_item resolved reviewed")),
    "clocks": Wants(kinds=_kinds("opened severity acknowledged resolved")),
    "investigate": Wants(kinds=_kinds("opened joined")),
    "resolve": Wants(kinds=_kinds("opened mitigated resolve_requested")),
    "review": Wants(kinds=_kinds("resolved")),
}
