"""The clocks of an incident, from its first line to its end: hours pass here in a moment, and each timer rings in its turn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from functions.adapters.clock import FakeClock
from functions.adapters.memory_incidents import MemoryIncidents
from functions.adapters.scheduler import MemorySchedules
from functions.core.errors import InvalidEvent
from functions.core.incident.change import change
from functions.core.incident.due import due
from functions.core.incident.incident import Incident, Severity
from functions.core.incident.turns import Turn, acknowledge, choose_severity, note, raise_severity, resolve
from functions.lifecycle.clocks import Tower, lambda_handler, rung, told
from tests.core.incident.timing import OPENED, RULES, TIMING, incident

ID = incident().id
LATE = timedelta(seconds=40)
"""A schedule rings up to a minute after its time."""


class Night:
    """One incident, and time that passes: what is ordered rings when its time has come."""

    def __init__(self, severity: Severity = Severity.P1) -> None:
        self.clock = FakeClock(OPENED)
        self.incidents, self.schedules = MemoryIncidents(), MemorySchedules()
        self.tower = Tower(incidents=self.incidents, schedules=self.schedules, timing=TIMING, clock=self.clock)
        self.incidents.open(note(incident(severity), "opened", "it began", OPENED))
        told(self.tower, ID, "opened")

    def until(self, **passed: float) -> None:
        """Let so much time pass since it was opened."""
        end = OPENED + timedelta(**passed)
        while due := [(at, timer) for (_, timer), at in self.schedules.ordered.items() if at + LATE <= end]:
            at, timer = min(due)
            self.schedules.cancel(ID, [timer])
            self._to(max(at + LATE, self.clock.now()))
            rung(self.tower, ID, timer)
        self._to(end)

    def happens(self, kind: str, turn: Callable[[Incident], Turn]) -> None:
        change(self.incidents, ID, turn)
        told(self.tower, ID, kind)

    def lines(self, *kinds: str) -> list[tuple[str, int]]:
        """The kind of each line, and the whole minutes since the opening."""
        found = [line for line in self.incidents.lines if line.kind in kinds or not kinds]
        return [(line.kind, (line.at - OPENED) // timedelta(minutes=1)) for line in found]

    @property
    def ordered(self) -> set[str]:
        return {timer for _, timer in self.schedules.ordered}

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def incident(self) -> Incident:
        return self.incidents.incidents[ID]

    def _to(self, moment: datetime) -> None:
        self.clock.move(moment - self.clock.now())


def test_a_p1_that_nobody_answers_is_escalated_step_by_step_and_told_of_every_half_hour() -> None:
    night = Night()
    night.until(hours=1, minutes=1)
    assert night.lines() == [
        ("opened", 0),
        ("reminder", 8),
        ("reminder", 12),
        ("missed", 15),
        ("escalation", 15),
        ("escalation", 30),
        ("update", 30),
        ("update", 60),
    ]
    assert (night.incident.missed, night.incident.escalated_to) == (("response",), 2)


def test_an_answer_cancels_the_timers_of_the_response_and_those_of_the_resolution_go_on() -> None:
    night = Night()
    night.until(minutes=9)
    night.happens("acknowledged", lambda found: acknowledge(found, "Ann", night.now))
    assert not [timer for timer in night.ordered if "response" in timer]
    night.until(hours=4, minutes=1)
    assert night.lines("missed", "escalation") == [("missed", 240), ("escalation", 240)]
    assert night.incident.missed == ("resolution",)


def test_the_end_cancels_all() -> None:
    night = Night()
    night.until(minutes=31)
    night.happens("resolved", lambda found: resolve(found, "Ann", "it is over", night.now))
    assert night.ordered == set()
    before = night.lines()
    night.until(hours=24)
    assert night.lines() == before


def test_a_higher_severity_counts_anew_and_its_timers_ring_while_the_old_ones_find_nothing_to_do() -> None:
    night = Night(Severity.P3)
    night.until(hours=1, minutes=30)
    by = due(Severity.P1, night.now, RULES)
    night.happens(
        "severity",
        lambda found: raise_severity(found, Severity.P1, "it spreads", night.now, by.response, by.resolution),
    )
    night.until(hours=2, minutes=5)
    assert night.lines("reminder", "missed", "escalation", "update") == [
        ("reminder", 60),  # half of P3's two hours
        ("reminder", 98),
        ("reminder", 102),
        ("missed", 105),
        ("escalation", 105),
        ("escalation", 120),
        ("update", 120),
    ]


def test_a_lower_severity_gives_more_time() -> None:
    night = Night()
    night.until(minutes=14)
    by = due(Severity.P3, night.now, RULES)
    night.happens(
        "severity", lambda found: choose_severity(found, Severity.P3, "Ann", night.now, by.response, by.resolution)
    )
    night.until(hours=2)
    assert night.lines("missed", "escalation") == []


def test_a_p4_over_the_weekend_is_left_alone_until_monday() -> None:
    night = Night(Severity.P4)  # Friday 15:00 in Berlin
    night.until(days=2, hours=17)
    assert night.lines() == [("opened", 0)]
    night.until(days=3, minutes=1)
    assert [kind for kind, _ in night.lines()] == ["opened", "reminder", "reminder", "missed", "update"]


@pytest.mark.parametrize(("timer", "minutes"), [("P1-response-50", 8), ("P1-response-100", 15), ("P1-update-1", 30)])
def test_a_timer_that_is_delivered_twice_writes_once(timer: str, minutes: int) -> None:
    night = Night()
    night.clock.move(timedelta(minutes=minutes))
    rung(night.tower, ID, timer)
    before = night.lines()
    assert len(before) > 1
    rung(night.tower, ID, timer)
    assert night.lines() == before


def test_a_clock_that_rings_hours_late_writes_once_what_is_so_by_then() -> None:
    night = Night()
    night.clock.move(timedelta(hours=2, minutes=10))
    for timer in sorted(night.ordered):
        rung(night.tower, ID, timer)
    assert night.lines() == [
        ("opened", 0),
        ("reminder", 130),
        ("missed", 130),
        ("escalation", 130),
        ("escalation", 130),
        ("update", 130),
    ]
    assert night.schedules.ordered[ID, "P1-update-5"] == OPENED + timedelta(hours=2, minutes=30)


def test_a_clock_that_rings_too_early_is_ordered_anew() -> None:
    night = Night()
    at = night.schedules.ordered.pop((ID, "P1-response-100"))
    rung(night.tower, ID, "P1-response-100")
    assert night.lines() == [("opened", 0)]
    assert night.schedules.ordered[ID, "P1-response-100"] == at


def test_who_crashed_before_the_next_update_was_ordered_is_helped_by_the_repetition() -> None:
    night = Night()
    night.until(minutes=31)
    night.schedules.ordered.clear()
    rung(night.tower, ID, "P1-update-1")
    assert night.ordered == {"P1-update-2"}
    assert night.lines("update") == [("update", 30)]


def test_a_line_that_is_told_twice_orders_the_same() -> None:
    night = Night()
    before = dict(night.schedules.ordered)
    told(night.tower, ID, "opened")
    assert night.schedules.ordered == before


def test_a_line_that_comes_after_the_end_starts_nothing() -> None:
    night = Night()
    night.happens("resolved", lambda found: resolve(found, "Ann", "it is over", night.now))
    told(night.tower, ID, "severity")
    assert night.ordered == set()


def test_an_incident_that_is_not_on_record_is_an_error() -> None:
    night = Night()
    for fails in (lambda: told(night.tower, "INC-0", "opened"), lambda: rung(night.tower, "INC-0", "P1-update-1")):
        with pytest.raises(InvalidEvent):
            fails()


@pytest.mark.parametrize(
    "event", [{}, {"clock": {"incident": 1, "timer": "t"}}, {"clock": None}, {"Records": [{"body": "{}"}]}]
)
def test_what_is_neither_a_line_nor_a_timer_is_an_error(event: dict[str, object]) -> None:
    with pytest.raises(InvalidEvent):
        lambda_handler(event, None)
