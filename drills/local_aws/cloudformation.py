"""CloudFormation types and properties that ministack lacks and our stacks use.

Added: security group rules as resources, composite alarms, scalable targets and scaling policies. Completed: alarms over
`Metrics`, `DeadLetterConfig` and reserved concurrency of functions. ECS services and DB instances go through the simulated
services, and a stack waits for them, as CloudFormation does. Limits: updates of the added types that AWS would do by
replacement are done in place; scheduled scaling actions are ignored.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from ministack.services import cloudwatch as cw
from ministack.services import ec2, ecs, lambda_svc, rds
from ministack.services.cloudformation import provisioners as cfn

from drills.local_aws import alarms, application_autoscaling, ecs_deployments, hooks, rds_states, timings

Props = dict[str, Any]
Made = tuple[str, Props]


def _number(props: Props) -> Props:
    """Integers, which a template may carry as strings."""
    return {key: int(value) if isinstance(value, str) and value.lstrip("-").isdigit() else value
            for key, value in props.items()}


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
    made = application_autoscaling.register({**_number(props), "Tags": listed})
    return f"{props['ResourceId']}|{props['ScalableDimension']}|ecs", {
        "Id": f"{props['ResourceId']}|{props['ScalableDimension']}|ecs", "ScalableTargetARN": made["ScalableTargetARN"]}


def _target_update(physical_id: str, old: Props, new: Props, stack_name: str, logical_id: str | None = None) -> Made:
    return _target_create(logical_id or physical_id, new, stack_name)


def _target_delete(physical_id: str, props: Props) -> None:
    if application_autoscaling.target_arn(props["ResourceId"]) != "*":
        application_autoscaling.deregister(props)


def _policy_create(logical_id: str, props: Props, stack_name: str) -> Made:
    target = str(props.get("ScalingTargetId", "")).split("|")
    named = {"ServiceNamespace": "ecs", "ScalableDimension": application_autoscaling.DIMENSION,
             "ResourceId": props.get("ResourceId") or target[0]}
    made = application_autoscaling.put_policy({**props, **named})
    return made["PolicyARN"], {"Arn": made["PolicyARN"]}


def _policy_update(physical_id: str, old: Props, new: Props, stack_name: str, logical_id: str | None = None) -> Made:
    return _policy_create(logical_id or physical_id, new, stack_name)


def _policy_delete(physical_id: str, props: Props) -> None:
    for key in [k for k, p in application_autoscaling._policies.items() if p["PolicyARN"] == physical_id]:
        application_autoscaling._policies.pop(key)


def _math_alarm(original: Any) -> Any:
    def record(name: str, props: Props) -> Props:
        if not props.get("Metrics"):
            return original(name, props)
        single = {**props, "MetricName": "math", "Namespace": "math"}
        single.pop("Metrics")
        alarm = original(name, single)
        alarms.become_math(alarm, [_typed(query) for query in props["Metrics"]])
        return alarm

    return record


def _typed(query: Props) -> Props:
    typed = dict(query)
    if "ReturnData" in typed:
        typed["ReturnData"] = str(typed["ReturnData"]).lower() == "true"
    if stat := typed.get("MetricStat"):
        typed["MetricStat"] = {**stat, "Period": int(stat["Period"])}
    return typed


def _completed(make: Callable[..., Made], complete: Callable[[str, Props], None]) -> Callable[..., Made]:
    """A create handler that ends with `complete(physical id, properties)`."""
    def create(logical_id: str, props: Props, stack_name: str) -> Made:
        made = make(logical_id, props, stack_name)
        complete(made[0], props)
        return made

    return create


def _completed_update(change: Callable[..., Made], complete: Callable[[str, Props], None]) -> Callable[..., Made]:
    def update(physical_id: str, old: Props, new: Props, stack_name: str, logical_id: str | None = None) -> Made:
        made = change(physical_id, old, new, stack_name, logical_id)
        complete(made[0], new)
        return made

    return update


def _function_rest(name: str, props: Props) -> None:
    function = lambda_svc._functions[name]
    if props.get("DeadLetterConfig"):
        function["config"]["DeadLetterConfig"] = props["DeadLetterConfig"]
    else:
        function["config"].pop("DeadLetterConfig", None)
    reserved = props.get("ReservedConcurrentExecutions")
    function["concurrency"] = None if reserved is None else int(reserved)


def _patiently(done: Callable[[], bool]) -> None:
    until = time.monotonic() + timings.current.stack_patience
    while not done() and time.monotonic() < until:
        time.sleep(0.05)


def _service_create(logical_id: str, props: Props, stack_name: str) -> Made:
    name = props.get("ServiceName") or cfn._physical_name(stack_name, logical_id, max_len=255)
    made = ecs._create_service({
        **cfn._pascal_to_camel(_number({k: v for k, v in props.items() if k not in ("Tags", "ServiceName")})),
        "serviceName": name, "tags": [{"key": t["Key"], "value": t["Value"]} for t in props.get("Tags") or []],
    })
    if made[0] >= 400:
        raise ValueError(f"AWS::ECS::Service create failed: {made[2]!r}")
    arn = json.loads(made[2])["service"]["serviceArn"]
    _service_settled(arn, props)
    return arn, {"ServiceArn": arn, "Name": name}


def _service_settled(arn: str, props: Props) -> None:
    _patiently(lambda: ecs_deployments.settled(arn))
    if failure := ecs_deployments.failure(arn):
        raise ValueError(f"AWS::ECS::Service did not stabilize: {failure}")


def _instance_rest(name: str, props: Props) -> None:
    instance = rds._instances[name]
    for key in ("Iops", "StorageThroughput"):
        if props.get(key):
            instance[key] = int(props[key])
    rds._tags[instance["DBInstanceArn"]] = instance["TagList"]


def _instance_created(name: str, props: Props) -> None:
    _instance_rest(name, props)
    rds_states.creating(rds._instances[name])
    _patiently(lambda: rds._instances[name]["DBInstanceStatus"] == "available")


def install() -> None:
    """Register the added types and complete the others."""
    handlers = cfn._RESOURCE_HANDLERS
    handlers["AWS::EC2::SecurityGroupIngress"] = _security_group_rule("Ingress")
    handlers["AWS::EC2::SecurityGroupEgress"] = _security_group_rule("Egress")
    handlers["AWS::CloudWatch::CompositeAlarm"] = {
        "create": _composite_create, "update": _composite_update, "delete": _composite_delete}
    handlers["AWS::ApplicationAutoScaling::ScalableTarget"] = {
        "create": _target_create, "update": _target_update, "delete": _target_delete}
    handlers["AWS::ApplicationAutoScaling::ScalingPolicy"] = {
        "create": _policy_create, "update": _policy_update, "delete": _policy_delete}
    function, service = handlers["AWS::Lambda::Function"], handlers["AWS::ECS::Service"]
    function["create"] = _completed(function["create"], _function_rest)
    function["update"] = _completed_update(function["update"], _function_rest)
    service["create"] = _service_create
    instance = handlers["AWS::RDS::DBInstance"]
    instance["create"] = _completed(instance["create"], _instance_created)
    instance["update"] = _completed_update(instance["update"], _instance_rest)
    hooks.replace("services.cloudformation.provisioners:_cw_metric_alarm_record", _math_alarm)
