"""CloudFormation types that ministack has in part, completed with what our stacks use.

Alarms over `Metrics`; `DeadLetterConfig` and reserved concurrency of functions; ECS services and DB instances through the
simulated services. A stack waits for a new service to be steady and a new instance to be available, as CloudFormation does.
Limits: it does not wait for the rollout of an updated service.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from ministack.services import ecs, lambda_svc, rds
from ministack.services.cloudformation import provisioners as cfn

from drills.local_aws import alarms, ecs_deployments, hooks, rds_states, timings
from drills.local_aws.cloudformation_types import Made, Props, completed, completed_update, numbers


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
    made = ecs._create_service(
        {
            **cfn._pascal_to_camel(numbers({k: v for k, v in props.items() if k not in ("Tags", "ServiceName")})),
            "serviceName": name,
            "tags": [{"key": t["Key"], "value": t["Value"]} for t in props.get("Tags") or []],
        }
    )
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
    """Complete the types."""
    handlers = cfn._RESOURCE_HANDLERS
    function, service = handlers["AWS::Lambda::Function"], handlers["AWS::ECS::Service"]
    function["create"] = completed(function["create"], _function_rest)
    function["update"] = completed_update(function["update"], _function_rest)
    service["create"] = _service_create
    instance = handlers["AWS::RDS::DBInstance"]
    instance["create"] = completed(instance["create"], _instance_created)
    instance["update"] = completed_update(instance["update"], _instance_rest)
    hooks.replace("services.cloudformation.provisioners:_cw_metric_alarm_record", _math_alarm)
