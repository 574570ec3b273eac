"""From the table's stream to incidents and places: opened once, followed as one, each line passed on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.adapters.dynamodb_incidents import DynamoDbIncidents
from functions.adapters.dynamodb_store import DynamoDbStore
from functions.adapters.dynamodb_table import from_item
from functions.adapters.runbook_files import due_by, severity_rules, time_rules
from functions.adapters.sqs_outbox import MemoryOutbox
from functions.core.alarm import Alarm
from functions.core.arn import parse_arn
from functions.core.decision import Decline
from functions.core.incident.incident import Severity, Status
from functions.core.incident.turns import acknowledge, resolve
from functions.core.normalise import normalise
from functions.lifecycle.incidents import Desk, take_in
from tests.events import FUNCTION, eventbridge
from tests.house import House, in_memory
from tests.toy import Dials, TurnDialsUp


class Stream:
    """The table, the remediation that writes to it, and the stream that is read in order."""

    def __init__(self, store: DynamoDbStore, house: House, clock: FakeClock) -> None:
        self.store, self.house, self.clock = store, house, clock
        self.incidents = DynamoDbIncidents(store.client, store.name)
        self.outbox = MemoryOutbox("mail", "slack", "clocks")
        self.alarm_tags: dict[str, str] = {}
        self.desk = Desk(
            incidents=self.incidents,
            run=store.load,
            tags=lambda arn: self.alarm_tags,
            outbox=self.outbox,
            rules=severity_rules(),
            due=due_by(time_rules({})),
            clock=clock,
        )
        self._seen: set[tuple[str, str]] = set()

    def items(self) -> list[dict[str, Any]]:
        pages = self.store.client.get_paginator("scan").paginate(TableName=self.store.name)
        everything = [from_item(item) for page in pages for item in page["Items"]]
        found = [item for item in everything if item["sk"].startswith("AT#") or item["pk"].startswith("ALARM#")]
        return sorted(found, key=lambda item: (item.get("at", ""), item["sk"]))

    def flow(self, *, again: bool = False) -> None:
        """Read what is new until nothing is, as the stream's filters let it through; `again` reads it all once more."""
        self._seen = set() if again else self._seen
        while new := [item for item in self.items() if (item["pk"], item["sk"]) not in self._seen]:
            for item in new:
                self._seen.add((item["pk"], item["sk"]))
                take_in(self.desk, item)

    def told(self, place: str) -> list[str]:
        return [news.kind for to, news in self.outbox.sent if to == place]


@pytest.fixture
def stream(dynamodb_store: DynamoDbStore, dials: Dials, clock: FakeClock) -> Stream:
    house = in_memory(TurnDialsUp(), dials, clock, store=dynamodb_store)
    return Stream(dynamodb_store, house, clock)


def pressure(clock: FakeClock, dial: str = "a", alarm: str = "pressure") -> dict[str, Any]:
    return eventbridge(clock.now(), "Toy", "Pressure", {"Dial": dial}, alarm=alarm)


def test_a_plan_opens_an_incident_and_each_line_is_passed_on(stream: Stream, clock: FakeClock) -> None:
    answer = stream.house.deliver(pressure(clock))
    stream.flow()
    incident = stream.incidents.load(answer.incident)
    assert incident is not None
    assert (incident.status, incident.severity, incident.title) == (Status.OPEN, Severity.P3, "pressure")
    assert incident.response_due - incident.opened_at == timedelta(hours=2)
    assert stream.told("slack")[:2] == ["plan", "change"]
    assert stream.told("clocks") == ["opened"]
    assert {news.incident for _, news in stream.outbox.sent} == {incident.id}


def test_a_proven_change_mitigates_the_incident(stream: Stream, clock: FakeClock) -> None:
    answer = stream.house.follow(stream.house.deliver(pressure(clock)))
    stream.flow()
    incident = stream.incidents.load(answer.incident)
    assert incident is not None and incident.mitigated is not None
    assert (answer.decision, incident.mitigated.by) == ("recovered", "toy")
    assert stream.told("mail")[-1] == "mitigated"


def test_the_stream_repeats_itself_and_nothing_changes(stream: Stream, clock: FakeClock) -> None:
    answer = stream.house.follow(stream.house.deliver(pressure(clock)))
    stream.flow()
    before, lines = stream.incidents.load(answer.incident), len(stream.items())
    sent = {(place, news.id) for place, news in stream.outbox.sent}
    stream.flow(again=True)
    assert (stream.incidents.load(answer.incident), len(stream.items())) == (before, lines)
    assert {(place, news.id) for place, news in stream.outbox.sent} == sent


def test_what_is_no_matter_for_people_opens_nothing(stream: Stream, clock: FakeClock, dials: Dials) -> None:
    dials.answer = Decline(code="calm", seen="nothing is wrong", advice="none", call_person=False)
    answer = stream.house.deliver(pressure(clock))
    stream.flow()
    assert (answer.decision, stream.incidents.load(answer.incident), stream.outbox.sent) == ("declined", None, [])


def test_an_alarm_that_nobody_answers_opens_an_incident(stream: Stream, clock: FakeClock) -> None:
    event = eventbridge(clock.now(), "Custom", "Age", {"Queue": "q"}, alarm="queue <b>")
    (found,) = normalise(event, parse_arn(FUNCTION, "here"), clock.now(), "d")
    assert isinstance(found, Alarm)
    assert stream.store.record(found, "none", Decline(code="no_remediation", seen="nobody", advice="Look"), None)
    stream.alarm_tags = {"first-responder:severity": "p2", "first-responder:service": "queue"}
    stream.flow()
    (incident,) = stream.incidents.unresolved()
    assert (incident.title, incident.severity, incident.service) == ("queue <b>", Severity.P2, "queue")
    assert stream.told("mail") == ["opened"]


def test_incidents_of_one_service_are_followed_as_one(stream: Stream, clock: FakeClock, dials: Dials) -> None:
    dials.tags = {**dials.tags, "first-responder:service": "shop"}
    first = stream.house.deliver(pressure(clock))
    stream.flow()
    clock.move(timedelta(minutes=1))
    second = stream.house.deliver(pressure(clock, "b", "other"))
    stream.flow()
    lead, joiner = (stream.incidents.load(answer.incident) for answer in (first, second))
    assert lead is not None and joiner is not None
    assert (lead.joiners, joiner.joined, len(lead.targets)) == ((joiner.id,), lead.id, 2)
    assert {news.incident for _, news in stream.outbox.sent} == {lead.id}
    assert stream.told("clocks") == ["opened"]


def test_it_is_not_mitigated_before_the_last_of_them_is(stream: Stream, clock: FakeClock, dials: Dials) -> None:
    dials.tags = {**dials.tags, "first-responder:service": "shop"}
    first = stream.house.deliver(pressure(clock))
    stream.flow()
    dials.answer = Decline(code="too_hard", seen="it is stuck", advice="Oil it")
    clock.move(timedelta(seconds=1))
    second = stream.house.deliver(pressure(clock, "b", "other"))
    stream.house.follow(first)
    stream.flow()
    lead = stream.incidents.load(first.incident)
    assert lead is not None
    assert (lead.status, lead.unsettled) == (Status.OPEN, (second.incident,))
    assert "settled" in stream.told("slack")


def test_a_new_one_takes_the_mitigation_back(stream: Stream, clock: FakeClock, dials: Dials) -> None:
    dials.tags = {**dials.tags, "first-responder:service": "shop"}
    first = stream.house.follow(stream.house.deliver(pressure(clock)))
    stream.flow()
    clock.move(timedelta(hours=2))
    stream.house.deliver(pressure(clock, "b", "other"))
    stream.flow()
    lead = stream.incidents.load(first.incident)
    assert lead is not None and lead.mitigated is None
    joined = [news for place, news in stream.outbox.sent if place == "mail" and news.kind == "joined"]
    assert [news.text.endswith("it is not over after all") for news in joined] == [True]


def test_breadth_raises_the_severity_and_never_a_persons_choice(stream: Stream, clock: FakeClock, dials: Dials) -> None:
    dials.tags = {**dials.tags, "first-responder:service": "shop"}
    dials.value = dict.fromkeys("abcd", 1)
    answers = []
    for dial in "abc":
        answers.append(stream.house.deliver(pressure(clock, dial, dial)))
        stream.flow()
    lead = stream.incidents.load(answers[0].incident)
    assert lead is not None
    assert (lead.severity, lead.severity_why) == (Severity.P2, "3 resources are concerned")
    assert stream.told("clocks") == ["opened", "severity"]


def test_after_its_end_the_next_one_leads(stream: Stream, clock: FakeClock, dials: Dials) -> None:
    dials.tags = {**dials.tags, "first-responder:service": "shop"}
    first = stream.house.follow(stream.house.deliver(pressure(clock)))
    stream.flow()
    known = stream.incidents.load(first.incident)
    assert known is not None
    stream.incidents.save(resolve(known, "ada", "over", clock.now()))
    clock.move(timedelta(hours=2))
    second = stream.house.deliver(pressure(clock, "b", "other"))
    stream.flow()
    later = stream.incidents.load(second.incident)
    assert later is not None and later.leads
    assert stream.incidents.lead("shop", "INC-x") == later.id


def test_a_person_acknowledges_and_the_places_hear_of_it(stream: Stream, clock: FakeClock) -> None:
    answer = stream.house.deliver(pressure(clock))
    stream.flow()
    known = stream.incidents.load(answer.incident)
    assert known is not None
    stream.incidents.save(acknowledge(known, "ada", clock.now()))
    stream.flow()
    (news,) = [news for place, news in stream.outbox.sent if place == "slack" and news.kind == "acknowledged"]
    assert (news.status, news.text) == ("acknowledged", "ada has taken it on")


def test_an_alarm_on_a_busy_target_is_a_line_of_its_incident(stream: Stream, clock: FakeClock) -> None:
    answer = stream.house.deliver(pressure(clock))
    stream.house.deliver(pressure(clock, alarm="again"))
    stream.flow()
    declined = [news for place, news in stream.outbox.sent if place == "slack" and news.kind == "declined"]
    assert [news.incident for news in declined] == [answer.incident]


def test_what_the_automation_could_not_help_is_more_urgent_once(stream: Stream, clock: FakeClock, dials: Dials) -> None:
    dials.helps = False
    answer = stream.house.follow(stream.house.deliver(pressure(clock)))
    stream.flow()
    stream.flow(again=True)
    incident = stream.incidents.load(answer.incident)
    assert incident is not None
    assert (answer.decision, incident.severity, incident.severity_why) == (
        "undone",
        Severity.P2,
        "toy could not help (undone)",
    )


def test_what_is_only_observed_is_an_incident_and_a_rehearsal_is_none(
    stream: Stream, clock: FakeClock, dials: Dials
) -> None:
    dials.tags = {"first-responder:mode": "observe"}
    target = "arn:aws:dial:eu-west-1:123456789012:dial/a"
    asked = {"target": target, "reason": "rehearsal", "requested_by": "ada"}
    assert stream.house.deliver(asked).decision == "observed"
    dials.answer = Decline(code="too_hard", seen="it is stuck", advice="Oil it")
    assert stream.house.deliver(asked).decision == "declined"
    stream.flow()
    assert (list(stream.incidents.unresolved()), stream.outbox.sent) == ([], [])
    dials.answer = None
    answer = stream.house.deliver(pressure(clock))
    stream.flow()
    assert answer.decision == "observed"
    assert stream.incidents.load(answer.incident) is not None
    assert "opened" in stream.told("mail")
