"""Drives a context as Lambda and the follow-through do, without waiting."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from functions.adapters.clock import FakeClock
from functions.adapters.cloudwatch_alarms import MemoryAlarms
from functions.adapters.follow_through import MemoryFollowThrough
from functions.adapters.memory_store import MemoryStore
from functions.adapters.s3_evidence import MemoryEvidence
from functions.core.advance import Answer
from functions.core.context import Context
from functions.core.ports import Ports, Settings
from functions.core.run import Run
from functions.handler import handle
from tests.events import FUNCTION

_MANY = 1000


def in_memory(remediation: Any, aws: Any, clock: FakeClock, store: Any = None) -> House:
    """The core around one remediation, with every port but AWS (and the store, where one is given) in memory."""
    ports = Ports(
        aws=aws,
        clock=clock,
        store=store or MemoryStore(),
        alarms=MemoryAlarms(),
        evidence=MemoryEvidence(),
        follow_through=MemoryFollowThrough(),
        settings=Settings(policy={}),
    )
    return House(Context(remediation, ports), clock)


class House:
    """A context, its clock, and deliveries with request ids of their own."""

    def __init__(self, ctx: Context, clock: FakeClock) -> None:
        self.ctx, self.clock = ctx, clock
        self._deliveries = 0

    @property
    def aws(self) -> Any:
        return self.ctx.ports.aws

    @property
    def store(self) -> Any:
        return self.ctx.ports.store

    def deliver(self, event: Any, delivery: str | None = None) -> Answer:
        """One invocation of the function; without `delivery` it is a new one."""
        self._deliveries += 1
        return handle(self.ctx, event, FUNCTION, delivery or f"request-{self._deliveries}")[-1]

    def wake(self, answer: Answer) -> Answer:
        return handle(self.ctx, {"advance": {"incident": answer.incident, "run": answer.run}}, FUNCTION, "wake")[-1]

    def follow(self, answer: Answer) -> Answer:
        """Wait and wake until nothing is left to do."""
        for _ in range(_MANY):
            if answer.wait is None:
                return answer
            self.clock.move(answer.wait)
            answer = self.wake(answer)
        raise AssertionError(f"still waiting after {_MANY} turns: {answer}")

    def run(self, answer: Answer) -> Run:
        run = self.store.load(answer.incident, answer.run)
        assert run is not None
        return run

    def with_remediation(self, remediation: Any) -> House:
        other = House(replace(self.ctx, remediation=remediation), self.clock)
        other._deliveries = self._deliveries
        return other
