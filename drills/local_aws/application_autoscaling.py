"""Application Auto Scaling for ECS services: scalable targets, policies and activities.

`RegisterScalableTarget` keeps what it is not given and moves the service inside [Min, Max] at once, whatever else was changed.
Limits: only `ecs:service:DesiredCount`; policies are stored and shown with an alarm-less description, and never act.
"""

import json
import time
from typing import Any

from ministack import app
from ministack.core.responses import (
    AccountRegionScopedDict,
    error_response_json,
    get_account_id,
    get_region,
    json_response,
    new_uuid,
)
from ministack.services import ecs

DIMENSION = "ecs:service:DesiredCount"
SERVICE = "application-autoscaling"
_targets: Any = AccountRegionScopedDict()
_policies: Any = AccountRegionScopedDict()
_activities: list[dict[str, Any]] = []
Body = dict[str, Any]


class _RefusalError(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def _service(resource_id: str) -> dict[str, Any]:
    service = ecs._services.get(resource_id.removeprefix("service/"))
    if service is None or service["status"] != "ACTIVE":
        raise _RefusalError("ValidationException", f"ECS service doesn't exist: {resource_id}")
    return service


def _key(body: Body) -> tuple[str, str]:
    if body.get("ServiceNamespace") != "ecs" or body.get("ScalableDimension") != DIMENSION:
        raise _RefusalError("ValidationException", "The local AWS scales ECS services only.")
    return body["ResourceId"], DIMENSION


def target_arn(resource_id: str) -> str:
    """The ARN of a registered target, or `*`."""
    return (_targets.get((resource_id, DIMENSION)) or {}).get("ScalableTargetARN", "*")


def tags(arn: str) -> dict[str, str]:
    """The tags of a scalable target."""
    return next((t["_tags"] for t in _targets.values() if t["ScalableTargetARN"] == arn), {})


def register(body: Body) -> Body:
    """RegisterScalableTarget."""
    key = _key(body)
    service = _service(key[0])
    known = _targets.get(key)
    target = dict(
        known
        or {
            "ServiceNamespace": "ecs",
            "ResourceId": key[0],
            "ScalableDimension": DIMENSION,
            "CreationTime": time.time(),
            "RoleARN": f"arn:aws:iam::{get_account_id()}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/"
            "AWSServiceRoleForApplicationAutoScaling_ECSService",
            "SuspendedState": {
                "DynamicScalingInSuspended": False,
                "DynamicScalingOutSuspended": False,
                "ScheduledScalingSuspended": False,
            },
            "ScalableTargetARN": f"arn:aws:application-autoscaling:{get_region()}:{get_account_id()}:scalable-target/"
            f"0ec5{new_uuid().replace('-', '')[:28]}",
            "_tags": dict(body.get("Tags") or {}),
        }
    )
    for name in ("MinCapacity", "MaxCapacity"):
        if body.get(name) is not None:
            target[name] = int(body[name])
        if name not in target:
            raise _RefusalError(
                "ValidationException", f"{name} must be specified when registering a new scalable target"
            )
    if target["MinCapacity"] > target["MaxCapacity"]:
        raise _RefusalError("ValidationException", "Maximum capacity cannot be less than minimum capacity")
    target["SuspendedState"] = {**target["SuspendedState"], **(body.get("SuspendedState") or {})}
    _targets[key] = target
    _move_inside(service, target)
    return {"ScalableTargetARN": target["ScalableTargetARN"]}


def _move_inside(service: dict[str, Any], target: dict[str, Any]) -> None:
    present = service["desiredCount"]
    wanted = min(max(present, target["MinCapacity"]), target["MaxCapacity"])
    if wanted == present:
        return
    bound = "minimum" if wanted > present else "maximum"
    ecs._update_service({"cluster": service["clusterArn"], "service": service["serviceName"], "desiredCount": wanted})
    _activities.insert(
        0,
        {
            "ActivityId": new_uuid(),
            "ServiceNamespace": "ecs",
            "ResourceId": target["ResourceId"],
            "ScalableDimension": DIMENSION,
            "Description": f"Setting desired count to {wanted}.",
            "Cause": f"{bound} capacity was set to {wanted}",
            "StartTime": time.time(),
            "EndTime": time.time(),
            "StatusCode": "Successful",
            "StatusMessage": f"Successfully set desired count to {wanted}. Change successfully fulfilled by ecs.",
        },
    )


def deregister(body: Body) -> Body:
    """DeregisterScalableTarget."""
    key = _key(body)
    if _targets.pop(key, None) is None:
        raise _RefusalError(
            "ObjectNotFoundException",
            f"No scalable target found for service namespace: ecs, resource ID: "
            f"{key[0]}, scalable dimension: {DIMENSION}",
        )
    for policy in [p for p, _ in _policies.items() if p[0] == key[0]]:
        _policies.pop(policy)
    return {}


def _describe_targets(body: Body) -> Body:
    wanted = body.get("ResourceIds")
    found = [t for t in _targets.values() if not wanted or t["ResourceId"] in wanted]
    return {"ScalableTargets": [{k: v for k, v in t.items() if k != "_tags"} for t in found]}


def put_policy(body: Body) -> Body:
    """PutScalingPolicy."""
    key = _key(body)
    if key not in _targets:
        raise _RefusalError(
            "ObjectNotFoundException",
            f"No scalable target registered for service namespace: ecs, resource "
            f"ID: {key[0]}, scalable dimension: {DIMENSION}",
        )
    name = (key[0], body["PolicyName"])
    arn = (_policies.get(name) or {}).get("PolicyARN") or (
        f"arn:aws:autoscaling:{get_region()}:{get_account_id()}:scalingPolicy:{new_uuid()}:resource/ecs/{key[0]}"
        f":policyName/{body['PolicyName']}"
    )
    _policies[name] = {
        **{k: v for k, v in body.items() if k != "Tags"},
        "PolicyARN": arn,
        "Alarms": [],
        "CreationTime": time.time(),
    }
    return {"PolicyARN": arn, "Alarms": []}


def delete_policy(body: Body) -> Body:
    """DeleteScalingPolicy."""
    if _policies.pop((_key(body)[0], body["PolicyName"]), None) is None:
        raise _RefusalError("ObjectNotFoundException", f"No scaling policy found: {body['PolicyName']}")
    return {}


def _describe_policies(body: Body) -> Body:
    return {
        "ScalingPolicies": [
            p
            for p in _policies.values()
            if body.get("ResourceId") in (None, p["ResourceId"])
            and (not body.get("PolicyNames") or p["PolicyName"] in body["PolicyNames"])
        ]
    }


def _describe_activities(body: Body) -> Body:
    return {"ScalingActivities": [a for a in _activities if body.get("ResourceId") in (None, a["ResourceId"])]}


def _list_tags(body: Body) -> Body:
    return {"Tags": tags(body["ResourceARN"])}


def _tag(body: Body) -> Body:
    for target in _targets.values():
        if target["ScalableTargetARN"] == body["ResourceARN"]:
            target["_tags"].update(body["Tags"])
    return {}


_ACTIONS = {
    "RegisterScalableTarget": register,
    "DeregisterScalableTarget": deregister,
    "DescribeScalableTargets": _describe_targets,
    "PutScalingPolicy": put_policy,
    "DeleteScalingPolicy": delete_policy,
    "DescribeScalingPolicies": _describe_policies,
    "DescribeScalingActivities": _describe_activities,
    "DescribeScheduledActions": lambda _: {"ScheduledActions": []},
    "ListTagsForResource": _list_tags,
    "TagResource": _tag,
}


async def _handle(method: str, path: str, headers: dict, body: bytes, query: dict) -> Any:
    action = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
    if action not in _ACTIONS:
        return error_response_json("UnknownOperationException", f"The local AWS has no {SERVICE}:{action}", 400)
    try:
        return json_response(_ACTIONS[action](json.loads(body or b"{}")))
    except _RefusalError as refused:
        return error_response_json(refused.code, refused.message, 400)


def install() -> None:
    """Add the service."""
    app.SERVICE_HANDLERS[SERVICE] = _handle
