"""Alarms as CloudWatch really sends them, in its three shapes."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

ACCOUNT, REGION = "123456789012", "eu-west-1"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:first-responder-toy"


def alarm_arn(name: str = "disk") -> str:
    return f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"


def stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03}+0000"


def metric_entry(namespace: str, name: str, dimensions: dict[str, str], watched: bool = True) -> dict[str, Any]:
    metric = {"namespace": namespace, "name": name, "dimensions": dimensions}
    stat = {"metric": metric, "period": 60, "stat": "Average"}
    return {"id": "b0a1b2c3-0000-4000-8000-000000000000", "metricStat": stat, "returnData": watched}


def eventbridge(
    at: datetime,
    namespace: str,
    name: str,
    dimensions: dict[str, str],
    *,
    alarm: str = "disk",
    state: str = "ALARM",
    **over: Any,
) -> dict[str, Any]:
    data = {"threshold": 10.0, "recentDatapoints": [5.0], **over.pop("reason_data", {})}
    detail = {
        "alarmName": alarm,
        "configuration": {"description": "a stranger's words", "metrics": [metric_entry(namespace, name, dimensions)]},
        "previousState": {"value": "OK", "reason": "...", "timestamp": stamp(at)},
        "state": {"value": state, "reason": "crossed", "reasonData": json.dumps(data), "timestamp": stamp(at)},
        **over,
    }
    return {
        "version": "0",
        "id": "c4c1c1c9-6542-e61b-6ef0-8c4d36933a92",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": ACCOUNT,
        "time": f"{at:%Y-%m-%dT%H:%M:%SZ}",
        "region": REGION,
        "resources": [alarm_arn(alarm)],
        "detail": detail,
    }


def alarm_action(event: dict[str, Any]) -> dict[str, Any]:
    """The direct action that goes out with an EventBridge event."""
    return {
        "source": "aws.cloudwatch",
        "alarmArn": event["resources"][0],
        "accountId": event["account"],
        "time": event["detail"]["state"]["timestamp"],
        "region": event["region"],
        "alarmData": event["detail"],
    }


def sns(event: dict[str, Any]) -> dict[str, Any]:
    """The SNS message that goes out with an EventBridge event."""
    detail = event["detail"]
    metric = detail["configuration"]["metrics"][0]["metricStat"]["metric"]
    message = {
        "AlarmName": detail["alarmName"],
        "AlarmDescription": None,
        "AWSAccountId": event["account"],
        "NewStateValue": detail["state"]["value"],
        "NewStateReason": detail["state"]["reason"],
        "StateChangeTime": detail["state"]["timestamp"],
        "Region": "EU (Ireland)",
        "AlarmArn": event["resources"][0],
        "OldStateValue": detail["previousState"]["value"],
        "Trigger": {
            "MetricName": metric["name"],
            "Namespace": metric["namespace"],
            "Statistic": "AVERAGE",
            "Dimensions": [{"name": key, "value": value} for key, value in metric["dimensions"].items()],
            "Period": 60,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "LessThanThreshold",
            "Threshold": json.loads(detail["state"]["reasonData"])["threshold"],
        },
    }
    return sns_message(json.dumps(message))


def sns_message(text: str) -> dict[str, Any]:
    return {
        "Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": {"Type": "Notification", "Message": text}}]
    }
