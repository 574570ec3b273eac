"""Invokes, fails and tries again as AWS does, whenever the machine says so: one thing at a time, with at most one fault in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from functions.adapters.s3_evidence import MemoryEvidence
from functions.core.advance import Answer
from functions.core.context import Context
from functions.core.errors import AlreadyRecorded, Fenced
from functions.core.ports import Ports
from functions.core.run import Run
from functions.lifecycle.sweep import sweep
from tests.core.machine.laws import SETTINGS, Laws
from tests.core.machine.workshop import TurnUp
from tests.faults import Fault, Killed, Strike, struck
from tests.house import House

REMEDIATIONS = ("toy", "other")
TRIES = (timedelta(minutes=1), timedelta(minutes=2))
"""How long Lambda waits before it tries an event again."""
_WAKES = tuple(timedelta(seconds=seconds) for seconds in (5, 10, 20, 40, 80, 120))
_OF_A_FAULT = (ClientError, ConnectTimeoutError, ReadTimeoutError, Killed)
_OF_A_TWIN = (Fenced, AlreadyRecorded)

Invocation = Callable[[Ports], Answer | None]


@dataclass
class Pending:
    """What AWS is going to invoke. `waits` are the times before the further attempts, `name` is for a dead letter."""

    at: datetime
    invocation: Invocation
    waits: tuple[timedelta, ...]
    name: str = ""


@dataclass
class Blow:
    """What goes wrong in the next invocation: a fault at a call, or a twin of the invocation while that call is under way."""

    at: int
    fault: Fault
    twin: bool


@dataclass
class Lambdas:
    """`pending` is what is to come, `dead_letters` what Lambda has given up. It is the core's `FollowThrough` too."""

    laws: Laws
    pending: list[Pending] = field(default_factory=list)
    dead_letters: list[str] = field(default_factory=list)
    next_blow: Blow | None = None
    _names: set[str] = field(default_factory=set)
    _requests: count[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        laws = self.laws
        self._ports = Ports(
            aws=laws.workshop,
            clock=laws.clock,
            store=laws.store,
            alarms=laws.alarms,
            evidence=MemoryEvidence(),
            follow_through=self,
            settings=SETTINGS,
        )

    # --- what is invoked

    def start(self, run: Run, wait: timedelta, attempt: str) -> None:
        """An execution, whose name is taken for good."""
        name = f"{run.id}-{attempt}"
        if name not in self._names:
            self._names.add(name)
            self._order(self._wake(run), wait)

    def deliver(self, remediation: str, event: object, name: str = "") -> None:
        """One event, tried now, and twice more where it fails."""
        request = f"request-{next(self._requests)}"
        self.go(Pending(self._now(), lambda ports: _house(remediation, ports).deliver(event, request), TRIES, name))

    def wake(self, run: Run) -> None:
        """A wake-up that nobody has ordered."""
        self.attempt(self._wake(run))

    def sweep(self) -> None:
        """One bad run is met again by the next sweep."""

        def swept(ports: Ports) -> None:
            if sweep(ports)["failed"]:
                self._excuse()

        self.attempt(swept)

    # --- how it is invoked

    def go(self, pending: Pending) -> None:
        """Make one attempt of what is pending, and order the next one."""
        if pending in self.pending:
            self.pending.remove(pending)
        self.laws.clock.move(max(pending.at - self._now(), timedelta()))
        done, answer = self.attempt(pending.invocation)
        if done and answer is not None and pending.waits is not TRIES and answer.wait is not None:
            self._order(pending.invocation, answer.wait)
        if not done and pending.waits:
            wait, *left = pending.waits
            self.pending.append(replace(pending, at=self._now() + wait, waits=tuple(left)))
        elif not done and pending.name:
            self.dead_letters.append(pending.name)

    def attempt(self, invocation: Invocation) -> tuple[bool, Answer | None]:
        """Whether it came to its end, and its answer. Raises what neither a fault nor a twin explains."""
        blow, self.next_blow = self.next_blow, None
        if blow is None:
            return True, invocation(self._ports)
        strike = Strike(self._now, blow.at, blow.fault)
        if blow.twin:
            strike.meanwhile = lambda: self._twin(invocation)
        try:
            return True, invocation(struck(self._ports, strike))
        except _OF_A_FAULT:
            self._excuse()
        except _OF_A_TWIN:
            self._excuse()
            if not blow.twin:
                raise
        return False, None

    def _twin(self, invocation: Invocation) -> None:
        try:
            invocation(self._ports)
        except _OF_A_TWIN:
            return

    def _excuse(self) -> None:
        self.laws.excused |= self.laws.ended_holders()

    def _order(self, invocation: Invocation, wait: timedelta) -> None:
        self.pending.append(Pending(self._now() + max(wait, timedelta(seconds=1)), invocation, _WAKES))

    def _wake(self, run: Run) -> Invocation:
        known = Answer(decision="waits", incident=run.incident, run=run.id)
        return lambda ports: _house(run.remediation, ports).wake(known)

    def _now(self) -> datetime:
        return self.laws.clock.now()


def _house(remediation: str, ports: Ports) -> House:
    return House(Context(TurnUp(remediation), ports), ports.clock)  # type: ignore[arg-type]
