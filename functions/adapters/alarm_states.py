"""How CloudWatch alarms stand, for whoever wants to know whether an incident is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, timedelta
from typing import Any

from functions.core.incident.ending import AlarmState
from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws

_FIVE_MINUTES = timedelta(minutes=5)
_AT_ONCE = 100


class AlarmStates:
    """The alarms of this account and Region."""

    PERMISSIONS = (
        Allow(
            action="cloudwatch:DescribeAlarms",
            on=EVERYTHING,
            because="composite alarms are only listed to a caller allowed on all",
        ),
    )

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def of(self, names: Iterable[str]) -> Mapping[str, AlarmState]:
        """By name; those that do not exist are missing. Raises what AWS raises."""
        wanted = list(dict.fromkeys(names))
        found: dict[str, AlarmState] = {}
        for first in range(0, len(wanted), _AT_ONCE):
            pages = (
                self._aws.client("cloudwatch")
                .get_paginator("describe_alarms")
                .paginate(AlarmNames=wanted[first : first + _AT_ONCE], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
            )
            for page in pages:
                for alarm in (*page.get("MetricAlarms", ()), *page.get("CompositeAlarms", ())):
                    found[alarm["AlarmName"]] = _state(alarm)
        return found


def _state(alarm: Mapping[str, Any]) -> AlarmState:
    """A composite alarm and one of metric math have no window of their own: five minutes."""
    window = timedelta(seconds=alarm["Period"] * alarm["EvaluationPeriods"]) if "Period" in alarm else _FIVE_MINUTES
    since = alarm.get("StateTransitionedTimestamp") or alarm["StateUpdatedTimestamp"]
    return AlarmState(state=alarm["StateValue"], since=since.astimezone(UTC), window=window)
