"""The fake beside DynamoDbDelivery, held to the same tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class MemoryDelivery:
    """The core's `Delivery`. `sent` maps (place, incident, news) to the place's own id, empty while it is not known."""

    def __init__(self) -> None:
        self.sent: dict[tuple[str, str, str], str] = {}
        self.states: dict[tuple[str, str], Mapping[str, Any]] = {}

    def begin(self, place: str, incident: str, news: str) -> str | None:
        key = (place, incident, news)
        if key in self.sent:
            return self.sent[key]
        self.sent[key] = ""
        return None

    def done(self, place: str, incident: str, news: str, reference: str) -> None:
        self.sent[place, incident, news] = reference

    def state(self, place: str, incident: str) -> Mapping[str, Any]:
        return self.states.get((place, incident), {})

    def keep(self, place: str, incident: str, state: Mapping[str, Any]) -> None:
        self.states[place, incident] = dict(state)
