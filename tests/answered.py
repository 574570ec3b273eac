"""A proposal that a person has approved: what is left to deliver is the wake-up of its run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from functions.core.approval import Said, take_answer
from functions.core.run import Phase
from tests.house import House


def approved(house: House, event: Any, by: str = "ann") -> dict[str, Any]:
    """Deliver an event that ends in a proposal, approve it a minute later, and give the event that wakes the run."""
    answer = house.deliver(event)
    run = house.run(answer)
    assert run.phase is Phase.WAITING_FOR_ANSWER and run.plan is not None, answer
    house.clock.move(timedelta(minutes=1))
    said = Said(
        incident=run.incident, run=run.id, plan_hash=run.plan["hash"], approves=True, by=by, reason="looked at it"
    )
    ports = house.ctx.ports
    reply = take_answer(said, ports.store, ports.follow_through, ports.clock, ports.settings)
    assert reply.taken, reply
    return {"advance": {"incident": run.incident, "run": run.id}}
