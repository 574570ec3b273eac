"""Lambda in a storm: containers that answer deliveries side by side, each with a warm memory and doors of its own.

Only one goes on at a time, and at each call to the world a die with a fixed seed says which: so every order of calls can come
up, and comes up again with the same seed. That also makes each call atomic, as AWS's are; moto's UpdateItem is not, where
threads call it freely.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from threading import Semaphore, Thread
from typing import Any

from functions.adapters.lease_memory import remembering
from functions.core.advance import Answer
from tests.faults import Killed
from tests.house import House
from tests.paginator import paginator

_TRIES = 3
"""How often Lambda tries an event in all (Developer Guide, "Asynchronous invocation")."""
_LAST = 6
"""Nearly as many calls as a first change takes: whoever makes fewer dies at its very end."""

MakeStore = Callable[[Callable[[Any], Any]], Any]
"""Makes a container's store, given what puts a door before a client."""


class Turns:
    """Who goes on."""

    def __init__(self, random: Random, threads: int) -> None:
        self._random, self._alive = random, list(range(threads))
        self._go = [Semaphore(0) for _ in self._alive]

    def begin(self) -> None:
        self._go[self._random.choice(self._alive)].release()

    def wait(self, me: int) -> None:
        self._go[me].acquire()

    def give(self, me: int) -> None:
        self.begin()
        self.wait(me)

    def leave(self, me: int) -> None:
        self._alive.remove(me)
        if self._alive:
            self.begin()


@dataclass
class Storm:
    """Deliveries to be answered, in any order, by `containers` of them. `dying` is the share of invocations that die."""

    deliveries: list[Any]
    seed: int
    dying: float = 0.0
    answers: list[Answer] = field(default_factory=list)
    kills: int = 0
    calls: int = 0
    """To the store."""

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        self.random.shuffle(self.deliveries)
        self.queue = [(event, f"request-{self.seed}-{number}", 1) for number, event in enumerate(self.deliveries)]

    def blow(self, containers: list[Container]) -> None:
        """Until every delivery is answered. Raises what a container could not stand."""
        turns = Turns(self.random, len(containers))
        threads = [Thread(target=one.work, args=(self, turns, number)) for number, one in enumerate(containers)]
        for thread in threads:
            thread.start()
        turns.begin()
        for thread in threads:
            thread.join()
        errors = [one.error for one in containers if one.error is not None]
        if errors:
            raise errors[0]

    def try_again(self, event: Any, request: str, tries: int) -> None:
        """With the same request id, some time later."""
        self.kills += 1
        self.queue.insert(self.random.randint(0, len(self.queue)), (event, request, tries + 1))

    def dies_at(self, tries: int) -> int | None:
        """The call at which an invocation dies: 0 for at once, None for not at all. The last attempt of an event lives."""
        dies = self.random.random() < self.dying and tries < _TRIES
        return self.random.randint(0, _LAST) if dies else None


class Container:
    """One execution environment. When it dies, the next invocation gets a cold one."""

    def __init__(self, sound: House, make_store: MakeStore) -> None:
        self._sound, self._make_store = sound, make_store
        self.error: BaseException | None = None
        self._cold_start()

    def work(self, storm: Storm, turns: Turns, me: int) -> None:
        self._storm, self._give = storm, lambda: turns.give(me)
        turns.wait(me)
        try:
            while storm.queue:
                self._invoke(*storm.queue.pop())
                self._give()
        except BaseException as error:  # for the thread that waits for this one
            self.error = error
        turns.leave(me)

    def _invoke(self, event: Any, request: str, tries: int) -> None:
        self._left, self._after = self._storm.dies_at(tries), self._storm.random.random() < 1 / 2
        try:
            self._die_if(self._left == 0)
            answer = self._house.deliver(event, request)
            self._die_if(self._left is not None)
            self._storm.answers.append(answer)
        except Killed:
            self._cold_start()
            self._storm.try_again(event, request, tries)

    def _through(self, call: Callable[[], Any], counts: int) -> Any:
        self._left = None if self._left is None else self._left - 1
        self._die_if(self._left == 0 and not self._after)
        self._give()
        self._storm.calls += counts
        result = call()
        self._die_if(self._left == 0)
        return result

    @staticmethod
    def _die_if(dead: bool) -> None:
        if dead:
            raise Killed

    def _cold_start(self) -> None:
        ports = self._sound.ctx.ports
        store = remembering(self._make_store(lambda inner: Door(inner, self._through, counts=1)))
        aws = Doors(ports.aws, self._through)
        woken = Door(ports.follow_through, self._through)
        ctx = replace(self._sound.ctx, ports=replace(ports, store=store, aws=aws, follow_through=woken))
        self._house = House(ctx, self._sound.clock)


class Door:
    """A door, or a client behind one, whose calls go through the container."""

    def __init__(self, inner: Any, through: Callable[[Callable[[], Any], int], Any], counts: int = 0) -> None:
        self._inner, self._through, self._counts = inner, through, counts

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if not callable(found):
            return found
        return lambda *args, **named: self._through(lambda: found(*args, **named), self._counts)

    def get_paginator(self, method: str) -> Any:
        """Each page is a call."""
        return paginator(self, "dynamodb", method)


class Doors:
    """The account, each client behind a door."""

    def __init__(self, inner: Any, through: Callable[[Callable[[], Any], int], Any]) -> None:
        self._inner, self._through = inner, through
        self.now, self.refusal = inner.now, inner.refusal

    def client(self, service: str) -> Any:
        return Door(self._inner.client(service), self._through)
