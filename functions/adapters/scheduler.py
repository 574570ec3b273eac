"""Timers as one-off schedules of EventBridge Scheduler: they outlive every process, and delete themselves when they have rung.

EventBridge Scheduler invokes with a precision of 60 seconds, from the minute that the expression names until its end, at least
once (its user guide, "Schedule types" and "What is EventBridge Scheduler"). So a time is rounded up to the next whole minute.
What it does with a time that has passed was not found documented: it is never asked for one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from functions.core.permission import Allow
from functions.core.ports import Clock

GROUP = "first-responder"
_MINUTE = timedelta(minutes=1)
_AHEAD = timedelta(seconds=15)
"""So long before its time a schedule is ordered at the latest: the call may be tried three times."""
_TRIED_FOR = timedelta(hours=1)
_MOST_TRIES = 185
"""The most that EventBridge Scheduler allows; _TRIED_FOR ends it earlier."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bell:
    """What a schedule invokes: a function, by the role that EventBridge Scheduler takes on for it, and the queue for what
    could not be delivered. All three are ARNs."""

    function: str
    role: str
    dead_letters: str


class EventBridgeSchedules:
    """The core's `Schedules`."""

    PERMISSIONS = tuple(
        Allow(
            action=f"scheduler:{verb}Schedule",
            on=f"arn:{{partition}}:scheduler:{{region}}:{{account}}:schedule/{GROUP}/inc-*",
        )
        for verb in ("Create", "Update", "Delete")
    )

    def __init__(self, client: Any, bell: Bell, clock: Clock) -> None:
        self._client, self._bell, self._clock = client, bell, clock

    def start(self, incident: str, timer: str, at: datetime) -> None:
        """See `Schedules.start`. Raises what AWS raises."""
        wish = self._wish(incident, timer, max(at, self._clock.now() + _AHEAD))
        try:
            self._client.create_schedule(**wish)
        except self._client.exceptions.ConflictException:
            self._client.update_schedule(**wish)

    def cancel(self, incident: str, timers: Iterable[str]) -> None:
        """See `Schedules.cancel`. Raises what AWS raises."""
        for timer in timers:
            with suppress(self._client.exceptions.ResourceNotFoundException):
                self._client.delete_schedule(Name=schedule_name(incident, timer), GroupName=GROUP)

    def _wish(self, incident: str, timer: str, at: datetime) -> dict[str, Any]:
        retry = {"MaximumEventAgeInSeconds": int(_TRIED_FOR.total_seconds()), "MaximumRetryAttempts": _MOST_TRIES}
        return {
            "Name": schedule_name(incident, timer),
            "GroupName": GROUP,
            "ScheduleExpression": f"at({_whole_minute(at):%Y-%m-%dT%H:%M:%S})",
            "ScheduleExpressionTimezone": "UTC",
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE",
            "Target": {
                "Arn": self._bell.function,
                "RoleArn": self._bell.role,
                "Input": json.dumps({"clock": {"incident": incident, "timer": timer}}, sort_keys=True),
                "DeadLetterConfig": {"Arn": self._bell.dead_letters},
                "RetryPolicy": retry,
            },
        }


def schedule_name(incident: str, timer: str) -> str:
    """At most 64 letters, digits, `-`, `_` and `.` (AWS, CreateSchedule): an incident's id and a timer's name are made of them."""
    return f"inc-{incident}-{timer}"


def _whole_minute(at: datetime) -> datetime:
    past = at.astimezone(UTC).replace(second=0, microsecond=0)
    return past if past == at else past + _MINUTE


class MemorySchedules:
    """Notes when what is to ring. `ordered` is there to be looked at, by incident and timer."""

    def __init__(self) -> None:
        self.ordered: dict[tuple[str, str], datetime] = {}

    def start(self, incident: str, timer: str, at: datetime) -> None:
        self.ordered[incident, timer] = at

    def cancel(self, incident: str, timers: Iterable[str]) -> None:
        for timer in timers:
            self.ordered.pop((incident, timer), None)
