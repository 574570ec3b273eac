"""A command line whose functions are the real handlers, in this process, and whose AWS is moto."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from console.command import run
from console.invoke import read_answer
from functions.adapters.clock import FakeClock
from functions.adapters.dynamodb_store import DynamoDbStore
from functions.adapters.dynamodb_switches import Switches
from functions.core.arn import parse_arn
from functions.lifecycle import switches
from tests.conftest import NOON
from tests.events import ACCOUNT, REGION


@dataclass
class Lambda:
    """The port that invokes: runs handlers by the names of their functions, and answers errors as Lambda does."""

    handlers: Mapping[str, Callable[[Any, str], Any]]
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def __call__(self, function: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        event = json.loads(json.dumps(payload))
        self.asked.append((function, event))
        try:
            answer, failed = self.handlers[function](event, f"request-{len(self.asked)}"), False
        except Exception as error:  # Lambda answers with whatever a handler raises
            answer, failed = {"errorMessage": str(error), "errorType": type(error).__name__}, True
        return read_answer(json.dumps(answer).encode(), failed=failed)


class Ticks:
    """A clock that moves when somebody waits, and does `then` each time."""

    def __init__(self, clock: FakeClock, then: Callable[[], None] = lambda: None) -> None:
        self.clock, self.then, self.waited = clock, then, 0.0

    def now(self) -> datetime:
        return self.clock.now()

    def wait(self, seconds: float) -> None:
        self.waited += seconds
        self.clock.move(timedelta(seconds=seconds))
        self.then()


class Terminal(io.StringIO):
    """Somebody looks at what is written here."""

    def isatty(self) -> bool:
        return True


@dataclass(frozen=True)
class Console:
    """Types command lines: exit code, what was printed, what was said on stderr."""

    functions: Lambda
    caller: Callable[[], str]
    clock: Ticks = field(default_factory=lambda: Ticks(FakeClock(NOON)))
    paper: Callable[[], io.StringIO] = io.StringIO

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        out, err = self.paper(), io.StringIO()
        code = run(arguments, self.functions, self.caller, out, err, self.clock)
        return code, out.getvalue(), err.getvalue()


@pytest.fixture
def console(dynamodb_store: DynamoDbStore, clock: FakeClock) -> Console:
    board = Switches(dynamodb_store.client, dynamodb_store.name)
    here = parse_arn(f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:first-responder-switches", "function")
    handlers = {
        "first-responder-switches": lambda event, request: switches.answer(board, event, here, clock.now(), request)
    }
    return Console(Lambda(handlers), lambda: "alice")
