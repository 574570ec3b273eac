"""What a remediation leaves for people to do without hurry: once, with the end of a run that has helped."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

import pytest

from functions.core.decision import Plan
from functions.core.ledger import Ledger
from functions.core.run import Run
from tests.conftest import NOON
from tests.events import eventbridge
from tests.house import House
from tests.toy import Dials, TurnDialsUp


class Untidy(TurnDialsUp):
    """Says how often its dials were turned within a month."""

    temporary: ClassVar = timedelta(hours=2)

    def ticket(self, plan: Plan, run: Run) -> str:
        return f"{plan.reason}; {run.ledger.made('TurnDial', run.opened_at - timedelta(days=30))} turns"


@pytest.fixture
def untidy(house: House) -> House:
    return house.with_remediation(Untidy())


def finished(house: House) -> list[tuple[str, str, bool]]:
    """Deliver an alarm, and follow it and the way back of its temporary change to their ends."""
    answer = house.follow(house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"})))
    back = replace(answer, run=f"{answer.run}-back", wait=timedelta())
    assert house.follow(back).decision == "recovered"
    return [(entry.kind, entry.text, entry.call_person) for entry in house.store.entries]


def test_a_recovered_run_leaves_one_ticket_that_calls_nobody_and_its_way_back_leaves_none(untidy: House) -> None:
    entries = finished(untidy)
    assert [one for one in entries if one[0] == "ticket"] == [("ticket", "pressure is high; 2 turns", False)]
    kinds = [kind for kind, _, _ in entries]
    assert kinds[kinds.index("ticket") - 1] == "recovered"


def test_a_run_that_did_not_help_leaves_none(untidy: House, dials: Dials) -> None:
    dials.helps = False
    untidy.follow(untidy.deliver(eventbridge(NOON, "Toy", "Pressure", {"Dial": "a"})))
    assert "ticket" not in [entry.kind for entry in untidy.store.entries]


def test_most_remediations_leave_none(house: House) -> None:
    house.follow(house.deliver(eventbridge(NOON, "Toy", "Pressure", {"Dial": "a"})))
    assert [entry.kind for entry in house.store.entries][-1] == "recovered"


@pytest.mark.parametrize(("days", "made"), [(29, 2), (31, 1)])
def test_changes_are_counted_one_by_one_for_thirty_days(days: int, made: int) -> None:
    first = Ledger().then(["TurnDial"], at=NOON - timedelta(days=days), run="r1", depth=0)
    second = first.then(["TurnDial"], at=NOON, run="r2", depth=0)
    assert len(second.acts) == made
    assert second.made("TurnDial", None) == 2
