"""What people and health checks report opens an incident of the service that they name, once, and does nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.adapters.memory_incidents import MemoryIncidents
from functions.adapters.runbook_files import due_by, severity_rules, time_rules
from functions.core.errors import InvalidEvent
from functions.core.incident.incident import Severity, Status
from functions.core.incident.turns import resolve
from functions.lifecycle.report import Counter, report

PERSON = {"report": {"service": "shop", "title": "Checkout <b> is slow", "what": "customers wait"}, "by": "ada"}
CHECK = {"service": "shop", "check": "homepage", "healthy": False, "what": "504 after 10 s"}


class Desk:
    def __init__(self, clock: FakeClock) -> None:
        self.incidents, self.clock, self._requests = MemoryIncidents(), clock, 0
        self.counter = Counter(
            incidents=self.incidents, rules=severity_rules(), due=due_by(time_rules({})), clock=clock
        )

    def say(self, event: Any, request: str = "") -> dict[str, str]:
        self._requests += 1
        return report(self.counter, event, request or f"request-{self._requests}")

    def check(self, **over: Any) -> dict[str, str]:
        return self.say({"health_check": {**CHECK, **over}, "by": "canary"})


@pytest.fixture
def desk(clock: FakeClock) -> Desk:
    return Desk(clock)


def test_a_persons_report_opens_an_incident_of_the_service(desk: Desk) -> None:
    said = desk.say(PERSON)
    incident = desk.incidents.incidents[said["incident"]]
    assert (incident.service, incident.title, incident.severity) == ("shop", "Checkout <b> is slow", Severity.P3)
    assert desk.incidents.lines[-1].text.endswith("ada reports: customers wait")


def test_a_report_that_is_delivered_again_opens_nothing_more(desk: Desk) -> None:
    first, again = desk.say(PERSON, "same"), desk.say(PERSON, "same")
    assert (first["incident"], len(desk.incidents.incidents)) == (again["incident"], 1)


def test_a_person_may_say_how_urgent_it_is_and_where(desk: Desk) -> None:
    said = {**PERSON["report"], "severity": "P1"}  # type: ignore[dict-item]
    assert desk.incidents.incidents[desk.say({**PERSON, "report": said})["incident"]].severity is Severity.P1
    low = {**said, "severity": "P4", "environment": "dev", "service": "other"}
    assert desk.incidents.incidents[desk.say({**PERSON, "report": low})["incident"]].severity is Severity.P4


def test_a_second_report_joins_the_open_incident(desk: Desk) -> None:
    first, second = desk.say(PERSON), desk.check()
    assert second["incident"] == first["incident"]
    assert len(desk.incidents.incidents[first["incident"]].joiners) == 1


def test_a_check_that_fails_again_is_followed_already(desk: Desk) -> None:
    first, again = desk.check(), desk.check()
    assert (again["incident"], again["text"]) == (first["incident"], "check/homepage is followed already")
    assert len(desk.incidents.incidents) == 1


def test_a_check_that_is_healthy_again_mitigates_what_it_has_opened(desk: Desk) -> None:
    first = desk.check()
    assert desk.check(healthy=True)["text"] == "check/homepage is healthy again"
    assert desk.incidents.incidents[first["incident"]].status is Status.MITIGATED
    assert desk.check(healthy=True)["incident"] == ""
    later = desk.check()
    assert later["incident"] == first["incident"]
    assert desk.incidents.incidents[first["incident"]].status is Status.OPEN


def test_after_its_end_a_failing_check_opens_a_new_one(desk: Desk, clock: FakeClock) -> None:
    first = desk.check()
    desk.incidents.save(resolve(desk.incidents.incidents[first["incident"]], "ada", "over", clock.now()))
    assert desk.check()["incident"] != first["incident"]


def test_one_check_does_not_speak_for_another(desk: Desk) -> None:
    desk.check()
    assert desk.check(check="search", healthy=True)["incident"] == ""
    assert desk.check(service="bank", healthy=True)["incident"] == ""


@pytest.mark.parametrize(
    ("event", "field"),
    [
        (None, "event"),
        ({"report": {}}, "event"),
        ({**PERSON, "more": 1}, "event"),
        ({"report": [], "by": "ada"}, "report"),
        ({**PERSON, "by": ""}, "by"),
        ({"report": {"service": "a b", "title": "t", "what": "w"}, "by": "ada"}, "service"),
        ({"report": {"service": "security/x", "title": "t", "what": "w"}, "by": "ada"}, "service"),
        ({"report": {"service": "s", "title": "t\n", "what": "w\nw"}, "by": "ada"}, "what"),
        ({"report": {"service": "s", "title": "t" * 101, "what": "w"}, "by": "ada"}, "title"),
        ({"report": {"service": "s", "title": "t", "what": "w", "severity": "P0"}, "by": "ada"}, "severity"),
        ({"report": {"service": "s", "title": "t", "what": "w", "target": "arn"}, "by": "ada"}, "a field of report"),
        ({"health_check": {**CHECK, "healthy": "no"}, "by": "c"}, "healthy"),
    ],
)
def test_what_is_no_report_is_refused_with_its_field(desk: Desk, event: Any, field: str) -> None:
    with pytest.raises(InvalidEvent, match=field):
        desk.say(event)
    assert desk.incidents.incidents == {}
