"""Looking again later whether an incident is over: the same state machine that wakes waiting runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from functions.adapters.follow_through import start_once


class StepFunctionsRechecks:
    """The core's `Rechecks`."""

    def __init__(self, client: Any, state_machine_arn: str) -> None:
        self._client = client
        self._arn = state_machine_arn

    def start(self, incident: str, attempt: str, wait: timedelta) -> None:
        name = f"resolve-{incident}-{attempt}"[:80]
        start_once(self._client, self._arn, name, "resolve", {"incident": incident}, wait)


class MemoryRechecks:
    """Notes what is to be looked at again."""

    def __init__(self) -> None:
        self.started: list[tuple[str, str, timedelta]] = []

    def start(self, incident: str, attempt: str, wait: timedelta) -> None:
        self.started.append((incident, attempt, wait))
