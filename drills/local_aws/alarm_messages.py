"""What CloudWatch sends when an alarm changes state, in its three documented shapes: event, direct invocation, SNS message.

The event's and the direct payload's inner object is the same; its dimensions are a map, while the SNS message has a list and a
display name instead of a Region code. A state-change event carries no threshold except inside the `reasonData` string.
"""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from ministack.core.responses import get_account_id, get_region

_REGION_NAMES = {
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-west-2": "US West (Oregon)",
    "eu-west-1": "EU (Ireland)",
    "eu-central-1": "EU (Frankfurt)",
    "eu-north-1": "EU (Stockholm)",
}
_last: dict[str, dict[str, Any]] = {}


def stamp(moment: float) -> str:
    """CloudWatch's timestamp: milliseconds and a zone without colon."""
    at = datetime.fromtimestamp(moment, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"


def reason(alarm: dict[str, Any], state: str, points: list[float]) -> str:
    """The prose that nobody should parse."""
    if state == "INSUFFICIENT_DATA":
        return f"Insufficient Data: {alarm['EvaluationPeriods']} datapoints were unknown."
    side = "" if state == "ALARM" else "not "
    comparison = {
        "GreaterThanOrEqualToThreshold": "greater than or equal to",
        "GreaterThanThreshold": "greater than",
        "LessThanThreshold": "less than",
        "LessThanOrEqualToThreshold": "less than or equal to",
    }
    shown = ", ".join(str(point) for point in reversed(points)) or "no datapoints were received"
    return (
        f"Threshold Crossed: {len(points)} out of the last {alarm['EvaluationPeriods']} datapoints [{shown}] were "
        f"{side}{comparison[alarm['ComparisonOperator']]} the threshold ({alarm['Threshold']})."
    )


def reason_data(alarm: dict[str, Any], points: list[float]) -> str:
    """The JSON string beside the prose: the only place of the threshold in an event."""
    now = stamp(datetime.now(UTC).timestamp())
    return json.dumps(
        {
            "version": "1.0",
            "queryDate": now,
            "startDate": now,
            "statistic": alarm.get("ExtendedStatistic") or alarm.get("Statistic"),
            "period": alarm.get("Period"),
            "recentDatapoints": points,
            "threshold": float(alarm["Threshold"]),
        }
    )


def remember(alarm: dict[str, Any]) -> dict[str, Any]:
    """The alarm's present state as messages show it, kept as the next message's previous state."""
    state = {
        "value": alarm["StateValue"],
        "reason": alarm.get("StateReason", ""),
        "timestamp": stamp(alarm["StateUpdatedTimestamp"]),
    }
    if alarm.get("StateReasonData"):
        state["reasonData"] = alarm["StateReasonData"]
    _last[alarm["AlarmArn"]] = state
    return state


def previous(alarm: dict[str, Any], value: str) -> dict[str, Any]:
    """The state before this one; an alarm that never moved has the one of its creation."""
    known = _last.get(alarm["AlarmArn"])
    if known and known["value"] == value:
        return known
    return {
        "value": value,
        "reason": "Unchecked: Initial alarm creation",
        "timestamp": stamp(alarm.get("AlarmConfigurationUpdatedTimestamp") or alarm["StateUpdatedTimestamp"]),
    }


def data(alarm: dict[str, Any], state: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """`detail` of the event, `alarmData` of the direct invocation."""
    return {
        "alarmName": alarm["AlarmName"],
        "state": state,
        "previousState": before,
        "configuration": _configuration(alarm),
    }


def direct(alarm: dict[str, Any], state: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """The payload of an alarm action on a function."""
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm["AlarmArn"],
        "accountId": get_account_id(),
        "time": state["timestamp"],
        "region": get_region(),
        "alarmData": data(alarm, state, before),
    }


def _configuration(alarm: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"description": alarm["AlarmDescription"]} if alarm.get("AlarmDescription") else {}
    if "AlarmRule" in alarm:
        return {**shown, "alarmRule": alarm["AlarmRule"]}
    queries = alarm.get("Metrics") or [
        {
            "Id": str(uuid.uuid5(uuid.NAMESPACE_URL, alarm["AlarmArn"])),
            "MetricStat": {
                "Metric": alarm,
                "Period": alarm["Period"],
                "Stat": alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average",
            },
        }
    ]
    return {**shown, "metrics": [_query(query) for query in queries]}


def _query(query: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": query["Id"], "returnData": query.get("ReturnData", True)}
    if query.get("Expression"):
        shown["expression"] = query["Expression"]
    if query.get("Label"):
        shown["label"] = query["Label"]
    if stat := query.get("MetricStat"):
        metric = stat["Metric"]
        shown["metricStat"] = {
            "metric": {
                "namespace": metric["Namespace"],
                "name": metric["MetricName"],
                "dimensions": {d["Name"]: d["Value"] for d in metric.get("Dimensions") or []},
            },
            "period": int(stat["Period"]),
            "stat": stat["Stat"],
        }
    return shown


def subject(alarm: dict[str, Any]) -> str:
    """The subject line of the notification."""
    return f'{alarm["StateValue"]}: "{alarm["AlarmName"]}" in {_REGION_NAMES.get(get_region(), get_region())}'[:100]


def notification(alarm: dict[str, Any], old_state: str) -> dict[str, Any]:
    """The JSON inside an SNS message."""
    shown = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": get_account_id(),
        "AlarmConfigurationUpdatedTimestamp": stamp(alarm["AlarmConfigurationUpdatedTimestamp"]),
        "NewStateValue": alarm["StateValue"],
        "NewStateReason": alarm.get("StateReason", ""),
        "StateChangeTime": stamp(alarm["StateUpdatedTimestamp"]),
        "Region": _REGION_NAMES.get(get_region(), get_region()),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": old_state,
        "OKActions": alarm.get("OKActions") or [],
        "AlarmActions": alarm.get("AlarmActions") or [],
        "InsufficientDataActions": alarm.get("InsufficientDataActions") or [],
    }
    if "AlarmRule" in alarm:
        triggers = json.loads(alarm.get("StateReasonData") or "{}").get("triggeringAlarms", [])
        return {
            **shown,
            "AlarmRule": alarm["AlarmRule"],
            "TriggeringChildren": [
                {"Arn": t["arn"], "State": {"Value": t["state"]["value"], "Timestamp": t["state"]["timestamp"]}}
                for t in triggers
            ],
        }
    return {**shown, "Trigger": _trigger(alarm)}


def _trigger(alarm: dict[str, Any]) -> dict[str, Any]:
    common = {
        "Period": int(alarm.get("Period") or 60),
        "EvaluationPeriods": int(alarm["EvaluationPeriods"]),
        "DatapointsToAlarm": int(alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"]),
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": float(alarm["Threshold"]),
        "TreatMissingData": alarm.get("TreatMissingData") or "missing",
        "EvaluateLowSampleCountPercentile": "",
    }
    if alarm.get("Metrics"):
        return {**common, "Metrics": [_trigger_query(query) for query in alarm["Metrics"]]}
    return {
        "MetricName": alarm["MetricName"],
        "Namespace": alarm["Namespace"],
        "StatisticType": "Statistic",
        "Statistic": (alarm.get("Statistic") or "Average").upper(),
        "Unit": alarm.get("Unit"),
        "Dimensions": _pairs(alarm),
        **common,
    }


def _trigger_query(query: dict[str, Any]) -> dict[str, Any]:
    shown = {key: query[key] for key in ("Id", "Expression", "Label") if query.get(key)}
    if stat := query.get("MetricStat"):
        metric = stat["Metric"]
        shown["MetricStat"] = {
            "Metric": {
                "Dimensions": _pairs(metric),
                "MetricName": metric["MetricName"],
                "Namespace": metric["Namespace"],
            },
            "Period": int(stat["Period"]),
            "Stat": stat["Stat"],
        }
    return {**shown, "ReturnData": query.get("ReturnData", True)}


def _pairs(metric: dict[str, Any]) -> list[dict[str, str]]:
    return [{"value": d["Value"], "name": d["Name"]} for d in metric.get("Dimensions") or []]
