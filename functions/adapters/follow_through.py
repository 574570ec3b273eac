"""Waking a waiting run: a Step Functions execution per run, whose only task is the function that the run belongs to."""

from __future__ import annotations

import json
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
        work = {
            "function": function_name(run.remediation),
            "advance": {"incident": run.incident, "run": run.id},
            "wait": max(1, int(wait.total_seconds())),
        }
        try:
            self._client.start_execution(
                stateMachineArn=self._arn, name=f"{run.id}-{attempt}"[-80:], input=json.dumps(work, sort_keys=True)
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            return  # the wake-up was ordered before; the sweep looks after one that has died


class MemoryFollowThrough:
    """Notes what it was asked to wake."""

    def __init__(self) -> None:
        self.started: list[tuple[str, timedelta, str]] = []

    def start(self, run: Run, wait: timedelta, attempt: str) -> None:
        self.started.append((run.id, wait, attempt))
