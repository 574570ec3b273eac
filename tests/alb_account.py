"""An AWS account with one load balancer, the ECS service behind it, and the network between them, in states that moto does not play.

Answers have the shapes of the service models; what changes something is written down in `calls`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from datetime import timedelta
from typing import Any

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from tests.events import ACCOUNT, REGION
from tests.modelled import ModelledClient, refused

_ELB = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"
BALANCER, GROUP = f"{_ELB}:loadbalancer/app/web/50dc6c495c0c9188", f"{_ELB}:targetgroup/web/73e2d6bc24d8a067"
SERVICE = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/prod/web"
CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/prod"
OF_BALANCER, OF_TASKS = "sg-0aaaaaaaaaaaaaaaa", "sg-0bbbbbbbbbbbbbbbb"
PORT = 8080
Asked = Mapping[str, Any]


def task_arn(number: int) -> str:
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:task/prod/{number:032x}"


def address(number: int) -> str:
    """Odd tasks run in zone a, even ones in zone b."""
    return f"10.0.{number % 2}.{10 + number}"


class AlbAccount:
    """Four healthy tasks in two zones, running for a week. Tests turn the dictionaries that AWS answers with."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.reads: list[str] = []
        self.refuses: dict[str, str] = {}
        week = clock.now() - timedelta(days=7)
        self.balancer: dict[str, Any] = {
            "LoadBalancerArn": BALANCER, "LoadBalancerName": "web", "VpcId": "vpc-0123456789abcdef0", "Type": "application",
            "State": {"Code": "active"}, "SecurityGroups": [OF_BALANCER],
            "AvailabilityZones": [
                {"ZoneName": f"{REGION}b", "SubnetId": "subnet-lb-b"}, {"ZoneName": f"{REGION}a", "SubnetId": "subnet-lb-a"},
            ],
        }  # fmt: skip
        self.balancer_tags = {"first-responder:mode": "act"}
        self.attributes = {"zonal_shift.config.enabled": "true"}
        self.groups = {GROUP: [self.target(n) for n in (1, 2, 3, 4)]}
        self.service: dict[str, Any] = {
            "serviceArn": SERVICE, "serviceName": "web", "clusterArn": CLUSTER, "status": "ACTIVE", "desiredCount": 4,
            "runningCount": 4, "schedulingStrategy": "REPLICA", "launchType": "FARGATE", "deploymentController": {"type": "ECS"},
            "taskDefinition": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/web:7", "events": [],
            "loadBalancers": [{"targetGroupArn": GROUP, "containerName": "web", "containerPort": PORT}],
            "healthCheckGracePeriodSeconds": 60,
            "networkConfiguration": {
                "awsvpcConfiguration": {"subnets": ["subnet-app-a", "subnet-app-b"], "securityGroups": [OF_TASKS]}
            },
            "deployments": [
                {
                    "id": "ecs-svc/7", "status": "PRIMARY", "rolloutState": "COMPLETED", "desiredCount": 4, "runningCount": 4,
                    "taskDefinition": f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/web:7", "createdAt": week,
                }
            ],
            "tags": [{"key": "first-responder:mode", "value": "act"}],
        }  # fmt: skip
        self.tasks = {task_arn(n): self.task(n) for n in (1, 2, 3, 4)}
        self.security_groups = {
            OF_BALANCER: self.security_group(OF_BALANCER, egress=[self.permission(PORT, OF_TASKS)]),
            OF_TASKS: self.security_group(OF_TASKS, ingress=[self.permission(PORT, OF_BALANCER)]),
        }
        self.acl: list[dict[str, Any]] = [
            {"RuleNumber": number, "Egress": out, "Protocol": "-1", "RuleAction": verb, "CidrBlock": "0.0.0.0/0"}
            for out in (True, False)
            for number, verb in ((100, "allow"), (32767, "deny"))
        ]
        self.trail: list[dict[str, Any]] = []
        self.shifts: list[dict[str, Any]] = []
        self.points: dict[str, list[tuple[timedelta, float]]] = {}
        self.alarms: dict[str, dict[str, Any]] = {}
        self.stack = "UPDATE_COMPLETE"
        self.other_services = 0

    def target(self, number: int, state: str = "healthy", reason: str = "") -> dict[str, Any]:
        health = {"State": state, **({"Reason": reason} if reason else {})}
        return {"Target": {"Id": address(number), "Port": PORT}, "TargetHealth": health}

    def task(self, number: int) -> dict[str, Any]:
        details = [
            {"name": "subnetId", "value": "subnet-app"},
            {"name": "privateIPv4Address", "value": address(number)},
        ]
        return {
            "taskArn": task_arn(number), "lastStatus": "RUNNING", "desiredStatus": "RUNNING", "group": "service:web",
            "availabilityZone": f"{REGION}{'ba'[number % 2]}", "startedAt": self.clock.now() - timedelta(days=7),
            "attachments": [{"type": "ElasticNetworkInterface", "status": "ATTACHED", "details": details}],
        }  # fmt: skip

    def permission(self, port: int, group: str) -> dict[str, Any]:
        pairs = [{"GroupId": group, "UserId": ACCOUNT}]
        return {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "UserIdGroupPairs": pairs}

    def security_group(self, name: str, ingress: Any = (), egress: Any = ()) -> dict[str, Any]:
        return {
            "GroupId": name, "VpcId": self.balancer["VpcId"], "IpPermissions": [*ingress], "IpPermissionsEgress": [*egress],
            "Tags": [{"Key": "first-responder:mode", "Value": "act"}],
        }  # fmt: skip

    def fail(self, *numbers: int, reason: str = "Target.FailedHealthChecks") -> None:
        """These targets fail their health checks."""
        self.groups[GROUP] = [
            self.target(n, "unhealthy", reason) if n in numbers else one for n, one in enumerate(self.groups[GROUP], 1)
        ]

    def heal(self) -> None:
        """Whatever it was, it is over."""
        self.groups[GROUP] = [self.target(n) for n in range(1, 1 + len(self.groups[GROUP]))]
        self.alarm_is("OK")

    def grow(self, tasks: int) -> None:
        """So many tasks instead of four."""
        self.service.update(desiredCount=tasks, runningCount=tasks)
        self.tasks = {task_arn(n): self.task(n) for n in range(1, tasks + 1)}
        self.groups[GROUP] = [self.target(n) for n in range(1, tasks + 1)]

    def deployed(self, ago: timedelta, state: str = "COMPLETED") -> None:
        self.service["deployments"][0].update(createdAt=self.clock.now() - ago, rolloutState=state)

    def alarm_is(self, state: str, name: str = "web-errors", **said: Any) -> None:
        self.alarms[name] = {"AlarmName": name, "StateValue": state, **self.alarms.get(name, {}), **said}
        self.alarms[name]["StateValue"] = state

    def tag(self, tags: Mapping[str, str]) -> None:
        """The service's tags, instead of those that it has."""
        self.service["tags"] = [{"key": key, "value": value} for key, value in tags.items()]

    def remove_rule(self, ago: timedelta = timedelta(hours=2), *, by_id: bool = False, recorded: bool = True) -> None:
        """Somebody takes out the rule that lets the load balancer in."""
        self.security_groups[OF_TASKS]["IpPermissions"] = []
        self.fail(1, 2, 3, 4, reason="Target.Timeout")
        if recorded:
            self.trail.append(removal(self.clock.now() - ago, OF_TASKS, PORT, OF_BALANCER, by_id=by_id))

    def client(self, service: str) -> Any:
        return _Client(self, service)

    def now(self) -> Any:
        return self.clock.now()

    def refusal(self, error: Exception) -> str | None:
        return Boto3Aws(self.clock).refusal(error)


def removal(at: Any, group: str, port: int, peer: str, *, by_id: bool = False, error: str = "") -> dict[str, Any]:
    """CloudTrail's record of a revoked rule, by its properties or by its id."""
    kind, key = ("groups", "groupId") if peer.startswith("sg-") else ("ipRanges", "cidrIp")
    rule = {"ipProtocol": "tcp", "fromPort": port, "toPort": port, kind: {"items": [{key: peer}]}}
    asked: dict[str, Any] = {"groupId": group, "ipPermissions": {"items": [rule]}}
    told: dict[str, Any] = {"_return": True}
    if by_id:
        asked = {"groupId": group, "securityGroupRuleIds": {"items": [{"securityGroupRuleId": "sgr-1"}]}}
        key = "referencedGroupId" if peer.startswith("sg-") else "cidrIpv4"
        flat = {"groupId": group, "isEgress": False, "ipProtocol": "tcp", "fromPort": port, "toPort": port, key: peer}
        told["revokedSecurityGroupRuleSet"] = {"items": [flat]}
    who = {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/bob"}
    event = {"eventName": "RevokeSecurityGroupIngress", "userIdentity": who, "requestParameters": asked}
    event |= {"errorCode": error, "responseElements": None} if error else {"responseElements": told}
    name = "RevokeSecurityGroupIngress"
    return {"EventId": "e", "EventName": name, "EventTime": at, "Username": "bob", "CloudTrailEvent": json.dumps(event)}


class _Client(ModelledClient):
    """The calls, of all services."""

    def describe_load_balancers(self, asked: Asked) -> dict[str, Any]:
        if asked["LoadBalancerArns"] != [BALANCER]:
            raise refused("LoadBalancerNotFound", "DescribeLoadBalancers")
        return {"LoadBalancers": [deepcopy(self._account.balancer)]}

    def describe_tags(self, asked: Asked) -> dict[str, Any]:
        tags = [{"Key": key, "Value": value} for key, value in self._account.balancer_tags.items()]
        return {"TagDescriptions": [{"ResourceArn": BALANCER, **({"Tags": tags} if tags else {})}]}

    def describe_load_balancer_attributes(self, asked: Asked) -> dict[str, Any]:
        return {"Attributes": [{"Key": key, "Value": value} for key, value in self._account.attributes.items()]}

    def describe_target_groups(self, asked: Asked) -> dict[str, Any]:
        """One a page."""
        arns, at = sorted(self._account.groups), int(asked.get("Marker", 0))
        more = {"NextMarker": str(at + 1)} if at + 1 < len(arns) else {}
        return {"TargetGroups": [{"TargetGroupArn": arn} for arn in arns[at : at + 1]], **more}

    def describe_target_health(self, asked: Asked) -> dict[str, Any]:
        return {"TargetHealthDescriptions": deepcopy(self._account.groups[asked["TargetGroupArn"]])}

    def list_clusters(self, asked: Asked) -> dict[str, Any]:
        return {"clusterArns": [CLUSTER]}

    def list_services(self, asked: Asked) -> dict[str, Any]:
        others = [f"{SERVICE}-{n}" for n in range(self._account.other_services)]
        return {"serviceArns": [*others, SERVICE]}

    def describe_services(self, asked: Asked) -> dict[str, Any]:
        """Tags only for who includes them, as ECS does; the other services are of no concern."""
        if asked["services"][-1].rpartition("/")[2] != "web":
            return {"services": [], "failures": []}
        said = deepcopy(self._account.service)
        if "TAGS" not in asked.get("include", ()):
            said.pop("tags", None)
        return {"services": [said], "failures": []}

    def list_tasks(self, asked: Asked) -> dict[str, Any]:
        wanted = [arn for arn, one in self._account.tasks.items() if one["desiredStatus"] == asked["desiredStatus"]]
        at = int(asked.get("nextToken", 0))
        more = {"nextToken": str(at + 1)} if at + 1 < len(wanted) else {}
        return {"taskArns": wanted[at : at + 1], **more}

    def describe_tasks(self, asked: Asked) -> dict[str, Any]:
        known = self._account.tasks
        return {"tasks": [deepcopy(known[arn]) for arn in asked["tasks"] if arn in known], "failures": []}

    def stop_task(self, asked: Asked) -> dict[str, Any]:
        self._account.calls.append(("StopTask", dict(asked)))
        self._account.tasks[asked["task"]].update(desiredStatus="STOPPED", lastStatus="STOPPED")
        return {"task": deepcopy(self._account.tasks[asked["task"]])}

    def describe_stacks(self, asked: Asked) -> dict[str, Any]:
        stack = {
            "StackName": asked["StackName"],
            "StackStatus": self._account.stack,
            "CreationTime": self._account.now(),
        }
        return {"Stacks": [stack]}

    def get_metric_data(self, asked: Asked) -> dict[str, Any]:
        results = []
        for query in asked["MetricDataQueries"]:
            points = self._account.points.get(query["MetricStat"]["Metric"]["MetricName"], [])
            at = [(self._account.now() - ago, value) for ago, value in sorted(points, reverse=True)]
            at = [(when, value) for when, value in at if asked["StartTime"] <= when < asked["EndTime"]]
            results.append(
                {"Id": query["Id"], "Timestamps": [when for when, _ in at], "Values": [value for _, value in at]}
            )
        return {"MetricDataResults": results}

    def describe_alarms(self, asked: Asked) -> dict[str, Any]:
        return {
            "MetricAlarms": [
                deepcopy(one) for one in self._account.alarms.values() if one["AlarmName"] in asked["AlarmNames"]
            ]
        }

    def describe_security_groups(self, asked: Asked) -> dict[str, Any]:
        known = self._account.security_groups
        if set(asked["GroupIds"]) - set(known):
            raise refused("InvalidGroup.NotFound", "DescribeSecurityGroups")
        return {"SecurityGroups": [deepcopy(known[one]) for one in asked["GroupIds"]]}

    def authorize_security_group_ingress(self, asked: Asked) -> dict[str, Any]:
        rules = self._account.security_groups[asked["GroupId"]]["IpPermissions"]
        if any(_same(one, asked) for one in rules):
            raise refused("InvalidPermission.Duplicate", "AuthorizeSecurityGroupIngress")
        self._account.calls.append(("AuthorizeSecurityGroupIngress", dict(asked)))
        rules.extend(deepcopy(asked["IpPermissions"]))
        return {"Return": True}

    def revoke_security_group_ingress(self, asked: Asked) -> dict[str, Any]:
        group = self._account.security_groups[asked["GroupId"]]
        kept = [one for one in group["IpPermissions"] if not _same(one, asked)]
        if len(kept) == len(group["IpPermissions"]):
            raise refused("InvalidPermission.NotFound", "RevokeSecurityGroupIngress")
        self._account.calls.append(("RevokeSecurityGroupIngress", dict(asked)))
        group["IpPermissions"] = kept
        return {"Return": True}

    def describe_subnets(self, asked: Asked) -> dict[str, Any]:
        found = [
            {
                "SubnetId": f"subnet-{kind}-{zone}", "CidrBlock": f"10.0.{number}.0/24", "AvailabilityZone": f"{REGION}{zone}",
                "AvailabilityZoneId": f"euw1-az{'ab'.index(zone) + 1}",
            }
            for kind, zone, number in (("app", "a", 1), ("app", "b", 0), ("lb", "a", 8), ("lb", "b", 9))
        ]  # fmt: skip
        return {"Subnets": found}

    def describe_network_acls(self, asked: Asked) -> dict[str, Any]:
        """One for the load balancer's subnets, which lets all through, and one for the tasks'."""
        links = {kind: [{"SubnetId": f"subnet-{kind}-{zone}"} for zone in "ab"] for kind in ("app", "lb")}
        free = AlbAccount(self._account.clock).acl
        return {
            "NetworkAcls": [
                {"NetworkAclId": "acl-app", "Entries": deepcopy(self._account.acl), "Associations": links["app"]},
                {"NetworkAclId": "acl-lb", "Entries": free, "Associations": links["lb"]},
            ]
        }

    def lookup_events(self, asked: Asked) -> dict[str, Any]:
        (attribute,) = asked["LookupAttributes"]
        known = [one for one in self._account.trail if one["EventName"] == attribute["AttributeValue"]]
        return {"Events": [one for one in known if asked["StartTime"] <= one["EventTime"] <= asked["EndTime"]]}

    def list_zonal_shifts(self, asked: Asked) -> dict[str, Any]:
        return {"items": deepcopy(self._account.shifts)}

    def start_zonal_shift(self, asked: Asked) -> dict[str, Any]:
        account = self._account
        if any(one["status"] == "ACTIVE" for one in account.shifts):
            raise refused("ConflictException", "StartZonalShift")
        account.calls.append(("StartZonalShift", dict(asked)))
        account.shifts.append(
            shift(account.now(), f"shift-{len(account.shifts) + 1}", asked["awayFrom"], asked["comment"])
        )
        return deepcopy(account.shifts[-1])

    def cancel_zonal_shift(self, asked: Asked) -> dict[str, Any]:
        for one in self._account.shifts:
            if (one["zonalShiftId"], one["status"]) == (asked["zonalShiftId"], "ACTIVE"):
                self._account.calls.append(("CancelZonalShift", dict(asked)))
                one["status"] = "CANCELED"
                return deepcopy(one)
        raise refused("ResourceNotFoundException", "CancelZonalShift")


def _same(rule: Asked, asked: Asked) -> bool:
    """Whether a rule is the one that is asked for: the owner of its peer is AWS's addition."""
    (wanted,) = asked["IpPermissions"]
    ports = all(rule[key] == wanted[key] for key in ("IpProtocol", "FromPort", "ToPort"))
    peers = [[one["GroupId"] for one in said.get("UserIdGroupPairs", ())] for said in (rule, wanted)]
    return ports and peers[0] == peers[1]


def shift(at: Any, name: str, away: str, comment: str, status: str = "ACTIVE") -> dict[str, Any]:
    """A zonal shift of two hours."""
    return {
        "zonalShiftId": name, "resourceIdentifier": BALANCER, "awayFrom": away, "startTime": at, "status": status,
        "expiryTime": at + timedelta(hours=2), "comment": comment,
    }  # fmt: skip
