"""Playing one scenario: break it, follow the record until the run has ended, look at the end state."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from drills.people_side import PeopleSide
from drills.person import Person
from drills.record import Record
from drills.sample import ALARMS
from drills.scenarios import Scenario
from drills.stage import Stage, StageError
from drills.timeline import Tell, Timeline, now
from drills.weather import Load
from functions.adapters.follow_through import function_name

PATIENCE_SECONDS = 90.0
_CHANGE = re.compile(r"(rds|ecs|iam|application-autoscaling):(Create|Modify|Update|Stop|Register|Attach|Put)")
Run = dict[str, Any]
Runs = Sequence[Run]


@dataclass
class Played:
    """How a scenario went. `wrong` is empty where the end state is the wished-for one; `calls` are those of its function.
    `told_after` is how many seconds it took after the run's end until all of it had been told."""

    name: str
    outcome: str = ""
    wrong: str = ""
    seconds: float = 0.0
    told_after: float = 0.0
    items: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)


def play(scenario: Scenario, stage: Stage, load: Load, tell: Tell, people: PeopleSide | None = None) -> Played:
    """Play it to the end, and until all of it has been told to people; gives up after PATIENCE_SECONDS."""
    played, timeline = Played(scenario.name), Timeline(stage, tell, people)
    began, epoch = time.monotonic(), time.time()
    tell(now(), "break", scenario.story)
    scenario.break_it(stage, load)
    person = Person(stage, scenario, people) if scenario.asked_on else None
    run = _ended(scenario, stage, timeline, lambda runs: _ask(person, timeline, runs, tell))
    played.seconds, played.outcome = time.monotonic() - began, run["outcome"] if run else ""
    played.calls = calls(stage, scenario.remediation, epoch)
    played.wrong = (
        scenario.check(stage)
        if played.outcome == "recovered"
        else f"the run ended {played.outcome or 'not at all'}, not recovered"
    )
    if run:
        since = time.monotonic()
        missing = people.rest(timeline, run["record"]["incident"]) if people is not None and not played.wrong else ""
        played.wrong = played.wrong or (missing and f"people were not told: {missing}")
        played.told_after = time.monotonic() - since
        played.items = Record(stage).incident(run["record"]["incident"])
    return played


def _ended(scenario: Scenario, stage: Stage, timeline: Timeline, meanwhile: Callable[[Runs], None]) -> Run | None:
    """The run that has ended otherwise than by doing nothing, None where none has in time."""
    record, deadline = Record(stage), time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        time.sleep(0.3)
        runs = record.runs(scenario.remediation, timeline.since)
        timeline.look()
        meanwhile(runs)
        decisive = [run for run in runs if run["phase"] == "ended" and run["outcome"] != "declined"]
        if decisive:
            return decisive[0]
    return None


def _ask(person: Person | None, timeline: Timeline, runs: Runs, tell: Tell) -> None:
    if person is not None and (said := person.look(timeline.alarms, runs)):
        tell(now(), "person", said)


def calls(stage: Stage, remediation: str, since: float) -> list[str]:
    """The API calls that the function of a remediation has made since an epoch time, e.g. `ecs:UpdateService`, in order."""
    configuration = stage.client("lambda").get_function(FunctionName=function_name(remediation))["Configuration"]
    role = configuration["Role"].rpartition("/")[2]
    with urllib.request.urlopen(f"{stage.endpoint}/_local_aws/calls?since={since}&role={role}", timeout=10) as answer:
        return [f"{call['service']}:{call['action']}" for call in json.load(answer)]


def before_the_change(made: Sequence[str]) -> int:
    """How many of these calls come before the first that changes a workload."""
    return next((number for number, call in enumerate(made) if _CHANGE.match(call)), len(made))


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
