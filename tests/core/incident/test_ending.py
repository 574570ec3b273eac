"""Whether an incident is over: alarms that stayed quiet, runs that have ended, and what stays behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.core.alarm import Kind
from functions.core.incident.ending import AlarmState, alarms_of, ending
from functions.core.incident.ports import Story
from functions.core.policy import SERVICE_CHECK_TAG
from functions.core.run import Outcome, Phase, Run, StepState
from tests.adapters.test_incidents import an_incident
from tests.adapters.test_stores import a_run

MINUTE = timedelta(minutes=1)


def over(clock: FakeClock, **found: Any) -> Run:
    run = replace(a_run(clock).to(Phase.ENDED, clock.now()), outcome=Outcome.RECOVERED, found=found)
    plan = {"lines": ["grow to 118 GiB"], "cost_per_month_usd": "2.07"}
    return replace(run, plan=plan, steps=(replace(run.steps[0], state=StepState.DONE),))


def story(clock: FakeClock, *runs: Run, **incident: Any) -> Story:
    return Story(incident=an_incident(clock, **incident), lines=(), runs=runs, places={})


def quiet(clock: FakeClock, state: str = "OK", since: timedelta = 10 * MINUTE) -> AlarmState:
    return AlarmState(state=state, since=clock.now() - since, window=5 * MINUTE)


def test_it_is_over_when_all_has_ended_and_the_alarm_stayed_quiet(clock: FakeClock) -> None:
    found = ending(story(clock, over(clock)), {"disk": quiet(clock)}, clock.now())
    assert (found.over, found.stays) == (True, ("stays, USD 2.07 a month: grow to 118 GiB",))
    assert found.text.startswith("all has ended, and what raised it is quiet; stays, USD 2.07")


@pytest.mark.parametrize(
    ("state", "since", "said"),
    [
        ("ALARM", 60, "is in ALARM since"),
        ("INSUFFICIENT_DATA", 60, "is in INSUFFICIENT_DATA since"),
        ("OK", 9, "not for two of its windows yet"),
    ],
)
def test_an_alarm_that_is_not_quiet_for_two_windows_is_missing(
    clock: FakeClock, state: str, since: int, said: str
) -> None:
    alarms = {"disk": quiet(clock, state, since * MINUTE)}
    (missing,) = ending(story(clock, over(clock)), alarms, clock.now()).missing
    assert said in missing


def test_an_alarm_that_is_gone_proves_nothing(clock: FakeClock) -> None:
    assert ending(story(clock, over(clock)), {}, clock.now()).missing == ("the alarm disk is not there any more",)


def test_a_run_that_is_still_at_it_is_missing(clock: FakeClock) -> None:
    found = ending(story(clock, a_run(clock)), {"disk": quiet(clock)}, clock.now())
    assert found.missing == ("r1 is still acting",)


def test_the_services_own_check_has_to_pass(clock: FakeClock) -> None:
    told = story(clock, over(clock, tags={SERVICE_CHECK_TAG: "shop-works"}))
    assert alarms_of(told) == ("disk", "shop-works")
    alarms = {"disk": quiet(clock), "shop-works": quiet(clock, "ALARM")}
    (missing,) = ending(told, alarms, clock.now()).missing
    assert missing.startswith("the alarm shop-works is in ALARM")


def test_alarms_without_a_run_count_and_events_have_none(clock: FakeClock) -> None:
    event = over(clock)
    event = replace(event, alarm=replace(event.alarm, kind=Kind.EVENT, arn="arn:aws:rds:x#RDS-EVENT-0007"))
    unclaimed = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:queue: a/b"
    assert alarms_of(story(clock, event, targets=(unclaimed,))) == ("queue: a/b",)


def test_what_is_temporary_is_listed_with_its_end(clock: FakeClock) -> None:
    run = replace(over(clock), give_back_at=clock.now() + timedelta(hours=1))
    (stays,) = ending(story(clock, run), {"disk": quiet(clock)}, clock.now()).stays
    assert stays == "temporary, to be taken back from 2026-11-23 13:00 UTC on: grow to 118 GiB"


def test_what_was_only_planned_does_not_stay(clock: FakeClock) -> None:
    declined = replace(over(clock), outcome=Outcome.DECLINED)
    assert ending(story(clock, declined), {"disk": quiet(clock)}, clock.now()).stays == ()
