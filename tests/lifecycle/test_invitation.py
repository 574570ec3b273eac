"""The call to a person about a proposal says how to answer it: by the command, and by a link that works where there are links."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta

import pytest

from functions.adapters.dynamodb_table import from_item
from functions.adapters.stored_secret import StoredSecret
from functions.core.advance import Answer
from functions.core.incident.news import News, news_of
from functions.lifecycle.announce_mail import message
from functions.lifecycle.invitation import Links, links_of
from tests.adapters.test_incidents import an_incident
from tests.desk import URL, Desk, token_in


@pytest.fixture
def links(desk: Desk) -> Links:
    return Links(url=URL, ports=desk.ports, key=StoredSecret(desk.secrets, desk.secret, desk.clock))


def entry(desk: Desk, run: Answer, kind: str = "proposed") -> News:
    """The line of the timeline, as it comes to the place."""
    items = [from_item(item) for item in desk.store.client.scan(TableName=desk.store.name)["Items"]]
    (found,) = [item for item in items if item.get("kind") == kind and item["incident"] == run.incident]
    return news_of(found, an_incident(desk.clock, run.incident))


def test_the_link_in_the_message_leads_to_the_plan_and_answers_it(desk: Desk, links: Links) -> None:
    run = desk.propose()
    text = message(entry(desk, run), links)
    token = token_in(text)
    assert "turn dial a from 1 to 2" in desk.get(token).words
    assert "by" in desk.get(token).fields
    assert desk.post(token).status == 200
    assert desk.house.follow(desk.wake()).decision == "recovered"


def test_the_command_is_named_with_and_without_links(desk: Desk, links: Links) -> None:
    run = desk.propose()
    said = f"Answer: ./first-responder approve {run.incident} {run.run} (or decline)"
    assert said in message(entry(desk, run), links).splitlines()
    assert message(entry(desk, run)).splitlines()[-1] == said


def test_an_entry_that_proposes_nothing_has_neither(desk: Desk, links: Links) -> None:
    run = desk.propose()
    for text in (message(replace(entry(desk, run), kind=kind), links) for kind in ("escalated", "declined")):
        assert "Answer" not in text
        assert URL not in text


def test_there_is_no_link_to_what_does_not_wait_any_more(desk: Desk, links: Links) -> None:
    run = desk.propose()
    told = entry(desk, run)
    desk.clock.move(timedelta(hours=1))
    assert URL not in message(told, links)
    assert URL not in message(replace(told, run="toy-other"), links)


def test_a_link_is_signed_with_the_key_as_it_is_now(desk: Desk, links: Links) -> None:
    message(entry(desk, desk.propose("a", alarm="a")), links)
    desk.secrets.put_secret_value(SecretId=desk.secret, SecretString="n" * 64)
    desk.clock.move(timedelta(minutes=1))
    assert desk.get(token_in(message(entry(desk, desk.propose("b", alarm="b")), links))).status == 200


def test_a_person_is_called_even_where_no_link_can_be_made(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    run = desk.propose()
    broken = Links(url=URL, ports=desk.ports, key=StoredSecret(desk.secrets, "gone", desk.clock))
    text = message(entry(desk, run), broken)
    assert URL not in text
    assert "./first-responder approve" in text
    assert "no link for a proposal" in caplog.text


def test_the_announcer_finds_its_links_in_its_environment(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"TABLE": desk.store.name, "BUCKET": "evidence", "FOLLOW_THROUGH": desk.machine_arn}
    assert links_of({f"FIRST_RESPONDER_{name}": value for name, value in names.items()}) is None
    for name, value in {**names, "ANSWER_KEY": desk.secret, "ANSWER_URL": URL}.items():
        monkeypatch.setenv(f"FIRST_RESPONDER_{name}", value)
    found = links_of(os.environ)
    assert found is not None
    assert (found.url, found.key.read()) == (URL, b"k" * 64)
