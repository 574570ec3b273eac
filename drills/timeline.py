"""What happens while a scenario is played, as it happens: alarms, the lines of the record, what reaches people."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from drills.people_side import PeopleSide
from drills.record import Record
from drills.sample import ALARMS
from drills.stage import Stage

Tell = Callable[[str, str, str], None]
"""Shows one line of the timeline: time, kind, text."""


class Timeline:
    """Tells what is new since the last look, and nothing of what was before `since`. `alarms` are states by name."""

    def __init__(self, stage: Stage, tell: Tell, people: PeopleSide | None = None) -> None:
        self.since, self.alarms = now(), dict[str, str]()
        self._record, self._cloudwatch = Record(stage), stage.client("cloudwatch")
        self._tell, self._people = tell, people
        self._told: set[str] = set()

    def look(self) -> None:
        """Once."""
        self._look_at_alarms()
        for entry in self._record.timeline(self.since):
            if entry["sk"] not in self._told:
                self._told.add(entry["sk"])
                self._tell(entry["at"], entry["kind"], f"{entry.get('remediation', 'people')}: {entry['text']}")
        if self._people is not None:
            self._people.look()

    def _look_at_alarms(self) -> None:
        for alarm in self._cloudwatch.describe_alarms(AlarmNames=list(ALARMS))["MetricAlarms"]:
            name, state = alarm["AlarmName"], alarm["StateValue"]
            if self.alarms.get(name, state) != state:
                self._tell(now(), "alarm", f"{name} went from {self.alarms[name]} to {state}")
            self.alarms[name] = state


def now() -> str:
    """As it stands in the record."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
