"""What a timer writes when it rings, and when it writes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from functions.core.incident.incident import Incident, Moment, Severity
from functions.core.incident.ring import ring
from functions.core.incident.turns import Turn
from tests.core.incident.timing import OPENED, TIMING, incident

ANN = Moment(at=OPENED, by="Ann")


def rings(of: Incident, name: str, minutes: float) -> Turn:
    return ring(of, name, TIMING, OPENED + timedelta(minutes=minutes), lambda: "how it stands")


def kinds(turn: Turn) -> list[str]:
    return [entry.kind for entry in turn.entries]


def test_a_reminder_says_what_is_due_when_and_who_is_called_else() -> None:
    turn = rings(incident(), "P1-response-50", 8)
    assert kinds(turn) == ["reminder"]
    text = turn.entries[0].text
    assert "nobody has taken it on yet" in text and "due 2026-12-04 14:15 UTC" in text and "Else DevOps lead" in text
    assert "the resolution is due 2026-12-04 18:00 UTC" in rings(incident(), "P1-resolution-50", 121).entries[0].text


def test_a_reminder_says_so_where_nobody_further_would_be_called() -> None:
    assert "nobody further to call" in rings(incident(Severity.P3), "P3-response-50", 61).entries[0].text
    mitigated = rings(incident(mitigated=ANN), "P1-resolution-50", 121).entries[0].text
    assert "It is mitigated, so that nobody further is called" in mitigated and "Else" not in mitigated


def test_a_missed_response_is_on_record_and_calls_the_next_contact() -> None:
    turn = rings(incident(), "P1-response-100", 15)
    assert kinds(turn) == ["missed", "escalation"]
    assert all(entry.call_person for entry in turn.entries)
    assert (turn.incident.missed, turn.incident.escalated_to) == (("response",), 1)
    assert turn.entries[1].text.startswith("DevOps lead (subscribed to")


def test_a_whole_target_later_the_next_contact_after_that_is_called_and_the_target_is_missed_once() -> None:
    first = rings(incident(), "P1-response-100", 15).incident
    turn = rings(first, "P1-response-200", 30)
    assert kinds(turn) == ["escalation"]
    assert turn.entries[0].text.startswith("AWS Support (")
    assert turn.incident.escalated_to == 2


def test_a_later_step_that_comes_first_has_the_missed_target_on_record_too() -> None:
    assert kinds(rings(incident(), "P1-response-200", 31)) == ["missed", "escalation"]


def test_a_missed_resolution_calls_the_contact_after_the_last_one_that_was_called() -> None:
    turn = rings(incident(acknowledged=ANN, escalated_to=1), "P1-resolution-100", 240)
    assert kinds(turn) == ["missed", "escalation"]
    assert (turn.incident.missed, turn.incident.escalated_to) == (("resolution",), 2)


def test_where_nobody_further_is_to_be_called_those_who_were_are_reminded() -> None:
    turn = rings(incident(Severity.P3), "P3-response-100", 120)
    assert kinds(turn) == ["missed"]
    assert turn.entries[0].call_person and "nobody further to call" in turn.entries[0].text
    assert turn.incident.escalated_to == 0
    again = rings(incident(missed=("response",), escalated_to=2), "P1-response-200", 30)
    assert kinds(again) == ["reminder"] and again.entries[0].call_person


def test_what_is_mitigated_is_missed_all_the_same_but_wakes_nobody_further() -> None:
    turn = rings(incident(mitigated=ANN), "P1-response-100", 15)
    assert kinds(turn) == ["missed"] and "It is mitigated" in turn.entries[0].text
    assert (turn.incident.missed, turn.incident.escalated_to) == (("response",), 0)
    later = rings(turn.incident, "P1-response-200", 30)
    assert kinds(later) == ["reminder"] and not later.entries[0].call_person


def test_a_target_that_is_missed_at_a_new_severity_too_is_said_again() -> None:
    turn = rings(incident(missed=("response",)), "P1-response-100", 15)
    assert kinds(turn) == ["missed", "escalation"]
    assert turn.incident.missed == ("response",)


def test_an_update_says_how_it_stands() -> None:
    turn = rings(incident(), "P1-update-1", 30)
    assert (kinds(turn), turn.entries[0].text, turn.entries[0].call_person) == (["update"], "how it stands", False)


def test_an_update_that_comes_late_stands_for_the_one_whose_time_has_come_by_then() -> None:
    turn = rings(incident(), "P1-update-1", 61)
    assert (kinds(turn), turn.incident.rung) == (["update"], ("P1-update-2",))


@pytest.mark.parametrize(
    ("of", "name", "minutes"),
    [
        (incident(acknowledged=ANN), "P1-response-100", 15),
        (incident(acknowledged=ANN, resolved=ANN), "P1-resolution-100", 240),
        (incident(resolved=ANN), "P1-update-1", 30),
        (incident(joined="INC-20261204-ffffffff"), "P1-response-100", 15),
        (incident(), "P3-response-100", 120),  # a severity that it has no more
        (incident(), "P1-response-100", 14.9),  # before its time
        (incident(), "P1-response-50", 12),  # overtaken by the next reminder
        (incident(), "P1-update-1", 29.9),
        (incident(rung=("P1-update-2",)), "P1-update-1", 61),  # overtaken by one that was written
        (incident(), "P1-response-90", 15),
        (incident(), "", 15),
    ],
)
def test_it_writes_nothing_where_there_is_nothing_to_say(of: Incident, name: str, minutes: float) -> None:
    turn = rings(of, name, minutes)
    assert not turn.new and turn.incident == of


@pytest.mark.parametrize(("name", "minutes"), [("P1-response-50", 8), ("P1-response-100", 15), ("P1-update-1", 31)])
def test_twice_delivered_it_writes_once(name: str, minutes: float) -> None:
    turn = rings(incident(), name, minutes)
    assert turn.new and not rings(turn.incident, name, minutes + 0.2).new


def test_what_rings_late_is_written_with_the_time_of_then() -> None:
    late = rings(incident(), "P1-response-100", 55).entries[0]
    assert late.at == datetime(2026, 12, 4, 14, 55, tzinfo=late.at.tzinfo)
    assert "was due 2026-12-04 14:15 UTC" in late.text
