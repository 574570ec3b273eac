"""What starts a remediation. Declared as data: infra derives the EventBridge rules, the functions check what arrived."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from string import Formatter

from functions.core.alarm import Alarm, Kind, Metric
from functions.core.arn import Arn, parse_arn


@dataclass(frozen=True, kw_only=True, slots=True)
class MetricAlarm:
    """Alarms on one metric. `target` is the ARN of the watched resource, spelled with the metric's dimensions.

    `besides` are dimensions that the alarm has to have too, without being part of the ARN; `paths` are those whose values
    have slashes (`LoadBalancer` is `app/web/50dc6c495c0c9188`).
    """

    namespace: str
    metric: str
    target: str
    besides: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    @property
    def dimensions(self) -> frozenset[str]:
        """The dimensions that name the target. An alarm has to have exactly these: others watch another thing."""
        names = {name for _, name, _, _ in Formatter().parse(self.target) if name}
        return frozenset(names - {"partition", "region", "account"}) | set(self.besides)

    def watches(self, metric: Metric) -> bool:
        return (metric.namespace, metric.name) == (self.namespace, self.metric)

    def claims(self, alarm: Alarm) -> bool:
        """Whether an alarm computes with this metric, in whatever kind of alarm."""
        return any(self.watches(metric) for metric in alarm.metrics)

    def target_of(self, alarm: Alarm) -> Arn | None:
        """The watched resource, or None where the alarm does not name exactly one."""
        if alarm.kind is not Kind.METRIC or set(alarm.metrics[0].dimensions) != self.dimensions:
            return None
        said = alarm.metrics[0].dimensions
        if any(":" in value or ("/" in value and name not in self.paths) for name, value in said.items()):
            return None
        where = {"partition": alarm.partition, "region": alarm.region, "account": alarm.account}
        return parse_arn(self.target.format(**where, **said), "dimensions of the alarm's metric")


@dataclass(frozen=True, kw_only=True)
class ServiceEvent:
    """Events of an AWS service on the default event bus.

    `detail` lists the accepted values of fields, `prefixes` what their texts begin with, and `at_least` the least of numbers;
    a nested field is named by its path (`resource.resourceType`).
    """

    source: str
    detail_type: str
    detail: Mapping[str, tuple[str, ...]]
    prefixes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    at_least: Mapping[str, float] = field(default_factory=dict)
    target_in: str = "resources"
    """Where the event names the target: `resources` (the first one), a field of `detail`, or an ARN spelled with fields
    (`arn:{partition}:ec2:{region}:{account}:instance/{resource.instanceDetails.instanceId}`)."""

    def claims(self, alarm: Alarm) -> bool:
        said = alarm.detail
        return (
            alarm.kind is Kind.EVENT
            and (alarm.source, alarm.detail_type) == (self.source, self.detail_type)
            and all(said.get(name) in accepted for name, accepted in self.detail.items())
            and all(said.get(name, "").startswith(begins) for name, begins in self.prefixes.items())
            and all(_number(said.get(name)) >= least for name, least in self.at_least.items())
        )

    def target_of(self, alarm: Alarm) -> Arn | None:
        """The resource that the event names. Raises InvalidEvent for one that is none."""
        if self.target_in == "resources":
            return parse_arn(next(iter(alarm.resources), None), "resources[0]")
        if not self.target_in.startswith("arn:"):
            return parse_arn(alarm.detail.get(self.target_in), f"detail.{self.target_in}")
        where = {"partition": alarm.partition, "region": alarm.region, "account": alarm.account}
        return parse_arn(_spelled(self.target_in, {**alarm.detail, **where}), "the resource in the event's detail")


Trigger = MetricAlarm | ServiceEvent
_FIELD = re.compile(r"\{([^{}]+)\}")


def _spelled(pattern: str, said: Mapping[str, str]) -> str:
    """The pattern with the fields that it names; a value that would change the ARN's parts is left out, so that it is no ARN."""

    def value(match: re.Match[str]) -> str:
        text = said.get(match[1], "")
        return "" if ":" in text or "/" in text else text

    return _FIELD.sub(value, pattern)


def _number(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return float("nan")
