"""An AWS account with one ECS service whose deployments can be in states that moto does not play.

Answers have the shapes of the service models; what changes something is written down in `calls`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import deepcopy
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from tests.events import ACCOUNT, REGION
from tests.paginator import operation, paginator

HERE = f"{REGION}:{ACCOUNT}"
SERVICE = f"arn:aws:ecs:{HERE}:service/prod/web"
AT_ONCE = 20
Asked = Mapping[str, Any]
STOPPABLE = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")


def definition_arn(revision: int, family: str = "web") -> str:
    return f"arn:aws:ecs:{HERE}:task-definition/{family}:{revision}"


def revision_arn(number: int) -> str:
    return f"arn:aws:ecs:{HERE}:service-revision/prod/web/{number}"


def deployment_arn(number: int) -> str:
    return f"arn:aws:ecs:{HERE}:service-deployment/prod/web/{number}"


class EcsAccount:
    """Version 7 ran well; version 9 is being deployed over it, half a minute ago, and 8 has never run.

    Tests turn the dictionaries that AWS answers with.
    """

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.reads: list[str] = []
        self.refuses: dict[str, str] = {}
        now = clock.now()
        self.definitions = {definition_arn(n): self.definition(n, f"registry.invalid/web:1.{n}") for n in (7, 8, 9)}
        self.revisions = {revision_arn(n): self.revision(n) for n in (7, 9)}
        week = now - timedelta(days=7)
        self.deployments = {
            deployment_arn(7): self.deployment(7, "SUCCESSFUL", week, finished=week + timedelta(minutes=4), over=None),
            deployment_arn(9): self.deployment(9, "IN_PROGRESS", now - timedelta(seconds=30), over=7),
        }
        self.tasks: list[dict[str, Any]] = []
        self.running: list[dict[str, Any]] = []
        self.free_addresses = 100
        self.metrics: dict[str, list[float]] = {}
        self.logs: dict[tuple[str, str], list[str]] = {}
        self.balancers: dict[str, str] = {}
        self.unhealthy = 0
        self.statuses: dict[str, str] = {}
        self.images: dict[str, str] = {}
        self.stack = "UPDATE_COMPLETE"
        self.service: dict[str, Any] = {
            "serviceArn": SERVICE, "serviceName": "web", "status": "ACTIVE", "desiredCount": 2, "runningCount": 2,
            "pendingCount": 0, "schedulingStrategy": "REPLICA", "taskDefinition": definition_arn(9), "launchType": "FARGATE",
            "deploymentController": {"type": "ECS"}, "events": [], "taskSets": [],
            "deploymentConfiguration": {
                "strategy": "ROLLING", "minimumHealthyPercent": 100, "maximumPercent": 200,
                "deploymentCircuitBreaker": {"enable": False, "rollback": False},
            },
            "deployments": [
                self.rollout(9, "PRIMARY", "IN_PROGRESS", now - timedelta(seconds=30), running=0),
                self.rollout(7, "ACTIVE", "COMPLETED", week, running=2),
            ],
            "tags": [{"key": "first-responder:mode", "value": "act"}],
        }  # fmt: skip

    def definition(self, revision: int, image: str) -> dict[str, Any]:
        return {
            "taskDefinitionArn": definition_arn(revision), "family": "web", "revision": revision, "status": "ACTIVE",
            "cpu": "256", "memory": "512", "containerDefinitions": [{"name": "web", "image": image}],
        }  # fmt: skip

    def revision(self, number: int, **over: Any) -> dict[str, Any]:
        image = f"registry.invalid/web:1.{number}"
        return {
            "serviceRevisionArn": revision_arn(number), "taskDefinition": definition_arn(number), "launchType": "FARGATE",
            "platformVersion": "1.4.0", "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-a", "subnet-b"]}},
            "containerImages": [{"containerName": "web", "image": image, "imageDigest": f"sha256:{number:064}"}], **over,
        }  # fmt: skip

    def deployment(
        self,
        number: int,
        status: str,
        began: datetime,
        *,
        finished: datetime | None = None,
        over: int | None,
        **more: Any,
    ) -> dict[str, Any]:
        ended = {"finishedAt": finished} if finished else {}
        sources = [{"arn": revision_arn(over)}] if over else []
        return {
            "serviceDeploymentArn": deployment_arn(number), "serviceArn": SERVICE, "status": status, "createdAt": began,
            "targetServiceRevision": {"arn": revision_arn(number)}, "sourceServiceRevisions": sources,
            "deploymentConfiguration": {}, **ended, **more,
        }  # fmt: skip

    def rollout(self, revision: int, status: str, state: str, began: datetime, *, running: int) -> dict[str, Any]:
        return {
            "id": f"ecs-svc/{revision}", "status": status, "rolloutState": state, "taskDefinition": definition_arn(revision),
            "desiredCount": 2, "runningCount": running, "pendingCount": 0, "failedTasks": 0, "createdAt": began,
            "launchType": "FARGATE", "platformVersion": "1.4.0",
        }  # fmt: skip

    @property
    def primary(self) -> dict[str, Any]:
        return next(one for one in self.service["deployments"] if one["status"] == "PRIMARY")

    @property
    def newest(self) -> dict[str, Any]:
        return self.deployments[deployment_arn(9)]

    def tag(self, key: str, value: str) -> None:
        self.service["tags"].append({"key": key, "value": value})

    def began(self, ago: timedelta) -> None:
        """Let the newest deployment have begun that long ago."""
        self.primary["createdAt"] = self.newest["createdAt"] = self.clock.now() - ago

    def fails(self, ago: timedelta = timedelta(minutes=5), failed: int = 4) -> None:
        """The new version's tasks do not start."""
        self.began(ago)
        self.primary["failedTasks"] = failed
        self.stop_task(9, "EssentialContainerExited", "Essential container in task exited")

    def stop_task(self, revision: int, code: str, reason: str, *exit_codes: int) -> None:
        self.tasks.append(
            {
                "taskArn": f"arn:aws:ecs:{HERE}:task/prod/{len(self.tasks)}", "taskDefinitionArn": definition_arn(revision),
                "stopCode": code, "stoppedReason": reason, "stoppedAt": self.clock.now(),
                "containers": [{"name": "web", "exitCode": exit_code} for exit_code in exit_codes],
            }
        )  # fmt: skip

    def logged(self, *events: str, region: str = REGION) -> None:
        """The new version logs to CloudWatch, and this is what its last failed task has said."""
        options = {"awslogs-group": "/ecs/web", "awslogs-stream-prefix": "v", "awslogs-region": region}
        container = self.definitions[definition_arn(9)]["containerDefinitions"][0]
        container["logConfiguration"] = {"logDriver": "awslogs", "options": options}
        self.logs["/ecs/web", f"v/web/{len(self.tasks) - 1}"] = list(events)

    def run_task(self, revision: int, **digests: str) -> None:
        """A task that runs, with the digest of each image (by its name) that it runs."""
        containers = [{"name": "web", "image": image, "imageDigest": digest} for image, digest in digests.items()]
        self.running.append(
            {
                "taskArn": f"arn:aws:ecs:{HERE}:task/prod/running-{len(self.running)}",
                "taskDefinitionArn": definition_arn(revision), "containers": containers,
            }
        )  # fmt: skip

    def behind(self, balancer: str = "app/web/1a2b", group: str = "web/3c4d") -> str:
        """Let a load balancer send traffic to the service; the ARN of the target group."""
        prefix = f"arn:aws:elasticloadbalancing:{HERE}"
        arn = f"{prefix}:targetgroup/{group}"
        self.balancers[arn] = f"{prefix}:loadbalancer/{balancer}" if balancer else ""
        through = {"targetGroupArn": arn, "containerName": "web", "containerPort": 8080}
        self.service["loadBalancers"] = [*self.service.get("loadBalancers", ()), through]
        return arn

    def settled(self, revision: int = 9) -> None:
        """The service runs this revision and nothing else, in two subnets, and its deployment is over."""
        self.newest.update(status="SUCCESSFUL", finishedAt=self.clock.now())
        rollout = self.rollout(revision, "PRIMARY", "COMPLETED", self.clock.now() - timedelta(days=1), running=2)
        network = {"awsvpcConfiguration": {"subnets": ["subnet-a", "subnet-b"]}}
        self.service.update(
            taskDefinition=definition_arn(revision), deployments=[rollout], networkConfiguration=network
        )

    def in_place(self, status: str = "SUCCESSFUL", ended: timedelta = timedelta(minutes=10)) -> None:
        """The bad version has replaced the good one (SUCCESSFUL), or holds its place without rolling back (STOPPED)."""
        self.began(ended + timedelta(minutes=5))
        self.newest.update(status=status, finishedAt=self.clock.now() - ended)
        self.service.update(runningCount=0, deployments=[self.primary])
        self.primary.update(rolloutState="COMPLETED" if status == "SUCCESSFUL" else "FAILED", runningCount=0)

    def finish(self, revision: int) -> None:
        """Whatever was asked for comes to its end: the service runs only this revision."""
        rollout = self.rollout(revision, "PRIMARY", "COMPLETED", self.clock.now(), running=2)
        if self.primary["taskDefinition"] == definition_arn(revision):
            rollout["id"] = self.primary["id"]
        self.service.update(
            taskDefinition=definition_arn(revision),
            runningCount=self.service["desiredCount"],
            deployments=[rollout],
        )
        if self.newest["status"].startswith("ROLLBACK"):
            self.newest.update(status="ROLLBACK_SUCCESSFUL", finishedAt=self.clock.now())

    def client(self, service: str) -> Any:
        return _Client(self, service)

    def now(self) -> datetime:
        return self.clock.now()

    def refusal(self, error: Exception) -> str | None:
        return Boto3Aws(self.clock).refusal(error)


class _Client:
    """The calls, of all services."""

    def __init__(self, account: EcsAccount, service: str) -> None:
        self._account, self._service = account, service

    def __getattribute__(self, name: str) -> Any:
        known = object.__getattribute__(self, name)
        if name.startswith("_") or name == "get_paginator":
            return known
        return partial(_call, self._account, self._service, name, known)

    def describe_services(self, asked: Asked) -> dict[str, Any]:
        if (asked["cluster"], asked["services"]) != ("prod", ["web"]):
            return {"services": [], "failures": [{"arn": asked["services"][0], "reason": "MISSING"}]}
        return {"services": [deepcopy(self._account.service)], "failures": []}

    def describe_stacks(self, asked: Asked) -> dict[str, Any]:
        stack = {
            "StackName": asked["StackName"],
            "StackStatus": self._account.stack,
            "CreationTime": self._account.now(),
        }
        return {"Stacks": [stack]}

    def list_service_deployments(self, asked: Asked) -> dict[str, Any]:
        """Oldest first, one a page: AWS documents no order."""
        known = ("serviceDeploymentArn", "createdAt", "finishedAt", "status")
        listed = [
            {**{key: one[key] for key in known if key in one}, "targetServiceRevisionArn": one["targetServiceRevision"]["arn"]}
            for one in self._account.deployments.values()
        ]  # fmt: skip
        at = int(asked.get("nextToken", 0))
        more = {"nextToken": str(at + 1)} if at + 1 < len(listed) else {}
        return {"serviceDeployments": listed[at : at + 1], **more}

    def describe_service_deployments(self, asked: Asked) -> dict[str, Any]:
        known, arns = self._account.deployments, asked["serviceDeploymentArns"]
        assert len(arns) <= AT_ONCE
        return {"serviceDeployments": [deepcopy(known[arn]) for arn in arns if arn in known]}

    def describe_service_revisions(self, asked: Asked) -> dict[str, Any]:
        known, arns = self._account.revisions, asked["serviceRevisionArns"]
        assert len(arns) <= AT_ONCE
        return {"serviceRevisions": [deepcopy(known[arn]) for arn in arns if arn in known]}

    def describe_task_definition(self, asked: Asked) -> dict[str, Any]:
        if asked["taskDefinition"] not in self._account.definitions:
            raise refused("ClientException", "DescribeTaskDefinition")
        said = deepcopy(self._account.definitions[asked["taskDefinition"]])
        return {"tags": said.pop("tags", []), "taskDefinition": said}

    def get_log_events(self, asked: Asked) -> dict[str, Any]:
        """The newest events of a stream, oldest first."""
        assert asked["startFromHead"] is False
        events = self._account.logs.get((asked["logGroupName"], asked["logStreamName"]))
        if events is None:
            raise refused("ResourceNotFoundException", "GetLogEvents")
        return {"events": [{"timestamp": 0, "message": event} for event in events[-asked["limit"] :]]}

    def describe_target_groups(self, asked: Asked) -> dict[str, Any]:
        known = self._account.balancers
        if not set(asked["TargetGroupArns"]) <= set(known):
            raise refused("TargetGroupNotFound", "DescribeTargetGroups")
        return {
            "TargetGroups": [
                {"TargetGroupArn": arn, "LoadBalancerArns": [known[arn]] if known[arn] else []}
                for arn in asked["TargetGroupArns"]
            ]
        }

    def describe_target_health(self, asked: Asked) -> dict[str, Any]:
        """A target for each task that runs. Of a blue/green deployment the second group is empty."""
        running, bad = self._account.service["runningCount"], self._account.unhealthy
        first = asked["TargetGroupArn"] in self._account.balancers
        states = ["unhealthy"] * bad + ["healthy"] * (running - bad) if first else []
        health = [{"Target": {"Id": f"10.0.0.{n}"}, "TargetHealth": {"State": state}} for n, state in enumerate(states)]
        return {"TargetHealthDescriptions": health}

    def describe_scalable_targets(self, asked: Asked) -> dict[str, Any]:
        """The service does not scale by itself."""
        return {"ScalableTargets": []}

    def describe_alarms(self, asked: Asked) -> dict[str, Any]:
        return {"MetricAlarms": [{"AlarmName": name, "StateValue": "OK"} for name in asked["AlarmNames"]]}

    def list_task_definitions(self, asked: Asked) -> dict[str, Any]:
        assert asked["sort"] == "DESC"
        known = [one for one in self._account.definitions.values() if one["status"] == asked["status"]]
        mine = [one for one in known if one["family"] == asked["familyPrefix"]]
        newest_first = sorted(mine, key=lambda one: int(one["revision"]), reverse=True)
        return {"taskDefinitionArns": [one["taskDefinitionArn"] for one in newest_first][: asked["maxResults"]]}

    def register_task_definition(self, asked: Asked) -> dict[str, Any]:
        """Numbered one above all there are; with what ECS adds by itself."""
        account, said = self._account, deepcopy(dict(asked))
        assert said["tags"], "AWS takes no empty list of tags"
        number = max(one["revision"] for one in account.definitions.values()) + 1
        account.calls.append(("RegisterTaskDefinition", deepcopy(said)))
        ours = {"taskDefinitionArn": definition_arn(number), "revision": number, "status": "ACTIVE"}
        account.definitions[definition_arn(number)] = {**said, **ours}
        return {"taskDefinition": {key: value for key, value in {**said, **ours}.items() if key != "tags"}}

    def get_metric_data(self, asked: Asked) -> dict[str, Any]:
        """One value a minute of what a test says is measured, the last one in the last period that is asked for."""
        queries, results = asked["MetricDataQueries"], []
        now = asked["EndTime"] - timedelta(
            seconds=max(one["MetricStat"]["Period"] for one in queries if "MetricStat" in one)
        )
        for query in queries:
            name = query["MetricStat"]["Metric"]["MetricName"] if "MetricStat" in query else query["Expression"]
            values = self._account.metrics.get(name, [])
            times = [now - timedelta(minutes=ago) for ago in reversed(range(len(values)))]
            status = self._account.statuses.get(name, "Complete")
            results.append({"Id": query["Id"], "Timestamps": times, "Values": values, "StatusCode": status})
        return {"MetricDataResults": results}

    def get_paginator(self, name: str) -> Any:
        return paginator(self, self._service, name)

    def list_tasks(self, asked: Asked) -> dict[str, Any]:
        """One a page."""
        tasks = {"STOPPED": self._account.tasks, "RUNNING": self._account.running}[asked["desiredStatus"]]
        at = int(asked.get("nextToken", 0))
        more = {"nextToken": str(at + 1)} if at + 1 < len(tasks) else {}
        return {"taskArns": [task["taskArn"] for task in tasks[at : at + 1]], **more}

    def describe_tasks(self, asked: Asked) -> dict[str, Any]:
        tasks = [*self._account.tasks, *self._account.running]
        return {"tasks": [deepcopy(task) for task in tasks if task["taskArn"] in asked["tasks"]]}

    def describe_subnets(self, asked: Asked) -> dict[str, Any]:
        free = [
            {"SubnetId": each, "AvailableIpAddressCount": self._account.free_addresses} for each in asked["SubnetIds"]
        ]
        return {"Subnets": free}

    def describe_images(self, asked: Asked) -> dict[str, Any]:
        wanted = asked["imageIds"][0]
        digest = self._account.images.get(wanted.get("imageTag") or wanted["imageDigest"])
        if digest is None:
            raise refused("ImageNotFoundException", "DescribeImages")
        return {"imageDetails": [{"imageDigest": digest}]}

    def stop_service_deployment(self, asked: Asked) -> dict[str, Any]:
        found = self._account.deployments[asked["serviceDeploymentArn"]]
        if found["status"] not in STOPPABLE:
            raise refused("ConflictException", "StopServiceDeployment")
        self._account.calls.append(("StopServiceDeployment", dict(asked)))
        if found["status"] in ("PENDING", "IN_PROGRESS"):
            found["status"] = "ROLLBACK_REQUESTED"
        return {"serviceDeploymentArn": asked["serviceDeploymentArn"]}

    def update_service(self, asked: Asked) -> dict[str, Any]:
        account = self._account
        changes = {key: value for key, value in asked.items() if key not in ("cluster", "service")}
        account.calls.append(("UpdateService", changes))
        forced = asked.get("forceNewDeployment", False)
        account.service.update({key: value for key, value in changes.items() if key != "forceNewDeployment"})
        if forced or "taskDefinition" in changes:
            new = account.rollout(0, "PRIMARY", "IN_PROGRESS", account.now(), running=0)
            new["taskDefinition"] = account.service["taskDefinition"]
            account.primary["status"] = "ACTIVE"
            account.service["deployments"].insert(0, new)
        return {"service": deepcopy(account.service)}


def _call(account: EcsAccount, service: str, name: str, answer: Callable[..., Any], /, **asked: Any) -> Any:
    """Hold question and answer against the service's model, so that nothing is asked or answered that AWS does not know."""
    account.reads.append(name)
    if name in account.refuses:
        raise refused(account.refuses[name], name)
    called = operation(service, name)
    for shape, value in ((called.input_shape, asked), (called.output_shape, answer(asked))):
        problems = ParamValidator().validate(value, shape)
        assert not problems.has_errors(), f"{name}: {problems.generate_report()}"
        said = value
    return said


def refused(code: str, operation: str) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": 400}}, operation
    )
