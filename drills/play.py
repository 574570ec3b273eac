"""Playing one scenario: break it, follow the record until the run has ended, look at the end state."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from drills.person import Person
from drills.record import Record
from drills.sample import ALARMS
from drills.scenarios import Scenario
from drills.stage import Stage, StageError
from drills.weather import Load
from functions.adapters.follow_through import function_name

PATIENCE_SECONDS = 90.0
Tell = Callable[[str, str, str], None]
"""Shows one line of the timeline: time, kind, text."""


@dataclass
class Played:
    """How a scenario went. `wrong` is empty where the end state is the wished-for one; `calls` are those of its function."""

    scenario: Scenario
    outcome: str = ""
    wrong: str = ""
    seconds: float = 0.0
    items: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)


def play(scenario: Scenario, stage: Stage, load: Load, tell: Tell) -> Played:
    """Play it to the end; gives up after PATIENCE_SECONDS."""
    record, played = Record(stage), Played(scenario)
    began, since, epoch = time.monotonic(), _now(), time.time()
    tell(_now(), "break", scenario.story)
    scenario.break_it(stage, load)
    person = Person(stage, scenario) if scenario.asked_on else None
    told: set[str] = set()
    alarms: dict[str, str] = {}
    while time.monotonic() - began < PATIENCE_SECONDS and not played.outcome:
        time.sleep(0.3)
        runs = record.runs(scenario.remediation, since)
        _tell_alarms(stage, alarms, tell)
        if person is not None and (said := person.look(alarms, runs)):
            tell(_now(), "person", said)
        for entry in record.timeline(since):
            if entry["sk"] not in told:
                told.add(entry["sk"])
                tell(entry["at"], entry["kind"], f"{entry.get('remediation', 'people')}: {entry['text']}")
        decisive = [run for run in runs if run["phase"] == "ended" and run["outcome"] != "declined"]
        if decisive:
            played.outcome = decisive[0]["outcome"]
            played.items = record.incident(decisive[0]["record"]["incident"])
    played.seconds = time.monotonic() - began
    played.calls = calls(stage, scenario.remediation, epoch)
    played.wrong = (
        scenario.check(stage)
        if played.outcome == "recovered"
        else f"the run ended {played.outcome or 'not at all'}, not recovered"
    )
    return played


def calls(stage: Stage, remediation: str, since: float) -> list[str]:
    """The API calls that the function of a remediation has made since an epoch time, e.g. `ecs:UpdateService`, in order."""
    configuration = stage.client("lambda").get_function(FunctionName=function_name(remediation))["Configuration"]
    role = configuration["Role"].rpartition("/")[2]
    with urllib.request.urlopen(f"{stage.endpoint}/_local_aws/calls?since={since}&role={role}", timeout=10) as answer:
        return [f"{call['service']}:{call['action']}" for call in json.load(answer)]


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
