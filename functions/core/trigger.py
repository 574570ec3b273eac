"""What starts a remediation. Declared as data: infra derives the EventBridge rules, the functions check what arrived."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Formatter

from functions.core.alarm import Alarm, Kind, Metric
from functions.core.arn import Arn, parse_arn


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricAlarm:
    """Alarms on one metric. `target` is the ARN of the watched resource, spelled with the metric's dimensions."""

    namespace: str
    metric: str
    target: str

    @property
    def dimensions(self) -> frozenset[str]:
        """The dimensions that name the target. An alarm has to have exactly these: others watch another thing."""
        names = {name for _, name, _, _ in Formatter().parse(self.target) if name}
        return frozenset(names - {"partition", "region", "account"})

    def watches(self, metric: Metric) -> bool:
        return (metric.namespace, metric.name) == (self.namespace, self.metric)

    def claims(self, alarm: Alarm) -> bool:
        """Whether an alarm computes with this metric, in whatever kind of alarm."""
        return any(self.watches(metric) for metric in alarm.metrics)

    def target_of(self, alarm: Alarm) -> Arn | None:
        """The watched resource, or None where the alarm does not name exactly one."""
        if alarm.kind is not Kind.METRIC or set(alarm.metrics[0].dimensions) != self.dimensions:
            return None
        if any(separator in value for value in alarm.metrics[0].dimensions.values() for separator in ":/"):
            return None
        where = {"partition": alarm.partition, "region": alarm.region, "account": alarm.account}
        return parse_arn(self.target.format(**where, **alarm.metrics[0].dimensions), "dimensions of the alarm's metric")


@dataclass(frozen=True, kw_only=True)
class ServiceEvent:
    """Events of an AWS service on the default event bus. `detail` lists the accepted values of top-level fields."""

    source: str
    detail_type: str
    detail: Mapping[str, tuple[str, ...]]
    target_in: str = "resources"
    """Where the event names the target: `resources` (the first one) or a field of `detail`."""

    def claims(self, alarm: Alarm) -> bool:
        return (
            alarm.kind is Kind.EVENT
            and (alarm.source, alarm.detail_type) == (self.source, self.detail_type)
            and all(alarm.detail.get(name) in accepted for name, accepted in self.detail.items())
        )

    def target_of(self, alarm: Alarm) -> Arn | None:
        if self.target_in == "resources":
            return parse_arn(next(iter(alarm.resources), None), "resources[0]")
        return parse_arn(alarm.detail.get(self.target_in), f"detail.{self.target_in}")


Trigger = MetricAlarm | ServiceEvent
