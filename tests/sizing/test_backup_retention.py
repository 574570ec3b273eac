from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.sizing.backup_retention import MOST_DAYS, OWNER, STRICTEST, TABLE, required


@pytest.mark.parametrize(
    ("tags", "days"),
    [
        ({"environment": "dev"}, 7),
        ({"environment": "Development"}, 7),
        ({"Environment": " TEST "}, 7),
        ({"ENVIRONMENT": "sandbox"}, 7),
        ({"environment": "staging"}, 30),
        ({"environment": "stage"}, 30),
        ({"environment": "prod"}, 30),
        ({"environment": "Production"}, 30),
        ({"environment": "dev", OWNER: "14"}, 14),
        ({"environment": "prod", OWNER: "0"}, 0),
        ({OWNER: "35"}, 35),
        ({"environment": "dev", "Environment": "DEV"}, 7),
    ],
)
def test_the_environment_decides_and_the_owner_before_it(tags: dict[str, str], days: int) -> None:
    found = required(tags)
    assert (found.days, found.known, found.unreadable) == (days, True, "")


@pytest.mark.parametrize(
    "tags",
    [{}, {"environment": ""}, {"environment": "qa"}, {"env": "dev"}, {"environment": "dev", "Environment": "prod"},
     {"environment": "dev", "Environment": "qa"}],
)  # fmt: skip
def test_where_nobody_says_it_is_held_to_be_production_and_no_more_than_that(tags: dict[str, str]) -> None:
    found = required(tags)
    assert (found.days, found.known, found.unreadable) == (30, False, "")


@pytest.mark.parametrize("said", ["", "-1", "36", "7 days", "7.5", "\u0667", "007", "9" * 5000])
def test_an_owners_number_that_is_none_is_said_and_not_guessed(said: str) -> None:
    found = required({"environment": "dev", OWNER: said})
    assert (found.days, found.known) == (STRICTEST, False)
    assert "no whole number" in found.unreadable


@given(st.dictionaries(st.sampled_from(["environment", "Environment", OWNER, "team"]), st.text()))
def test_whatever_strangers_write_it_is_a_retention_that_rds_knows(tags: dict[str, str]) -> None:
    found = required(tags)
    assert 0 <= found.days <= MOST_DAYS


def test_the_table_names_each_environment_once() -> None:
    spellings = [one for _, some in TABLE for one in some]
    assert len(spellings) == len(set(spellings))
    assert STRICTEST == 30


def test_a_strangers_words_are_not_repeated() -> None:
    assert "evil" not in required({"environment": "<evil>"}).because
    assert "evil" not in required({OWNER: "<evil>"}).because
