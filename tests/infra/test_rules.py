from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from functions.adapters.follow_through import function_name
from functions.core.remediation import Remediation
from functions.core.trigger import MetricAlarm, ServiceEvent
from infra.rules import patterns
from tests.infra.deployed import Deployed, inside
from tests.infra.turn_dials import TurnDials


def test_metrics_of_one_namespace_share_a_rule_and_those_of_two_never_mix() -> None:
    metrics = [
        pattern["detail"]["configuration"]["metrics"]["metricStat"]["metric"]
        for pattern in patterns(TurnDials.triggers)
        if pattern["source"] == ["aws.cloudwatch"]
    ]
    assert metrics == [
        {"namespace": ["AWS/Dials"], "name": ["Level", "Drift"]},
        {"namespace": ["Dials/Insights"], "name": ["Fault"]},
    ]


def test_each_kind_of_service_event_has_a_rule_with_its_fields() -> None:
    events = [pattern for pattern in patterns(TurnDials.triggers) if pattern["source"] == ["aws.dials"]]
    assert [event["detail"] for event in events] == [
        {"eventId": ["D-1", "D-2"]},
        {"eventId": ["D-7"], "kind": ["fault"]},
    ]


def test_every_trigger_is_in_a_rule_to_the_function(deployed: Deployed, remediation: Remediation[Any]) -> None:
    found = [rule["EventPattern"] for rule in deployed.rules_to(function_name(remediation.name))]
    assert _sorted(found) == _sorted(patterns(remediation.triggers))
    for trigger in remediation.triggers:
        assert any(_matches(pattern, trigger) for pattern in found)


def _sorted(found: list[dict[str, Any]]) -> list[str]:
    return sorted(json.dumps(pattern, sort_keys=True) for pattern in found)


def _by_path(detail: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """The conditions of a pattern, each under the path of its field."""
    for name, value in detail.items():
        if isinstance(value, dict):
            yield from _by_path(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def _matches(pattern: dict[str, Any], trigger: MetricAlarm | ServiceEvent) -> bool:
    if isinstance(trigger, ServiceEvent):
        detail: dict[str, Any] = {field: list(accepted) for field, accepted in trigger.detail.items()}
        detail |= {field: [{"prefix": begin} for begin in begins] for field, begins in trigger.prefixes.items()}
        detail |= {field: [{"numeric": [">=", least]}] for field, least in trigger.at_least.items()}
        named = (pattern["source"], pattern["detail-type"]) == ([trigger.source], [trigger.detail_type])
        return named and detail == dict(_by_path(pattern["detail"]))
    if pattern["detail-type"] != ["CloudWatch Alarm State Change"] or pattern["detail"]["state"] != {
        "value": ["ALARM"]
    }:
        return False
    metric = pattern["detail"]["configuration"]["metrics"]["metricStat"]["metric"]
    return metric["namespace"] == [trigger.namespace] and trigger.metric in metric["name"]


def test_each_rule_may_call_the_function_and_keeps_what_it_cannot_deliver(
    deployed: Deployed, remediation: Remediation[Any]
) -> None:
    name = function_name(remediation.name)
    rules = {
        logical_id: rule
        for logical_id, rule in deployed.all("AWS::Events::Rule").items()
        if rule in deployed.rules_to(name)
    }
    assert bool(rules) is bool(remediation.triggers)
    for logical_id, rule in rules.items():
        (target,) = rule["Targets"]
        assert target["RetryPolicy"] == {"MaximumEventAgeInSeconds": 3600, "MaximumRetryAttempts": 185}
        assert target["DeadLetterConfig"] == {"Arn": deployed.dead_letters(name)}
        deployed.one(
            "AWS::Lambda::Permission",
            FunctionName=deployed.function_arn(name),
            Principal="events.amazonaws.com",
            SourceArn=f"<{logical_id}.Arn>",
        )
        assert ("events.amazonaws.com", f"<{logical_id}.Arn>") in _senders(deployed, name)


def _senders(deployed: Deployed, name: str) -> set[tuple[str, str]]:
    """Who may put something into a function's dead-letter queue, and on whose behalf."""
    queue = inside(deployed.dead_letters(name))
    policy = deployed.one("AWS::SQS::QueuePolicy", Queues=[f"<{queue}>"])["PolicyDocument"]
    return {
        (statement["Principal"]["Service"], statement["Condition"]["ArnEquals"]["aws:SourceArn"])
        for statement in policy["Statement"]
        if statement["Effect"] == "Allow"
    }


def test_its_subscription_takes_the_alarms_on_its_metrics(deployed: Deployed, remediation: Remediation[Any]) -> None:
    name = function_name(remediation.name)
    alarms = [trigger for trigger in remediation.triggers if isinstance(trigger, MetricAlarm)]
    subscriptions = [
        said
        for said in deployed.all("AWS::SNS::Subscription").values()
        if said["Endpoint"] == deployed.function_arn(name)
    ]
    assert len(subscriptions) == bool(alarms)
    for subscription in subscriptions:
        assert subscription["FilterPolicyScope"] == "MessageBody"
        assert subscription["FilterPolicy"] == {
            "Trigger": {
                "MetricName": sorted({alarm.metric for alarm in alarms}),
                "Namespace": sorted({alarm.namespace for alarm in alarms}),
            }
        }
        assert subscription["RedrivePolicy"] == {"deadLetterTargetArn": deployed.dead_letters(name)}
        assert ("sns.amazonaws.com", subscription["TopicArn"]) in _senders(deployed, name)
        deployed.one(
            "AWS::Lambda::Permission",
            FunctionName=deployed.function_arn(name),
            Principal="sns.amazonaws.com",
            SourceArn=subscription["TopicArn"],
        )


def test_what_no_filter_takes_goes_to_the_function_that_writes_it_down(deployed: Deployed) -> None:
    name = "first-responder-intake"
    subscription = deployed.one("AWS::SNS::Subscription", Endpoint=deployed.function_arn(name))
    assert "FilterPolicy" not in subscription
    assert subscription["TopicArn"] == f"<{deployed.id_of('AWS::SNS::Topic', TopicName='first-responder-alarms')}>"
    assert subscription["RedrivePolicy"] == {"deadLetterTargetArn": deployed.dead_letters(name)}
    assert ("sns.amazonaws.com", subscription["TopicArn"]) in _senders(deployed, name)


def test_an_alarm_of_this_account_may_call_it_directly(deployed: Deployed, remediation: Remediation[Any]) -> None:
    permission = deployed.one(
        "AWS::Lambda::Permission",
        FunctionName=deployed.function_arn(function_name(remediation.name)),
        Principal="lambda.alarms.cloudwatch.amazonaws.com",
    )
    assert permission["SourceAccount"] == "123456789012"
    assert permission["SourceArn"] == "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*"


def test_topics_take_messages_from_alarms_of_this_account_and_only_over_tls(deployed: Deployed) -> None:
    for name in ("first-responder-alarms", "first-responder-people"):
        topic = f"<{deployed.id_of('AWS::SNS::Topic', TopicName=name)}>"
        said = deployed.one("AWS::SNS::TopicPolicy", Topics=[topic])["PolicyDocument"]["Statement"]
        (allow,) = [statement for statement in said if statement["Effect"] == "Allow"]
        (deny,) = [statement for statement in said if statement["Effect"] == "Deny"]
        assert (allow["Principal"], allow["Action"]) == ({"Service": "cloudwatch.amazonaws.com"}, "sns:Publish")
        assert allow["Condition"] == {
            "StringEquals": {"aws:SourceAccount": "123456789012"},
            "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*"},
        }
        assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
