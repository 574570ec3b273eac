"""An AWS account in which one service has trouble, as an investigation sees it: web of the cluster shop, with its target group,
its database, its secret and its logs. moto plays too little of that (service deployments, stack events of a time, CloudTrail,
drawn metrics, queries that run for a while).

Answers have the shapes of the service models. `asked` are all calls, `times` when each method was called; `refuses` maps a method to the code it is refused with;
`takes` maps a method to the time that passes on the fake clock until it answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from botocore.validate import ParamValidator

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from tests.ecs_account import refused
from tests.events import ACCOUNT, REGION
from tests.inquired import PNG
from tests.paginator import operation, paginator

HERE = f"{REGION}:{ACCOUNT}"
SERVICE = f"arn:aws:ecs:{HERE}:service/shop/web"
DATABASE = f"arn:aws:rds:{HERE}:db:orders"
ALARM = f"arn:aws:cloudwatch:{HERE}:alarm:orders-cpu"
GROUP = f"arn:aws:elasticloadbalancing:{HERE}:targetgroup/web/73e2d6bc24d8a067"
BALANCER = f"arn:aws:elasticloadbalancing:{HERE}:loadbalancer/app/web/50dc6c495c0c9188"
SECRET = f"arn:aws:secretsmanager:{HERE}:secret:orders-a1B2c3"
DEFINITION = f"arn:aws:ecs:{HERE}:task-definition/web:9"
STACK_TAG = {"aws:cloudformation:stack-name": "shop"}
Asked = Mapping[str, Any]


class InquiryAccount:
    """Tests turn what AWS answers with in `said`, by method."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.asked: list[tuple[str, str, Asked]] = []
        self.times: dict[str, list[datetime]] = {}
        self.refuses: dict[str, str] = {}
        self.takes: dict[str, timedelta] = {}
        self.said: dict[str, Any] = _answers(clock)

    def client(self, service: str) -> Any:
        return _Client(self, service)

    def now(self) -> datetime:
        return self.clock.now()

    def refusal(self, error: Exception) -> str | None:
        return Boto3Aws(self.clock).refusal(error)

    def calls(self, method: str) -> list[Asked]:
        return [named for _, called, named in self.asked if called == method]


class _Client:
    def __init__(self, account: InquiryAccount, service: str) -> None:
        self._account, self._service = account, service

    def __getattr__(self, name: str) -> Any:
        return partial(_call, self._account, self._service, name)

    def get_paginator(self, name: str) -> Any:
        return paginator(self, self._service, name)


def _call(account: InquiryAccount, service: str, method: str, /, **named: Any) -> Any:
    """Hold question and answer against the service's model."""
    account.asked.append((service, method, named))
    account.times.setdefault(method, []).append(account.now())
    account.clock.move(account.takes.get(method, timedelta()))
    model = operation(service, method)
    if method in account.refuses:
        raise refused(account.refuses[method], model.name)
    answer = account.said[method]
    answer = answer(named) if callable(answer) else answer
    for shape, value in ((model.input_shape, named), (model.output_shape, answer)):
        problems = ParamValidator().validate(value, shape)
        assert not problems.has_errors(), f"{method}: {problems.generate_report()}"
    return answer


def _answers(clock: FakeClock) -> dict[str, Any]:
    now = clock.now()
    ago = {minutes: now - timedelta(minutes=minutes) for minutes in (1, 2, 3, 5, 12, 90, 600)}
    service = {
        "serviceArn": SERVICE, "serviceName": "web", "status": "ACTIVE", "desiredCount": 2, "runningCount": 1, "pendingCount": 0,
        "taskDefinition": DEFINITION, "loadBalancers": [{"targetGroupArn": GROUP}],
        "tags": [{"key": key, "value": value} for key, value in STACK_TAG.items()],
        "deployments": [
            {"id": "ecs-svc/9", "status": "PRIMARY", "taskDefinition": DEFINITION, "desiredCount": 2, "runningCount": 1,
             "createdAt": ago[12]}
        ],
    }  # fmt: skip
    database = {
        "DBInstanceIdentifier": "orders", "DBInstanceArn": DATABASE, "DBInstanceStatus": "available", "Engine": "postgres",
        "TagList": [{"Key": key, "Value": value} for key, value in STACK_TAG.items()],
        "EnabledCloudwatchLogsExports": ["postgresql"], "MasterUserSecret": {"SecretArn": SECRET},
    }  # fmt: skip
    container = {
        "name": "web", "image": "web:9", "secrets": [{"name": "P", "valueFrom": f"{SECRET}:password::"}],
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/shop/web", "awslogs-stream-prefix": "web"}},
    }  # fmt: skip
    own = {
        "AlarmName": "orders-cpu", "AlarmArn": ALARM, "Namespace": "AWS/RDS", "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": "DBInstanceIdentifier", "Value": "orders"}], "Statistic": "Average", "Period": 60,
        "Threshold": 80.0, "StateValue": "ALARM", "StateUpdatedTimestamp": ago[1],
    }  # fmt: skip
    other = {**own, "AlarmName": "web-5xx", "StateTransitionedTimestamp": ago[2], "StateReason": "Threshold Crossed"}
    both = {"AlarmName": "shop-down", "StateValue": "ALARM", "StateUpdatedTimestamp": ago[3]}
    log = {"AlarmName": "shop-log", "StateValue": "ALARM"}

    def alarms(asked: Asked) -> Any:
        if "AlarmNames" in asked:
            return {"MetricAlarms": [one for one in (own, other) if one["AlarmName"] in asked["AlarmNames"]]}
        return {"MetricAlarms": [own, other], "CompositeAlarms": [both], "LogAlarms": [log]}

    def events(asked: Asked) -> Any:
        stack = {"StackId": "s", "EventId": "e", "StackName": asked["StackName"]}
        whole = {**stack, "LogicalResourceId": asked["StackName"], "ResourceType": "AWS::CloudFormation::Stack"}
        return {
            "StackEvents": [
                {**stack, "LogicalResourceId": "Web", "ResourceType": "AWS::ECS::Service", "ResourceStatus": "UPDATE_COMPLETE",
                 "Timestamp": ago[12]},
                {**whole, "ResourceStatus": "UPDATE_IN_PROGRESS", "Timestamp": ago[90]},
                {**whole, "ResourceStatus": "UPDATE_IN_PROGRESS", "Timestamp": ago[600]},
            ]
        }  # fmt: skip

    def metric(asked: Asked) -> Any:
        end = asked["EndTime"]
        times = [end - timedelta(minutes=5), end - timedelta(minutes=4)]
        return {"MetricDataResults": [{"Id": "m0", "Timestamps": times, "Values": [50.0, 90.0]}]}

    health = [{"Target": {"Id": f"10.0.0.{n}"}, "TargetHealth": {"State": "healthy"}} for n in (1, 2)]
    bad = {"Target": {"Id": "10.0.0.3"}, "TargetHealth": {"State": "unhealthy", "Reason": "Target.Timeout"}}
    line = [
        {"field": "@timestamp", "value": "2026-11-23 11:59:00.000"},
        {"field": "@message", "value": "ERROR login of ann@example.org with password=hunter2 refused"},
    ]
    return {
        "describe_alarms": alarms,
        "get_resources": {"ResourceTagMappingList": [{"ResourceARN": SERVICE}]},
        "describe_services": {"services": [service], "failures": []},
        "describe_task_definition": {"taskDefinition": {"taskDefinitionArn": DEFINITION, "containerDefinitions": [container]}},
        "describe_db_instances": {"DBInstances": [database]},
        "list_service_deployments": {"serviceDeployments": [{"createdAt": ago[12], "status": "SUCCESSFUL"}]},
        "describe_stack_events": events,
        "describe_events": {"Events": [{"SourceIdentifier": "orders", "Message": "DB instance restarted", "Date": ago[5]}]},
        "lookup_events": {
            "Events": [
                {"EventName": "ModifyDBInstance", "ReadOnly": "false", "EventTime": ago[3], "Username": "ann"},
                {"EventName": "DescribeDBInstances", "ReadOnly": "true", "EventTime": ago[2], "Username": "ann"},
            ]
        },
        "start_query": lambda asked: {"queryId": f"of {asked['logGroupNames'][0]}"},
        "get_query_results": {"status": "Complete", "results": [line], "statistics": {"bytesScanned": 2.5e6}},
        "stop_query": {"success": True},
        "describe_target_health": {"TargetHealthDescriptions": [*health, bad]},
        "describe_target_groups": {"TargetGroups": [{"TargetGroupArn": GROUP}]},
        "describe_secret": {"ARN": SECRET, "Name": "orders"},
        "get_metric_widget_image": {"MetricWidgetImage": PNG},
        "get_metric_data": metric,
    }  # fmt: skip
