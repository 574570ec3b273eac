"""Looking again later whether an incident is over: the same state machine that wakes waiting runs."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from functions.adapters.follow_through import function_name


class StepFunctionsRechecks:
    """The core's `Rechecks`."""

    def __init__(self, client: Any, state_machine_arn: str) -> None:
        self._client = client
        self._arn = state_machine_arn

    def start(self, incident: str, attempt: str, wait: timedelta) -> None:
        work = {
            "function": function_name("resolve"),
            "advance": {"incident": incident},
            "wait": max(1, int(wait.total_seconds())),
        }
        try:
            self._client.start_execution(
                stateMachineArn=self._arn,
                name=f"resolve-{incident}-{attempt}"[:80],
                input=json.dumps(work, sort_keys=True),
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            return  # ordered before


class MemoryRechecks:
    """Notes what is to be looked at again."""

    def __init__(self) -> None:
        self.started: list[tuple[str, str, timedelta]] = []

    def start(self, incident: str, attempt: str, wait: timedelta) -> None:
        self.started.append((incident, attempt, wait))
