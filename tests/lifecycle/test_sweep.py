"""Every started run ends, and one bad run holds up no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.adapters.memory_incidents import MemoryIncidents
from functions.adapters.runbook_files import due_by, severity_rules, time_rules
from functions.core.advance import Answer
from functions.core.ports import Unreadable
from functions.core.run import Outcome, Run
from functions.lifecycle.report import Counter, report
from functions.lifecycle.sweep import gauges, sweep
from tests.core.test_respond import recovered_for_a_while
from tests.events import eventbridge
from tests.house import House
from tests.toy import Dials


def started(house: House, dial: str = "a") -> Answer:
    return house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": dial}, alarm=dial))


def test_a_run_whose_wake_up_died_is_woken_again(house: House, dials: Dials) -> None:
    answer = started(house)
    assert sweep(house.ctx.ports) == {"woken": 0, "ended": 0, "failed": 0}
    house.clock.move(timedelta(minutes=20))
    assert sweep(house.ctx.ports)["woken"] == 1
    run, _, attempt = house.ctx.ports.follow_through.started[-1]  # type: ignore[attr-defined]
    assert (run, attempt) == (answer.run, "sweep-20261123T1220")


def test_a_run_that_cannot_end_itself_is_ended_and_its_target_freed(house: House, dials: Dials) -> None:
    answer = started(house)
    house.clock.move(timedelta(hours=5))
    assert sweep(house.ctx.ports)["ended"] == 1
    assert house.run(answer).outcome is Outcome.ESCALATED
    assert house.store.entries[-1].call_person
    house.clock.move(timedelta(hours=2))
    assert started(house).decision == "acting"


def test_a_run_that_is_to_wait_for_long_is_not_overdue(house: House, dials: Dials) -> None:
    dials.tags = {"first-responder:mode": "propose"}
    started(house)
    house.clock.move(timedelta(minutes=59))
    assert sweep(house.ctx.ports) == {"woken": 0, "ended": 0, "failed": 0}
    house.clock.move(timedelta(minutes=20))
    assert sweep(house.ctx.ports)["woken"] == 1


@pytest.mark.parametrize(("late", "swept"), [(timedelta(), "woken"), (timedelta(seconds=1), "ended")])
def test_a_run_is_woken_until_two_hours_after_its_deadline(
    house: House, dials: Dials, late: timedelta, swept: str
) -> None:
    run = house.run(started(house))
    house.clock.move(run.deadline + timedelta(hours=2, seconds=-1) - house.clock.now() + late)
    assert sweep(house.ctx.ports)[swept] == 1


def test_a_run_that_somebody_moves_at_the_same_moment_is_not_stuck(house: House, dials: Dials) -> None:
    """The index that the sweep reads may be a moment old."""
    run = house.run(started(house))
    store = LooksBehind(house.store, run)
    house.store.save(run, [])
    house.clock.move(timedelta(hours=5))
    assert sweep(replace(house.ctx.ports, store=store)) == {"woken": 0, "ended": 0, "failed": 0}


class LooksBehind:
    """A store whose list of overdue runs has a run as it was."""

    def __init__(self, store: Any, run: Run) -> None:
        self._store, self._run = store, run

    def overdue(self, now: datetime) -> list[Run]:
        return [self._run]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


def test_a_temporary_change_that_nobody_gives_back_is_handed_to_a_person_after_a_day(house: House) -> None:
    _, answer = recovered_for_a_while(house)
    at = house.run(answer).give_back_at
    assert at is not None
    house.clock.move(at + timedelta(hours=26, seconds=-1) - house.clock.now())
    assert sweep(house.ctx.ports)["woken"] == 1
    house.clock.move(timedelta(seconds=1))
    assert sweep(house.ctx.ports)["ended"] == 1
    last = house.store.entries[-1]
    assert (last.kind, last.call_person, house.run(answer).outcome) == ("kept", True, Outcome.RECOVERED)
    house.clock.move(timedelta(days=1))
    assert sweep(house.ctx.ports) == {"woken": 0, "ended": 0, "failed": 0}


def test_an_ended_run_is_left_alone(house: House, dials: Dials) -> None:
    house.follow(started(house))
    house.clock.move(timedelta(days=1))
    assert sweep(house.ctx.ports) == {"woken": 0, "ended": 0, "failed": 0}


def test_one_bad_run_holds_up_no_other(house: House, dials: Dials) -> None:
    started(house, "a")
    started(house, "b")

    class FailsForTheFirst:
        def start(self, run: Any, wait: timedelta, attempt: str) -> None:
            if "Dial" in run.alarm.metrics[0].dimensions and run.alarm.metrics[0].dimensions["Dial"] == "a":
                raise ConnectionError("no route")

    house.clock.move(timedelta(minutes=20))
    assert sweep(replace(house.ctx.ports, follow_through=FailsForTheFirst())) == {"woken": 1, "ended": 0, "failed": 1}


def test_a_run_that_cannot_be_read_is_handed_to_a_person_and_let_go(house: House, dials: Dials) -> None:
    answer = started(house)
    house.clock.move(timedelta(minutes=20))
    house.store.unreadable = [Unreadable(incident="INC-1", run="toy-old", why="KeyError: 'due'")]
    assert sweep(house.ctx.ports) == {"woken": 1, "ended": 1, "failed": 0}
    last = house.store.entries[-1]
    assert (last.kind, last.call_person) == ("escalated", True)
    assert "toy-old cannot be read (KeyError: 'due')" in last.text
    assert [run.id for run in house.store.overdue(house.clock.now())] == [answer.run]


def test_the_gauges_say_how_many_incidents_are_open_and_what_is_left_of_the_hour(house: House) -> None:
    started(house)
    incidents = MemoryIncidents()
    counter = Counter(incidents=incidents, rules=severity_rules(), due=due_by(time_rules({})), clock=house.clock)
    for number, (service, severity) in enumerate([("shop", "P1"), ("shop", "P1"), ("bank", "P3")]):
        said = {"service": service, "title": "t", "what": "w", "severity": severity}
        report(counter, {"report": said, "by": "ada"}, f"request-{number}")
    measured = gauges(house.ctx.ports, incidents)
    assert {measure.dimensions["severity"]: measure.value for measure in measured[:-1]} == {
        "P1": 1,
        "P2": 0,
        "P3": 1,
        "P4": 0,
    }
    assert (measured[-1].name, measured[-1].value) == ("changes_this_hour", 1)
