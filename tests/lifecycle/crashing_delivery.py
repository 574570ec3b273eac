"""A record of deliveries whose process dies on order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from functions.adapters.memory_delivery import MemoryDelivery


class Died(Exception):
    """The process has ended here."""


class CrashingDelivery(MemoryDelivery):
    """Dies once, before or after the call that `dies` names."""

    def __init__(self) -> None:
        super().__init__()
        self.dies = ""

    def begin(self, place: str, incident: str, news: str) -> str | None:
        self._perhaps("before begin")
        begun = super().begin(place, incident, news)
        self._perhaps("after begin")
        return begun

    def done(self, place: str, incident: str, news: str, reference: str) -> None:
        assert reference
        self._perhaps("before done")
        super().done(place, incident, news, reference)
        self._perhaps("after done")

    def keep(self, place: str, incident: str, state: Mapping[str, Any]) -> None:
        self._perhaps("before keep")
        super().keep(place, incident, state)
        self._perhaps("after keep")

    def _perhaps(self, point: str) -> None:
        if point == self.dies:
            self.dies = ""
            raise Died(point)


POINTS = tuple(f"{when} {call}" for call in ("begin", "keep", "done") for when in ("before", "after"))
