"""A person's word on an incident: checked, carried out once, by who may."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.adapters.memory_incidents import MemoryIncidents
from functions.adapters.runbook_files import load
from functions.core.errors import InvalidEvent, InvalidSetting
from functions.core.incident.answers import Heard, hear, read_word
from functions.core.incident.approvers import Approvers, read_approvers
from functions.core.incident.due import Due
from functions.core.incident.incident import Severity, Status
from functions.core.incident.turns import follow, join
from tests.adapters.test_incidents import an_incident, opening

ANYBODY = read_approvers(load("approvers"))


def due(severity: Severity, since: datetime) -> Due:
    return Due(response=since + timedelta(minutes=1), resolution=since + timedelta(hours=1))


@pytest.fixture
def incidents(clock: FakeClock) -> MemoryIncidents:
    found = MemoryIncidents()
    found.open(opening(an_incident(clock)))
    return found


def say(incidents: MemoryIncidents, clock: FakeClock, verb: str, who: Approvers = ANYBODY, **over: Any) -> Heard:
    word = read_word({"answer": verb, "incident": "INC-1", "by": "ada", **over})
    return hear(word, incidents, who, due, clock.now())


def status(incidents: MemoryIncidents) -> Status:
    return incidents.incidents["INC-1"].status


def test_taken_on_once(incidents: MemoryIncidents, clock: FakeClock) -> None:
    first, second = say(incidents, clock, "acknowledge"), say(incidents, clock, "acknowledge", by="bob")
    assert (first.taken, first.text) == (True, "INC-1: ada has taken it on")
    assert (second.taken, second.code) == (False, "nothing_new")
    assert "taken on by ada" in second.text
    assert status(incidents) is Status.ACKNOWLEDGED


def test_mitigated_with_a_reason(incidents: MemoryIncidents, clock: FakeClock) -> None:
    with pytest.raises(InvalidEvent, match="reason"):
        say(incidents, clock, "mitigate")
    assert say(incidents, clock, "mitigate", reason="restarted by hand").taken
    assert status(incidents) is Status.MITIGATED


def test_who_wants_it_ended_has_it_looked_at_first(incidents: MemoryIncidents, clock: FakeClock) -> None:
    assert say(incidents, clock, "resolve").taken
    assert (incidents.lines[-1].kind, status(incidents)) == ("resolve_requested", Status.OPEN)


def test_ended_without_the_checks_needs_a_reason(incidents: MemoryIncidents, clock: FakeClock) -> None:
    with pytest.raises(InvalidEvent, match="reason"):
        say(incidents, clock, "resolve_anyway")
    assert say(incidents, clock, "resolve_anyway", reason="a false alarm").taken
    assert status(incidents) is Status.RESOLVED
    assert say(incidents, clock, "resolve").code == "nothing_new"


def test_a_severity_is_chosen_and_its_clocks_are_set(incidents: MemoryIncidents, clock: FakeClock) -> None:
    for wrong in (None, "P5", "p1"):
        with pytest.raises(InvalidEvent, match="severity"):
            say(incidents, clock, "severity", severity=wrong)
    assert say(incidents, clock, "severity", severity="P1").taken
    found = incidents.incidents["INC-1"]
    assert (found.severity, found.severity_by) == (Severity.P1, "ada")
    assert found.response_due == clock.now() + timedelta(minutes=1)


def test_a_word_on_a_joiner_is_one_on_the_incident_that_people_follow(
    incidents: MemoryIncidents, clock: FakeClock
) -> None:
    lead, joiner = incidents.incidents["INC-1"], incidents.open(opening(an_incident(clock, "INC-2")))
    incidents.save(join(lead, joiner, clock.now()))
    incidents.save(follow(joiner, "INC-1", clock.now()))
    assert say(incidents, clock, "acknowledge", incident="INC-2").text.startswith("INC-1: ")
    assert status(incidents) is Status.ACKNOWLEDGED


@pytest.mark.parametrize("verb", ["mitigate", "resolve", "resolve_anyway", "severity"])
def test_only_approvers_answer_and_anybody_takes_it_on(incidents: MemoryIncidents, clock: FakeClock, verb: str) -> None:
    only = Approvers({"shop": ("Bob",), "*": ("*",)})
    more = {"severity": "P1"} if verb == "severity" else {}
    refused = say(incidents, clock, verb, only, reason="x", **more)
    assert (refused.taken, refused.code) == (False, "not_allowed")
    assert refused.text == "ada may not answer for shop; Bob may"
    assert say(incidents, clock, verb, only, by="bob ", reason="x", **more).taken
    assert say(incidents, clock, "acknowledge", only).code in ("", "nothing_new")


def test_nobody_answers_for_a_service_that_no_pattern_fits(incidents: MemoryIncidents, clock: FakeClock) -> None:
    assert say(incidents, clock, "resolve", Approvers({"bank": ("*",)})).text.endswith("nobody may")


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"incident": "INC-9"}, "incident"),
        ({"incident": ""}, "incident"),
        ({"by": "a\nb"}, "by"),
        ({"by": 1}, "by"),
        ({"plan": "x"}, "a field of acknowledge"),
    ],
)
def test_what_makes_no_sense_is_named(
    incidents: MemoryIncidents, clock: FakeClock, over: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidEvent, match=field):
        say(incidents, clock, "acknowledge", **over)


@pytest.mark.parametrize(
    "data",
    [{}, {"services": {}}, {"services": {"*": []}}, {"services": {"*": "ada"}}, {"services": {"*": [1]}}, {"x": 1}],
)
def test_a_mistake_in_the_file_of_approvers_is_named(data: dict[str, Any]) -> None:
    with pytest.raises(InvalidSetting, match=r"approvers\.toml"):
        read_approvers(data)
