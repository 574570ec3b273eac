"""The three ways in: rules on the default event bus, subscriptions on the alarm topic, and alarms that call a function themselves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from aws_cdk import Aws
from aws_cdk.aws_events import EventPattern, Rule
from aws_cdk.aws_events_targets import LambdaFunction
from aws_cdk.aws_iam import ServicePrincipal
from aws_cdk.aws_sns import FilterOrPolicy, SubscriptionFilter, Topic
from aws_cdk.aws_sns_subscriptions import LambdaSubscription

from functions.core.trigger import MetricAlarm, ServiceEvent, Trigger
from infra.alarm_topic import ALARMS_OF_THIS_ACCOUNT
from infra.remediation_function import RemediationFunction
from infra.watched_function import EVENT_AGE, WatchedFunction

_MOST_TRIES = 185  # what EventBridge does at most; EVENT_AGE ends it earlier


def answer_events(to: RemediationFunction) -> None:
    """A rule per namespace of watched metrics, and one per kind of service event."""
    for pattern in patterns(to.remediation.triggers):
        digest = hashlib.sha256(json.dumps(pattern, sort_keys=True).encode()).hexdigest()[:8]
        rule = Rule(
            to,
            f"Rule-{digest}",
            description=f"{pattern['detail-type'][0]} for {to.remediation.name}",
            event_pattern=EventPattern(
                source=pattern["source"], detail_type=pattern["detail-type"], detail=pattern["detail"]
            ),
        )
        rule.add_target(reliably(to))


def reliably(to: WatchedFunction) -> LambdaFunction:
    """A rule's target that keeps what it cannot deliver: tried for as long as an alarm is worth acting on."""
    return LambdaFunction(
        to.function, dead_letter_queue=to.dead_letters, max_event_age=EVENT_AGE, retry_attempts=_MOST_TRIES
    )


def patterns(triggers: Iterable[Trigger]) -> list[dict[str, Any]]:
    """The event patterns of triggers.

    In an array of objects, EventBridge wants all fields to match in the same element. So a metric-math alarm that
    computes with a watched metric arrives too, and a namespace never mixes with the metric of another one.
    """
    triggers = list(triggers)
    found = [_alarm_pattern(namespace, names) for namespace, names in watched(triggers).items()]
    for event in triggers:
        if isinstance(event, ServiceEvent):
            found.append({"source": [event.source], "detail-type": [event.detail_type], "detail": _detail(event)})
    return found


def _detail(event: ServiceEvent) -> dict[str, Any]:
    """Fields by path become nested objects; what the function reads as text, EventBridge compares as it is."""
    wanted: dict[str, list[Any]] = {field: list(accepted) for field, accepted in event.detail.items()}
    wanted |= {field: [{"prefix": begin} for begin in begins] for field, begins in event.prefixes.items()}
    wanted |= {field: [{"numeric": [">=", least]}] for field, least in event.at_least.items()}
    nested: dict[str, Any] = {}
    for path, accepted in wanted.items():
        *above, last = path.split(".")
        inner = nested
        for name in above:
            inner = inner.setdefault(name, {})
        inner[last] = accepted
    return nested


def watched(triggers: Iterable[Trigger]) -> dict[str, list[str]]:
    """The names of the watched metrics by namespace."""
    by_namespace: dict[str, list[str]] = {}
    for trigger in triggers:
        if isinstance(trigger, MetricAlarm):
            names = by_namespace.setdefault(trigger.namespace, [])
            names.extend([trigger.metric] * (trigger.metric not in names))
    return by_namespace


def _alarm_pattern(namespace: str, names: list[str]) -> dict[str, Any]:
    metric = {"namespace": [namespace], "name": names}
    return {
        "source": ["aws.cloudwatch"],
        "detail-type": ["CloudWatch Alarm State Change"],
        "detail": {"state": {"value": ["ALARM"]}, "configuration": {"metrics": {"metricStat": {"metric": metric}}}},
    }


def answer_topic(to: RemediationFunction, topic: Topic) -> None:
    """Subscribe to the alarms on watched metrics; what no filter takes is the unfiltered subscription's.

    A filter on two namespaces also takes the one's metric in the other: the function then declines, on record.
    """
    by_namespace = watched(to.remediation.triggers)
    if not by_namespace:
        return
    names = sorted({name for names in by_namespace.values() for name in names})
    wanted = {"MetricName": names, "Namespace": sorted(by_namespace)}
    trigger = {
        field: FilterOrPolicy.filter(SubscriptionFilter.string_filter(allowlist=values))
        for field, values in wanted.items()
    }
    body = {"Trigger": FilterOrPolicy.policy(trigger)}
    topic.add_subscription(
        LambdaSubscription(to.function, dead_letter_queue=to.dead_letters, filter_policy_with_message_body=body)
    )


def answer_direct_actions(to: RemediationFunction) -> None:
    """Let alarms of this account and Region name the function as their action."""
    to.function.add_permission(
        "DirectAlarmAction",
        principal=ServicePrincipal("lambda.alarms.cloudwatch.amazonaws.com"),
        source_account=Aws.ACCOUNT_ID,
        source_arn=ALARMS_OF_THIS_ACCOUNT,
    )
