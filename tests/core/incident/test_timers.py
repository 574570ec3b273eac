"""Which timers an incident has, and when each is to ring."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from functions.core.incident.due import due
from functions.core.incident.incident import Incident, Moment, Severity
from functions.core.incident.timers import rang, superfluous, wanted
from functions.core.incident.turns import choose_severity, raise_severity
from functions.core.remediation import Audience
from tests.core.incident.timing import OPENED, RULES, TIMING, incident

ANN = Moment(at=OPENED, by="Ann")


def ordered(of: Incident, now: datetime = OPENED) -> dict[str, datetime]:
    return {name: timer.at for name, timer in wanted(of, TIMING, now).items()}


def after(**delta: float) -> datetime:
    return OPENED + timedelta(**delta)


def test_p1_response_is_due_after_15_minutes_and_resolution_after_4_hours() -> None:
    assert ordered(incident(Severity.P1)) == {
        "P1-response-50": after(minutes=7, seconds=30),
        "P1-response-80": after(minutes=12),
        "P1-response-100": after(minutes=15),
        "P1-response-200": after(minutes=30),
        "P1-resolution-50": after(hours=2),
        "P1-resolution-80": after(hours=3, minutes=12),
        "P1-resolution-100": after(hours=4),
        "P1-resolution-200": after(hours=8),
        "P1-update-1": after(minutes=30),
    }


def test_p2_and_p3_run_around_the_clock_too() -> None:
    p2, p3 = ordered(incident(Severity.P2)), ordered(incident(Severity.P3))
    assert p2["P2-response-80"] == after(minutes=24) and p2["P2-response-100"] == after(minutes=30)
    assert p2["P2-resolution-100"] == after(hours=8) and p2["P2-update-1"] == after(hours=1)
    assert p3["P3-response-50"] == after(hours=1) and p3["P3-response-100"] == after(hours=2)
    assert p3["P3-resolution-100"] == after(hours=24) and p3["P3-update-1"] == after(hours=4)


def test_the_shares_of_p4s_response_are_of_business_time_and_its_week_is_one_of_the_calendar() -> None:
    found = ordered(incident(Severity.P4))  # Friday 15:00: two of eight hours are left on that day
    assert found["P4-response-50"] == datetime(2026, 12, 7, 10, 0, tzinfo=UTC)  # Monday 11:00 in Berlin
    assert found["P4-response-80"] == datetime(2026, 12, 7, 12, 24, tzinfo=UTC)
    assert found["P4-response-100"] == datetime(2026, 12, 7, 14, 0, tzinfo=UTC)
    assert found["P4-update-1"] == datetime(2026, 12, 7, 14, 0, tzinfo=UTC)
    assert found["P4-resolution-50"] == after(days=3.5)
    assert found["P4-resolution-100"] == after(days=7)


def test_only_as_many_steps_follow_a_missed_target_as_there_are_contacts_left() -> None:
    assert "P1-response-300" not in ordered(incident(Severity.P1))
    assert "P3-response-200" not in ordered(incident(Severity.P3))
    breach = ordered(incident(Severity.P1, audience=Audience.SECURITY))
    assert "P1-response-100" in breach and "P1-response-200" not in breach


def test_an_answer_leaves_the_resolution_and_the_end_leaves_nothing() -> None:
    answered, resolved = incident(acknowledged=ANN), incident(acknowledged=ANN, resolved=ANN)
    assert set(ordered(answered)) == {name for name in ordered(incident()) if "response" not in name}
    assert set(superfluous(answered, TIMING, OPENED)) == {name for name in ordered(incident()) if "response" in name}
    assert ordered(resolved) == {}
    assert set(superfluous(resolved, TIMING, OPENED)) == set(ordered(incident()))


def test_only_an_incident_that_leads_has_timers() -> None:
    assert ordered(incident(joined="INC-20261204-ffffffff")) == {}
    assert superfluous(incident(joined="INC-20261204-ffffffff"), TIMING, OPENED)


@pytest.mark.parametrize(
    ("minutes", "left_out"),
    [(0, set()), (11, set()), (12, {"50"}), (15, {"50", "80"}), (40, {"50", "80"})],
)
def test_a_reminder_that_is_overtaken_is_left_out_and_a_missed_target_never_is(
    minutes: int, left_out: set[str]
) -> None:
    names = {
        name.removeprefix("P1-response-") for name in ordered(incident(), after(minutes=minutes)) if "resp" in name
    }
    assert names == {"50", "80", "100", "200"} - left_out


def test_what_has_rung_is_not_ordered_again() -> None:
    known = incident()
    for timer in wanted(known, TIMING, OPENED).values():
        known = rang(known, timer)
    assert set(ordered(known)) == set()
    assert set(ordered(known, after(minutes=30))) == {"P1-update-2"}


def test_updates_go_on_at_their_rhythm_and_missed_ones_are_not_made_up_for() -> None:
    late = after(minutes=100)
    assert ordered(incident(), late)["P1-update-3"] == after(minutes=90)
    assert ordered(incident(), late)["P1-update-4"] == after(minutes=120)
    assert not {"P1-update-1", "P1-update-2", "P1-update-5"} & set(ordered(incident(), late))


def test_the_marks_do_not_grow_with_the_updates() -> None:
    known = incident(rung=("P1-response-50",))
    for minutes in (30, 60, 90):
        known = rang(known, wanted(known, TIMING, after(minutes=minutes))[f"P1-update-{minutes // 30}"])
    assert known.rung == ("P1-response-50", "P1-update-3")


def test_a_raised_severity_counts_anew_with_timers_of_its_own() -> None:
    now = after(hours=1)
    by = due(Severity.P1, now, RULES)
    known = incident(Severity.P3, rung=("P3-response-50",), escalated_to=1, missed=("response",))
    raised = raise_severity(known, Severity.P1, "it spreads", now, by.response, by.resolution).incident
    assert ordered(raised, now)["P1-response-50"] == now + timedelta(minutes=7, seconds=30)
    assert ordered(raised, now)["P1-update-1"] == now + timedelta(minutes=30)
    assert {name[:3] for name in ordered(raised, now)} == {"P1-"}
    assert (raised.rung, raised.escalated_to, raised.missed) == ((), 0, ("response",))


def test_who_confirms_a_severity_moves_no_deadline() -> None:
    now = after(minutes=14)
    by = due(Severity.P1, now, RULES)
    chosen = choose_severity(incident(), Severity.P1, "Ann", now, by.response, by.resolution).incident
    assert chosen.severity_by == "Ann"
    assert ordered(chosen, now) == ordered(incident(), now)


def test_the_deadline_that_people_were_told_stands_whatever_the_rules_say_by_now() -> None:
    told = replace(incident(), response_due=after(minutes=5))
    assert ordered(told)["P1-response-100"] == after(minutes=5)
    assert "P1-response-50" not in ordered(told)  # it would come after the deadline
