"""Metric data as CloudWatch reads it: series per exact dimension set, statistics per period, metric math, GetMetricData.

Periods are compressed: a period of 60 seconds is a bucket of one second for data of the last two minutes, so that an alarm and
the function that re-reads its metric see a change at once and see the same. Older (back-filled) data keeps its true period.
Limits: no label options, paging, SEARCH or cross-account queries; the query (XML) protocol gets ministack's own answer.
"""

import math
import time
from collections import defaultdict
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ministack.services import cloudwatch as cw

from drills.local_aws import hooks, metric_math, timings


def bucket_seconds(period: float) -> float:
    """What a period of live data lasts here."""
    return max(0.5, period / timings.ALARM_SECONDS_PER_SECOND)


def series(metric: Mapping[str, Any], stat: str, period: float, start: float, end: float) -> dict[float, float]:
    """Values of one metric by the start of their period, for data with `start <= time < end`."""
    dimensions = {d["Name"]: d["Value"] for d in metric.get("Dimensions") or []}
    points = cw._metrics.get((metric.get("Namespace"), metric.get("MetricName"), cw._dims_key(dimensions))) or []
    recent = time.time() - timings.current.alarm_recent
    buckets: dict[float, list[dict[str, Any]]] = defaultdict(list)
    for point in list(points):
        if start <= point["Timestamp"] < end:
            width = bucket_seconds(period) if point["Timestamp"] >= recent else period
            buckets[point["Timestamp"] // width * width].append(point)
    values = {t: cw._stat_value(cw._calc_stats(members), stat, members) for t, members in sorted(buckets.items())}
    return {t: value for t, value in values.items() if value is not None}


def resolve(queries: list[dict[str, Any]], start: float, end: float) -> dict[str, metric_math.Value]:
    """Every query's values by its id; expressions may use each other in any order."""
    known: dict[str, Any] = {}
    for query in queries:
        if stat := query.get("MetricStat"):
            known[query["Id"]] = series(stat["Metric"], stat["Stat"], float(stat["Period"]), start, end)
    waiting = [query for query in queries if not query.get("MetricStat")]
    while waiting:
        ready = [q for q in waiting if not any(_mentions(q["Expression"], o["Id"]) for o in waiting if o is not q)]
        if not ready:
            raise metric_math.UnsupportedExpressionError("expressions refer to each other in a circle")
        for query in ready:
            known[query["Id"]] = metric_math.evaluate(query["Expression"], known)
            waiting.remove(query)
    return known


def _mentions(expression: str, name: str) -> bool:
    import re

    return re.search(rf"\b{re.escape(name)}\b", expression) is not None


def as_series(value: metric_math.Value, like: Mapping[str, metric_math.Value]) -> dict[float, float]:
    """A scalar becomes one value at the newest known time; undefined points (x/0) are dropped."""
    if not isinstance(value, Mapping):
        times = [t for known in like.values() if isinstance(known, Mapping) for t in known]
        value = {max(times, default=time.time()): value}
    return {t: float(x) for t, x in value.items() if not math.isnan(x)}


def _get_metric_data(original: Any) -> Any:
    def get_metric_data(params: Any, data: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Any:
        if not (is_cbor or is_json):
            return original(params, data, is_cbor, is_json)
        start, end = cw._parse_ts(data.get("StartTime")) or 0.0, cw._parse_ts(data.get("EndTime")) or time.time()
        queries = data.get("MetricDataQueries") or []
        try:
            known = resolve(queries, start, end)
        except metric_math.UnsupportedExpressionError as error:
            return cw._error("ValidationError", str(error), 400, use_json=is_json, use_cbor=is_cbor)
        results = []
        for query in queries:
            if query.get("ReturnData") is False:
                continue
            values = as_series(known[query["Id"]], known)
            order = sorted(values, reverse=data.get("ScanBy") != "TimestampAscending")
            label = query.get("Label") or ((query.get("MetricStat") or {}).get("Metric") or {}).get("MetricName")
            results.append(
                {
                    "Id": query["Id"],
                    "Label": label or query["Id"],
                    "StatusCode": "Complete",
                    "Timestamps": [datetime.fromtimestamp(t, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for t in order],
                    "Values": [values[t] for t in order],
                }
            )
        if is_cbor:
            return cw._cbor_ok({"MetricDataResults": [cw._cbor_metric_data_result(r) for r in results], "Messages": []})
        return cw._json_ok({"MetricDataResults": results, "Messages": []})

    return get_metric_data


def install() -> None:
    """Answer GetMetricData ourselves."""
    hooks.replace("services.cloudwatch:_get_metric_data", _get_metric_data)
