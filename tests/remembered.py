"""A scene that is set up once and played thousands of times: what AWS answers depends on what was changed before, so an answer
is asked for once after each sequence of changes and remembered. Setting moto up costs a hundred times as much as a run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from tests.faults import READS
from tests.house import House
from tests.paginator import paginator
from tests.scenes import Scene


@dataclass(frozen=True)
class Asked:
    """One call of a client's method; `named` are its parameters as JSON."""

    service: str
    method: str
    named: str

    @property
    def changes(self) -> bool:
        return not self.method.startswith(READS)


def asked(service: str, method: str, named: Mapping[str, Any]) -> Asked:
    return Asked(service, method, json.dumps(named, sort_keys=True, default=str))


class Stage:
    """One scene, set up as long as a test plays it. What was answered is remembered beyond that."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._open = ExitStack()
        self._made: list[tuple[Asked, dict[str, Any]]] = []
        self._house: House | None = None
        self._memory: dict[tuple[Any, ...], Any] = {}

    def __enter__(self) -> Stage:
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()
        self._house = None

    @cached_property
    def _first(self) -> tuple[House, Any]:
        self._set_up()
        assert self._house is not None
        pristine = House(replace(self._house.ctx, ports=self._private(self._house)), self._house.clock)
        return pristine, self._event

    @property
    def event(self) -> Any:
        return deepcopy(self._first[1])

    def new_house(self) -> House:
        """The house as the scene left it, with a clock, a record and a remembered account of its own."""
        pristine, _ = self._first
        clock = FakeClock(pristine.clock.now())
        ports = replace(self._private(pristine), clock=clock, aws=Remembered(self, clock))
        return House(replace(pristine.ctx, ports=ports), clock)

    def answer(self, made: list[tuple[Asked, dict[str, Any]]], question: Asked, named: dict[str, Any]) -> Any:
        """What the account answers after these changes. Raises what it raises."""
        key = (*(change for change, _ in made), question)
        if key not in self._memory:
            self._memory[key] = self._ask(made, question, named)
        found = self._memory[key]
        if isinstance(found, Exception):
            raise found.with_traceback(None)
        return found

    def _ask(self, made: list[tuple[Asked, dict[str, Any]]], question: Asked, named: dict[str, Any]) -> Any:
        if self._house is None or made[: len(self._made)] != self._made:
            self._set_up()
        assert self._house is not None
        aws = self._house.aws
        for change, parameters in made[len(self._made) :]:
            getattr(aws.client(change.service), change.method)(**parameters)
            self._made.append((change, parameters))
        try:
            answer = getattr(aws.client(question.service), question.method)(**named)
        except Exception as error:  # a refusal is an answer like any other
            return error
        if question.changes:
            self._made.append((question, named))
        return answer

    def _set_up(self) -> None:
        self._open.close()
        self._made = []
        self._house, self._event = self._open.enter_context(self._scene())

    @staticmethod
    def _private(house: House) -> Any:
        aws = house.ctx.ports.aws
        return replace(deepcopy(replace(house.ctx.ports, aws=None)), aws=aws)  # type: ignore[type-var]


class Remembered:
    """The account as one run sees it. `effects` are the changes that were made in it, in their order."""

    def __init__(self, stage: Stage, clock: FakeClock) -> None:
        self._stage, self._aws = stage, Boto3Aws(clock)
        self._made: list[tuple[Asked, dict[str, Any]]] = []
        self.questions: list[tuple[Asked, dict[str, Any]]] = []

    @property
    def effects(self) -> list[Asked]:
        return [change for change, _ in self._made]

    def now(self) -> datetime:
        return self._aws.now()

    def refusal(self, error: Exception) -> str | None:
        return self._aws.refusal(error)

    def client(self, service: str) -> Any:
        return _Client(self, service)

    def ask(self, service: str, method: str, named: dict[str, Any]) -> Any:
        question = asked(service, method, named)
        self.questions.append((question, named))
        answer = self._stage.answer(self._made, question, named)
        if question.changes:
            self._made = [*self._made, (question, named)]
        return answer


class _Client:
    def __init__(self, account: Remembered, service: str) -> None:
        self._account, self._service = account, service

    def __getattr__(self, method: str) -> Any:
        return lambda **named: self._account.ask(self._service, method, named)

    def get_paginator(self, method: str) -> Any:
        return paginator(self, self._service, method)
