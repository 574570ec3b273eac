"""What Application Auto Scaling is about to do for an ECS service by itself: its policies, and its schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from functions.core.alarm import Alarm, Kind
from functions.core.decision import Watch
from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws
from functions.readings.application_autoscaling import DIMENSION, NAMESPACE, ScalableTarget, resource_id
from functions.readings.ecs import Service
from functions.readings.schedule_expression import due

DESCRIBE_SCALING_POLICIES = Allow(
    action="application-autoscaling:DescribeScalingPolicies",
    on=EVERYTHING,
    because="DescribeScalingPolicies has no resource scope in IAM",
)
DESCRIBE_SCHEDULED_ACTIONS = Allow(
    action="application-autoscaling:DescribeScheduledActions",
    on=EVERYTHING,
    because="DescribeScheduledActions has no resource scope in IAM",
)
PATIENCE = timedelta(minutes=10)
"""Target tracking needs three minutes of data, and may rest for five after its last step."""
_AHEAD = timedelta(minutes=30)
"""As long as a change of ours takes to prove itself: its way back would overwrite the bounds that a schedule has set."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NativeScaling:
    """`policies` names those that add tasks at this alarm's metric; `scheduled` is the next scheduled action, with its time."""

    policies: tuple[str, ...] = ()
    scheduled: str = ""
    scheduled_at: datetime | None = None
    alarm_at: datetime
    read_at: datetime


def read_native_scaling(aws: Aws, service: Service, alarm: Alarm, metric: str) -> NativeScaling:
    """What its policies and its schedule would do. A person who asks has looked: no policy is waited for then."""
    named = {
        "ServiceNamespace": NAMESPACE,
        "ResourceId": resource_id(service.cluster, service.name),
        "ScalableDimension": DIMENSION,
    }
    client, now = aws.client("application-autoscaling"), aws.now()
    policies = client.get_paginator("describe_scaling_policies").paginate(**named)
    actions = client.get_paginator("describe_scheduled_actions").paginate(**named)
    coming = [
        (at, str(action["ScheduledActionName"]))
        for page in actions
        for action in page["ScheduledActions"]
        if (at := _fires_at(action, now)) is not None
    ]
    at, name = min(coming, default=(None, ""))
    scale_out = [each["PolicyName"] for page in policies for each in page["ScalingPolicies"] if _adds(each, metric)]
    return NativeScaling(
        policies=tuple(sorted(scale_out)) if alarm.kind is Kind.METRIC else (),
        scheduled=name,
        scheduled_at=at,
        alarm_at=alarm.at,
        read_at=now,
    )


def left_to_scaling(service: Service, scaling: ScalableTarget | None, native: NativeScaling | None) -> Watch | None:
    """Its own scaling goes first: a schedule that sets new bounds soon, a policy that has room and has not had its time."""
    if scaling is None or native is None:
        return None
    return _scheduled(service, native) or _policies(service, scaling, native)


def _scheduled(service: Service, native: NativeScaling) -> Watch | None:
    if native.scheduled_at is None:
        return None
    return Watch(
        code="scheduled_scaling_due",
        seen=f"the scheduled action {native.scheduled} of {service.name} is due at {native.scheduled_at:%Y-%m-%d %H:%M} UTC",
        advice="Look whether the tasks that it adds are enough",
        again_in=max(native.scheduled_at - native.read_at, timedelta(0)) + timedelta(minutes=1),
    )


def _policies(service: Service, scaling: ScalableTarget, native: NativeScaling) -> Watch | None:
    waited = native.read_at - native.alarm_at
    if not native.policies or service.desired >= scaling.maximum or waited >= PATIENCE:
        return None
    return Watch(
        code="scaling_policy_at_work",
        seen=f"{service.name} wants {service.desired} of at most {scaling.maximum} tasks, and its scaling policies "
        f"({', '.join(native.policies)}) have had {max(waited, timedelta(0)) // timedelta(minutes=1)} minutes to add some",
        advice="Look whether they add tasks; where they do not within ten minutes this remediation does",
        again_in=timedelta(minutes=2),
    )


def _fires_at(action: Mapping[str, Any], now: datetime) -> datetime | None:
    """It also fires at its start time, and never after its end time."""
    starts, ends = action.get("StartTime"), action.get("EndTime")
    if ends is not None and ends < now:
        return None
    if starts is not None and starts > now:
        return starts if starts <= now + _AHEAD else None
    since = starts or action["CreationTime"]
    return due(action["Schedule"], action.get("Timezone") or "", since, now, _AHEAD)


def _adds(policy: Mapping[str, Any], metric: str) -> bool:
    """Whether a policy adds tasks when this metric is high. A step policy does not say what it watches: each counts."""
    tracking = policy.get("TargetTrackingScalingPolicyConfiguration") or {}
    steps = (policy.get("StepScalingPolicyConfiguration") or {}).get("StepAdjustments") or ()
    predefined = (tracking.get("PredefinedMetricSpecification") or {}).get("PredefinedMetricType", "")
    custom = (tracking.get("CustomizedMetricSpecification") or {}).get("MetricName", "")
    tracked = predefined.startswith(f"ECSServiceAverage{metric}") or custom == metric
    return tracked or any(step["ScalingAdjustment"] > 0 for step in steps)
