"""What an alarm watches, and so what kind of alarm it is, from the two ways in which CloudWatch spells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from functions.core.alarm import Kind, Metric

_LONGEST_NAME = 255


@dataclass(frozen=True, slots=True)
class Watched:
    """The kind of an alarm and the metrics that it watches or computes with."""

    kind: Kind
    metrics: tuple[Metric, ...]


def from_configuration(configuration: Mapping[str, Any]) -> Watched:
    """Of an EventBridge event or a direct action: `metrics[].metricStat.metric` with dimensions as a map."""
    if "alarmRule" in configuration:
        return Watched(Kind.COMPOSITE, ())
    entries = _entries(configuration.get("metrics"))
    stats = [entry["metricStat"].get("metric") for entry in entries if isinstance(entry.get("metricStat"), Mapping)]
    expressions = [str(entry["expression"]) for entry in entries if entry.get("expression")]
    return _classify(_metrics(stats, "namespace", "name", "dimensions"), expressions, bool(entries))


def from_trigger(message: Mapping[str, Any], trigger: Mapping[str, Any]) -> Watched:
    """Of an SNS message: `Trigger.MetricName` with dimensions as a list, or `Trigger.Metrics[]` for math."""
    if "AlarmRule" in message:
        return Watched(Kind.COMPOSITE, ())
    if "MetricName" in trigger:
        return _classify(_metrics([trigger], "Namespace", "MetricName", "Dimensions"), [], True)
    entries = _entries(trigger.get("Metrics"))
    stats = [entry["MetricStat"].get("Metric") for entry in entries if isinstance(entry.get("MetricStat"), Mapping)]
    expressions = [str(entry.get("Expression")) for entry in entries if entry.get("Expression")]
    return _classify(
        _metrics(stats, "Namespace", "MetricName", "Dimensions"),
        expressions or ["?"] * (len(entries) > 1),
        bool(entries),
    )


def _entries(said: object) -> list[Mapping[str, Any]]:
    return [entry for entry in said if isinstance(entry, Mapping)] if isinstance(said, list) else []


def _classify(metrics: tuple[Metric, ...], expressions: list[str], any_entries: bool) -> Watched:
    if not any_entries:
        return Watched(Kind.LOG, metrics)
    if any("ANOMALY_DETECTION_BAND" in expression for expression in expressions):
        return Watched(Kind.ANOMALY, metrics)
    if expressions or len(metrics) != 1:
        return Watched(Kind.METRIC_MATH, metrics)
    return Watched(Kind.METRIC if metrics[0].dimensions else Kind.DIMENSIONLESS, metrics)


def _metrics(stats: Iterable[object], namespace: str, name: str, dimensions: str) -> tuple[Metric, ...]:
    return tuple(
        Metric(
            namespace=str(stat.get(namespace) or "")[:_LONGEST_NAME],
            name=str(stat.get(name) or "")[:_LONGEST_NAME],
            dimensions=_dimensions(stat.get(dimensions)),
        )
        for stat in stats
        if isinstance(stat, Mapping)
    )


def _dimensions(said: object) -> dict[str, str]:
    pairs = (
        said.items()
        if isinstance(said, Mapping)
        else [(entry.get("name"), entry.get("value")) for entry in said if isinstance(entry, Mapping)]
        if isinstance(said, list)
        else []
    )
    return {str(name)[:_LONGEST_NAME]: str(value)[:1024] for name, value in pairs}
