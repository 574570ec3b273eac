"""Whether the owner of a CloudWatch alarm has silenced it: EventBridge tells of its transitions all the same.

CloudWatch User Guide: disabled actions, alarm mute rules and a composite's suppressor hold back actions, never evaluation.
A composite's suppressor holds back the composite's own actions only. It counts for its children here, because a child has
one target and a composite has none: the owner's word on maintenance stands on an alarm that no remediation could answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from functions.core.alarm import Alarm, Kind
from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws

_TYPES = ["MetricAlarm", "CompositeAlarm"]
_LISTED = ("MetricAlarms", "CompositeAlarms")
_WAITS = "WaitPeriod"
_LEVELS = 3


class CloudWatchAlarms:
    """The alarms of this account and Region."""

    PERMISSIONS: ClassVar[tuple[Allow, ...]] = (
        Allow(
            action="cloudwatch:DescribeAlarms",
            on=EVERYTHING,
            because="composite alarms are only listed to a caller allowed on all",
        ),
        Allow(
            action="cloudwatch:ListAlarmMuteRules",
            on=EVERYTHING,
            because="whether a list of mute rules has a resource scope is not documented, and a refused read stops every change",
        ),
    )

    def __init__(self, aws: Aws) -> None:
        self._aws = aws

    def silence(self, alarm: Alarm) -> str | None:
        """Why the owner does not want it answered now; None where nothing silences it. Raises what AWS raises.

        Nothing silences an alarm that no longer exists: whether its condition holds is read from the metric itself.
        """
        if alarm.kind in (Kind.EVENT, Kind.MANUAL):
            return None
        name = alarm.arn.split(":alarm:", 1)[1]
        found = self._described([name]).get(name)
        if found is None:
            return None
        return _switched_off(found) or _suppressed(found) or self._muted(name) or self._maintained(name)

    def _described(self, names: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        """Metric and composite alarms by name; those that do not exist are missing."""
        pages = self._pages("describe_alarms", AlarmNames=list(names), AlarmTypes=_TYPES)
        return {one["AlarmName"]: one for page in pages for kind in _LISTED for one in page.get(kind) or ()}

    def _muted(self, name: str) -> str | None:
        try:
            pages = self._pages("list_alarm_mute_rules", AlarmName=name, Statuses=["ACTIVE"])
            rules = [rule["AlarmMuteRuleArn"] for page in pages for rule in page.get("AlarmMuteRuleSummaries") or ()]
        except NotImplementedError:
            # Only a stand-in for AWS in the same process lacks the call. AWS answers, or its refusal stops the change.
            return None
        names = ", ".join(sorted(arn.rpartition(":alarm-mute-rule:")[2] for arn in rules))
        return f"the alarm {name} is muted by the alarm mute rule {names}" if rules else None

    def _maintained(self, name: str) -> str | None:
        """Whether a composite alarm above it has a suppressor that is in ALARM. A composite may stand above another."""
        seen, children = {name}, [name]
        for _ in range(_LEVELS):
            above = sorted({parent for child in children for parent in self._parents(child)} - seen)
            for composite in (self._described(above) if above else {}).values():
                reason = self._suppressing(composite)
                if reason is not None:
                    return f"{reason}, above the alarm {name}"
            seen |= {*above}
            children = above
        return None

    def _parents(self, name: str) -> list[str]:
        """The composite alarms whose rule names this alarm. AWS tells their names only."""
        pages = self._pages("describe_alarms", ParentsOfAlarmName=name)
        return [one["AlarmName"] for page in pages for one in page.get("CompositeAlarms") or ()]

    def _suppressing(self, composite: Mapping[str, Any]) -> str | None:
        """Asks the suppressor too: a composite follows its children late, and waits for its suppressor before it counts."""
        suppressor = str(composite.get("ActionsSuppressor") or "").split(":alarm:", 1)[-1]
        if composite.get("ActionsSuppressedBy") not in (None, _WAITS):
            return _suppressed(composite)
        state = self._described([suppressor]).get(suppressor, {}).get("StateValue") if suppressor else None
        if state != "ALARM":
            return None
        return f"{suppressor}, which suppresses the composite alarm {composite['AlarmName']}, is in ALARM"

    def _pages(self, call: str, **asked: Any) -> Any:
        return self._aws.client("cloudwatch").get_paginator(call).paginate(**asked)


def _switched_off(found: Mapping[str, Any]) -> str | None:
    return None if found.get("ActionsEnabled", True) else f"the actions of the alarm {found['AlarmName']} are disabled"


def _suppressed(found: Mapping[str, Any]) -> str | None:
    if not found.get("ActionsSuppressedBy"):
        return None
    by = f"{found['ActionsSuppressedBy']} of {found.get('ActionsSuppressor', 'its suppressor')}"
    return f"the actions of the composite alarm {found['AlarmName']} are suppressed ({by})"


class MemoryAlarms:
    """Alarms that are silenced by saying so: the reason, by the alarm's ARN."""

    def __init__(self) -> None:
        self.silenced: dict[str, str] = {}

    def silence(self, alarm: Alarm) -> str | None:
        return self.silenced.get(alarm.arn)
