"""Kills the process before or after its n-th call to the world, once, and then lets Lambda and the follow-through try again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from functions.core.advance import Answer
from functions.core.context import Context
from tests.house import House

_MANY = 1000


class Killed(BaseException):
    """The process is gone: nothing catches this, as nothing catches a kill."""


_CHANGES = re.compile(r"(create|delete|modify|put|register|stop|update)_")


@dataclass
class Killer:
    """Counts calls to the world, all or only those that change AWS, and strikes once. `effects` are the changes that were made."""

    at: int
    after: bool
    only_changes: bool = False
    calls: int = 0
    struck: bool = False
    effects: list[str] = field(default_factory=list)

    def guard(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        changes = _CHANGES.match(name) is not None

        def guarded(*args: Any, **kwargs: Any) -> Any:
            if self.only_changes and not changes:
                return call(*args, **kwargs)
            self.calls += 1
            strike = self.calls == self.at and not self.struck
            self.struck = self.struck or strike
            if strike and not self.after:
                raise Killed
            result = call(*args, **kwargs)
            self.effects += [f"{name} {kwargs}"] * changes
            if strike:
                raise Killed
            return result

        return guarded


class Guarded:
    """A port, or a client behind one, whose calls go through the killer."""

    def __init__(self, inner: Any, killer: Killer, *, through: tuple[str, ...] = ()) -> None:
        self._inner, self._killer, self._through = inner, killer, through

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        return self._killer.guard(name, found) if callable(found) and name not in self._through else found


class GuardedAws:
    """The account, with every client guarded."""

    def __init__(self, inner: Any, killer: Killer) -> None:
        self._inner, self._killer = inner, killer
        self.now, self.refusal = inner.now, inner.refusal

    def client(self, service: str) -> Any:
        return Guarded(self._inner.client(service), self._killer, through=("exceptions",))


def guarded(ctx: Context, killer: Killer) -> Context:
    ports = ctx.ports
    if killer.only_changes:
        return replace(ctx, ports=replace(ports, aws=GuardedAws(ports.aws, killer)))
    return replace(
        ctx,
        ports=replace(
            ports,
            aws=GuardedAws(ports.aws, killer),
            store=Guarded(ports.store, killer),
            follow_through=Guarded(ports.follow_through, killer),
            evidence=Guarded(ports.evidence, killer),
        ),
    )


def survive(house: House, killer: Killer, event: Any) -> Answer:
    """Deliver and follow to the end, as often as it takes: Lambda retries an event, Step Functions a task."""
    struck = House(guarded(house.ctx, killer), house.clock)
    answer = _again(lambda: struck.deliver(event, "the-delivery"))
    for _ in range(_MANY):
        if answer.wait is None:
            return answer
        house.clock.move(answer.wait)
        answer = _again(lambda known=answer: struck.wake(known))
    raise AssertionError(f"still waiting: {answer}")


def every_crash(run_one: Callable[[Killer], None], *, only_changes: bool = False) -> Iterator[int]:
    """Try a crash before and after each call, until there is no further call; yields the number of calls tried."""
    for at in range(1, _MANY):
        for after in (False, True):
            killer = Killer(at=at, after=after, only_changes=only_changes)
            run_one(killer)
            if not killer.struck:
                return
        yield at


def _again(call: Callable[[], Answer]) -> Answer:
    try:
        return call()
    except Killed:
        return call()
