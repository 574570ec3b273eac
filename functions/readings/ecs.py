"""An ECS service as it is now, with its tags: one DescribeServices call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from functions.core.arn import Arn
from functions.core.decision import Decline
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.ecs_revisions import CONFIGURATION
from functions.readings.ecs_service_events import telling

SERVICES = "arn:{partition}:ecs:{region}:{account}:service/*"
DESCRIBE_SERVICES = Allow(action="ecs:DescribeServices", on=SERVICES)


@dataclass(frozen=True, kw_only=True, slots=True)
class Deployment:
    """One of a service's current deployments. `rollout` is empty where ECS gives none (behind a Classic Load Balancer)."""

    id: str
    status: str
    rollout: str
    task_definition: str
    desired: int
    running: int
    failed_tasks: int
    created_at: datetime
    configuration: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Service:
    """What the remediations ask of a service. Percentages have ECS's own defaults where the service names none."""

    cluster: str
    name: str
    status: str
    controller: str
    scheduling: str
    strategy: str
    task_definition: str
    desired: int
    running: int
    minimum_healthy_percent: int
    maximum_percent: int
    rolls_back_by_itself: bool
    on_fargate: bool
    task_sets: int
    subnets: tuple[str, ...]
    target_groups: tuple[str, ...] = ()
    """By ARN, those that its tasks are registered with."""
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    """The other group of a blue/green deployment by the first one: its tasks are in either of the two."""
    deployments: tuple[Deployment, ...]
    events: tuple[tuple[datetime, str], ...] = field(repr=False)
    tags: Mapping[str, str] = field(repr=False)
    capacity_providers: tuple[str, ...] = ()

    @property
    def platform_version(self) -> str:
        """Of Fargate, e.g. `1.4.0` or `LATEST`; empty where its deployment names none."""
        return str(self.primary.configuration.get("platformVersion") or "") if self.primary else ""

    @property
    def primary(self) -> Deployment | None:
        """The newest deployment; None under the CODE_DEPLOY and EXTERNAL controllers."""
        return next((one for one in self.deployments if one.status == "PRIMARY"), None)

    @property
    def deploying(self) -> bool:
        """Whether more than one version is at work, or ECS says that a rollout is in progress."""
        rolling = any(one.rollout == "IN_PROGRESS" for one in self.deployments)
        return rolling or len(self.deployments) > 1 or self.task_sets > 1


def read_service(aws: Aws, target: Arn) -> Service | Decline:
    """The service, or why it cannot be looked at: DescribeServices reports a missing one in `failures`, not as an error."""
    named = _names(target)
    if isinstance(named, Decline):
        return named
    cluster, name = named
    try:
        answer = aws.client("ecs").describe_services(cluster=cluster, services=[name], include=["TAGS"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ClusterNotFoundException":
            raise
        return _not_found(target, f"there is no cluster {cluster}")
    if not answer["services"]:
        return _not_found(target, f"ECS says {[failure.get('reason') for failure in answer['failures']]}")
    return service_of(cluster, answer["services"][0])


def rolls_back_by_itself(configuration: Mapping[str, Any]) -> bool:
    """Whether a circuit breaker or deployment alarms roll a failing deployment back."""
    watchers = [configuration.get("deploymentCircuitBreaker") or {}, configuration.get("alarms") or {}]
    return any(watcher.get("enable") and watcher.get("rollback") for watcher in watchers)


def _names(target: Arn) -> tuple[str, str] | Decline:
    match target.resource.split("/"):
        case ["service", cluster, name]:
            return cluster, name
        case ["service", name]:
            return Decline(
                code="short_service_arn",
                seen=f"{target} is an ARN of the old short form, which does not say in which cluster {name} runs",
                advice="Invoke the remediation by hand with an ARN that ends in service/CLUSTER/SERVICE",
            )
    return Decline(
        code="not_a_service", seen=f"{target} is no ECS service", advice="Name a service: service/CLUSTER/SERVICE"
    )


def _not_found(target: Arn, why: str) -> Decline:
    return Decline(
        code="target_not_found",
        seen=f"{target} was not found: {why}",
        advice="Look whether it was deleted or renamed, and correct the alarm",
    )


def service_of(cluster: str, said: Mapping[str, Any]) -> Service:
    """The service of one item of DescribeServices."""
    configuration = said.get("deploymentConfiguration") or {}
    network = (said.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    providers = [provider["capacityProvider"] for provider in said.get("capacityProviderStrategy") or ()]
    return Service(
        cluster=cluster,
        name=said["serviceName"],
        status=said["status"],
        controller=(said.get("deploymentController") or {}).get("type", "ECS"),
        scheduling=said.get("schedulingStrategy", "REPLICA"),
        strategy=configuration.get("strategy", "ROLLING"),
        task_definition=said.get("taskDefinition", ""),
        desired=said["desiredCount"],
        running=said["runningCount"],
        minimum_healthy_percent=configuration.get("minimumHealthyPercent", 100),
        maximum_percent=configuration.get("maximumPercent", 200),
        rolls_back_by_itself=rolls_back_by_itself(configuration),
        on_fargate=said.get("launchType") == "FARGATE" or any(one.startswith("FARGATE") for one in providers),
        task_sets=len(said.get("taskSets") or ()),
        subnets=tuple(network.get("subnets") or ()),
        target_groups=tuple(dict.fromkeys(_target_groups(said.get("loadBalancers") or ()))),
        stand_ins=dict(pair for pair in _pairs(said.get("loadBalancers") or ()) if all(pair)),
        deployments=tuple(_deployment(one) for one in said.get("deployments") or ()),
        events=tuple(_messages(said.get("events") or ())),
        tags={tag["key"]: tag["value"] for tag in said.get("tags") or ()},
        capacity_providers=tuple(providers),
    )


def _target_groups(balancers: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """A Classic Load Balancer has none; a blue/green deployment has a second one for each."""
    return (arn for pair in _pairs(balancers) for arn in pair if arn)


def _pairs(balancers: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for one in balancers:
        advanced = one.get("advancedConfiguration") or {}
        yield one.get("targetGroupArn", ""), advanced.get("alternateTargetGroupArn", "")


def _messages(events: Iterable[Mapping[str, Any]]) -> Iterator[tuple[datetime, str]]:
    """Those that say how the service is: the others would only fill the record."""
    return ((event["createdAt"], event["message"]) for event in events if telling(event["message"]))


def _deployment(said: Mapping[str, Any]) -> Deployment:
    return Deployment(
        id=said["id"],
        status=said["status"],
        rollout=said.get("rolloutState", ""),
        task_definition=said["taskDefinition"],
        desired=said["desiredCount"],
        running=said["runningCount"],
        failed_tasks=said.get("failedTasks", 0),
        created_at=said["createdAt"],
        configuration={part: said[part] for part in CONFIGURATION if part in said},
    )
