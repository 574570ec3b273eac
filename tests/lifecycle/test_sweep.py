"""Every started run ends, and one bad run holds up no other."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from functions.core.advance import Answer
from functions.core.run import Outcome
from functions.lifecycle.sweep import sweep
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
