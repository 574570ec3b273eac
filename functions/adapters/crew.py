"""Several things at once: by threads, and for tests one after the other as if at once."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from datetime import timedelta
from threading import Thread
from typing import Any

from functions.adapters.clock import FakeClock
from functions.core.incident.ports import Came, Task
from functions.core.ports import Clock


class Threads:
    """The core's `Crew`. A thread that is late cannot be ended: it is left alone, and holds up neither the answer nor the end
    of the process. Only what reads may be given to it."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def work(self, tasks: Mapping[str, Task]) -> Mapping[str, Came]:
        """See `Crew.work`."""
        begun = {name: _begin(task) for name, task in tasks.items()}
        while True:
            now = self._clock.now()
            left = {name: tasks[name].until - now for name, one in begun.items() if not one.done()}
            left = {name: time for name, time in left.items() if time > timedelta()}
            if not left:
                return {name: _came(one) for name, one in begun.items()}
            wait([begun[name] for name in left], min(left.values()).total_seconds(), FIRST_COMPLETED)


class InTurn:
    """The fake: each task begins at the same moment, and the clock then stands where the last one was done or given up."""

    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock

    def work(self, tasks: Mapping[str, Task]) -> Mapping[str, Came]:
        start = self._clock.now()
        came, longest = {}, timedelta()
        for name, task in tasks.items():
            done = _done(task)
            took = self._clock.now() - start
            came[name] = Came(late=True) if start + took > task.until else done
            longest = max(longest, min(took, task.until - start))
            self._clock.move(-took)
        self._clock.move(longest)
        return came


def _begin(task: Task) -> Future[Came]:
    future: Future[Came] = Future()
    Thread(target=lambda: future.set_result(_done(task)), daemon=True).start()
    return future


def _done(task: Task) -> Came:
    try:
        result: Any = task.call()
    except Exception as error:  # told by whoever has asked for it
        return Came(error=error)
    return Came(result=result)


def _came(future: Future[Came]) -> Came:
    return future.result() if future.done() else Came(late=True)
