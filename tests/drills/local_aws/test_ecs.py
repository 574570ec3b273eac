"""Services roll out, fail and roll back the way their image tag says, with ECS's own words for it."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from .conftest import Aws, Ear, until


class Service:
    """One service of two tasks that runs `web:1`."""

    def __init__(self, aws: Aws, name: str, breaker: bool) -> None:
        self.aws, self.ecs, self.name = aws, aws("ecs"), name
        self.good = self.register("web:1")
        configuration = {"deploymentCircuitBreaker": {"enable": breaker, "rollback": breaker}}
        self.arn = self.ecs.create_service(
            cluster="test",
            serviceName=name,
            taskDefinition=self.good,
            desiredCount=2,
            launchType="FARGATE",
            deploymentConfiguration=configuration,
            tags=[{"key": "owner", "value": "us"}],
        )["service"]["serviceArn"]
        until(lambda: self.newest()["status"] == "SUCCESSFUL")

    def register(self, image: str) -> str:
        containers = [{"name": "web", "image": f"example.com/{image}", "essential": True}]
        return str(
            self.ecs.register_task_definition(family=self.name, containerDefinitions=containers)["taskDefinition"][
                "taskDefinitionArn"
            ]
        )

    def deploy(self, image: str) -> str:
        arn = self.register(image)
        self.ecs.update_service(cluster="test", service=self.name, taskDefinition=arn)
        return arn

    def describe(self) -> dict[str, Any]:
        return dict(self.ecs.describe_services(cluster="test", services=[self.name], include=["TAGS"])["services"][0])

    def newest(self) -> dict[str, Any]:
        listed = self.ecs.list_service_deployments(cluster="test", service=self.name)["serviceDeployments"]
        return dict(
            self.ecs.describe_service_deployments(serviceDeploymentArns=[listed[0]["serviceDeploymentArn"]])[
                "serviceDeployments"
            ][0]
        )

    def deployment(self, status: str) -> dict[str, Any]:
        return next(d for d in self.describe()["deployments"] if d["status"] == status)

    def stopped(self) -> list[dict[str, Any]]:
        arns = self.ecs.list_tasks(cluster="test", serviceName=self.name, desiredStatus="STOPPED")["taskArns"]
        return list(self.ecs.describe_tasks(cluster="test", tasks=arns)["tasks"]) if arns else []


@pytest.fixture(scope="module")
def guarded(aws: Aws) -> Iterator[Service]:
    aws("ecs").create_cluster(clusterName="test")
    yield Service(aws, "guarded", breaker=True)


@pytest.fixture(scope="module")
def unguarded(aws: Aws, guarded: Service) -> Service:
    return Service(aws, "unguarded", breaker=False)


def test_healthy_service_is_steady_and_tagged(guarded: Service, ear: Ear) -> None:
    service = guarded.describe()
    assert (service["runningCount"], service["desiredCount"]) == (2, 2)
    assert service["tags"] == [{"key": "owner", "value": "us"}]
    assert [(d["status"], d["rolloutState"]) for d in service["deployments"]] == [("PRIMARY", "COMPLETED")]
    revision = guarded.newest()["targetServiceRevision"]["arn"]
    [shown] = guarded.ecs.describe_service_revisions(serviceRevisionArns=[revision])["serviceRevisions"]
    assert shown["taskDefinition"] == guarded.good
    [image] = shown["containerImages"]
    assert (image["containerName"], image["image"]) == ("web", "example.com/web:1")
    assert image["imageDigest"].startswith("sha256:")
    steady = ear.wait_for(lambda e: e.get("detail-type") == "ECS Service Action" and e["resources"] == [guarded.arn])
    assert steady["detail"]["eventName"] == "SERVICE_STEADY_STATE"


def test_count_alone_starts_no_deployment(guarded: Service) -> None:
    before = guarded.newest()["serviceDeploymentArn"]
    guarded.ecs.update_service(cluster="test", service="guarded", desiredCount=3)
    until(lambda: guarded.describe()["runningCount"] == 3)
    guarded.ecs.update_service(cluster="test", service="guarded", desiredCount=2)
    until(lambda: guarded.describe()["runningCount"] == 2)
    assert guarded.newest()["serviceDeploymentArn"] == before


def test_circuit_breaker_rolls_a_crashing_image_back(guarded: Service, ear: Ear) -> None:
    before = guarded.newest()["targetServiceRevision"]["arn"]
    bad = guarded.deploy("web:2-crash")
    during = guarded.describe()
    assert [(d["status"], d["rolloutState"]) for d in during["deployments"]] == [
        ("PRIMARY", "IN_PROGRESS"),
        ("ACTIVE", "COMPLETED"),
    ]
    assert during["deployments"][0]["taskDefinition"] == bad
    bad_id = during["deployments"][0]["id"]
    until(lambda: guarded.newest()["status"] == "ROLLBACK_SUCCESSFUL")
    after = guarded.newest()
    assert after["rollback"]["serviceRevisionArn"] == before
    assert after["sourceServiceRevisions"][0]["arn"] == before
    assert after["deploymentCircuitBreaker"]["status"] == "TRIGGERED"
    assert after["deploymentCircuitBreaker"]["threshold"] == 3
    assert guarded.deployment("PRIMARY")["taskDefinition"] == guarded.describe()["taskDefinition"] == guarded.good
    task = guarded.stopped()[0]
    crashed = next(t for t in guarded.stopped() if t["taskDefinitionArn"] == bad)
    assert (crashed["stopCode"], crashed["containers"][0]["exitCode"]) == ("EssentialContainerExited", 1)
    assert task["lastStatus"] == "STOPPED"
    failed = ear.event("ECS Deployment State Change", eventName="SERVICE_DEPLOYMENT_FAILED")
    assert (failed["detail"]["deploymentId"], failed["detail"]["eventType"]) == (bad_id, "ERROR")
    assert failed["resources"] == [guarded.arn]
    rolling_back = ear.wait_for(lambda e: "rolling back" in (e.get("detail") or {}).get("reason", ""))
    assert rolling_back["detail"]["eventName"] == "SERVICE_DEPLOYMENT_IN_PROGRESS"


def test_without_circuit_breaker_it_fails_on_until_it_is_stopped(unguarded: Service, ear: Ear) -> None:
    unguarded.deploy("web:2-missing")
    until(lambda: unguarded.deployment("PRIMARY")["failedTasks"] >= 3)
    assert unguarded.deployment("PRIMARY")["rolloutState"] == "IN_PROGRESS"
    assert unguarded.deployment("ACTIVE")["runningCount"] == 2
    task = unguarded.stopped()[0]
    assert task["stopCode"] == "TaskFailedToStart"
    assert task["stoppedReason"].startswith("CannotPullContainerError")
    impaired = ear.event("ECS Service Action", eventName="SERVICE_TASK_START_IMPAIRED")
    assert impaired["detail"]["eventType"] == "WARN"

    arn = unguarded.newest()["serviceDeploymentArn"]
    assert unguarded.newest()["status"] == "IN_PROGRESS"
    unguarded.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
    assert unguarded.newest()["status"] in ("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
    until(lambda: unguarded.newest()["status"] == "ROLLBACK_SUCCESSFUL")
    assert unguarded.describe()["taskDefinition"] == unguarded.good
    with pytest.raises(ClientError) as refused:
        unguarded.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
    assert refused.value.response["Error"]["Code"] == "ConflictException"


def test_good_image_replaces_the_old_tasks(unguarded: Service) -> None:
    new = unguarded.deploy("web:3")
    until(lambda: unguarded.newest()["status"] == "SUCCESSFUL")
    assert unguarded.describe()["taskDefinition"] == new
    until(lambda: len(unguarded.describe()["deployments"]) == 1 and unguarded.describe()["runningCount"] == 2)


def test_scalable_target_moves_the_service_inside_its_limits(aws: Aws, unguarded: Service) -> None:
    scaling = aws("application-autoscaling")
    named = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/test/unguarded",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**named, MinCapacity=1, MaxCapacity=4)
    assert unguarded.describe()["desiredCount"] == 2
    scaling.register_scalable_target(**named, MinCapacity=3)
    assert unguarded.describe()["desiredCount"] == 3
    [target] = scaling.describe_scalable_targets(ServiceNamespace="ecs", ResourceIds=[named["ResourceId"]])[
        "ScalableTargets"
    ]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (3, 4)
    scaling.register_scalable_target(**named, MinCapacity=1)
    assert unguarded.describe()["desiredCount"] == 3
    scaling.register_scalable_target(**named, SuspendedState={"DynamicScalingInSuspended": True}, MaxCapacity=2)
    assert unguarded.describe()["desiredCount"] == 2
    [latest, first] = scaling.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"]
    assert (first["Description"], latest["Description"]) == (
        "Setting desired count to 3.",
        "Setting desired count to 2.",
    )
    scaling.deregister_scalable_target(**named)
    with pytest.raises(ClientError) as refused:
        scaling.deregister_scalable_target(**named)
    assert refused.value.response["Error"]["Code"] == "ObjectNotFoundException"
