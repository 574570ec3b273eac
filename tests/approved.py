"""A person's request whose proposal another person has approved: what is left is to wake the run."""

from __future__ import annotations

from typing import Any

from functions.core.advance import Answer
from functions.core.approval import Said, take_answer
from tests.house import House


def proposed(house: House, request: Any) -> Answer:
    """The proposal of a request, with its incident and run."""
    answer = house.deliver(request)
    assert answer.decision == "waiting_for_answer", answer
    return answer


def approve(house: House, answer: Answer) -> dict[str, Any]:
    """The wake-up of a proposal's run after its plan was approved."""
    run, ports = house.run(answer), house.ctx.ports
    assert run.plan is not None
    said = Said(incident=run.incident, run=run.id, plan_hash=run.plan["hash"], approves=True, by="ben", reason="agreed")
    assert take_answer(said, ports.store, ports.follow_through, ports.clock, ports.settings).taken
    return {"advance": {"incident": run.incident, "run": run.id}}


def approved(house: House, request: Any) -> dict[str, Any]:
    """The wake-up after the request's proposal was approved at once."""
    return approve(house, proposed(house, request))
