"""Giving back a temporary change: on fresh facts, and only what is still as it was left."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

import pytest

from functions.core.advance import Answer
from functions.core.run import Phase
from tests.events import eventbridge
from tests.house import House
from tests.toy import Dials, TurnDialsUp


class Temporary(TurnDialsUp):
    """Its changes are for two hours."""

    temporary: ClassVar = timedelta(hours=2)


@pytest.fixture
def temporary(house: House) -> House:
    return house.with_remediation(Temporary())


@pytest.fixture
def recovered(temporary: House) -> Answer:
    """A temporary change that has helped and is in place; its time has come."""
    answer = temporary.deliver(eventbridge(temporary.clock.now(), "Toy", "Pressure", {"Dial": "a"}))
    while temporary.run(answer).phase is not Phase.ENDED:
        temporary.clock.move(answer.wait or timedelta())
        answer = temporary.wake(answer)
    temporary.clock.move(timedelta(hours=2))
    return answer


def test_its_record_has_what_was_found_at_that_time(temporary: House, dials: Dials, recovered: Answer) -> None:
    dials.tags = {"first-responder:mode": "act", "owner": "somebody else by now"}
    temporary.wake(recovered)
    back = temporary.store.load(recovered.incident, f"{recovered.run}-back")
    assert (back.found["tags"], back.found["a"]) == (dials.tags, 2)


def test_what_somebody_has_changed_since_is_theirs(temporary: House, dials: Dials, recovered: Answer) -> None:
    dials.value["b"] = 7
    assert temporary.wake(recovered).wait is None
    assert dials.value == {"a": 2, "b": 7}
    last = temporary.store.entries[-1]
    assert (last.kind, last.call_person) == ("kept", True)
    assert "turn dial b from 1 to 2" in last.text
    assert "dial b is at 7" in last.text
