from __future__ import annotations

import pytest

from functions.actions.rds_snapshots import KeepDbSnapshot
from functions.adapters.clock import FakeClock
from functions.core.action import Effect, Irreversible, decode, encode
from tests.rds_account import RdsAccount

SNAPSHOT = KeepDbSnapshot(
    db="orders", snapshot="auto-orders-upgrade-1", run="run-1", expires_on="2026-12-23", change="upgrade", incident="INC-1"
)  # fmt: skip


@pytest.fixture
def rds(clock: FakeClock) -> RdsAccount:
    return RdsAccount(clock)


def test_it_is_absent_until_taken_and_carries_who_what_and_until_when(rds: RdsAccount) -> None:
    assert SNAPSHOT.progress(rds).effect is Effect.ABSENT
    SNAPSHOT.do(rds)
    assert SNAPSHOT.progress(rds).effect is Effect.DONE
    tags = {tag["Key"]: tag["Value"] for tag in rds.snapshots["auto-orders-upgrade-1"]["TagList"]}
    assert tags == {
        "created-by": "first-responder",
        "run": "run-1",
        "expires-on": "2026-12-23",
        "change": "upgrade",
        "incident": "INC-1",
    }


@pytest.mark.parametrize(
    ("said", "effect"),
    [
        ({"Status": "creating", "PercentProgress": 40}, Effect.UNDER_WAY),
        ({"Status": "available", "PercentProgress": 99}, Effect.UNDER_WAY),
        ({"Status": "failed"}, Effect.FAILED),
        ({"TagList": []}, Effect.ABSENT),
        ({}, Effect.DONE),
    ],
)
def test_it_is_a_backup_when_it_is_available_whole_and_ours(
    rds: RdsAccount, said: dict[str, object], effect: Effect
) -> None:
    SNAPSHOT.do(rds)
    rds.snapshots["auto-orders-upgrade-1"].update(said)
    assert SNAPSHOT.progress(rds).effect is effect


def test_what_waits_for_the_instance_is_its_owners_and_does_not_spoil_it(rds: RdsAccount) -> None:
    SNAPSHOT.do(rds)
    rds.instances["orders"].update(
        DBInstanceStatus="storage-optimization", PendingModifiedValues={"EngineVersion": "17.1"}
    )
    assert SNAPSHOT.progress(rds).effect is Effect.DONE


def test_it_survives_the_journal_and_has_no_way_back() -> None:
    assert decode(encode(SNAPSHOT), [KeepDbSnapshot]) == SNAPSHOT
    assert isinstance(SNAPSHOT.undo(), Irreversible)
    assert SNAPSHOT.properties() == ()
    assert str(SNAPSHOT) == "take the snapshot auto-orders-upgrade-1 of orders before upgrade, kept until 2026-12-23"
