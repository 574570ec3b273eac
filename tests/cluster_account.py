"""An AWS account with a cluster of ECS services that somebody has scaled to nothing, and what they stand on.

`web` needs `api`, which needs the database `orders`. Answers have the shapes of the service models; what changes something is
written down in `calls`. Tasks come up with the call that asks for them, but for the services in `stuck`.
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from typing import Any

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.readings.application_autoscaling import DIMENSION
from tests.events import ACCOUNT, REGION
from tests.modelled import ModelledClient, refused

HERE = f"{REGION}:{ACCOUNT}"
CLUSTER = f"arn:aws:ecs:{HERE}:cluster/prod"
SECRET = f"arn:aws:secretsmanager:{HERE}:secret:prod/orders-a1B2c3"
DATABASE = f"arn:aws:rds:{HERE}:db:orders"
Asked = Mapping[str, Any]
_MISSING = {"reason": "MISSING"}


def service_arn(name: str) -> str:
    return f"arn:aws:ecs:{HERE}:service/prod/{name}"


def definition_arn(name: str) -> str:
    return f"arn:aws:ecs:{HERE}:task-definition/{name}:7"


def group_arn(name: str) -> str:
    return f"arn:aws:elasticloadbalancing:{HERE}:targetgroup/{name}/73e2d6bc24d8a067"


def balancer_arn(name: str) -> str:
    return f"arn:aws:elasticloadbalancing:{HERE}:loadbalancer/app/{name}/50dc6c495c0c9188"


class ClusterAccount:
    """Tests turn the dictionaries that AWS answers with."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.refuses: dict[str, str] = {}
        self.stuck: set[str] = set()
        self.cluster_tags = {"first-responder:mode": "act"}
        self.services: dict[str, dict[str, Any]] = {}
        self.definitions: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, str] = {}
        self.states: dict[str, list[str]] = {}
        self.scaling: dict[str, dict[str, Any]] = {}
        self.containers: dict[str, str] = {}
        self.secrets: dict[str, dict[str, Any]] = {SECRET: {"ARN": SECRET, "Name": "prod/orders"}}
        self.databases: dict[str, dict[str, Any]] = {"orders": database("orders")}
        self.stacks: dict[str, str] = {}
        self.alarms: dict[str, str] = {}
        self.issues: list[str] = []
        self.free_addresses = 100
        self.vcpus: tuple[float, float] | None = (10.0, 100.0)
        self.endpoints = {"ecr.api": "available", "s3": "Available", "execute-api": "failed"}
        self.add("api", tags={"first-responder:needs": "db:orders", "first-responder:desired-count": "2"})
        self.add("web", tags={"first-responder:needs": "api", "first-responder:desired-count": "2"}, group=True)
        self.definitions["api"]["containerDefinitions"][0]["secrets"] = [
            {"name": "PASSWORD", "valueFrom": f"{SECRET}:password::"}
        ]

    def add(self, name: str, *, tags: Mapping[str, str], group: bool = False, desired: int = 0) -> None:
        """A service that the owner lets be changed, with as many healthy tasks as it wants."""
        said = {"first-responder:mode": "act", **tags}
        balancers = [{"targetGroupArn": group_arn(name), "containerName": name, "containerPort": 80}] if group else []
        if group:
            self.groups[group_arn(name)] = balancer_arn(name)
        self.definitions[name] = {
            "taskDefinitionArn": definition_arn(name), "family": name, "revision": 7, "status": "ACTIVE", "cpu": "256",
            "memory": "512", "containerDefinitions": [{"name": name, "image": f"registry.invalid/{name}:1.7"}],
        }  # fmt: skip
        self.services[name] = {
            "serviceArn": service_arn(name), "serviceName": name, "clusterArn": CLUSTER, "status": "ACTIVE",
            "desiredCount": desired, "runningCount": desired, "pendingCount": 0, "schedulingStrategy": "REPLICA",
            "taskDefinition": definition_arn(name), "launchType": "FARGATE", "deploymentController": {"type": "ECS"},
            "loadBalancers": balancers, "events": [], "taskSets": [], "deploymentConfiguration": {"strategy": "ROLLING"},
            "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a", "subnet-b"]}},
            "deployments": [{
                "id": "ecs-svc/7", "status": "PRIMARY", "rolloutState": "COMPLETED", "taskDefinition": definition_arn(name),
                "desiredCount": desired, "runningCount": desired, "createdAt": self.clock.now() - timedelta(days=7),
            }],
            "tags": [{"key": key, "value": value} for key, value in said.items()],
        }  # fmt: skip
        self.come_up(name)

    def tag(self, name: str, **said: str) -> None:
        """Tags of a service, by what follows `first-responder:`, with `_` for `-`; an empty text takes one away."""
        known = {tag["key"]: tag["value"] for tag in self.services[name]["tags"]}
        known |= {f"first-responder:{key.replace('_', '-')}": value for key, value in said.items()}
        self.services[name]["tags"] = [{"key": key, "value": value} for key, value in known.items() if value]

    def of_stack(self, name: str, stack: str, status: str = "UPDATE_COMPLETE") -> None:
        self.services[name]["tags"].append({"key": "aws:cloudformation:stack-name", "value": stack})
        self.stacks[stack] = status

    def scale(self, name: str, minimum: int, maximum: int = 6, **suspended: bool) -> None:
        """Give a service a scalable target, of which these kinds of scaling are suspended."""
        self.scaling[name] = {"MinCapacity": minimum, "MaxCapacity": maximum, "SuspendedState": suspended}

    def check_health(self, name: str, state: str) -> None:
        """ECS checks the health of the service's container, and this is what it says."""
        self.definitions[name]["containerDefinitions"][0]["healthCheck"] = {"command": ["CMD", "true"]}
        self.containers[name] = state

    def come_up(self, name: str) -> None:
        """As many tasks run, and are healthy, as are wanted."""
        self.stuck.discard(name)
        service = self.services[name]
        service["runningCount"] = service["desiredCount"]
        self.states[group_arn(name)] = ["healthy"] * service["desiredCount"]

    def want(self, name: str, count: int) -> None:
        self.services[name]["desiredCount"] = count
        if name not in self.stuck:
            self.come_up(name)

    def client(self, service: str) -> Any:
        return _Client(self, service)

    def now(self) -> datetime:
        return self.clock.now()

    def refusal(self, error: Exception) -> str | None:
        return Boto3Aws(self.clock).refusal(error)


def database(name: str, **said: Any) -> dict[str, Any]:
    arn = f"arn:aws:rds:{HERE}:db:{name}"
    return {"DBInstanceIdentifier": name, "DBInstanceArn": arn, "DBInstanceStatus": "available", "TagList": [], **said}


class _Client(ModelledClient):
    """The calls, of all services."""

    def describe_clusters(self, asked: Asked) -> dict[str, Any]:
        if asked["clusters"] != [CLUSTER]:
            return {"clusters": [], "failures": [{"arn": asked["clusters"][0], **_MISSING}]}
        tags = [{"key": key, "value": value} for key, value in self._account.cluster_tags.items()]
        shown = {"tags": tags} if "TAGS" in asked.get("include", ()) else {}
        return {"clusters": [{"clusterArn": CLUSTER, "clusterName": "prod", "status": "ACTIVE", **shown}]}

    def list_services(self, asked: Asked) -> dict[str, Any]:
        """One a page."""
        names, at = list(self._account.services), int(asked.get("nextToken", 0))
        more = {"nextToken": str(at + 1)} if at + 1 < len(names) else {}
        return {"serviceArns": [service_arn(name) for name in names[at : at + 1]], **more}

    def describe_services(self, asked: Asked) -> dict[str, Any]:
        """At most ten; tags only for who includes them, as ECS does."""
        assert 0 < len(asked["services"]) <= 10
        names = [name.rpartition("/")[2] for name in asked["services"]]
        found = [deepcopy(self._account.services[name]) for name in names if name in self._account.services]
        if "TAGS" not in asked.get("include", ()):
            found = [{key: value for key, value in one.items() if key != "tags"} for one in found]
        gone = [{"arn": name, **_MISSING} for name in names if name not in self._account.services]
        return {"services": found, "failures": gone}

    def describe_task_definition(self, asked: Asked) -> dict[str, Any]:
        name = asked["taskDefinition"].rpartition("/")[2].partition(":")[0]
        return {"taskDefinition": deepcopy(self._account.definitions[name])}

    def list_tasks(self, asked: Asked) -> dict[str, Any]:
        running = self._account.services[asked["serviceName"]]["runningCount"]
        return {"taskArns": [f"arn:aws:ecs:{HERE}:task/prod/{asked['serviceName']}-{n}" for n in range(running)]}

    def describe_tasks(self, asked: Asked) -> dict[str, Any]:
        said = [(arn, arn.rpartition("/")[2].rpartition("-")[0]) for arn in asked["tasks"]]
        known = self._account.containers
        return {"tasks": [{"taskArn": arn, "healthStatus": known.get(name, "UNKNOWN")} for arn, name in said]}

    def update_service(self, asked: Asked) -> dict[str, Any]:
        assert set(asked) == {"cluster", "service", "desiredCount"}
        self._account.calls.append(("UpdateService", dict(asked)))
        self._account.want(asked["service"], asked["desiredCount"])
        return {"service": deepcopy(self._account.services[asked["service"]])}

    def describe_scalable_targets(self, asked: Asked) -> dict[str, Any]:
        known = {f"service/prod/{name}": said for name, said in self._account.scaling.items()}
        ours = {"ServiceNamespace": "ecs", "ScalableDimension": DIMENSION, "CreationTime": self._account.now()}
        ours["RoleARN"] = f"arn:aws:iam::{ACCOUNT}:role/scaling"
        return {"ScalableTargets": [{"ResourceId": i, **ours, **known[i]} for i in asked["ResourceIds"] if i in known]}

    def register_scalable_target(self, asked: Asked) -> dict[str, Any]:
        """Moves the desired count inside the bounds at once."""
        self._account.calls.append(("RegisterScalableTarget", dict(asked)))
        name = asked["ResourceId"].rpartition("/")[2]
        bounds = self._account.scaling[name]
        bounds.update({key: asked[key] for key in ("MinCapacity", "MaxCapacity") if key in asked})
        desired = self._account.services[name]["desiredCount"]
        self._account.want(name, min(max(desired, bounds["MinCapacity"]), bounds["MaxCapacity"]))
        return {}

    def describe_target_groups(self, asked: Asked) -> dict[str, Any]:
        known = self._account.groups
        if set(asked["TargetGroupArns"]) - set(known):
            raise refused("TargetGroupNotFound", "DescribeTargetGroups")
        return {
            "TargetGroups": [
                {"TargetGroupArn": arn, "LoadBalancerArns": [known[arn]]} for arn in asked["TargetGroupArns"]
            ]
        }

    def describe_target_health(self, asked: Asked) -> dict[str, Any]:
        states = self._account.states[asked["TargetGroupArn"]]
        health = [
            {"Target": {"Id": f"10.0.0.{n}", "Port": 80}, "TargetHealth": {"State": state}}
            for n, state in enumerate(states, 10)
        ]
        return {"TargetHealthDescriptions": health}

    def describe_db_instances(self, asked: Asked) -> dict[str, Any]:
        """One a page, where no one is asked for."""
        known = self._account.databases
        if name := asked.get("DBInstanceIdentifier"):
            if name not in known:
                raise refused("DBInstanceNotFound", "DescribeDBInstances")
            return {"DBInstances": [deepcopy(known[name])]}
        names, at = list(known), int(asked.get("Marker", 0))
        more = {"Marker": str(at + 1)} if at + 1 < len(names) else {}
        return {"DBInstances": [deepcopy(known[name]) for name in names[at : at + 1]], **more}

    def describe_secret(self, asked: Asked) -> dict[str, Any]:
        if asked["SecretId"] not in self._account.secrets:
            raise refused("ResourceNotFoundException", "DescribeSecret")
        return deepcopy(self._account.secrets[asked["SecretId"]])

    def describe_stacks(self, asked: Asked) -> dict[str, Any]:
        name = asked["StackName"]
        stack = {
            "StackName": name,
            "StackStatus": self._account.stacks[name],
            "CreationTime": self._account.now(),
        }
        return {"Stacks": [stack]}

    def describe_subnets(self, asked: Asked) -> dict[str, Any]:
        each = self._account.free_addresses // len(asked["SubnetIds"])
        said = {"AvailableIpAddressCount": each, "VpcId": "vpc-1"}
        return {"Subnets": [{"SubnetId": one, **said} for one in asked["SubnetIds"]]}

    def describe_vpc_endpoints(self, asked: Asked) -> dict[str, Any]:
        assert asked["Filters"] == [{"Name": "vpc-id", "Values": ["vpc-1"]}]
        said = {"VpcId": "vpc-1", "VpcEndpointType": "Interface"}
        known = enumerate(self._account.endpoints.items())
        named = [(f"vpce-{n}", f"com.amazonaws.{REGION}.{name}", state) for n, (name, state) in known]
        return {"VpcEndpoints": [{"VpcEndpointId": i, "ServiceName": name, "State": s, **said} for i, name, s in named]}

    def get_metric_data(self, asked: Asked) -> dict[str, Any]:
        """Usage and quota of Fargate; neither where nobody tells."""
        told, now = self._account.vcpus, self._account.now()
        values = {} if told is None else dict(zip(("used", "quota"), told, strict=True))
        ids = [query["Id"] for query in asked["MetricDataQueries"]]
        found = {one: [values[one]] if one in values else [] for one in ids}
        return {"MetricDataResults": [{"Id": i, "Timestamps": [now] * len(v), "Values": v} for i, v in found.items()]}

    def describe_alarms(self, asked: Asked) -> dict[str, Any]:
        known = {name: state for name, state in self._account.alarms.items() if name in asked["AlarmNames"]}
        return {"MetricAlarms": [{"AlarmName": name, "StateValue": state} for name, state in known.items()]}

    def describe_events(self, asked: Asked) -> dict[str, Any]:
        return {"events": [{"eventTypeCode": one} for one in self._account.issues]}
