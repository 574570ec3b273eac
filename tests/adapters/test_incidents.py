"""The record of incidents in DynamoDB and its fake keep the same promises."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.adapters.dynamodb_delivery import DynamoDbDelivery
from functions.adapters.dynamodb_incidents import DynamoDbIncidents
from functions.adapters.dynamodb_store import DynamoDbStore
from functions.adapters.memory_delivery import MemoryDelivery
from functions.adapters.memory_incidents import MemoryIncidents
from functions.core.errors import Fenced, InvalidEvent
from functions.core.incident.change import change
from functions.core.incident.incident import Incident, Moment, Severity, Status, read_incident, write_incident
from functions.core.incident.turns import Turn, acknowledge, join, note, resolve
from functions.core.remediation import Audience
from functions.core.run import Entry
from tests.adapters.test_stores import a_run


@pytest.fixture(params=["memory", "dynamodb"])
def incidents(request: pytest.FixtureRequest) -> Any:
    if request.param == "memory":
        return MemoryIncidents()
    store: DynamoDbStore = request.getfixturevalue("dynamodb_store")
    return DynamoDbIncidents(store.client, store.name)


@pytest.fixture(params=["memory", "dynamodb"])
def delivery(request: pytest.FixtureRequest) -> Any:
    if request.param == "memory":
        return MemoryDelivery()
    store: DynamoDbStore = request.getfixturevalue("dynamodb_store")
    return DynamoDbDelivery(store.client, store.name)


def an_incident(clock: FakeClock, name: str = "INC-1", **over: Any) -> Incident:
    now = clock.now()
    said = {
        "id": name,
        "title": "disk <b>",
        "service": "shop",
        "target": "arn:aws:rds:eu-west-1:123456789012:db:orders",
        "opened_at": now,
        "severity": Severity.P2,
        "severity_why": "a rule",
        "response_due": now + timedelta(minutes=30),
        "resolution_due": now + timedelta(hours=8),
        "targets": ("arn:aws:rds:eu-west-1:123456789012:db:orders",),
        "unsettled": (name,),
        **over,
    }
    return Incident(**said)


def opening(incident: Incident) -> Turn:
    return Turn(incident, (Entry(at=incident.opened_at, kind="opened", text="P2: a rule", call_person=True),))


def test_an_incident_comes_back_as_it_was_written(clock: FakeClock) -> None:
    full = an_incident(
        clock,
        acknowledged=Moment(at=clock.now(), by="ada"),
        joiners=("INC-2",),
        missed=("response",),
        audience=Audience.SECURITY,
        severity_by="ada",
    )
    assert read_incident({**write_incident(full), "of_a_later_version": 1}) == full


def test_an_incident_is_opened_once(incidents: Any, clock: FakeClock) -> None:
    first = incidents.open(opening(an_incident(clock)))
    again = incidents.open(opening(an_incident(clock, title="another")))
    assert (first.version, again) == (1, first)
    story = incidents.story("INC-1")
    assert [line.kind for line in story.lines] == ["opened"]


def test_a_turn_is_written_with_its_line_and_an_old_writer_is_stopped(incidents: Any, clock: FakeClock) -> None:
    first = incidents.open(opening(an_incident(clock)))
    clock.move(timedelta(minutes=1))
    after = incidents.save(acknowledge(first, "ada", clock.now()))
    assert (after.status, after.version, incidents.load("INC-1")) == (Status.ACKNOWLEDGED, 2, after)
    with pytest.raises(Fenced):
        incidents.save(acknowledge(first, "bob", clock.now()))
    assert [line.text for line in incidents.story("INC-1").lines] == ["P2: a rule", "ada has taken it on"]


def test_a_turn_that_says_nothing_new_is_not_written(incidents: Any, clock: FakeClock) -> None:
    first = incidents.open(opening(an_incident(clock)))
    after = incidents.save(acknowledge(first, "ada", clock.now()))
    assert incidents.save(acknowledge(after, "bob", clock.now())) == after
    assert incidents.load("INC-1").version == 2


def test_what_is_written_meanwhile_is_looked_at_again(incidents: Any, clock: FakeClock) -> None:
    incidents.open(opening(an_incident(clock)))
    raced: list[str] = []

    def race(found: Incident) -> Turn:
        if not raced:
            raced.append("once")
            incidents.save(acknowledge(found, "ada", clock.now()))
        return acknowledge(found, "bob", clock.now())

    turn = change(incidents, "INC-1", race)
    assert turn.incident.acknowledged is not None
    assert (turn.incident.acknowledged.by, turn.new) == ("ada", False)


def test_an_unknown_incident_is_named(incidents: Any, clock: FakeClock) -> None:
    assert (incidents.load("INC-9"), incidents.story("INC-9")) == (None, None)
    with pytest.raises(InvalidEvent, match="INC-9"):
        change(incidents, "INC-9", lambda found: note(found, "x", "y", clock.now()))


def test_the_first_of_a_service_leads_until_it_leads_no_more(incidents: Any) -> None:
    assert [incidents.lead("shop", name) for name in ("INC-1", "INC-2", "INC-1")] == ["INC-1"] * 3
    incidents.unlead("shop", "INC-2")
    assert incidents.lead("shop", "INC-3") == "INC-1"
    incidents.unlead("shop", "INC-1")
    assert incidents.lead("shop", "INC-3") == "INC-3"
    assert incidents.lead("bank", "INC-4") == "INC-4"


def test_what_is_not_resolved_is_listed_the_oldest_first(incidents: Any, clock: FakeClock) -> None:
    first = incidents.open(opening(an_incident(clock)))
    clock.move(timedelta(minutes=1))
    incidents.open(opening(an_incident(clock, "INC-2")))
    assert [incident.id for incident in incidents.unresolved()] == ["INC-1", "INC-2"]
    incidents.save(resolve(first, "ada", "over", clock.now()))
    assert [incident.id for incident in incidents.unresolved()] == ["INC-2"]


def test_a_story_has_the_joiners_lines_and_runs_too(dynamodb_store: DynamoDbStore, clock: FakeClock) -> None:
    incidents = DynamoDbIncidents(dynamodb_store.client, dynamodb_store.name)
    lead = incidents.open(opening(an_incident(clock, "INC-0")))
    dynamodb_store.save(a_run(clock), [Entry(at=clock.now(), kind="plan", text="grow")])
    clock.move(timedelta(minutes=1))
    joiner = incidents.open(opening(an_incident(clock)))
    clock.move(timedelta(minutes=1))
    incidents.save(join(lead, joiner, clock.now()))
    DynamoDbDelivery(dynamodb_store.client, dynamodb_store.name).keep("slack", "INC-0", {"channel": "C1"})
    story = incidents.story("INC-0")
    assert story is not None
    assert [line.kind for line in story.lines] == ["opened", "plan", "opened", "joined"]
    assert [run.id for run in story.runs] == ["r1"]
    assert story.places == {"slack": {"channel": "C1"}}


def test_a_line_is_new_then_begun_then_sent(delivery: Any) -> None:
    said = []
    for _ in range(2):
        said.append(delivery.begin("slack", "INC-1", "n1"))
    delivery.done("slack", "INC-1", "n1", "1700.1")
    said += [delivery.begin("slack", "INC-1", "n1"), delivery.begin("mail", "INC-1", "n1")]
    assert said == [None, "", "1700.1", None]


def test_a_place_keeps_what_it_knows_of_an_incident(delivery: Any) -> None:
    assert delivery.state("slack", "INC-1") == {}
    delivery.keep("slack", "INC-1", {"channel": "C1", "ts": "1.2"})
    delivery.keep("slack", "INC-1", {"channel": "C1"})
    assert delivery.state("slack", "INC-1") == {"channel": "C1"}
