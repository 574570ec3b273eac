"""What can happen to an incident: each turn says its line once, and what is over stays over."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from functions.adapters.clock import FakeClock
from functions.core.incident.incident import Incident, Severity, Status
from functions.core.incident.turns import (
    acknowledge,
    choose_severity,
    escalate,
    join,
    miss,
    mitigate,
    raise_severity,
    resolve,
    review,
    settle,
    worsen,
)
from tests.adapters.test_incidents import an_incident

HOUR = timedelta(hours=1)


@pytest.fixture
def incident(clock: FakeClock) -> Incident:
    return an_incident(clock)


def test_it_goes_from_open_to_reviewed(incident: Incident, clock: FakeClock) -> None:
    seen = [incident.status]
    for turn in (
        lambda i: acknowledge(i, "ada", clock.now()),
        lambda i: mitigate(i, "ada", "it is quiet", clock.now()),
        lambda i: resolve(i, "ada", "it stayed quiet", clock.now()),
        lambda i: review(i, "bob", clock.now()),
    ):
        turned = turn(incident)
        assert len(turned.entries) == 1
        incident = turned.incident
        seen.append(incident.status)
        assert not turn(incident).new, "said twice"
    assert seen == list(Status)


def test_what_is_over_is_neither_acknowledged_nor_mitigated_nor_raised(incident: Incident, clock: FakeClock) -> None:
    now = clock.now()
    over = resolve(incident, "ada", "over", now).incident
    assert over.mitigated is not None
    for turn in (
        acknowledge(over, "bob", now),
        mitigate(over, "bob", "x", now),
        settle(over, over.id, "bob", "x", now),
        raise_severity(over, Severity.P1, "x", now, now, now),
        choose_severity(over, Severity.P1, "bob", now, now, now),
    ):
        assert turn.incident == over and not turn.new


def test_nothing_is_reviewed_before_its_end(incident: Incident, clock: FakeClock) -> None:
    assert not review(incident, "ada", clock.now()).new


def test_a_machine_raises_and_never_lowers_and_a_persons_choice_stays(incident: Incident, clock: FakeClock) -> None:
    now, later = clock.now(), clock.now() + HOUR
    assert not raise_severity(incident, Severity.P3, "x", now, later, later).new
    assert not raise_severity(incident, Severity.P2, "x", now, later, later).new
    raised = raise_severity(incident, Severity.P1, "broad", now, later, later)
    assert (raised.incident.severity, raised.incident.response_due) == (Severity.P1, later)
    assert raised.entries[0].call_person
    chosen = choose_severity(raised.incident, Severity.P4, "ada", now, later, later).incident
    assert (chosen.severity, chosen.severity_by) == (Severity.P4, "ada")
    assert not raise_severity(chosen, Severity.P1, "broader", now, later, later).new


def test_a_run_that_could_not_help_makes_it_one_step_more_urgent_once(incident: Incident, clock: FakeClock) -> None:
    now = clock.now()
    worse = worsen(incident, "grow-1", "grow could not help", now, now, now)
    assert (worse.incident.severity, worse.new) == (Severity.P1, True)
    assert not worsen(worse.incident, "grow-1", "grow could not help", now, now, now).new
    low = an_incident(clock, severity=Severity.P4)
    assert worsen(low, "grow-1", "x", now, now, now).incident.severity is Severity.P3
    chosen = an_incident(clock, severity_by="ada")
    assert not worsen(chosen, "grow-1", "x", now, now, now).new


def test_it_is_mitigated_with_the_last_that_is_settled(incident: Incident, clock: FakeClock) -> None:
    joiner = an_incident(clock, "INC-2", targets=("arn:other",))
    both = join(incident, joiner, clock.now()).incident
    assert (both.joiners, both.unsettled, both.targets[-1]) == (("INC-2",), ("INC-1", "INC-2"), "arn:other")
    half = settle(both, "INC-1", "grow", "grown", clock.now())
    assert (half.incident.status, half.entries[0].kind) == (Status.OPEN, "settled")
    assert not settle(half.incident, "INC-1", "grow", "grown", clock.now()).new
    whole = settle(half.incident, "INC-2", "grow", "grown", clock.now())
    assert (whole.incident.status, whole.entries[0].kind) == (Status.MITIGATED, "mitigated")


def test_a_joiner_takes_a_mitigation_back_and_calls(incident: Incident, clock: FakeClock) -> None:
    quiet = mitigate(incident, "grow", "grown", clock.now()).incident
    assert quiet.unsettled == ()
    back = join(quiet, an_incident(clock, "INC-2"), clock.now())
    assert (back.incident.status, back.entries[0].call_person) == (Status.OPEN, True)
    assert not join(back.incident, an_incident(clock, "INC-2"), clock.now()).new


def test_what_was_missed_and_who_was_called_is_said_once(incident: Incident, clock: FakeClock) -> None:
    missed = miss(incident, "response", "nobody", clock.now()).incident
    assert not miss(missed, "response", "nobody", clock.now()).new
    called = escalate(missed, 2, "the lead", clock.now()).incident
    assert not escalate(called, 1, "somebody", clock.now()).new
    assert replace(called, missed=(), escalated_to=0) == incident
