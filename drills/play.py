"""Playing one scenario: break it, follow the record until the run has ended, look at the end state."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from drills.record import Record
from drills.scenarios import Scenario
from drills.stage import Stage, StageError
from drills.weather import Load
from drills.workload import ALARMS

PATIENCE_SECONDS = 90.0
Tell = Callable[[str, str, str], None]
"""Shows one line of the timeline: time, kind, text."""


@dataclass
class Played:
    """How a scenario went. `wrong` is empty where the end state is the wished-for one."""

    scenario: Scenario
    outcome: str = ""
    wrong: str = ""
    seconds: float = 0.0
    items: list[dict[str, Any]] = field(default_factory=list)


def play(scenario: Scenario, stage: Stage, load: Load, tell: Tell) -> Played:
    """Play it to the end; gives up after PATIENCE_SECONDS."""
    record, played = Record(stage), Played(scenario)
    began, since = time.monotonic(), _now()
    tell(_now(), "break", scenario.story)
    scenario.break_it(stage, load)
    told: set[str] = set()
    alarms: dict[str, str] = {}
    while time.monotonic() - began < PATIENCE_SECONDS and not played.outcome:
        _tell_alarms(stage, alarms, tell)
        for entry in record.timeline(since):
            if entry["sk"] not in told:
                told.add(entry["sk"])
                tell(entry["at"], entry["kind"], f"{entry['remediation']}: {entry['text']}")
        ended = [run for run in record.runs(scenario.remediation, since) if run["phase"] == "ended"]
        decisive = [run for run in ended if run["outcome"] != "declined"]
        if decisive:
            played.outcome = decisive[0]["outcome"]
            played.items = record.incident(decisive[0]["record"]["incident"])
        time.sleep(0.3)
    played.seconds = time.monotonic() - began
    if played.outcome != "recovered":
        played.wrong = f"the run ended {played.outcome or 'not at all'}, not recovered"
    else:
        played.wrong = scenario.check(stage)
    return played


def until_calm(stage: Stage) -> None:
    """Wait until every alarm of the workload is OK: a drill begins on a quiet day.

    Raises StageError where that does not come about.
    """
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        alarms = stage.client("cloudwatch").describe_alarms(AlarmNames=list(ALARMS))["MetricAlarms"]
        if len(alarms) == len(ALARMS) and all(alarm["StateValue"] == "OK" for alarm in alarms):
            return
        time.sleep(0.2)
    raise StageError(f"the alarms {', '.join(ALARMS)} did not become OK")


def _tell_alarms(stage: Stage, known: dict[str, str], tell: Tell) -> None:
    for alarm in stage.client("cloudwatch").describe_alarms()["MetricAlarms"]:
        name, state = alarm["AlarmName"], alarm["StateValue"]
        if known.get(name, state) != state:
            tell(_now(), "alarm", f"{name} went from {known[name]} to {state}")
        known[name] = state


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
