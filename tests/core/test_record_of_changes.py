"""What a run leaves behind beside its journal: rows in the IaC ledger with each change, and evidence before the first one."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest

from functions.core.advance import Answer
from functions.core.custody import manifest_key
from functions.core.decision import Decline
from functions.core.drift import Drift, open_drifts
from functions.core.run import StepState
from functions.core.run_record import write_run
from tests.events import eventbridge
from tests.house import House
from tests.toy import Dials

STACK = {"aws:cloudformation:stack-name": "shop", "aws:cloudformation:logical-id": "Dial"}


def pressure(house: House) -> Any:
    return eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"})


def kept(house: House, key: str) -> Any:
    return house.ctx.ports.evidence.kept[key]  # type: ignore[attr-defined]


def manifest(house: House, answer: Answer) -> Any:
    return kept(house, manifest_key(house.run(answer)))


def rows(house: House) -> list[tuple[str, int, int | str | None, int | str | None]]:
    """Run, step, old and new value of each row, in the order in which they were written."""
    found = [row for row in house.store.drifts.rows() if isinstance(row, Drift)]
    return [(row.run, row.step, row.old, row.new) for row in sorted(found, key=Drift.position)]


@pytest.fixture
def declared(dials: Dials) -> None:
    """A stack declares the dials."""
    dials.tags |= STACK


@pytest.mark.usefixtures("declared")
def test_each_change_is_written_down_with_its_call(house: House) -> None:
    answer = house.deliver(pressure(house))
    assert rows(house) == [(answer.run, 0, 1, 2)]
    house.follow(answer)
    assert rows(house) == [(answer.run, 0, 1, 2), (answer.run, 1, 1, 2)]


@pytest.mark.usefixtures("declared")
def test_a_change_that_is_found_in_effect_after_a_crash_is_written_down_once(house: House, dials: Dials) -> None:
    def crash(_: str) -> None:
        dials.after_turn = lambda dial: None
        raise ConnectionError("the process is gone")

    dials.after_turn = crash
    event = pressure(house)
    with pytest.raises(ConnectionError):
        house.deliver(event, "delivery")
    assert rows(house) == []
    answer = house.follow(house.deliver(event, "delivery"))
    assert rows(house) == [(answer.run, 0, 1, 2), (answer.run, 1, 1, 2)]


@pytest.mark.usefixtures("declared")
def test_what_the_run_takes_back_is_open_no_more(house: House, dials: Dials) -> None:
    dials.helps = False
    answer = house.follow(house.deliver(pressure(house)))
    assert answer.decision == "undone"
    assert rows(house)[2:] == [(answer.run, 2, 2, 1), (answer.run, 3, 2, 1)]
    assert open_drifts(house.store.drifts.rows()) == ()


@pytest.mark.usefixtures("declared")
def test_a_change_that_never_came_into_effect_is_written_down_because_it_still_may(house: House, dials: Dials) -> None:
    """Of the way back there is a row only where it is seen in effect."""
    dials.slow = True
    ended = house.follow(house.deliver(pressure(house)))
    assert ended.decision == "escalated"
    assert rows(house) == [(ended.run, 0, 1, 2)]


def test_what_no_stack_declares_has_no_row(house: House) -> None:
    house.follow(house.deliver(pressure(house)))
    assert rows(house) == []


def test_evidence_is_kept_before_the_first_change(house: House, dials: Dials) -> None:
    then: list[Any] = []
    dials.before_turn = lambda dial: then.append(dict(house.ctx.ports.evidence.kept))  # type: ignore[attr-defined]
    answer = house.deliver(pressure(house))
    ((key, story),) = then[0].items()
    assert key.startswith(f"{answer.incident}/{answer.run}/")
    assert (story["found"]["a"], story["plan"]["lines"][0]) == (1, "turn dial a from 1 to 2")
    assert [step["state"] for step in story["steps"]] == [StepState.PLANNED] * 2
    assert key in house.run(answer).evidence


def test_nothing_is_changed_where_the_evidence_cannot_be_kept(
    house: House, dials: Dials, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> str:
        raise ConnectionError("no route")

    monkeypatch.setattr(house.ctx.ports.evidence, "keep", fails)
    with pytest.raises(ConnectionError):
        house.deliver(pressure(house))
    assert dials.turns == []


def test_the_end_is_kept_as_it_is_on_record(house: House) -> None:
    answer: Answer = house.follow(house.deliver(pressure(house)))
    run = house.run(answer)
    last = kept(house, max(key for key in run.evidence if key != manifest_key(run)))
    assert (last["outcome"], last["steps"]) == ("recovered", write_run(run)["steps"])


def test_a_manifest_lists_in_order_what_was_kept_and_the_record_knows_its_hash(house: House) -> None:
    answer = house.follow(house.deliver(pressure(house)))
    run, sealed = house.run(answer), manifest(house, answer)
    assert [one["sequence"] for one in sealed["objects"]] == [1, 2]
    for one in sealed["objects"]:
        body = json.dumps(kept(house, one["key"]), indent=2, sort_keys=True).encode()
        assert one["sha256"] == hashlib.sha256(body).hexdigest() == run.evidence[one["key"]]["sha256"]
    assert [kept(house, one["key"])["outcome"] for one in sealed["objects"]] == [None, "recovered"]
    assert sorted(one["at"] for one in sealed["objects"]) == [one["at"] for one in sealed["objects"]]
    body = json.dumps(sealed, indent=2, sort_keys=True).encode()
    assert run.evidence[manifest_key(run)]["sha256"] == hashlib.sha256(body).hexdigest()


def test_the_manifest_of_the_next_change_of_a_target_names_the_one_before(house: House, dials: Dials) -> None:
    first = house.follow(house.deliver(pressure(house)))
    assert manifest(house, first)["previous"] == {"run": "", "sha256": ""}
    house.clock.move(timedelta(days=1))
    dials.tags = {"first-responder:mode": "observe"}
    looked = house.deliver(pressure(house))
    assert (looked.decision, len(manifest(house, looked)["objects"])) == ("observed", 1)
    house.clock.move(timedelta(days=1))
    dials.tags = {"first-responder:mode": "act"}
    second = house.follow(house.deliver(pressure(house)))
    before = {"run": first.run, "sha256": house.run(first).evidence[manifest_key(house.run(first))]["sha256"]}
    assert manifest(house, looked)["previous"] == manifest(house, second)["previous"] == before


def test_a_declined_run_is_kept_and_sealed_too(house: House, dials: Dials) -> None:
    dials.answer = Decline(code="jammed", seen="the dials are jammed", advice="Oil them")
    answer = house.deliver(pressure(house))
    (one,) = manifest(house, answer)["objects"]
    assert (answer.decision, kept(house, one["key"])["decline"]["code"]) == ("declined", "jammed")
