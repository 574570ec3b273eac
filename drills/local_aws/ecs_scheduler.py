"""The clock of the ECS simulation: ten times a second it moves tasks on and deployments towards their goal."""

import logging
import threading
import time

from ministack.core.responses import request_scope
from ministack.services import ecs

from drills.local_aws import ecs_deployments as deployments
from drills.local_aws import ecs_events, ecs_tasks, hooks, timings
from drills.local_aws.ecs_deployments import Record

log = logging.getLogger("local_aws.ecs")


def _scale(service: Record, deployment: Record, live: list[Record]) -> None:
    missing = deployment["desiredCount"] - len(live)
    if missing > 0 and time.monotonic() >= deployment.get("_backoff", 0.0):
        started = [task for _ in range(missing) if (task := ecs_tasks.start(service, deployment))]
        for task in started:
            ecs_events.say(service, f"has started 1 tasks: (task {task['taskArn'].rsplit('/', 1)[-1]}).")
    for task in sorted(live, key=lambda t: t["createdAt"], reverse=True)[: max(0, -missing)]:
        _stop(task, deployment)


def _stop(task: Record, deployment: Record) -> None:
    ecs_tasks.stop(task, f"Scaling activity initiated by (deployment {deployment['id']})", "ServiceSchedulerInitiated")


def _live(tasks: list[Record], deployment: Record) -> list[Record]:
    return [t for t in tasks if t["_deployment_id"] == deployment["id"] and t["lastStatus"] in ecs_tasks.LIVE]


def _lead(service: Record, deployment: Record, live: list[Record]) -> None:
    """Look whether the primary deployment's tasks stay up."""
    ages = [ecs_tasks.healthy_for(task) for task in live]
    if any(age > timings.current.task_crash for age in ages):
        deployment["failedTasks"] = 0
    steady = sum(age >= timings.current.deployment_steady for age in ages)
    may_end = time.monotonic() >= deployment.get("_not_before", 0.0)
    if deployment["rolloutState"] == "IN_PROGRESS" and may_end and steady >= deployment["desiredCount"]:
        deployments.complete(service, deployment)


def _advance(service: Record, deployment: Record, tasks: list[Record], ended: list[Record]) -> None:
    if failures := sum(t["_deployment_id"] == deployment["id"] for t in ended):
        deployments.count_failures(service, deployment, failures)
    live = _live(tasks, deployment)
    if deployment["status"] == "PRIMARY" or deployment["desiredCount"] == 0:
        _scale(service, deployment, live)
    deployment["runningCount"] = sum(t["lastStatus"] == "RUNNING" for t in live)
    deployment["pendingCount"] = sum(t["lastStatus"] == "PENDING" for t in live)
    if deployment["status"] == "PRIMARY":
        _lead(service, deployment, live)
    record = deployments.service_deployments[deployment["_service_deployment"]]
    if record["targetServiceRevision"]["arn"] == deployment["_revision"]:
        record["targetServiceRevision"] = deployments.summary(deployment)


def step(service: Record) -> None:
    """Let time pass for one service."""
    tasks = [t for t in ecs_tasks.of(service) if t["lastStatus"] in ecs_tasks.LIVE]
    ended = [t for t in tasks if ecs_tasks.advance(t)]
    for deployment in list(service["deployments"]):
        _advance(service, deployment, tasks, ended)
    leading = deployments.primary(service)
    if leading and leading["rolloutState"] == "COMPLETED":
        for task in tasks:
            if task["_deployment_id"] != leading["id"] and task["lastStatus"] in ecs_tasks.LIVE:
                _stop(task, leading)
        service["deployments"] = [leading]
    _count(service, leading)


def _count(service: Record, leading: Record | None) -> None:
    tasks = [t for t in ecs_tasks.of(service) if t["lastStatus"] in ecs_tasks.LIVE]
    running = {t["taskArn"] for t in tasks if t["lastStatus"] == "RUNNING"}
    service["runningCount"], service["pendingCount"] = len(running), len(tasks) - len(running)
    done = leading is not None and leading["rolloutState"] == "COMPLETED"
    steady = done and len(running) == len(tasks) == service["desiredCount"]
    if steady and not service.get("_steady"):
        ecs_events.say(service, "has reached a steady state.")
        ecs_events.action(service, "SERVICE_STEADY_STATE")
    service["_steady"] = steady
    if running != service.get("_published"):
        service["_published"] = running
        cluster = service["clusterArn"].rsplit("/", 1)[-1]
        ecs._sync_service_targets(cluster, service)
        ecs._recount_cluster(cluster)
        ecs_tasks.forget_old(service)


def _step_all() -> None:
    for service in list(ecs._services.values()):
        if service["status"] == "ACTIVE":
            try:
                step(service)
            except Exception:
                log.exception("simulation of %s failed", service["serviceName"])


def _tick() -> None:
    while True:
        time.sleep(timings.current.ecs_tick)
        for account, region in {key[:2] for key in list(ecs._services._data)}:
            with request_scope(account, region), deployments.lock:
                _step_all()


def install() -> None:
    """Put ministack's own scheduler aside and start ours."""
    for name in ("_reconcile_service_tasks", "_refresh_service_state", "_record_service_task_failure"):
        hooks.replace(f"services.ecs:{name}", lambda _: lambda *arguments, **named: None)
    threading.Thread(target=_tick, name="ecs", daemon=True).start()
