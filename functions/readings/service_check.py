"""The alarm that says whether the whole works end to end: named by whoever owns the cluster, e.g. the alarm of a canary."""

from __future__ import annotations

from collections.abc import Mapping

from functions.core.policy import SERVICE_CHECK_TAG
from functions.core.ports import Aws

_KINDS = {"MetricAlarm": "MetricAlarms", "CompositeAlarm": "CompositeAlarms"}


def read_check(aws: Aws, tags: Mapping[str, str]) -> str | None:
    """The state of the alarm that the tag names: OK, ALARM, INSUFFICIENT_DATA, or `missing`; None where no tag names one."""
    name = tags.get(SERVICE_CHECK_TAG)
    if name is None:
        return None
    found = aws.client("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=list(_KINDS))
    alarms = [alarm for kind in _KINDS.values() for alarm in found.get(kind) or ()]
    return str(alarms[0]["StateValue"]) if alarms else "missing"
