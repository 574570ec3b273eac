"""Tasks of ECS services without a container engine: the image's tag decides what happens to them.

`*crash*` starts and exits with code 1, `*missing*` cannot be pulled, `*slow*` takes long to start; anything else is healthy.
Every task has an address of its own, so that the service's target groups list it. Limits: one fate per task, no container
logs, no health checks, no placement; stopped tasks are shown for as long as they are among a service's last fifty.
"""

import itertools
import json
import time
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services import ecs

from drills.local_aws import timings

Task = dict[str, Any]
LIVE = ("PROVISIONING", "PENDING", "RUNNING")
_addresses = itertools.count(10)


def fate(task: Task) -> tuple[str, str]:
    """What the image tags promise, and the image that says so."""
    for container in task["containers"]:
        image = container.get("image", "")
        tag = image.rsplit(":", 1)[-1] if ":" in image.rsplit("/", 1)[-1] else ""
        for word in ("missing", "crash", "slow"):
            if word in tag:
                return word, image
    return "healthy", ""


def of(service: dict[str, Any]) -> list[Task]:
    """Every known task of a service, stopped ones too."""
    group = f"service:{service['serviceName']}"
    return [t for t in ecs._tasks.values() if t["group"] == group and t["clusterArn"] == service["clusterArn"]]


def start(service: dict[str, Any], deployment: dict[str, Any]) -> Task | None:
    """Launch one task for a deployment."""
    answer = ecs._run_task(
        {
            "cluster": service["clusterArn"],
            "taskDefinition": deployment["taskDefinition"],
            "count": 1,
            "group": f"service:{service['serviceName']}",
            "startedBy": deployment["id"],
            "launchType": service.get("launchType"),
            "capacityProviderStrategy": service.get("capacityProviderStrategy"),
            "platformVersion": service.get("platformVersion") or "",
            "networkConfiguration": service["networkConfiguration"],
            "_deploymentId": deployment["id"],
        }
    )
    if answer[0] >= 400:
        return None
    task = ecs._tasks[json.loads(answer[2])["tasks"][0]["taskArn"]]
    number = next(_addresses)
    slow = fate(task)[0] == "slow"
    task.update(
        lastStatus="PENDING",
        createdAt=time.time(),
        startedAt=None,
        pullStartedAt=None,
        pullStoppedAt=None,
        _due=time.monotonic() + (timings.current.task_start_slow if slow else timings.current.task_start),
        attachments=[
            {
                "id": new_uuid(),
                "type": "ElasticNetworkInterface",
                "status": "ATTACHED",
                "details": [
                    {"name": "subnetId", "value": task.get("_subnet") or "subnet-0"},
                    {"name": "privateIPv4Address", "value": f"10.0.{number // 250 % 250}.{number % 250 + 4}"},
                ],
            }
        ],
    )
    for container in task["containers"]:
        container["lastStatus"] = "PENDING"
    return task


def advance(task: Task) -> bool:
    """Let time pass for one task; True when it ended against the service's will."""
    now, (word, image) = time.monotonic(), fate(task)
    if task["lastStatus"] not in LIVE or now < task.get("_due", 0.0):
        return False
    if task["lastStatus"] == "PENDING":
        if word == "missing":
            stop(
                task,
                "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
                f"{image}: {image}: not found",
                "TaskFailedToStart",
            )
            return True
        task.update(
            lastStatus="RUNNING",
            startedAt=time.time(),
            pullStartedAt=task["createdAt"],
            pullStoppedAt=time.time(),
            _running_since=now,
            _due=now + timings.current.task_crash,
        )
        for container in task["containers"]:
            container["lastStatus"] = "RUNNING"
        return False
    if word == "crash":
        stop(task, "Essential container in task exited", "EssentialContainerExited", exit_code=1)
        return True
    return False


def stop(task: Task, reason: str, code: str, exit_code: int | None = None) -> None:
    """End a task the way DescribeTasks shows it afterwards."""
    now = time.time()
    task.update(
        lastStatus="STOPPED",
        desiredStatus="STOPPED",
        stoppingAt=now,
        stoppedAt=now,
        executionStoppedAt=now,
        stoppedReason=reason,
        stopCode=code,
        version=task.get("version", 1) + 1,
    )
    for container in task["containers"]:
        container["lastStatus"] = "STOPPED"
        if exit_code is not None:
            container["exitCode"] = exit_code
        if code == "TaskFailedToStart":
            container["reason"] = reason


def healthy_for(task: Task) -> float:
    """Seconds that a task has been running, 0 if it is not or is doomed."""
    if task["lastStatus"] != "RUNNING" or fate(task)[0] == "crash":
        return 0.0
    return time.monotonic() - task.get("_running_since", time.monotonic())


def forget_old(service: dict[str, Any], keep: int = 50) -> None:
    """Drop all but the newest stopped tasks."""
    stopped = sorted((t for t in of(service) if t["lastStatus"] == "STOPPED"), key=lambda t: t["createdAt"])
    for task in stopped[:-keep]:
        ecs._tasks.pop(task["taskArn"], None)
