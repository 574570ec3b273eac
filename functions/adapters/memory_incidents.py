"""The fake beside DynamoDbIncidents, held to the same tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from functions.core.errors import Fenced
from functions.core.incident.incident import Incident
from functions.core.incident.ports import Line, Story
from functions.core.incident.turns import Turn
from functions.core.run import Run


class MemoryIncidents:
    """The core's `Incidents`. `lines`, `runs` (by incident) and `places` are there to be looked at and filled."""

    def __init__(self) -> None:
        self.incidents: dict[str, Incident] = {}
        self.lines: list[Line] = []
        self.runs: dict[str, list[Run]] = {}
        self.places: dict[str, Mapping[str, Mapping[str, Any]]] = {}
        self._leads: dict[str, str] = {}

    def load(self, incident: str) -> Incident | None:
        return self.incidents.get(incident)

    def open(self, turn: Turn) -> Incident:
        return self.incidents.get(turn.incident.id) or self._write(turn)

    def save(self, turn: Turn) -> Incident:
        if not turn.new:
            return turn.incident
        known = self.incidents.get(turn.incident.id)
        if known is None or known.version != turn.incident.version:
            raise Fenced(f"{turn.incident.id} was written by another invocation")
        return self._write(turn)

    def lead(self, service: str, incident: str) -> str:
        return self._leads.setdefault(service, incident)

    def unlead(self, service: str, incident: str) -> None:
        if self._leads.get(service) == incident:
            del self._leads[service]

    def unresolved(self) -> Sequence[Incident]:
        found = [incident for incident in self.incidents.values() if not incident.resolved]
        return sorted(found, key=lambda incident: incident.opened_at)

    def story(self, incident: str) -> Story | None:
        found = self.incidents.get(incident)
        if found is None:
            return None
        ids = (incident, *found.joiners)
        runs = [run for one in ids for run in self.runs.get(one, [])]
        return Story(
            incident=found,
            lines=tuple(sorted((line for line in self.lines if line.incident in ids), key=lambda line: line.at)),
            runs=tuple(sorted(runs, key=lambda run: run.opened_at)),
            places=self.places.get(incident, {}),
        )

    def _write(self, turn: Turn) -> Incident:
        after = replace(turn.incident, version=turn.incident.version + 1)
        self.incidents[after.id] = after
        self.lines += [Line(at=entry.at, kind=entry.kind, text=entry.text, incident=after.id) for entry in turn.entries]
        return after
