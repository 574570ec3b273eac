"""CloudFormation types that ministack lacks: security group rules, composite alarms, scalable targets, scaling policies.

Limits: what AWS would do by replacement is done in place; scheduled scaling actions are ignored.
"""

from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch as cw
from ministack.services import ec2
from ministack.services.cloudformation import provisioners as cfn

from drills.local_aws import application_autoscaling

Props = dict[str, Any]
Made = tuple[str, Props]


def numbers(props: Props) -> Props:
    """Integers, which a template may carry as strings."""
    return {
        key: int(value) if isinstance(value, str) and value.lstrip("-").isdigit() else value
        for key, value in props.items()
    }


def completed(make: Callable[..., Made], complete: Callable[[str, Props], None]) -> Callable[..., Made]:
    """A create handler that ends with `complete(physical id, properties)`."""

    def create(logical_id: str, props: Props, stack_name: str) -> Made:
        made = make(logical_id, props, stack_name)
        complete(made[0], props)
        return made

    return create


def completed_update(change: Callable[..., Made], complete: Callable[[str, Props], None]) -> Callable[..., Made]:
    """An update handler that ends with `complete(physical id, new properties)`."""

    def update(physical_id: str, old: Props, new: Props, stack_name: str, logical_id: str | None = None) -> Made:
        made = change(physical_id, old, new, stack_name, logical_id)
        complete(made[0], new)
        return made

    return update


def _security_group_rule(direction: str) -> dict[str, Callable[..., Any]]:
    store = "IpPermissions" if direction == "Ingress" else "IpPermissionsEgress"

    def create(logical_id: str, props: Props, stack_name: str) -> Made:
        group = ec2._security_groups[props["GroupId"]]
        group.setdefault(store, []).extend(cfn._ec2_sg_permissions([props]))
        physical_id = cfn._physical_name(stack_name, logical_id)
        return physical_id, {"Id": physical_id}

    def delete(physical_id: str, props: Props) -> None:
        group = ec2._security_groups.get(props.get("GroupId")) or {}
        for rule in cfn._ec2_sg_permissions([props]):
            if rule in group.get(store, []):
                group[store].remove(rule)

    def update(physical_id: str, old: Props, new: Props, stack_name: str, logical_id: str | None = None) -> Made:
        delete(physical_id, old)
        return create(logical_id or physical_id, new, stack_name)

    return {"create": create, "update": update, "delete": delete}


def _composite_put(name: str, props: Props) -> Made:
    answer = cw._put_composite_alarm({}, {**props, "AlarmName": name}, False, True)
    if answer[0] >= 400:
        raise ValueError(f"AWS::CloudWatch::CompositeAlarm failed: {answer[2]!r}")
    return name, {"Arn": cw._composite_alarms[name]["AlarmArn"]}


def _composite_create(logical_id: str, props: Props, stack_name: str) -> Made:
    return _composite_put(props.get("AlarmName") or cfn._physical_name(stack_name, logical_id, max_len=255), props)


def _composite_update(physical_id: str, old: Props, new: Props, stack_name: str, logical_id: str | None = None) -> Made:
    return _composite_put(physical_id, new)


def _composite_delete(physical_id: str, props: Props) -> None:
    cw._composite_alarms.pop(physical_id, None)


def _target_create(logical_id: str, props: Props, stack_name: str) -> Made:
    listed = {tag["Key"]: tag["Value"] for tag in props.get("Tags") or []}
    made = application_autoscaling.register({**numbers(props), "Tags": listed})
    return f"{props['ResourceId']}|{props['ScalableDimension']}|ecs", {
        "Id": f"{props['ResourceId']}|{props['ScalableDimension']}|ecs",
        "ScalableTargetARN": made["ScalableTargetARN"],
    }


def _target_update(physical_id: str, old: Props, new: Props, stack_name: str, logical_id: str | None = None) -> Made:
    return _target_create(logical_id or physical_id, new, stack_name)


def _target_delete(physical_id: str, props: Props) -> None:
    if application_autoscaling.target_arn(props["ResourceId"]) != "*":
        application_autoscaling.deregister(props)


def _policy_create(logical_id: str, props: Props, stack_name: str) -> Made:
    target = str(props.get("ScalingTargetId", "")).split("|")
    named = {
        "ServiceNamespace": "ecs",
        "ScalableDimension": application_autoscaling.DIMENSION,
        "ResourceId": props.get("ResourceId") or target[0],
    }
    made = application_autoscaling.put_policy({**props, **named})
    return made["PolicyARN"], {"Arn": made["PolicyARN"]}


def _policy_update(physical_id: str, old: Props, new: Props, stack_name: str, logical_id: str | None = None) -> Made:
    return _policy_create(logical_id or physical_id, new, stack_name)


def _policy_delete(physical_id: str, props: Props) -> None:
    for key in [k for k, p in application_autoscaling._policies.items() if p["PolicyARN"] == physical_id]:
        application_autoscaling._policies.pop(key)


def install() -> None:
    """Register the types."""
    handlers = cfn._RESOURCE_HANDLERS
    handlers["AWS::EC2::SecurityGroupIngress"] = _security_group_rule("Ingress")
    handlers["AWS::EC2::SecurityGroupEgress"] = _security_group_rule("Egress")
    handlers["AWS::CloudWatch::CompositeAlarm"] = {
        "create": _composite_create,
        "update": _composite_update,
        "delete": _composite_delete,
    }
    handlers["AWS::ApplicationAutoScaling::ScalableTarget"] = {
        "create": _target_create,
        "update": _target_update,
        "delete": _target_delete,
    }
    handlers["AWS::ApplicationAutoScaling::ScalingPolicy"] = {
        "create": _policy_create,
        "update": _policy_update,
        "delete": _policy_delete,
    }
