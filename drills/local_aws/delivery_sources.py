"""What hands events to the queue: rules of EventBridge, subscriptions of SNS, Invoke with type Event."""

import contextvars
import json
from typing import Any

from ministack.services import sns

from drills.local_aws import delivery, hooks

_rule_target: contextvars.ContextVar[tuple[dict, dict] | None] = contextvars.ContextVar("rule_target", default=None)


def _remember_target(original: Any) -> Any:
    def invoke_target(target: dict, event: dict, rule: dict, view: Any = None) -> None:
        token = _rule_target.set((target, rule))
        try:
            original(target, event, rule, view)
        finally:
            _rule_target.reset(token)

    return invoke_target


def _from_rule(arn: str, payload: str) -> None:
    target, rule = _rule_target.get() or ({}, {})
    source = rule.get("Arn", "")
    # A schedule of EventBridge Scheduler comes this way too; it invokes with its role, not by the function's policy.
    from_a_rule = ":events:" in source
    delivery.enqueue(
        delivery.Delivery(
            arn,
            json.loads(payload),
            undeliverable_to=(target.get("DeadLetterConfig") or {}).get("Arn", ""),
            origin={"service": "events.amazonaws.com", "source_arn": source} if from_a_rule else {},
        )
    )


def _from_topic(endpoint: str, envelope: str, topic_arn: str, subscription_arn: str, *_: Any) -> None:
    notification = json.loads(envelope)
    notification.setdefault("Subject", None)
    notification.setdefault("MessageAttributes", {})
    # Lambda's record spells these two differently from the HTTP notification.
    notification["SigningCertUrl"] = notification.pop("SigningCertURL", "")
    notification["UnsubscribeUrl"] = notification.pop("UnsubscribeURL", "")
    event = {
        "Records": [
            {
                "EventSource": "aws:sns",
                "EventVersion": "1.0",
                "EventSubscriptionArn": subscription_arn,
                "Sns": notification,
            }
        ]
    }
    delivery.enqueue(
        delivery.Delivery(
            endpoint,
            event,
            origin={"service": "sns.amazonaws.com", "source_arn": topic_arn},
            undeliverable_to=_redrive_target(topic_arn, subscription_arn),
        )
    )


def _redrive_target(topic_arn: str, subscription_arn: str) -> str:
    topic = sns._topics.get(topic_arn) or {}
    for subscription in topic.get("subscriptions", []):
        if subscription["arn"] == subscription_arn:
            policy = subscription.get("attributes", {}).get("RedrivePolicy") or "{}"
            return (json.loads(policy) if isinstance(policy, str) else policy).get("deadLetterTargetArn", "")
    return ""


def install() -> None:
    """Send every asynchronous invocation through the queue."""
    hooks.replace("services.eventbridge:_invoke_target", _remember_target)
    hooks.replace("services.eventbridge:_dispatch_to_lambda", lambda _: _from_rule)
    hooks.replace("services.sns:_deliver_to_lambda", lambda _: _from_topic)
    hooks.replace(
        "services.lambda_svc:invoke_async_with_retry",
        lambda _: (
            lambda record, event: delivery.enqueue(
                delivery.Delivery((record.get("config") or record)["FunctionArn"], event, record=record)
            )
        ),
    )
    delivery.start_workers()
