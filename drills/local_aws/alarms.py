"""Alarm evaluation: exact dimensions, M of N, missing data, metric math.

Alarms are evaluated when data is put and once a second, on compressed periods (see `metric_data`); composite alarms follow
through ministack. A state set by hand holds for some seconds. Limits: no anomaly bands, log, PromQL or multi-series alarms, no
suppressors; a datum counts for half a minute where AWS keeps an evaluation range of some periods.
"""

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudwatch as cw

from drills.local_aws import alarm_actions, alarm_messages, hooks, metric_data, metric_math, timings

log = logging.getLogger("local_aws.alarms")
_lock = threading.RLock()
_held: dict[str, float] = {}

_BREACHES: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


def watched(alarm: dict[str, Any]) -> dict[float, float]:
    """The series that the alarm compares with its threshold."""
    end, start = time.time() + 1, time.time() - _lookback(alarm)
    if not alarm.get("Metrics"):
        stat = alarm.get("ExtendedStatistic") or alarm.get("Statistic") or "Average"
        return metric_data.series(alarm, stat, float(alarm["Period"]), start, end)
    known = metric_data.resolve(alarm["Metrics"], start, end)
    returned = [q["Id"] for q in alarm["Metrics"] if q.get("ReturnData", True)]
    return metric_data.as_series(known[returned[0]], known) if any(known.values()) else {}


def period(alarm: dict[str, Any]) -> float:
    """The alarm's period in AWS's seconds."""
    stats = [q["MetricStat"]["Period"] for q in alarm.get("Metrics") or [] if q.get("MetricStat")]
    return float(max(stats)) if stats else float(alarm.get("Period") or 60)


def _window(alarm: dict[str, Any]) -> float:
    return int(alarm["EvaluationPeriods"]) * metric_data.bucket_seconds(period(alarm))


def _lookback(alarm: dict[str, Any]) -> float:
    return max(timings.current.alarm_stale, _window(alarm) + timings.current.alarm_grace)


def judge(alarm: dict[str, Any], values: dict[float, float]) -> tuple[str | None, list[float]]:
    """The state that the data calls for, or None to keep the present one; and the data points that decided."""
    needed, enough = int(alarm["EvaluationPeriods"]), int(alarm.get("DatapointsToAlarm") or alarm["EvaluationPeriods"])
    treatment = alarm.get("TreatMissingData") or "missing"
    if treatment in ("breaching", "notBreaching"):
        # Silence has a meaning for these: only what arrived within the evaluated periods counts.
        since = time.time() - _window(alarm) - timings.current.alarm_grace
        values = {t: value for t, value in values.items() if t >= since}
    points = [values[t] for t in sorted(values)][-needed:]
    breaches = sum(_BREACHES[alarm["ComparisonOperator"]](value, float(alarm["Threshold"])) for value in points)
    absent = needed - len(points)
    if treatment == "breaching":
        breaches += absent
    if breaches >= enough:
        return "ALARM", points
    if treatment in ("breaching", "notBreaching"):
        return "OK", points
    if not points:
        return (None if treatment == "ignore" else "INSUFFICIENT_DATA"), points
    return ("OK" if breaches + absent < enough or absent == 0 else None), points


def evaluate(alarm: dict[str, Any]) -> None:
    """Move a metric alarm to the state that its data calls for."""
    with _lock:
        if time.monotonic() < _held.get(alarm["AlarmArn"], 0.0):
            return
        try:
            state, points = judge(alarm, watched(alarm))
        except (metric_math.UnsupportedExpressionError, KeyError) as error:
            log.warning("alarm %s is not evaluated: %r", alarm["AlarmName"], error)
            return
        if state is None or state == alarm["StateValue"]:
            return
        now, old = time.time(), alarm["StateValue"]
        alarm.update(
            StateValue=state,
            StateReason=alarm_messages.reason(alarm, state, points),
            StateReasonData=alarm_messages.reason_data(alarm, points),
            StateUpdatedTimestamp=now,
            StateTransitionedTimestamp=now,
        )
        cw._record_history(
            alarm["AlarmName"], old, state, alarm["StateReason"], reason_data=json.loads(alarm["StateReasonData"])
        )
        cw._dispatch_alarm_actions(alarm, old, state, alarm["StateReason"])
        cw._evaluate_parent_alarms(alarm)


def _evaluate_all() -> None:
    for alarm in list(cw._alarms.values()):
        evaluate(alarm)


def _keep_metrics(original: Any) -> Any:
    """PutMetricAlarm of ministack drops `Metrics`; a math alarm keeps them and has no metric of its own."""

    def put_metric_alarm(params: Any, data: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Any:
        with _lock:
            answer = original(params, data, is_cbor, is_json)
            if answer[0] == 200 and data.get("Metrics"):
                become_math(cw._alarms[data["AlarmName"]], data["Metrics"])
                evaluate(cw._alarms[data["AlarmName"]])
            return answer

    return put_metric_alarm


def become_math(alarm: dict[str, Any], metrics: list[dict[str, Any]]) -> None:
    """Turn a stored single-metric record into one over `metrics`."""
    for name in ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions", "Unit"):
        alarm.pop(name, None)
    alarm["Metrics"] = metrics


def _hold(original: Any) -> Any:
    """A state that was set by hand stays for some seconds: until the next evaluation on AWS, which comes sooner here."""

    def set_alarm_state(params: Any, data: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Any:
        with _lock:
            name = data.get("AlarmName") or cw._p(params, "AlarmName")
            if alarm := cw._alarms.get(name):
                _held[alarm["AlarmArn"]] = time.monotonic() + timings.current.alarm_held
            return original(params, data, is_cbor, is_json)

    return set_alarm_state


def _evaluate_if_whole(alarm: dict[str, Any]) -> None:
    if alarm.get("MetricName") or alarm.get("Metrics"):
        evaluate(alarm)


def _composite_moments(original: Any) -> Any:
    """Composite transitions get milliseconds, as metric alarms do."""

    def record_history(name: str, *rest: Any, **named: Any) -> None:
        if composite := cw._composite_alarms.get(name):
            composite["StateUpdatedTimestamp"] = composite["StateTransitionedTimestamp"] = time.time()
        elif alarm := cw._alarms.get(name):
            alarm["StateUpdatedTimestamp"] = time.time()
        original(name, *rest, **named)

    return record_history


def _without_suppressor(original: Any) -> Any:
    """ministack would drop it without a word."""

    def put_composite_alarm(params: Any, data: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Any:
        if data.get("ActionsSuppressor"):
            told = "The local AWS does not play ActionsSuppressor."
            return cw._error("ValidationError", told, 400, use_json=is_json, use_cbor=is_cbor)
        return original(params, data, is_cbor, is_json)

    return put_composite_alarm


def _with_parents(original: Any) -> Any:
    """`ParentsOfAlarmName`, which ministack ignores: the composite alarms whose rule names this alarm, by name and ARN."""

    def describe_alarms(params: Any, data: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Any:
        child = data.get("ParentsOfAlarmName")
        if not child:
            return original(params, data, is_cbor, is_json)
        parents = [
            {"AlarmName": name, "AlarmArn": parent["AlarmArn"]}
            for name, parent in sorted(cw._composite_alarms.items())
            if child in cw._composite_children(parent)
        ]
        return (cw._cbor_ok if is_cbor else cw._json_ok)({"MetricAlarms": [], "CompositeAlarms": parents})

    return describe_alarms


def _tick() -> None:
    while True:
        time.sleep(timings.current.alarm_tick)
        for account, region in {key[:2] for key in list(cw._alarms._data)}:
            with request_scope(account, region):
                try:
                    _evaluate_all()
                    alarm_actions.unmute()
                except Exception:
                    log.exception("alarm evaluation failed")


def install() -> None:
    """Take over evaluation and actions, and start the clock."""
    hooks.replace("services.cloudwatch:_evaluate_alarm", lambda _: _evaluate_if_whole)
    hooks.replace("services.cloudwatch:_evaluate_all_alarms", lambda _: _evaluate_all)
    hooks.replace("services.cloudwatch:_dispatch_alarm_actions", lambda _: alarm_actions.act)
    hooks.replace("services.cloudwatch:_put_metric_alarm", _keep_metrics)
    hooks.replace("services.cloudwatch:_set_alarm_state", _hold)
    hooks.replace("services.cloudwatch:_record_history", _composite_moments)
    hooks.replace("services.cloudwatch:_describe_alarms", _with_parents)
    hooks.replace("services.cloudwatch:_put_composite_alarm", _without_suppressor)
    threading.Thread(target=_tick, name="alarms", daemon=True).start()
