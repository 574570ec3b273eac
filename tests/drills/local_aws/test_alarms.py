"""Alarms are evaluated as AWS evaluates them and speak in the three documented shapes."""

import json
import time
from typing import Any

from .conftest import ACCOUNT, REGION, Aws, Ear, until


def put(aws: Aws, value: float, metric: str = "Load", **dimensions: str) -> None:
    aws("cloudwatch").put_metric_data(
        Namespace="Test",
        MetricData=[
            {
                "MetricName": metric,
                "Value": value,
                "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()],
            }
        ],
    )


def alarm(aws: Aws, name: str, **settings: Any) -> str:
    known = {"MetricName": "Load", "Namespace": "Test", "Statistic": "Average", "Period": 60}
    aws("cloudwatch").put_metric_alarm(
        **{
            "AlarmName": name,
            "Threshold": 10,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            **({} if "Metrics" in settings else known),
            **settings,
        }
    )
    return f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"


def state(aws: Aws, name: str, kind: str = "MetricAlarm") -> str:
    return str(aws("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=[kind])[f"{kind}s"][0]["StateValue"])


def drive(aws: Aws, name: str, wanted: str, value: float, **dimensions: str) -> None:
    """Put the value about twice a simulated minute until the alarm has the state."""

    def arrived() -> bool:
        put(aws, value, **dimensions)
        time.sleep(0.3)
        return state(aws, name) == wanted

    until(arrived)


def test_transition_arrives_as_event_as_direct_invocation_and_by_sns(aws: Aws, ear: Ear) -> None:
    topic = aws("sns").create_topic(Name="alarms")["TopicArn"]
    aws("sns").subscribe(
        TopicArn=topic,
        Protocol="lambda",
        Endpoint=ear.arn,
        Attributes={"FilterPolicyScope": "MessageBody", "FilterPolicy": json.dumps({"NewStateValue": ["ALARM"]})},
    )
    arn = alarm(
        aws,
        "three ways",
        Dimensions=[{"Name": "Db", "Value": "a"}],
        AlarmActions=[topic, ear.arn],
        OKActions=[topic],
        AlarmDescription="why",
    )
    aws.allow("recorder", "sns.amazonaws.com", topic)
    aws.allow("recorder", "lambda.alarms.cloudwatch.amazonaws.com", arn)
    started = time.monotonic()
    put(aws, 50, Db="a")
    until(lambda: state(aws, "three ways") == "ALARM", 2)
    assert time.monotonic() - started < 2

    event = ear.event("CloudWatch Alarm State Change", alarmName="three ways")
    assert (event["source"], event["resources"], event["account"]) == ("aws.cloudwatch", [arn], ACCOUNT)
    detail = event["detail"]
    assert (detail["previousState"]["value"], detail["state"]["value"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert json.loads(detail["state"]["reasonData"])["threshold"] == 10.0
    assert detail["state"]["timestamp"].endswith("+0000")
    [metric] = detail["configuration"]["metrics"]
    assert metric["returnData"] is True
    assert metric["metricStat"] == {
        "metric": {"namespace": "Test", "name": "Load", "dimensions": {"Db": "a"}},
        "period": 60,
        "stat": "Average",
    }
    assert "threshold" not in detail["configuration"]

    direct = ear.wait_for(lambda e: e.get("alarmArn") == arn)
    assert direct["alarmData"] == detail
    assert direct["source"] == "aws.cloudwatch"
    assert "detail-type" not in direct

    record = ear.wait_for(lambda e: "Sns" in (e.get("Records") or [{}])[0])["Records"][0]
    assert record["EventSource"] == "aws:sns"
    message = json.loads(record["Sns"]["Message"])
    assert (message["AlarmArn"], message["OldStateValue"], message["NewStateValue"]) == (
        arn,
        "INSUFFICIENT_DATA",
        "ALARM",
    )
    assert message["StateChangeTime"] == detail["state"]["timestamp"]
    assert message["Region"] == "US East (N. Virginia)"
    assert message["Trigger"]["Dimensions"] == [{"value": "a", "name": "Db"}]
    assert message["Trigger"]["Statistic"] == "AVERAGE"

    drive(aws, "three ways", "OK", 1, Db="a")
    back = ear.wait_for(
        lambda e: (e.get("detail") or {}).get("alarmName") == "three ways" and e["detail"]["state"]["value"] == "OK"
    )
    assert back["detail"]["previousState"] == detail["state"]
    states = [
        json.loads(r["Sns"]["Message"])["NewStateValue"]
        for h in ear.listen()
        for r in h["event"].get("Records", [])
        if "Sns" in r
    ]
    assert states == ["ALARM"]


def test_only_the_alarms_own_dimensions_count(aws: Aws) -> None:
    alarm(aws, "mine", Dimensions=[{"Name": "Db", "Value": "mine"}])
    alarm(aws, "other", Dimensions=[{"Name": "Db", "Value": "other"}])
    put(aws, 99, Db="other")
    until(lambda: state(aws, "other") == "ALARM")
    assert state(aws, "mine") == "INSUFFICIENT_DATA"


def test_two_of_three(aws: Aws) -> None:
    alarm(aws, "two of three", EvaluationPeriods=3, DatapointsToAlarm=2, Dimensions=[{"Name": "Db", "Value": "m"}])
    put(aws, 99, Db="m")
    assert state(aws, "two of three") == "INSUFFICIENT_DATA"
    drive(aws, "two of three", "ALARM", 99, Db="m")


def test_silence_is_judged_as_configured(aws: Aws) -> None:
    for treatment in ("breaching", "notBreaching"):
        alarm(aws, treatment, TreatMissingData=treatment, Dimensions=[{"Name": "Db", "Value": "silent"}])
    until(lambda: (state(aws, "breaching"), state(aws, "notBreaching")) == ("ALARM", "OK"))


def test_metric_math_alarm_and_metric_data_agree(aws: Aws, ear: Ear) -> None:
    queries = [
        {"Id": "share", "Expression": "IF(bad + good > 0, 100 * bad / (bad + good), 0)", "ReturnData": True},
        *(
            {
                "Id": name,
                "ReturnData": False,
                "MetricStat": {
                    "Metric": {"Namespace": "Test", "MetricName": name, "Dimensions": []},
                    "Period": 60,
                    "Stat": "Sum",
                },
            }
            for name in ("bad", "good")
        ),
    ]
    alarm(aws, "share", Metrics=queries)
    aws("cloudwatch").put_metric_data(
        Namespace="Test", MetricData=[{"MetricName": "bad", "Value": 1}, {"MetricName": "good", "Value": 3}]
    )
    until(lambda: state(aws, "share") == "ALARM")
    now = time.time()
    [result] = aws("cloudwatch").get_metric_data(MetricDataQueries=queries, StartTime=now - 300, EndTime=now + 60)[
        "MetricDataResults"
    ]
    assert (result["Id"], result["Values"]) == ("share", [25.0])
    metrics = ear.event("CloudWatch Alarm State Change", alarmName="share")["detail"]["configuration"]["metrics"]
    assert [(m["id"], m["returnData"], "expression" in m) for m in metrics] == [
        ("share", True, True),
        ("bad", False, False),
        ("good", False, False),
    ]


def test_composite_alarm_follows_and_names_its_trigger(aws: Aws, ear: Ear) -> None:
    child = alarm(aws, "child", Dimensions=[{"Name": "Db", "Value": "child"}])
    aws("cloudwatch").put_composite_alarm(AlarmName="whole", AlarmRule='ALARM("child")')
    aws("cloudwatch").set_alarm_state(AlarmName="child", StateValue="ALARM", StateReason="a drill")
    assert state(aws, "whole", "CompositeAlarm") == "ALARM"
    event = ear.wait_for(
        lambda e: (e.get("detail") or {}).get("alarmName") == "whole" and e["detail"]["state"]["value"] == "ALARM"
    )["detail"]
    assert event["configuration"] == {"alarmRule": 'ALARM("child")'}
    assert json.loads(event["state"]["reasonData"])["triggeringAlarms"][0]["arn"] == child
    assert ear.event("CloudWatch Alarm State Change", alarmName="child")["detail"]["state"]["reason"] == "a drill"


def test_newest_data_comes_first(aws: Aws) -> None:
    now = time.time()
    aws("cloudwatch").put_metric_data(
        Namespace="Test",
        MetricData=[{"MetricName": "history", "Value": hours, "Timestamp": now - hours * 3600} for hours in (1, 2, 3)],
    )
    [result] = aws("cloudwatch").get_metric_data(
        StartTime=now - 6 * 3600,
        EndTime=now,
        MetricDataQueries=[
            {
                "Id": "m",
                "MetricStat": {
                    "Metric": {"Namespace": "Test", "MetricName": "history"},
                    "Period": 300,
                    "Stat": "Maximum",
                },
            }
        ],
    )["MetricDataResults"]
    assert result["Values"] == [1.0, 2.0, 3.0]
    assert all(t.timestamp() % 300 == 0 for t in result["Timestamps"])
