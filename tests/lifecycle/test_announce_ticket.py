"""Tickets: one for each incident and each piece of work that it leaves, whatever is tried again."""

from __future__ import annotations

from typing import Any

import pytest

from functions.adapters.memory_tracker import MemoryTracker
from functions.adapters.ops_items import OpsItems
from functions.core.incident.incident import Severity
from functions.core.incident.news import News
from functions.core.incident.places import PLACES
from functions.core.remediation import Audience
from functions.lifecycle.announce_ticket import Office, file_line
from tests.lifecycle.crashing_delivery import POINTS, CrashingDelivery, Died
from tests.lifecycle.lines import INCIDENT, line
from tests.ops_items_account import OpsItemsAccount

KINDS = ("opened", "severity", "ticket", "action_item", "resolved", "reviewed")
CALLS = ("find", "create", "rate", "note", "close")


@pytest.fixture
def delivery() -> CrashingDelivery:
    return CrashingDelivery()


@pytest.fixture
def tracker() -> MemoryTracker:
    return MemoryTracker()


@pytest.fixture
def office(tracker: MemoryTracker, delivery: CrashingDelivery) -> Office:
    return an_office({Audience.OPERATIONS: tracker}, delivery)


def an_office(trackers: Any, delivery: CrashingDelivery, *severities: Severity) -> Office:
    return Office(trackers=trackers, severities=frozenset(severities or Severity), delivery=delivery)


def life() -> list[News]:
    """Everything that a ticket can be told of an incident, in its order."""
    assert set(KINDS) == PLACES["ticket"].kinds
    return [line(kind, number, text=f"text of {kind}") for number, kind in enumerate(KINDS, 1)]


def whole(tracker: MemoryTracker) -> dict[str, Any]:
    """All tickets, as (our key, parent, notes by their topic, open)."""
    return {
        name: (
            made.draft.key,
            made.draft.parent.key if made.draft.parent else "",
            sorted(made.notes.values()),
            made.open,
        )
        for name, made in tracker.made.items()
    }


WHOLE = {
    "T-1": (INCIDENT, "", ["resolved: text of resolved", "reviewed: text of reviewed", "severity: text of severity"], False),
    "T-2": (f"{3:032x}", "T-1", [], True),
    "T-3": (f"{4:032x}", "T-1", [], True),
}  # fmt: skip


def test_an_incident_has_a_ticket_and_its_work_has_others(office: Office, tracker: MemoryTracker) -> None:
    for news in life():
        file_line(office, news)
        file_line(office, news)
    assert whole(tracker) == WHOLE


def test_what_is_kept_is_there_for_the_other_places(office: Office) -> None:
    for news in life():
        file_line(office, news)
    assert office.delivery.state("ticket", INCIDENT) == {
        "key": "T-1",
        "url": "https://tickets.invalid/T-1",
        "others": [
            {"key": "T-2", "url": "https://tickets.invalid/T-2", "kind": "ticket"},
            {"key": "T-3", "url": "https://tickets.invalid/T-3", "kind": "action_item"},
        ],
    }


@pytest.mark.parametrize("point", POINTS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_crash_anywhere_makes_nothing_twice_and_loses_nothing(
    office: Office, tracker: MemoryTracker, delivery: CrashingDelivery, kind: str, point: str
) -> None:
    for news in life():
        delivery.dies = point if news.kind == kind else ""
        try:
            file_line(office, news)
        except Died:
            file_line(office, news)
        delivery.dies = ""
    assert whole(tracker) == WHOLE
    assert all(delivery.sent.values())
    assert [other["key"] for other in delivery.state("ticket", INCIDENT)["others"]] == ["T-2", "T-3"]


@pytest.mark.parametrize("trouble", ["fails", "lost"])
@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_tracker_that_fails_or_whose_answer_is_lost_is_asked_again(
    office: Office, tracker: MemoryTracker, kind: str, call: str, trouble: str
) -> None:
    for news in life():
        getattr(tracker, trouble)[:] = [call] if news.kind == kind else []
        try:
            file_line(office, news)
        except OSError:
            file_line(office, news)
    assert whole(tracker) == WHOLE


def test_a_ticket_whose_line_was_put_aside_is_found_by_the_next_one(office: Office, tracker: MemoryTracker) -> None:
    tracker.lost = ["create"]
    with pytest.raises(OSError):
        file_line(office, line("opened", 1))
    file_line(office, line("severity", 2))
    assert list(tracker.made) == ["T-1"]
    assert office.delivery.state("ticket", INCIDENT)["key"] == "T-1"


def test_an_own_ticket_comes_without_one_of_the_incident_too(office: Office, tracker: MemoryTracker) -> None:
    file_line(office, line("action_item", 1))
    assert whole(tracker) == {"T-1": (f"{1:032x}", "", [], True)}
    file_line(office, line("opened", 2))
    assert set(office.delivery.state("ticket", INCIDENT)) == {"key", "url", "others"}


@pytest.mark.parametrize("kind", ["resolved", "reviewed"])
def test_the_end_of_what_has_no_ticket_makes_none(office: Office, tracker: MemoryTracker, kind: str) -> None:
    file_line(office, line(kind))
    assert (tracker.made, list(office.delivery.sent.values())) == ({}, ["none"])  # type: ignore[attr-defined]


def test_a_severity_that_is_raised_is_rated_and_told(office: Office, tracker: MemoryTracker) -> None:
    file_line(office, line("opened", 1, severity=Severity.P3))
    file_line(office, line("severity", 2, severity=Severity.P1, text="from P3 to P1"))
    made = tracker.made["T-1"]
    assert (made.severity, list(made.notes.values())) == (Severity.P1, ["severity: from P3 to P1"])


def test_a_p4_has_a_ticket_unless_the_owner_wants_none_and_gets_it_when_it_is_raised(
    tracker: MemoryTracker, delivery: CrashingDelivery
) -> None:
    fewer = an_office({Audience.OPERATIONS: tracker}, delivery, Severity.P1, Severity.P2, Severity.P3)
    file_line(fewer, line("opened", 1, severity=Severity.P4))
    assert tracker.made == {}
    file_line(fewer, line("severity", 2, severity=Severity.P3, text="from P4 to P3"))
    made = tracker.made["T-1"]
    assert list(made.notes.values()) == ["severity: from P4 to P3"]
    assert "What" not in made.draft.facts
    file_line(fewer, line("severity", 3, severity=Severity.P4))
    assert made.severity is Severity.P4
    more = an_office({Audience.OPERATIONS: tracker}, delivery)
    file_line(more, line("opened", 4, incident="INC-2", severity=Severity.P4))
    assert len(tracker.made) == 2


def test_security_has_no_ticket_but_in_a_project_of_its_own(tracker: MemoryTracker, delivery: CrashingDelivery) -> None:
    secret = [line(kind, number, audience=Audience.SECURITY) for number, kind in enumerate(KINDS, 1)]
    for news in secret:
        file_line(an_office({Audience.OPERATIONS: tracker}, delivery), news)
    assert (tracker.made, delivery.sent) == ({}, {})
    own = MemoryTracker()
    for news in secret:
        file_line(an_office({Audience.OPERATIONS: tracker, Audience.SECURITY: own}, delivery), news)
    assert (len(own.made), tracker.made) == (3, {})


def test_a_workflow_that_does_not_let_us_close_leaves_it_to_a_person(delivery: CrashingDelivery) -> None:
    stubborn = MemoryTracker(closes=False)
    office = an_office({Audience.OPERATIONS: stubborn}, delivery)
    file_line(office, line("opened", 1))
    file_line(office, line("resolved", 2, text="it is over"))
    (note,) = stubborn.made["T-1"].notes.values()
    assert note == "resolved: it is over. The workflow of this ticket leaves its closing to a person"


def test_the_review_closes_nothing_that_people_have_opened_again(office: Office, tracker: MemoryTracker) -> None:
    for news in life()[:-1]:
        file_line(office, news)
    tracker.made["T-1"].open = True
    file_line(office, life()[-1])
    assert tracker.made["T-1"].open is True


def test_strangers_words_are_lines_of_plain_text_and_cut(office: Office, tracker: MemoryTracker) -> None:
    huge = dict.fromkeys(("text", "title", "service", "target", "run"), "x\n\x00" * 5000)
    file_line(office, line("opened", 1, **huge, remediation=" "))
    file_line(office, line("ticket", 2, **huge))
    for made in tracker.made.values():
        texts = [made.draft.title, *made.draft.facts.values()]
        assert all(text.strip() and text.isprintable() and len(text) <= 1000 for text in texts)
        assert len(made.draft.title) <= 200
    assert "Remediation" not in tracker.made["T-1"].draft.facts


def test_words_that_cannot_be_seen_still_make_tickets(office: Office, tracker: MemoryTracker) -> None:
    blank = dict.fromkeys(("text", "title", "service", "target", "run"), "\n\x00 ")
    for number, kind in enumerate(KINDS, 1):
        file_line(office, line(kind, number, **blank))
    assert [made.draft.title for made in tracker.made.values()] == [f"{INCIDENT}:", "ticket", "action_item"]
    assert set(tracker.made["T-1"].draft.facts) == {"Incident", "Remediation", "When"}
    assert "severity: severity" in tracker.made["T-1"].notes.values()


@pytest.mark.parametrize("what", ["lost", "InternalServerError"])
@pytest.mark.parametrize("operation", ["CreateOpsItem", "UpdateOpsItem", "DescribeOpsItems"])
def test_ops_center_has_it_all_once_too(delivery: CrashingDelivery, operation: str, what: str) -> None:
    account = OpsItemsAccount()
    office = an_office({Audience.OPERATIONS: OpsItems(account.ssm)}, delivery)
    for news in life():
        account.orders = [(operation, what)]
        try:
            file_line(office, news)
        except Exception:
            account.orders = []
            file_line(office, news)
    parent, *own = account.items.values()
    assert (parent["Status"], [item["Status"] for item in own]) == ("Resolved", ["Open", "Open"])
    assert [item["RelatedOpsItems"] for item in own] == [[{"OpsItemId": "oi-000000000001"}]] * 2
    assert {f"first-responder-{kind}" for kind in ("severity", "resolved", "reviewed")} <= set(
        parent["OperationalData"]
    )
