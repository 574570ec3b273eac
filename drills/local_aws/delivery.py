"""Asynchronous invocation: one queue, four workers, retries, then a dead-letter queue.

Everything that invokes a function without waiting ends here: EventBridge rules, SNS subscriptions, alarm actions and `Invoke`
with type Event. A delivery keeps its request id over its retries, as on Lambda. The caller's permission in the function's
resource policy is checked, so a forgotten `add_permission` fails here too.

Limits: retries come after a second or two instead of one and two minutes; the workers bound the number of processes, so a
burst queues where Lambda would scale; destinations get ministack's envelope.
"""

import heapq
import itertools
import logging
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from ministack.core.iam_evaluator import fnmatch_iam_cs
from ministack.core.responses import get_account_id, get_region, new_uuid, request_scope
from ministack.services import lambda_svc

from drills.local_aws import dead_letters, timings

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
    if result.get("error"):
        _failed(delivery, record, result)


def _failed(delivery: Delivery, record: dict[str, Any], result: dict[str, Any]) -> None:
    """Try again later, or give up and tell the dead-letter queue and the destination."""
    config = record.get("config") or record
    settings = record.get("event_invoke_config") or (record.get("event_invoke_configs") or {}).get("$LATEST") or {}
    # A throttled attempt does not count as one: Lambda keeps such an event for hours.
    delivery.failures += not result.get("throttle")
    wait = timings.current.async_retry * max(1, delivery.failures)
    too_old = time.time() + wait - delivery.accepted_at > int(settings.get("MaximumEventAgeInSeconds") or 21600)
    if delivery.failures <= int(settings.get("MaximumRetryAttempts", 2)) and not too_old:
        enqueue(delivery, wait)
        return
    log.warning("%s gave up on %s", config["FunctionName"], delivery.request_id)
    if queue := (config.get("DeadLetterConfig") or {}).get("TargetArn"):
        dead_letters.send(
            queue,
            delivery.event,
            {
                "RequestID": delivery.request_id,
                "ErrorCode": 200,
                "ErrorMessage": str((result.get("body") or {}).get("errorMessage", ""))[:1024],
            },
        )
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


def _refuse(delivery: Delivery, code: str, message: str) -> None:
    log.error("undeliverable to %s: %s", delivery.function_arn, message)
    if delivery.undeliverable_to:
        dead_letters.send(
            delivery.undeliverable_to,
            delivery.event,
            {
                "RULE_ARN": delivery.origin.get("source_arn", ""),
                "TARGET_ARN": delivery.function_arn,
                "ERROR_CODE": code,
                "ERROR_MESSAGE": message,
            },
        )


def permitted(record: dict[str, Any], service: str, source_arn: str) -> bool:
    """Whether the function's resource policy lets `service` invoke it on behalf of `source_arn`."""
    for statement in (record.get("policy") or {}).get("Statement", []):
        principal = statement.get("Principal")
        if principal != "*" and (principal or {}).get("Service") != service:
            continue
        condition = statement.get("Condition") or {}
        if statement.get("Action") == "lambda:InvokeFunctionUrl" or "Bool" in condition:
            # What opens a function's URL to all opens nothing else.
            continue
        pattern = (condition.get("ArnLike") or {}).get("AWS:SourceArn", "*")
        account = (condition.get("StringEquals") or {}).get("AWS:SourceAccount", get_account_id())
        if account == get_account_id() and fnmatch_iam_cs(source_arn, pattern):
            return True
    return False


def start_workers() -> None:
    """Begin to deliver."""
    for number in range(WORKERS):
        threading.Thread(target=_work, name=f"delivery-{number}", daemon=True).start()
