"""Delivers and tries again as AWS does: Lambda an event, Step Functions a wake-up, a schedule the sweep. Nothing waits."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Any

from functions.adapters.clock import FakeClock
from functions.core.advance import Answer
from functions.core.run import Run
from functions.lifecycle.sweep import sweep
from tests.faults import Killed, Strike, struck
from tests.house import House

_TRIES = (timedelta(), timedelta(minutes=1), timedelta(minutes=2))
"""How long Lambda waits before each attempt at an event (Developer Guide, "Asynchronous invocation")."""
_WAKES = (timedelta(), *(timedelta(seconds=seconds) for seconds in (5, 10, 20, 40, 80, 120)))
"""How long the state machine waits before each attempt at a wake-up: infra/follow_through.py."""
_SWEEPS = timedelta(minutes=30)
"""It comes every five minutes: a slower one meets the same states, a sixth as often."""
_FAR = timedelta(days=365)
_MANY = 400


class Delivery(StrEnum):
    """How often an event arrives."""

    ONCE = "once"
    TWICE = "twice"
    CONCURRENTLY = "concurrently"
    AS_TWINS = "as twins"
    """Lambda, Step Functions and the schedule may start one and the same thing twice at once."""


class Executions:
    """The core's `FollowThrough`: executions that wait for their time. A name is taken for good. `runs` are (incident, run)."""

    def __init__(self, clock: FakeClock) -> None:
        self.runs: list[tuple[str, str]] = []
        self._clock = clock
        self._names: set[str] = set()
        self._waiting: list[tuple[datetime, int, Answer]] = []
        self._number = count()

    def start(self, run: Run, wait: timedelta, attempt: str) -> None:
        name = f"{run.id}-{attempt}"
        if name not in self._names:
            self._names.add(name)
            self.runs.append((run.incident, run.id))
            self.wait(Answer(decision="waits", incident=run.incident, run=run.id, wait=wait))

    def wait(self, answer: Answer) -> None:
        seconds = max(1, int((answer.wait or timedelta()).total_seconds()))
        heapq.heappush(self._waiting, (self._clock.now() + timedelta(seconds=seconds), next(self._number), answer))

    def next(self) -> tuple[datetime, Answer] | None:
        """The next one whose time comes."""
        if not self._waiting:
            return None
        at, _, answer = heapq.heappop(self._waiting)
        return at, answer


class Cloud:
    """Plays one event to its end through doors that are struck. `dead_letters` are the deliveries that Lambda gave up."""

    def __init__(self, house: House, strike: Strike) -> None:
        self.clock, self.strike = house.clock, strike
        self.executions = Executions(house.clock)
        ports = replace(house.ctx.ports, follow_through=self.executions)
        self.sound = House(replace(house.ctx, ports=ports), house.clock)
        self.struck = House(replace(house.ctx, ports=struck(ports, strike)), house.clock)
        self.dead_letters: list[str] = []
        self._tried_again: list[str] = []
        self._twin: Callable[[], Any] = lambda: None

    def play(self, event: Any, delivery: Delivery = Delivery.ONCE) -> None:
        """Until nobody has anything left to do. Raises AssertionError where that never comes."""
        if delivery is Delivery.CONCURRENTLY:
            self.strike.meanwhile = lambda: self._interrupt(event)
        if delivery is Delivery.AS_TWINS:
            self.strike.meanwhile = lambda: self._twin()
        self._deliver(event, "first")
        for again in self._tried_again:
            self._deliver(event, again, _TRIES[1:])
        if delivery is Delivery.TWICE:
            self._deliver(event, "second")
        self._follow()

    def _interrupt(self, event: Any) -> None:
        """A second delivery comes in and runs as far as it can, in a process of its own that nothing strikes."""
        try:
            self.sound.deliver(event, "second")
        except Exception:  # Lambda tries it again once the first is out of the way
            self._tried_again.append("second")

    def _deliver(self, event: Any, request: str, tries: tuple[timedelta, ...] = _TRIES) -> None:
        if self._attempt(lambda house: house.deliver(event, request), tries) is None:
            self.dead_letters.append(request)

    def _follow(self) -> None:
        for _ in range(_MANY):
            waiting = self.executions.next()
            if waiting is not None:
                self._wake(*waiting)
            elif left := self.sound.store.overdue(self.clock.now() + _FAR):
                self._sweep(min(run.due for run in left))
            else:
                return
        left = [run.id for run in self.sound.store.overdue(self.clock.now() + _FAR)]
        raise AssertionError(f"still at it after {_MANY} turns, by {self.clock.now()}: {left}")

    def _wake(self, at: datetime, known: Answer) -> None:
        self._move_to(at)
        answer = self._attempt(lambda house: house.wake(known), _WAKES)
        if answer is not None and answer.wait is not None:
            self.executions.wait(replace(known, wait=answer.wait))

    def _sweep(self, due: datetime) -> None:
        self._move_to(max(due + timedelta(seconds=1), self.clock.now() + _SWEEPS))
        self.strike.begin()
        self._twin = lambda: sweep(self.sound.ctx.ports)
        try:
            sweep(self.struck.ctx.ports)
        except (Exception, Killed):  # the next one comes by itself
            return

    def _attempt(self, call: Callable[[House], Answer], tries: tuple[timedelta, ...]) -> Answer | None:
        self._twin = lambda: call(self.sound)
        for wait in tries:
            self.clock.move(wait)
            self.strike.begin()
            try:
                return call(self.struck)
            except (Exception, Killed):  # whatever it was, AWS tries again
                continue
        return None

    def _move_to(self, at: datetime) -> None:
        self.clock.move(max(at - self.clock.now(), timedelta()))
