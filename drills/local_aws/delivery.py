"""Asynchronous invocation: one queue, four workers, retries, then a dead-letter queue.

Everything that invokes a function without waiting ends here: EventBridge rules, SNS subscriptions, alarm actions and `Invoke`
with type Event. A delivery keeps its request id over its retries, as on Lambda. The caller's permission in the function's
resource policy is checked, so a forgotten `add_permission` fails here too.

Limits: retries come after a second or two instead of one and two minutes; the workers bound the number of processes, so a
burst queues where Lambda would scale; destinations get ministack's envelope.
"""

import contextvars
import heapq
import itertools
import json
import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from ministack.core.iam_evaluator import fnmatch_iam_cs
from ministack.core.responses import get_account_id, get_region, new_uuid, request_scope
from ministack.services import lambda_svc, sns, sqs

from drills.local_aws import hooks, timings

WORKERS = 4
log = logging.getLogger("local_aws.delivery")


@dataclass
class Delivery:
    """One event on its way to one function."""

    function_arn: str
    event: Any
    undeliverable_to: str = ""
    origin: dict[str, str] = field(default_factory=dict)
    record: dict[str, Any] | None = None
    scope: tuple[str, str] = field(default_factory=lambda: (get_account_id(), get_region()))
    request_id: str = field(default_factory=new_uuid)
    failures: int = 0
    accepted_at: float = field(default_factory=time.time)


_heap: list[tuple[float, int, Delivery]] = []
_order = itertools.count()
_waiting = threading.Condition()


def enqueue(delivery: Delivery, delay: float = 0.0) -> None:
    """Deliver as soon as a worker is free, `delay` seconds from now at the earliest."""
    with _waiting:
        heapq.heappush(_heap, (time.monotonic() + delay, next(_order), delivery))
        _waiting.notify()


def _next() -> Delivery:
    with _waiting:
        while not _heap or _heap[0][0] > time.monotonic():
            _waiting.wait(max(0.0, _heap[0][0] - time.monotonic()) if _heap else None)
        return heapq.heappop(_heap)[2]


def _work() -> None:
    while True:
        delivery = _next()
        try:
            with request_scope(*delivery.scope):
                _deliver(delivery)
        except Exception:
            log.exception("delivery to %s failed inside the emulator", delivery.function_arn)


def _deliver(delivery: Delivery) -> None:
    record = delivery.record or _record(delivery.function_arn)
    if record is None:
        _refuse(delivery, "NO_RESOURCE", "The specified function does not exist.")
        return
    if delivery.origin and not permitted(record, **delivery.origin):
        _refuse(delivery, "NO_PERMISSIONS", "The function's resource policy does not allow this caller.")
        return
    result = execute(record, delivery.event, delivery.request_id)
    config = record.get("config") or record
    settings = record.get("event_invoke_config") or (record.get("event_invoke_configs") or {}).get("$LATEST") or {}
    if not result.get("error"):
        return
    if not result.get("throttle"):
        delivery.failures += 1
    retries = settings.get("MaximumRetryAttempts")
    wait = timings.current.async_retry * max(1, delivery.failures)
    too_old = time.time() + wait - delivery.accepted_at > int(settings.get("MaximumEventAgeInSeconds") or 21600)
    if delivery.failures <= (2 if retries is None else int(retries)) and not too_old:
        enqueue(delivery, wait)
        return
    log.warning("%s gave up on %s", config["FunctionName"], delivery.request_id)
    if queue := (config.get("DeadLetterConfig") or {}).get("TargetArn"):
        send(queue, delivery.event, {
            "RequestID": delivery.request_id,
            "ErrorCode": 200,
            "ErrorMessage": str((result.get("body") or {}).get("errorMessage", ""))[:1024],
        })
    if destination := ((settings.get("DestinationConfig") or {}).get("OnFailure") or {}).get("Destination"):
        lambda_svc._route_async_failure(destination, config["FunctionName"], delivery.event, result)


def execute(record: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
    """Run one attempt under a given request id, within the function's concurrency."""
    config = record.get("config") or record
    slot, _ = lambda_svc._acquire_execution_slot(record, config)
    if slot is None:
        lambda_svc._emit_lambda_metrics(config["FunctionName"], duration_ms=0.0, error=False, throttle=True)
        return {"error": True, "throttle": True, "body": {"errorMessage": "Rate Exceeded."}}
    try:
        return lambda_svc._execute_function_dispatch(record, config, event, request_id, time.time())
    finally:
        lambda_svc._release_execution_slot(slot)


def _record(function_arn: str) -> dict[str, Any] | None:
    function, config, _ = lambda_svc._get_func_record_for_ref(function_arn)
    return lambda_svc._execution_record_for_config(function, config) if function and config else None


def permitted(record: dict[str, Any], service: str, source_arn: str) -> bool:
    """Whether the function's resource policy lets `service` invoke it on behalf of `source_arn`."""
    for statement in record["policy"]["Statement"]:
        principal = statement.get("Principal")
        if principal != "*" and (principal or {}).get("Service") != service:
            continue
        condition = statement.get("Condition") or {}
        pattern = (condition.get("ArnLike") or {}).get("AWS:SourceArn", "*")
        account = (condition.get("StringEquals") or {}).get("AWS:SourceAccount", get_account_id())
        if account == get_account_id() and fnmatch_iam_cs(source_arn, pattern):
            return True
    return False


def _refuse(delivery: Delivery, code: str, message: str) -> None:
    log.error("undeliverable to %s: %s", delivery.function_arn, message)
    if delivery.undeliverable_to:
        send(delivery.undeliverable_to, delivery.event, {
            "RULE_ARN": delivery.origin.get("source_arn", ""),
            "TARGET_ARN": delivery.function_arn,
            "ERROR_CODE": code,
            "ERROR_MESSAGE": message,
        })


def send(target_arn: str, event: Any, attributes: dict[str, str | int]) -> None:
    """Put the event into a dead-letter queue or topic."""
    body = json.dumps(event)
    typed = {name: {"DataType": "Number" if isinstance(value, int) else "String", "StringValue": str(value)}
             for name, value in attributes.items()}
    if ":sns:" in target_arn:
        sns._fanout(target_arn, new_uuid(), body, "", "", typed)
        return
    queue = sqs._queue_by_arn(target_arn)
    if queue is None:
        log.error("dead-letter queue %s does not exist", target_arn)
        return
    now = time.time()
    message: dict[str, Any] = {
        "id": new_uuid(), "body": body, "receipt_handle": None, "sent_at": now, "visible_at": now, "receive_count": 0,
        "message_attributes": typed, "md5_attrs": sqs._md5_msg_attrs(typed),
    }
    sqs._ensure_msg_fields(message)
    queue["messages"].append(message)


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
    enqueue(Delivery(
        arn, json.loads(payload),
        undeliverable_to=(target.get("DeadLetterConfig") or {}).get("Arn", ""),
        origin={"service": "events.amazonaws.com", "source_arn": rule["Arn"]} if rule.get("Arn") else {},
    ))


def _from_topic(endpoint: str, envelope: str, topic_arn: str, subscription_arn: str, *_: Any) -> None:
    notification = json.loads(envelope)
    notification.setdefault("Subject", None)
    notification.setdefault("MessageAttributes", {})
    # Lambda's record spells these two differently from the HTTP notification.
    notification["SigningCertUrl"] = notification.pop("SigningCertURL", "")
    notification["UnsubscribeUrl"] = notification.pop("UnsubscribeURL", "")
    event = {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0",
                          "EventSubscriptionArn": subscription_arn, "Sns": notification}]}
    enqueue(Delivery(endpoint, event, origin={"service": "sns.amazonaws.com", "source_arn": topic_arn},
                     undeliverable_to=_redrive_target(topic_arn, subscription_arn)))


def _redrive_target(topic_arn: str, subscription_arn: str) -> str:
    topic = sns._topics.get(topic_arn) or {}
    for subscription in topic.get("subscriptions", []):
        if subscription["arn"] == subscription_arn:
            policy = subscription.get("attributes", {}).get("RedrivePolicy") or "{}"
            return (json.loads(policy) if isinstance(policy, str) else policy).get("deadLetterTargetArn", "")
    return ""


def install() -> None:
    """Send every asynchronous invocation through the queue and start its workers."""
    hooks.replace("services.eventbridge:_invoke_target", _remember_target)
    hooks.replace("services.eventbridge:_dispatch_to_lambda", lambda _: _from_rule)
    hooks.replace("services.sns:_deliver_to_lambda", lambda _: _from_topic)
    hooks.replace("services.lambda_svc:invoke_async_with_retry", lambda _: (
        lambda record, event: enqueue(Delivery((record.get("config") or record)["FunctionArn"], event, record=record))))
    for number in range(WORKERS):
        threading.Thread(target=_work, name=f"delivery-{number}", daemon=True).start()
