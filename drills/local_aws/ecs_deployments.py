"""Rolling deployments of ECS services: two deployments side by side, the circuit breaker, rollback, service deployments.

A deployment replaces the tasks of the last only when its own have run for a while. Without the circuit breaker a failing one
goes on for ever, as on AWS. A rollback returns to the whole previous service revision and creates no new one. Limits: rolling
strategy only, always 100/200 percent, no hooks, no deployment alarms, no task protection.
"""

import hashlib
import math
import random
import threading
import time
from typing import Any

from ministack.core.responses import AccountRegionScopedDict
from ministack.services import ecs

from drills.local_aws import ecs_events, timings

Record = dict[str, Any]
lock = threading.RLock()
service_deployments: Any = AccountRegionScopedDict()
revisions: Any = AccountRegionScopedDict()
UNFINISHED = ("PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
_REVISED = ("taskDefinition", "networkConfiguration", "loadBalancers", "platformVersion", "launchType")


def primary(service: Record) -> Record | None:
    """The deployment that ECS works on."""
    return next((d for d in service["deployments"] if d["status"] == "PRIMARY"), None)


def breaker(service: Record) -> Record:
    """The circuit breaker's settings."""
    return service["deploymentConfiguration"].get("deploymentCircuitBreaker") or {"enable": False, "rollback": False}


def threshold(service: Record) -> int:
    """Failed tasks that trip the circuit breaker: half the desired count, 3 to 200, unless configured."""
    configured = breaker(service).get("thresholdConfiguration") or {}
    if configured.get("type") == "COUNT":
        return max(1, int(configured["value"]))
    share = math.ceil(service["desiredCount"] * float(configured.get("value", 50)) / 100)
    return max(1, share) if configured.get("type") == "UNBOUNDED_PERCENT" else min(200, max(3, share))


def _arn(service: Record, kind: str) -> str:
    return service["serviceArn"].replace(":service/", f":{kind}/") + f"/{random.randrange(10**18, 10**19)}"


def _revision(service: Record) -> str:
    arn = _arn(service, "service-revision")
    definition = ecs._task_defs.get(ecs._resolve_td_key(service["taskDefinition"])) or {}
    images = [{"containerName": c["name"], "image": c["image"]} for c in definition.get("containerDefinitions", [])]
    for image in images:
        if "missing" not in image["image"]:
            image["imageDigest"] = "sha256:" + hashlib.sha256(image["image"].encode()).hexdigest()
    revisions[arn] = {
        "serviceRevisionArn": arn,
        "serviceArn": service["serviceArn"],
        "clusterArn": service["clusterArn"],
        "createdAt": time.time(),
        "containerImages": images,
        "capacityProviderStrategy": [],
        **{key: service.get(key) for key in _REVISED},
    }
    return arn


def summary(deployment: Record) -> Record:
    return {
        "arn": deployment["_revision"],
        "requestedTaskCount": deployment["desiredCount"],
        "runningTaskCount": deployment["runningCount"],
        "pendingTaskCount": deployment["pendingCount"],
    }


def begin(service: Record) -> None:
    """Start rolling out the service as it is configured now."""
    now = time.time()
    sources = [d for d in service["deployments"] if d["rolloutState"] == "COMPLETED"]
    running = service_deployments.get(service.get("currentServiceDeployment", ""))
    if running and running["status"] in UNFINISHED:
        running.update(
            status="STOPPED", statusReason="A newer deployment took its place.", finishedAt=now, updatedAt=now
        )
    deployment = {
        "id": f"ecs-svc/{random.randrange(10**18, 10**19)}",
        "status": "PRIMARY",
        "desiredCount": service["desiredCount"],
        "pendingCount": 0,
        "runningCount": 0,
        "failedTasks": 0,
        "createdAt": now,
        "updatedAt": now,
        "rolloutState": "IN_PROGRESS",
        "_revision": _revision(service),
        "_failures": 0,
        **{
            key: service.get(key) for key in ("taskDefinition", "launchType", "platformVersion", "networkConfiguration")
        },
    }
    deployment["rolloutStateReason"] = f"ECS deployment {deployment['id']} in progress."
    for older in service["deployments"]:
        older["status"] = "ACTIVE"
        if older["rolloutState"] == "IN_PROGRESS":
            older["desiredCount"] = 0
    service["deployments"].insert(0, deployment)
    arn = _arn(service, "service-deployment")
    enabled = breaker(service).get("enable", False)
    service_deployments[arn] = {
        "serviceDeploymentArn": arn,
        "serviceArn": service["serviceArn"],
        "clusterArn": service["clusterArn"],
        "createdAt": now,
        "startedAt": now,
        "updatedAt": now,
        "status": "IN_PROGRESS",
        "sourceServiceRevisions": [summary(d) for d in sources],
        "targetServiceRevision": summary(deployment),
        "deploymentConfiguration": service["deploymentConfiguration"],
        "deploymentCircuitBreaker": {
            "status": "MONITORING" if enabled else "DISABLED",
            "failureCount": 0,
            "threshold": threshold(service),
        },
        "alarms": {"status": "DISABLED", "alarmNames": [], "triggeredAlarmNames": []},
    }
    deployment["_service_deployment"] = service["currentServiceDeployment"] = arn
    ecs_events.deployment(service, "SERVICE_DEPLOYMENT_IN_PROGRESS", deployment["id"], deployment["rolloutStateReason"])


def roll_back(service: Record, reason: str) -> bool:
    """Return to the last completed deployment; False when there is none."""
    failed, now = primary(service), time.time()
    last_good = next((d for d in service["deployments"] if d is not failed and d["rolloutState"] == "COMPLETED"), None)
    if failed is None:
        return False
    record = service_deployments[failed["_service_deployment"]]
    failed.update(rolloutState="FAILED", desiredCount=0, updatedAt=now)
    if last_good is None:
        record.update(
            status="ROLLBACK_FAILED",
            finishedAt=now,
            updatedAt=now,
            statusReason="No completed deployment to roll back to.",
        )
        return False
    failed["status"] = "ACTIVE"
    last_good.update(
        status="PRIMARY",
        rolloutState="IN_PROGRESS",
        desiredCount=service["desiredCount"],
        updatedAt=now,
        failedTasks=0,
        rolloutStateReason=f"{reason.partition(':')[0]}: rolling back to deploymentId {last_good['id']}.",
        _service_deployment=record["serviceDeploymentArn"],
        _not_before=time.monotonic() + timings.current.deployment_steady,
    )
    service.update({key: revisions[last_good["_revision"]][key] for key in _REVISED})
    record.update(
        status="ROLLBACK_IN_PROGRESS",
        statusReason=reason,
        updatedAt=now,
        rollback={"reason": reason, "startedAt": now, "serviceRevisionArn": last_good["_revision"]},
    )
    ecs_events.say(service, f"(deployment {failed['id']}) deployment failed: {reason}")
    ecs_events.say(service, f"rolling back to deployment {last_good['id']}.")
    ecs_events.deployment(service, "SERVICE_DEPLOYMENT_IN_PROGRESS", last_good["id"], last_good["rolloutStateReason"])
    return True


def count_failures(service: Record, deployment: Record, number: int) -> None:
    """Count failed tasks, complain, and trip the circuit breaker when it is on."""
    deployment["failedTasks"] += number
    deployment["_failures"] += number
    deployment["updatedAt"] = time.time()
    deployment["_backoff"] = time.monotonic() + timings.current.task_backoff * min(8, deployment["_failures"])
    if deployment["_failures"] % 3 < number and deployment["_failures"] >= 3:
        ecs_events.say(
            service,
            "is unable to consistently start tasks successfully. For more information, see the "
            "Troubleshooting section of the Amazon ECS Developer Guide.",
        )
        ecs_events.action(service, "SERVICE_TASK_START_IMPAIRED")
    record = service_deployments[deployment["_service_deployment"]]
    record["deploymentCircuitBreaker"]["failureCount"] = deployment["failedTasks"]
    tripped = breaker(service).get("enable") and deployment["failedTasks"] >= threshold(service)
    if tripped and deployment["rolloutState"] == record["status"] == "IN_PROGRESS":
        _trip(service, deployment, record)


def _trip(service: Record, deployment: Record, record: Record) -> None:
    reason = "ECS deployment circuit breaker: tasks failed to start."
    record["deploymentCircuitBreaker"]["status"] = "TRIGGERED"
    deployment.update(rolloutState="FAILED", rolloutStateReason=reason, desiredCount=0)
    ecs_events.deployment(service, "SERVICE_DEPLOYMENT_FAILED", deployment["id"], reason)
    if not (breaker(service).get("rollback") and roll_back(service, reason)):
        record.update(status="STOPPED", statusReason=reason, finishedAt=time.time(), updatedAt=time.time())


def complete(service: Record, deployment: Record) -> None:
    """A deployment has reached its goal."""
    now = time.time()
    deployment.update(
        rolloutState="COMPLETED",
        rolloutStateReason=f"ECS deployment {deployment['id']} completed.",
        updatedAt=now,
        failedTasks=0,
    )
    record = service_deployments[deployment["_service_deployment"]]
    went_back = record["status"] == "ROLLBACK_IN_PROGRESS"
    record.update(status="ROLLBACK_SUCCESSFUL" if went_back else "SUCCESSFUL", finishedAt=now, updatedAt=now)
    if record["deploymentCircuitBreaker"]["status"] == "MONITORING":
        record["deploymentCircuitBreaker"]["status"] = "MONITORING_COMPLETE"
    service["currentServiceRevisions"] = [summary(deployment)]
    ecs_events.say(service, f"(deployment {deployment['id']}) deployment completed.")
    ecs_events.deployment(service, "SERVICE_DEPLOYMENT_COMPLETED", deployment["id"], deployment["rolloutStateReason"])


def find(arn: str) -> Record | None:
    """The service with this ARN."""
    return next((s for s in ecs._services.values() if s["serviceArn"] == arn), None)


def settled(arn: str) -> bool:
    """Whether the service is no longer rolling out."""
    leading = primary(find(arn) or {"deployments": []})
    return leading is not None and leading["rolloutState"] != "IN_PROGRESS"


def failure(arn: str) -> str:
    """Why the rollout failed, empty if it did not."""
    leading = primary(find(arn) or {"deployments": []})
    return leading["rolloutStateReason"] if leading and leading["rolloutState"] == "FAILED" else ""
