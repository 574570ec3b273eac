from __future__ import annotations

from datetime import timedelta

import pytest

from functions.readings.rds_storage_history import PATTERNS, changed_too_often, summarise
from tests.conftest import NOON

STARTED, FINISHED = "Applying modification to allocated storage", "Finished applying modification to allocated storage"


@pytest.mark.parametrize(
    ("message", "kinds"),
    [
        (FINISHED, {"finished", "grown"}),
        (STARTED, {"started"}),
        ("Finished applying autoscaling-initiated modification to allocated storage.", {"finished", "grown"}),
        ("Applying autoscaling-initiated modification to allocated storage.", {"started"}),
        ("Finished applying modification to convert to a gp3 storage type.", {"finished"}),
        ("Storage autoscaling is unable to scale the storage for DB instance: orders", {"stuck"}),
        ("Underlying storage quota for this customer account has reached limit.", {"stuck"}),
        ("The scale storage task will reach or exceed the maximum storage threshold.", {"near_maximum"}),
        ("DB instance created", set()),
        ("Finished applying modification to DB instance class", set()),
        ("Backing up DB instance", set()),
        ("Allocated storage has been exhausted for the DB instance.", set()),
    ],
)
def test_each_message_is_told_by_its_words(message: str, kinds: set[str]) -> None:
    assert {kind for kind, pattern in PATTERNS.items() if pattern.search(message)} == kinds


def test_a_change_that_starts_and_finishes_is_one_change() -> None:
    hours = [10, 8, 6.5]
    events = [(NOON - timedelta(hours=h), text) for h in hours for text in (STARTED, FINISHED)]
    history = summarise(events, NOON)
    assert (history.changes, history.last) == (3, NOON - timedelta(hours=6.5))
    assert changed_too_often(history) is None


def test_growths_of_a_fortnight_are_kept_and_only_todays_changes_count_against_rdss_rule() -> None:
    events = [(NOON - timedelta(days=d), FINISHED) for d in (13, 15, 2, 1)]
    events.append((NOON - timedelta(hours=30), "Finished applying modification to convert to a gp3 storage type."))
    events.append(
        (NOON - timedelta(days=3), "The scale storage task will reach or exceed the maximum storage threshold.")
    )
    history = summarise(events, NOON)
    assert history.grown == tuple(NOON - timedelta(days=d) for d in (13, 2, 1))
    assert (history.changes, history.last, history.near_maximum) == (0, NOON - timedelta(days=1), False)


def test_four_changes_in_24_hours_spend_what_rds_allows() -> None:
    events = [(NOON - timedelta(hours=h), FINISHED) for h in (23, 18, 12, 7)]
    declined = changed_too_often(summarise(events, NOON))
    assert declined is not None and declined.code == "storage_changes_spent"
    assert changed_too_often(summarise(events, NOON + timedelta(hours=2))) is None


def test_six_hours_lie_between_two_changes() -> None:
    history = summarise([(NOON - timedelta(hours=5, minutes=59), FINISHED)], NOON)
    declined = changed_too_often(history)
    assert declined is not None and declined.code == "storage_changed_recently"
    assert changed_too_often(summarise([(NOON - timedelta(hours=6), FINISHED)], NOON)) is None
