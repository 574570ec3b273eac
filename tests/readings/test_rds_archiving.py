from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from functions.core.ledger import Ledger
from functions.readings.rds_archiving import archiving_ticket, growths
from tests.conftest import NOON


@pytest.mark.parametrize(
    ("ours", "seen", "times"),
    [
        ((0,), 0, 1),
        ((29, 0), 0, 2),
        ((31, 0), 0, 1),
        ((0,), 1, 2),
        ((13, 0), 1, 2),
        ((20, 0), 3, 4),
        ((25, 20, 0), 0, 3),
    ],
)
def test_growths_within_thirty_days_are_counted_once(ours: tuple[int, ...], seen: int, times: int) -> None:
    ledger = Ledger()
    for days in ours:
        at = NOON - timedelta(days=days)
        ledger = ledger.then(["CreateDbSnapshot", "GrowVolume"], at=at, run="run", depth=0)
    assert growths(ledger, "GrowVolume", [NOON] * seen, NOON) == times


def test_the_ticket_comes_with_the_second_growth_and_has_what_its_reader_needs() -> None:
    assert archiving_ticket("orders", 128, 1, Decimal("14.72"), "4 of 100 GiB are free") == ""
    ticket = archiving_ticket("orders", 128, 2, Decimal("14.72"), "4 of 100 GiB are free")
    assert ticket == (
        "The volume of orders has grown at least 2 times within 30 days, to 128 GiB at USD 14.72 a month, without its IOPS; "
        "it never shrinks. When it grew: 4 of 100 GiB are free. Archive or purge what is not needed; the owner decides what"
    )


def test_a_price_that_is_not_known_is_not_made_up() -> None:
    assert "at a price that is not known" in archiving_ticket("orders", 128, 2, None, "")
