"""What an Application Load Balancer counted in the last quarter of an hour: one GetMetricData call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from functions.core.alarm import Alarm
from functions.core.ports import Aws

NAMESPACE = "AWS/ApplicationELB"
TARGET_5XX = "HTTPCode_Target_5XX_Count"
ELB_5XX = tuple(f"HTTPCode_ELB_{code}_Count" for code in ("500", "502", "503", "504"))
_COUNTED = (*ELB_5XX, TARGET_5XX, "TargetConnectionErrorCount", "RejectedConnectionCount", "RequestCount")
_BACK = timedelta(minutes=15)


@dataclass(frozen=True, kw_only=True, slots=True)
class Errors:
    """`counts` by metric, without those that were not reported: they were zero. `worst` is the metric that says most."""

    counts: Mapping[str, int]
    worst: str

    @property
    def words(self) -> str:
        said = [f"{count} {name}" for name, count in self.counts.items()]
        return f"{', '.join(said)} in {_BACK // timedelta(minutes=1)} minutes" if said else "no counts are on record"


def read_errors(aws: Aws, load_balancer: str, alarm: Alarm) -> Errors:
    """The counts of the whole load balancer. The alarm's own code counts as the worst one where it names one."""
    now = aws.now()
    dimensions = [{"Name": "LoadBalancer", "Value": load_balancer}]
    queries = [
        {
            "Id": f"m{number}",
            "Label": name,
            "MetricStat": {
                "Metric": {"Namespace": NAMESPACE, "MetricName": name, "Dimensions": dimensions},
                "Period": 60,
                "Stat": "Sum",
            },
        }
        for number, name in enumerate(_COUNTED)
    ]
    pages = aws.client("cloudwatch").get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=now - _BACK, EndTime=now + timedelta(minutes=1)
    )  # fmt: skip
    sums = dict.fromkeys(_COUNTED, 0.0)
    for page in pages:
        for result in page["MetricDataResults"]:
            sums[_COUNTED[int(result["Id"][1:])]] += sum(result["Values"])
    counts = {name: int(count) for name, count in sums.items() if count}
    return Errors(counts=counts, worst=_worst(counts, alarm))


def _worst(counts: Mapping[str, int], alarm: Alarm) -> str:
    of_alarm = alarm.metrics[0].name if len(alarm.metrics) == 1 else ""
    if of_alarm in (*ELB_5XX, TARGET_5XX):
        return of_alarm
    codes = {name: counts.get(name, 0) for name in (*ELB_5XX, TARGET_5XX)}
    worst = max(codes, key=lambda name: codes[name])
    return worst if codes[worst] else ""
