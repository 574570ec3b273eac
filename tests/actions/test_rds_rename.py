from __future__ import annotations

from typing import Any

import pytest

from functions.actions.rds_rename import RenameDbInstance
from functions.adapters.clock import FakeClock
from functions.core.action import Effect, decode, encode
from tests.rds_account import RdsAccount

RENAME = RenameDbInstance(db="orders", name="orders-retired-1", resource_id="db-ORDERS", declared="orders")


@pytest.fixture
def rds(clock: FakeClock) -> RdsAccount:
    return RdsAccount(clock)


def effect(rds: RdsAccount, action: RenameDbInstance = RENAME) -> Effect:
    return action.progress(rds).effect


def test_it_is_absent_until_done_then_in_effect_and_applies_at_once(rds: RdsAccount) -> None:
    assert effect(rds) is Effect.ABSENT
    again = decode(encode(RENAME), (RenameDbInstance,))
    again.do(rds)
    assert effect(rds) is Effect.DONE
    sent = {"DBInstanceIdentifier": "orders", "NewDBInstanceIdentifier": "orders-retired-1", "ApplyImmediately": True}
    assert rds.calls == [("ModifyDBInstance", sent)]


def test_its_way_back_gives_the_name_back(rds: RdsAccount) -> None:
    RENAME.do(rds)
    assert effect(rds, RENAME.undo()) is Effect.ABSENT
    RENAME.undo().do(rds)
    assert effect(rds, RENAME.undo()) is Effect.DONE
    assert RENAME.undo().undo() == RENAME


def test_an_instance_that_is_shown_under_neither_name_is_on_its_way(rds: RdsAccount) -> None:
    del rds.instances["orders"]
    assert effect(rds) is Effect.UNDER_WAY


@pytest.mark.parametrize(
    ("says", "expected"),
    [
        ({"DBInstanceStatus": "renaming"}, Effect.UNDER_WAY),
        ({"PendingModifiedValues": {"DBInstanceIdentifier": "orders-retired-1"}}, Effect.UNDER_WAY),
        ({"DBInstanceStatus": "rebooting"}, Effect.UNDER_WAY),
        ({"DBInstanceStatus": "storage-full"}, Effect.ABSENT),
        ({}, Effect.ABSENT),
    ],
)
def test_under_its_old_name_it_is_pending_or_absent(rds: RdsAccount, says: dict[str, Any], expected: Effect) -> None:
    rds.instances["orders"].update(says)
    assert effect(rds) is expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("available", Effect.DONE),
        ("storage-full", Effect.DONE),
        ("incompatible-parameters", Effect.DONE),
        ("rebooting", Effect.UNDER_WAY),
        ("renaming", Effect.UNDER_WAY),
        ("modifying", Effect.UNDER_WAY),
        ("stopped", Effect.UNDER_WAY),
        ("deleting", Effect.UNDER_WAY),
    ],
)
def test_under_its_new_name_it_counts_once_rds_is_not_at_work_on_it_any_more(
    rds: RdsAccount, status: str, expected: Effect
) -> None:
    RENAME.do(rds)
    rds.instances["orders-retired-1"]["DBInstanceStatus"] = status
    assert effect(rds) is expected


def test_while_rds_shows_it_under_both_names_the_old_one_is_not_free(rds: RdsAccount) -> None:
    before = dict(rds.instances["orders"])
    RENAME.do(rds)
    rds.instances["orders"] = before
    assert effect(rds) is Effect.UNDER_WAY


def test_another_instance_that_has_the_new_name_is_not_taken_for_it(rds: RdsAccount) -> None:
    rds.instances["orders-retired-1"] = rds.made("orders-retired-1", {})
    assert effect(rds) is Effect.ABSENT


def test_another_instance_that_has_the_old_name_by_now_is_not_taken_for_it(rds: RdsAccount) -> None:
    other = rds.made("orders", {})
    RENAME.do(rds)
    rds.instances["orders"] = other
    assert effect(rds) is Effect.DONE
    assert effect(rds, RENAME.undo()) is Effect.ABSENT


def test_the_template_of_the_original_names_it_otherwise_afterwards_and_again_when_it_is_back() -> None:
    (there,), (back,) = RENAME.properties(), RENAME.undo().properties()
    assert (there.resource, there.property, there.old, there.new) == (
        "orders",
        "DBInstanceIdentifier",
        "orders",
        "orders-retired-1",
    )
    assert (back.resource, back.old, back.new) == ("orders", "orders-retired-1", "orders")


def test_an_instance_that_no_template_declares_has_no_difference() -> None:
    assert RenameDbInstance(db="a", name="b", resource_id="db-A").properties() == ()
