"""What can go wrong at a call to the world, at each call of a run in turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from functions.core.ports import Ports
from functions.core.run import Run, StepState
from tests.paginator import paginator

_OUTAGE = timedelta(hours=1)
"""For how long the record stays out of order, where it does: longer than Lambda and Step Functions try again."""
READS = ("describe_", "get_", "list_", "lookup_", "batch_get_", "load", "overdue", "transitions", "silence")
"""How the methods begin that only look, of clients and of doors."""
_OVER = (StepState.DONE, StepState.FAILED, StepState.REFUSED)


class Killed(BaseException):
    """The process is gone: nothing catches this, as nothing catches a kill."""


class Fault(StrEnum):
    """`STAYS_` are for this and every later call of the same name: AWS's for good, the record's for an hour."""

    NONE = "none"
    THROTTLED = "throttled"
    STAYS_THROTTLED = "stays throttled"
    DENIED = "denied"
    STAYS_DENIED = "stays denied"
    TIMED_OUT_BEFORE = "timed out before"
    TIMED_OUT_AFTER = "timed out after"
    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"

    def error(self, call: str) -> BaseException | None:
        return _ERRORS[self](call)

    @property
    def after(self) -> bool:
        """Whether the call has had its effect."""
        return self in (Fault.TIMED_OUT_AFTER, Fault.KILLED_AFTER)

    @property
    def stays(self) -> bool:
        return self in (Fault.STAYS_THROTTLED, Fault.STAYS_DENIED)


def _client_error(code: str, message: str, status: int) -> Callable[[str], ClientError]:
    said = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return lambda call: ClientError(said, call)


_throttled = _client_error("ThrottlingException", "Rate exceeded", 400)
_denied = _client_error("AccessDenied", "not authorized to perform this operation", 403)
_ERRORS: dict[Fault, Callable[[str], BaseException | None]] = {
    Fault.NONE: lambda call: None,
    Fault.THROTTLED: _throttled,
    Fault.STAYS_THROTTLED: _throttled,
    Fault.DENIED: _denied,
    Fault.STAYS_DENIED: _denied,
    Fault.TIMED_OUT_BEFORE: lambda call: ConnectTimeoutError(endpoint_url=call),
    Fault.TIMED_OUT_AFTER: lambda call: ReadTimeoutError(endpoint_url=call),
    Fault.KILLED_BEFORE: lambda call: Killed(),
    Fault.KILLED_AFTER: lambda call: Killed(),
}


@dataclass(frozen=True)
class Point:
    """The `number`th call of a run, counted from 1. `action` is the change it serves, or the phase where it serves none.

    Two calls at the same `moment` meet the same journal, and come at the same place of an invocation: all that a run goes by
    when it is tried again is in the journal, so what a fault does at the first of them it does at the second.
    """

    number: int
    call: str
    action: str
    moment: tuple[Any, ...]
    before_follow_up: bool
    """Whether the first delivery is still being answered."""

    @property
    def faults(self) -> list[Fault]:
        """All of them; of a read only those before it, because after it nothing is different."""
        return [fault for fault in Fault if not (fault.after and self.call.partition(".")[2].startswith(READS))]


@dataclass
class Strike:
    """Lets `fault` happen at the `at`th call, and before it, while that call is under way, whatever `meanwhile` does."""

    now: Callable[[], datetime]
    at: int = 0
    fault: Fault = Fault.NONE
    meanwhile: Callable[[], None] = lambda: None
    points: list[Point] = field(default_factory=list)
    invocations: int = 0
    run: Run | None = None
    """The run at work, as it was last written or read."""
    _seen: Counter[tuple[Any, ...]] = field(default_factory=Counter)
    _struck: str = ""
    _until: datetime | None = None

    def begin(self) -> None:
        """A new invocation: it knows nothing of the ones before."""
        self.invocations += 1
        self.run = None
        self._seen.clear()

    def through(self, call: str, make: Callable[[], Any], *, for_good: bool) -> Any:
        """Make one call, or what is to become of it. Raises what the fault raises."""
        self.points.append(self._point(call))
        if len(self.points) == self.at:
            self.meanwhile()
            self._struck, self._until = call, None if for_good else self.now() + _OUTAGE
            return self._strike(call, make)
        if self.fault.stays and call == self._struck and (self._until is None or self.now() < self._until):
            return self._strike(call, make)
        return self._known(make())

    def _strike(self, call: str, make: Callable[[], Any]) -> Any:
        error = self.fault.error(call)
        result = self._known(make()) if error is None or self.fault.after else None
        if error is not None:
            raise error
        return result

    def _known(self, result: Any) -> Any:
        if isinstance(result, Run):
            self.run = result
        return result

    def _point(self, call: str) -> Point:
        run = self.run
        journal = (run.phase, tuple(step.state for step in run.steps), run.gives_back is None) if run else ()
        self._seen[journal, call] += 1
        moment = (journal, call, self._seen[journal, call])
        return Point(len(self.points) + 1, call, _served(run), moment, self.invocations <= 1)


def moments(points: Iterable[Point]) -> list[Point]:
    """The first call of each moment."""
    first: dict[tuple[Any, ...], Point] = {}
    for point in points:
        first.setdefault(point.moment, point)
    return list(first.values())


def struck(ports: Ports, strike: Strike) -> Ports:
    """All doors but time, with every call through the strike."""
    guarded = {
        door.name: Struck(getattr(ports, door.name), strike, door.name)
        for door in fields(ports)
        if door.name not in ("aws", "clock", "settings")
    }
    return replace(ports, aws=StruckAws(ports.aws, strike), **guarded)


class Struck:
    """A door, or a client behind one."""

    def __init__(self, inner: Any, strike: Strike, name: str, *, for_good: bool = False) -> None:
        self._inner, self._strike, self._name, self._for_good = inner, strike, name, for_good

    def __getattr__(self, method: str) -> Any:
        found = getattr(self._inner, method)
        if not callable(found) or isinstance(found, type):
            return found
        call = f"{self._name}.{method}"
        return lambda *args, **named: self._strike.through(call, lambda: found(*args, **named), for_good=self._for_good)

    def get_paginator(self, method: str) -> Any:
        """Each page is a call."""
        return paginator(self, self._name, method)


class StruckAws:
    """The account, with every client struck."""

    def __init__(self, inner: Any, strike: Strike) -> None:
        self._inner, self._strike = inner, strike
        self.now, self.refusal = inner.now, inner.refusal

    def client(self, service: str) -> Any:
        return Struck(self._inner.client(service), self._strike, service, for_good=True)


def _served(run: Run | None) -> str:
    if run is None:
        return "(deciding)"
    at_work = next((step.action["action"] for step in run.steps if step.state not in _OVER), None)
    return str(at_work) if at_work and run.open else f"({run.phase})"
