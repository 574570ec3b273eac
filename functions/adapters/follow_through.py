"""Waking a waiting run: a Step Functions execution per run, whose only task is the function that the run belongs to."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any

from functions.core.run import Run

FUNCTION_PREFIX = "first-responder-"


def function_name(remediation: str) -> str:
    """The Lambda function of a remediation."""
    return FUNCTION_PREFIX + remediation.replace("_", "-")


class StepFunctions:
    """The core's `FollowThrough`."""

    def __init__(self, client: Any, state_machine_arn: str) -> None:
        self._client = client
        self._arn = state_machine_arn

    def start(self, run: Run, wait: timedelta, attempt: str) -> None:
        """An execution's name is the run's id and the attempt: starting it twice is harmless."""
        which = {"incident": run.incident, "run": run.id}
        start_once(self._client, self._arn, f"{run.id}-{attempt}"[-80:], run.remediation, which, wait)


def start_once(
    client: Any, machine: str, name: str, function: str, advance: Mapping[str, str], wait: timedelta
) -> None:
    """Have the state machine wake one of our functions with this, after `wait` and for as long as it answers with another one.
    A name is taken for good: what was ordered before is not ordered again, and the sweep looks after a run whose wake-up died."""
    work = {"function": function_name(function), "advance": dict(advance), "wait": max(1, int(wait.total_seconds()))}
    with suppress(client.exceptions.ExecutionAlreadyExists):
        client.start_execution(stateMachineArn=machine, name=name, input=json.dumps(work, sort_keys=True))


class MemoryFollowThrough:
    """Notes what it was asked to wake."""

    def __init__(self) -> None:
        self.started: list[tuple[str, timedelta, str]] = []

    def start(self, run: Run, wait: timedelta, attempt: str) -> None:
        self.started.append((run.id, wait, attempt))
