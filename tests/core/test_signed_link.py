"""A token stands for what was signed, for nothing else, and for nobody who lacks the key."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.core.signed_link import Link, mint, read_link, well_formed
from tests.conftest import NOON

KEY = b"k" * 64
LINK = Link(incident="INC-20261123-abc", run="toy-1", plan_hash="0" * 16, named="Zoë O'Neil", until=NOON)


def test_what_was_signed_is_read_back() -> None:
    assert read_link(mint(LINK, KEY), KEY) == LINK


def test_a_token_is_base64url_of_json_and_a_signature() -> None:
    body, _, signature = mint(LINK, KEY).partition(".")
    said = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    expected = {"incident": LINK.incident, "run": "toy-1", "plan": "0" * 16, "for": LINK.named}
    assert said == {**expected, "until": int(NOON.timestamp())}
    assert len(signature) == 43


def test_the_longest_names_make_a_token_that_can_be_read() -> None:
    longest = replace(LINK, incident="I" * 100, run="r" * 200, named="ë" * 100)
    token = mint(longest, KEY)
    assert well_formed(token)
    assert read_link(token, KEY) == longest


def test_another_key_reads_nothing() -> None:
    assert read_link(mint(LINK, KEY), b"l" * 64) is None


@pytest.mark.parametrize("key", [b"", b"short", b"k" * 31])
def test_a_key_that_can_be_guessed_neither_signs_nor_reads(key: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes or more"):
        mint(LINK, key)
    with pytest.raises(ValueError, match="32 bytes or more"):
        read_link(mint(LINK, KEY), key)


def test_what_is_longer_than_a_token_is_not_read_whoever_signed_it() -> None:
    assert read_link(mint(replace(LINK, run="r" * 2000), KEY), KEY) is None


@given(st.data())
def test_no_change_of_a_token_is_read(data: st.DataObject) -> None:
    token = mint(LINK, KEY)
    place = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.sampled_from("ABCabc019_-.=\u00e9").filter(lambda char: char != token[place]))
    assert read_link(token[:place] + other + token[place + 1 :], KEY) is None


@given(st.text(max_size=200))
def test_nothing_that_was_not_signed_is_read(text: str) -> None:
    assert read_link(text, KEY) is None
    forged = urlsafe_b64encode(text.encode()).decode().rstrip("=") + "." + "A" * 43
    assert read_link(forged, KEY) is None


@pytest.mark.parametrize("token", [None, 7, "", ".", "a.b", "a" * 3000 + "." + "A" * 43, "a." + "A" * 43 + "\n"])
def test_what_is_no_token_is_told_from_a_forged_one(token: object) -> None:
    assert not well_formed(token)
    assert well_formed("a." + "A" * 43)
