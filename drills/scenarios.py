"""What a drill can break, and what must be true afterwards."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from drills import intruder
from drills.sample import BAD_IMAGE, CLUSTER, DATABASE, INTRUDED, NEEDED, SERVICE, WHOLE
from drills.stage import Stage
from drills.weather import Load


@dataclass(frozen=True)
class Scenario:
    """One thing that goes wrong. `check` says what is wrong with the end state, or nothing.

    Where it is `asked_on` an alarm, a person asks for the remediation when that goes off, and approves what is proposed.
    """

    name: str
    story: str
    remediation: str
    target: str
    break_it: Callable[[Stage, Load], None]
    check: Callable[[Stage], str]
    asked_on: str = ""


def _fill_disk(stage: Stage, load: Load) -> None:
    load.written_gib = 88.0


def _storage_grown(stage: Stage) -> str:
    database = stage.client("rds").describe_db_instances(DBInstanceIdentifier=DATABASE)["DBInstances"][0]
    snapshots = stage.client("rds").describe_db_snapshots(DBInstanceIdentifier=DATABASE)["DBSnapshots"]
    if database["AllocatedStorage"] < 110:
        return f"{DATABASE} has {database['AllocatedStorage']} GiB, less than 10 % more than it had"
    return "" if snapshots else f"no snapshot of {DATABASE} was taken before the change"


def _deploy_bad_image(stage: Stage, load: Load) -> None:
    ecs = stage.client("ecs")
    service = ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
    good = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    kept = ("family", "networkMode", "requiresCompatibilities", "cpu", "memory", "executionRoleArn", "taskRoleArn")
    bad = {name: good[name] for name in kept if good.get(name)}
    containers = [{**good["containerDefinitions"][0], "image": BAD_IMAGE}]
    revision = ecs.register_task_definition(**bad, containerDefinitions=containers)["taskDefinition"][
        "taskDefinitionArn"
    ]
    ecs.update_service(cluster=CLUSTER, service=SERVICE, taskDefinition=revision)


def _rolled_back(stage: Stage) -> str:
    ecs = stage.client("ecs")
    service = ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
    definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    image = definition["containerDefinitions"][0]["image"]
    if image == BAD_IMAGE:
        return f"{SERVICE} still runs {image}"
    short = service["runningCount"] < service["desiredCount"]
    return f"{SERVICE} runs {service['runningCount']} of {service['desiredCount']} tasks" if short else ""


def _surge(stage: Stage, load: Load) -> None:
    load.cpu_of_one_task = 200.0


def _scaled_out(stage: Stage) -> str:
    service = stage.client("ecs").describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
    return "" if service["runningCount"] > 2 else f"{SERVICE} still runs {service['runningCount']} tasks"


def _scale_to_nothing(stage: Stage, load: Load) -> None:
    load.cpu_of_one_task = 80.0
    for name in (SERVICE, NEEDED):
        stage.client("ecs").update_service(cluster=CLUSTER, service=name, desiredCount=0)


def _back_in_order(stage: Stage) -> str:
    said = stage.client("ecs").describe_services(cluster=CLUSTER, services=[NEEDED, SERVICE])["services"]
    for one in said:
        if (one["desiredCount"], one["runningCount"]) != (2, 2):
            return f"{one['serviceName']} wants {one['desiredCount']} tasks and runs {one['runningCount']}, not 2"
    needed, service = sorted(said, key=lambda one: one["serviceName"] == SERVICE)
    in_order = _last(needed, "has reached a steady state") < _last(service, "has started")
    return "" if in_order else f"{SERVICE} was started before {NEEDED} was up"


def _last(service: Mapping[str, Any], words: str) -> datetime:
    """When ECS said so of a service the last time."""
    return max(event["createdAt"] for event in service["events"] if words in event["message"])


_SERVICE_ARN = f"arn:aws:ecs:us-east-1:000000000000:service/{CLUSTER}/{SERVICE}"
_CLUSTER_ARN = f"arn:aws:ecs:us-east-1:000000000000:cluster/{CLUSTER}"
_USER_ARN = f"arn:aws:iam::000000000000:user/{INTRUDED}"
_DATABASE_ARN = f"arn:aws:rds:us-east-1:000000000000:db:{DATABASE}"

SCENARIOS = (
    Scenario(
        name="rds-storage",
        story="a disk fills up: 88 of 100 GiB of the database are written",
        remediation="extend_rds_storage",
        target=_DATABASE_ARN,
        break_it=_fill_disk,
        check=_storage_grown,
    ),
    Scenario(
        name="ecs-deployment",
        story="a bad image is deployed: its tasks exit as soon as they start",
        remediation="roll_back_ecs_deployment",
        target=_SERVICE_ARN,
        break_it=_deploy_bad_image,
        check=_rolled_back,
    ),
    Scenario(
        name="ecs-cpu",
        story="a CPU surge: the requests need twice the CPU of the two running tasks",
        remediation="scale_out_ecs_service",
        target=_SERVICE_ARN,
        break_it=_surge,
        check=_scaled_out,
    ),
    Scenario(
        name="recovery",
        story=f"somebody scales {SERVICE} and {NEEDED}, which it needs, to nothing",
        remediation="recover_services",
        target=_CLUSTER_ARN,
        break_it=_scale_to_nothing,
        check=_back_in_order,
        asked_on=WHOLE,
    ),
    Scenario(
        name="iam-intruder",
        story=f"GuardDuty finds the access key of {INTRUDED} in strange hands",
        remediation=intruder.REMEDIATION,
        target=_USER_ARN,
        break_it=lambda stage, _: intruder.intrude(stage),
        check=intruder.contained,
    ),
)


def chosen(name: str) -> tuple[Scenario, ...]:
    """The scenario of that name, all for an empty one. Raises LookupError naming the ones there are."""
    found = tuple(scenario for scenario in SCENARIOS if name in ("", scenario.name))
    if not found:
        raise LookupError(
            f"no scenario is called {name!r}; there are {', '.join(scenario.name for scenario in SCENARIOS)}"
        )
    return found
