"""One alarm transition, whichever way it came in."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from functions.core.policy import Mode


class Kind(StrEnum):
    """What raised the transition. Only METRIC, EVENT and MANUAL name one resource; the others are never guessed at."""

    METRIC = "metric"
    METRIC_MATH = "metric_math"
    ANOMALY = "anomaly"
    COMPOSITE = "composite"
    DIMENSIONLESS = "dimensionless"
    LOG = "log"
    EVENT = "event"
    MANUAL = "manual"


class Via(StrEnum):
    """The way in."""

    EVENTBRIDGE = "eventbridge"
    SNS = "sns"
    ALARM_ACTION = "alarm_action"
    MANUAL = "manual"


@dataclass(frozen=True, kw_only=True, slots=True)
class Metric:
    """A CloudWatch metric that an alarm watches or computes with."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """A person's wish, from a manual invocation."""

    target: str
    reason: str
    requested_by: str
    mode: Mode
    parameters: Mapping[str, str] = field(default_factory=dict)
    """What the remediation needs to be told besides, e.g. a point in time; each declares its own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    """One state change of one alarm, one event of an AWS service, or one manual request.

    `at` is an aware UTC time: when the state changed, not when the message arrived.
    `name`, `reason` and `detail` were written by strangers: show them, never act on them unchecked. `detail` has the scalar
    fields of a service event as text, a nested one under its path (`resource.instanceDetails.instanceId`).
    """

    kind: Kind
    via: Via
    arn: str
    name: str
    account: str
    region: str
    partition: str = "aws"
    state: str
    previous: str | None = None
    at: datetime
    metrics: tuple[Metric, ...] = ()
    reason: str = ""
    reason_data: Mapping[str, Any] = field(default_factory=dict)
    suppressed_by: str | None = None
    source: str = ""
    detail_type: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)
    resources: tuple[str, ...] = ()
    request: Request | None = None

    @property
    def state_key(self) -> str:
        """State and time to the second: the three ways in agree on no finer time, and no alarm changes twice in a second.

        A request has its delivery in its ARN: tried again a minute later it is the same one.
        """
        return self.state if self.kind is Kind.MANUAL else f"{self.state}#{self.at:%Y-%m-%dT%H:%M:%SZ}"

    @property
    def rehearsal(self) -> bool:
        """Whether a person only wants to see what would be done: whoever asks has the answer, nobody else is called for it."""
        return self.request is not None and self.request.mode is Mode.OBSERVE

    @property
    def transition(self) -> str:
        """The same for all copies of one transition, different for any other."""
        return hashlib.sha256(f"{self.arn}#{self.state_key}".encode()).hexdigest()[:20]


def said_by(alarm: Alarm) -> dict[str, str]:
    """What an alarm says of itself, by the names that severity rules go by. Strangers' words."""
    metric = alarm.metrics[0] if alarm.metrics else None
    return {
        "alarm": alarm.name,
        "kind": alarm.kind.value,
        "namespace": metric.namespace if metric else "",
        "metric": metric.name if metric else "",
        "source": alarm.source,
        "detail_type": alarm.detail_type,
        **{f"detail.{name}": str(value) for name, value in alarm.detail.items()},
    }
