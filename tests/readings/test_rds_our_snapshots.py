"""Which of our snapshots a person may delete: ours by tag, over by date, and never an instance's newest one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.actions.rds_snapshots import KeepDbSnapshot
from functions.adapters.clock import FakeClock
from functions.readings.rds_our_snapshots import expired
from tests.conftest import NOON
from tests.rds_account import RdsAccount

OURS = {"created-by": "first-responder", "run": "r", "expires-on": "2026-11-22"}


@pytest.fixture
def rds(clock: FakeClock) -> RdsAccount:
    return RdsAccount(clock)


def take(rds: RdsAccount, name: str, tags: dict[str, str], **over: Any) -> None:
    listed = [{"Key": key, "Value": value} for key, value in tags.items()]
    rds.snapshots[name] = rds.snapshot(name, NOON - timedelta(days=20), TagList=listed, **over)


def test_ours_whose_date_is_over_are_counted_with_their_size(rds: RdsAccount) -> None:
    take(rds, "auto-orders-b", OURS)
    take(rds, "auto-orders-a", OURS, AllocatedStorage=50)
    found = expired(rds, NOON)
    assert (found.names, found.gib) == (("auto-orders-a", "auto-orders-b"), 150)


@pytest.mark.parametrize(
    ("tags", "over"),
    [
        ({**OURS, "expires-on": "2026-11-23"}, {}),
        ({**OURS, "expires-on": "soon"}, {}),
        ({**OURS, "expires-on": ""}, {}),
        ({"created-by": "first-responder"}, {}),
        ({**OURS, "created-by": "backup-team"}, {}),
        ({"expires-on": "2026-11-22"}, {}),
        (OURS, {"Status": "creating"}),
        (OURS, {"DBInstanceIdentifier": "other"}),
    ],
)
def test_all_others_are_not(rds: RdsAccount, tags: dict[str, str], over: dict[str, Any]) -> None:
    """`other` has no newer one."""
    take(rds, "auto-orders-a", tags, **over)
    assert expired(rds, NOON).names == ()


def test_what_we_take_is_told_of_from_the_day_after_its_date_on_and_while_it_is_the_newest_never(
    rds: RdsAccount,
) -> None:
    taken = KeepDbSnapshot(db="orders", snapshot="auto-1", run="r", expires_on="2026-12-01", change="upgrade")
    taken.do(rds)
    assert expired(rds, NOON + timedelta(days=30)).names == ()
    rds.clock.move(timedelta(days=1))
    replace(taken, snapshot="auto-2", expires_on="2027-12-01").do(rds)
    assert expired(rds, datetime(2026, 12, 1, 23, tzinfo=UTC)).names == ()
    assert expired(rds, datetime(2026, 12, 2, tzinfo=UTC)).names == ("auto-1",)
