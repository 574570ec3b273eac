"""Lines into events: whose doing each is, repetitions folded, thousands bounded, nothing of the review's own."""

from __future__ import annotations

from dataclasses import replace

from functions.core.incident.ports import Line
from functions.core.incident.review.review import Lane
from functions.core.incident.review.timeline import MOST, shortened, timeline
from tests.reviewed import CPU, ID, LINES, SCALED, STORY, after, line


def of(*lines: Line) -> tuple[list[tuple[str, str, int]], int]:
    first, left_out, last = shortened(timeline(replace(STORY, lines=lines, runs=())))
    return [(event.lane.value, event.text, event.count) for event in (*first, *last)], left_out


def test_alarms_automation_and_people_have_a_lane_each() -> None:
    found, _ = of(line(0, "opened", "a"), line(1, "plan", "b", SCALED), line(2, "acknowledged", "c"))
    assert [(lane, text) for lane, text, _ in found] == [("alarm", "a"), ("automation", "b"), ("people", "c")]


def test_an_alarm_is_told_once_however_many_runs_it_has_led_to() -> None:
    back = replace(SCALED, id="back", undoes=SCALED.id, alarm=replace(CPU, at=after(50)))
    events = timeline(replace(STORY, lines=(), runs=(SCALED, replace(SCALED, id="second"), back)))
    assert [(event.lane, event.at, event.source) for event in events] == [(Lane.ALARM, CPU.at, CPU.name)]


def test_what_repeats_in_a_row_is_one_event_with_its_number() -> None:
    found, _ = of(
        *(line(n, "reminder", "still there") for n in range(5)),
        line(6, "update", "x"),
        line(7, "reminder", "still there"),
    )
    assert found == [("people", "still there", 5), ("people", "x", 1), ("people", "still there", 1)]


def test_events_of_one_instant_keep_the_order_of_the_record() -> None:
    found, _ = of(*(line(1, "update", text) for text in "cab"))
    assert [text for _, text, _ in found] == ["c", "a", "b"]


def test_of_thousands_the_first_and_the_last_stay_and_the_rest_is_counted() -> None:
    found, left_out = of(*(line(n / 60, "update", str(n)) for n in range(5000)))
    assert len(found) == MOST and left_out == 5000 - MOST
    assert (found[0][1], found[MOST // 2 - 1][1], found[MOST // 2][1], found[-1][1]) == ("0", "199", "4800", "4999")


def test_a_review_does_not_tell_of_itself() -> None:
    own = (line(63, "review_drafted", "x"), line(63, "action_item", f"{ID}/agree: y"))
    assert timeline(replace(STORY, lines=(*LINES, *own))) == timeline(STORY)
