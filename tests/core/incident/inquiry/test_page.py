"""The evidence page and its JSON: self-contained, harmless whatever strangers wrote, open about what is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser

import pytest

from functions.core.incident.inquiry.findings import Part, together
from functions.core.incident.inquiry.page import page
from functions.core.incident.inquiry.record import record
from functions.core.remediation import Audience
from tests.inquired import EMPTY, FOUND, HOSTILE, PNG, SUBJECT, hostile


class _Seen(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.handlers: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attributes if name in ("src", "href", "action")]
        self.handlers += [name for name, _ in attributes if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.words += data


def test_all_parts_are_on_it() -> None:
    seen = _Seen(page(FOUND))
    for word in (
        "web-cpu-high", "db-slow", "a deployment", "12 min before", "shop/web", "2 of 3 targets", "ERROR cannot connect",
        "CloudTrail lags by minutes", "it began 12 min after a deployment of shop/web", "ModifyDBInstance",
    ):  # fmt: skip
        assert word in seen.words
    assert ("img" in seen.tags, "svg" in seen.tags) == (True, True)


def test_it_asks_for_nothing_from_outside_and_runs_nothing() -> None:
    text = page(FOUND)
    assert "default-src &#x27;none&#x27;" in text and "img-src data:" in text
    assert all(source.startswith("data:image/png;base64,") for source in _Seen(text).sources)


def test_nothing_of_a_stranger_is_markup() -> None:
    seen, plain = _Seen(page(hostile())), _Seen(page(FOUND))
    assert set(seen.tags) <= set(plain.tags) | {"p"}
    assert "script" not in seen.tags and seen.handlers == []
    assert "\u202e" not in page(hostile()) and "\x1b" not in page(hostile())
    assert HOSTILE not in page(hostile())


def test_nothing_found_says_so_and_what_was_not_read_does_not() -> None:
    assert "No other alarm fires." in page(EMPTY)
    unread = page(replace(EMPTY, alarms=Part(missing=("alarms could not be read: AccessDenied",))))
    assert "No other alarm fires." not in unread and "alarms could not be read: AccessDenied" in unread


def test_security_is_marked() -> None:
    secret = replace(FOUND, subject=replace(SUBJECT, audience=Audience.SECURITY))
    assert "For the security team only." in page(secret) and "security team" not in page(FOUND)


def test_the_json_has_the_same_and_pictures_by_their_hash() -> None:
    said = json.loads(json.dumps(record(FOUND, "abc")))
    assert said["page_sha256"] == "abc"
    assert said["subject"]["targets"] == ["arn:aws:ecs:eu-west-1:123456789012:service/shop/web"]
    assert [one["png"] for one in said["pictures"]["items"]] == [sha256(PNG).hexdigest(), ""]
    assert said["logs"]["items"][0]["text"] == "ERROR cannot connect"
    assert said["counts"][0] == "1 other alarm fires"


@pytest.mark.parametrize("twice", [("a", "a"), ("a", "b")])
def test_parts_come_together_in_their_order_and_say_nothing_twice(twice: tuple[str, str]) -> None:
    one, other = (Part(items=(said,), missing=(said,), notes=("n",)) for said in twice)
    whole = together([one, other])
    assert whole.items == twice and whole.missing == tuple(dict.fromkeys(twice)) and whole.notes == ("n",)
