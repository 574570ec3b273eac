"""The ECS calls around services, deployments and revisions, on top of the simulated scheduler.

`UpdateService` starts a deployment for what makes a new revision (task definition, network, load balancers, platform version,
or on demand) and not for a new count. Limits: only the rolling controller; `StopServiceDeployment` knows ROLLBACK only.
"""

import json
import threading
import time
from collections.abc import Callable
from typing import Any

from ministack.core.responses import error_response_json, get_account_id, get_region, json_response, request_scope
from ministack.services import ecs

from drills.local_aws import ecs_deployments as deployments
from drills.local_aws import hooks, timings

Body = dict[str, Any]
_DEPLOYING = ("networkConfiguration", "loadBalancers", "platformVersion")
_SETTINGS = ("healthCheckGracePeriodSeconds", "enableExecuteCommand", "enableECSManagedTags", "propagateTags")


def _configuration(given: Body | None) -> Body:
    return {
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
        "strategy": "ROLLING",
        "deploymentCircuitBreaker": {"enable": False, "rollback": False},
        **(given or {}),
    }


def _service(body: Body) -> Body | None:
    cluster, named = (
        ecs._resolve_cluster_name(body.get("cluster") or "default"),
        ecs._resolve_service_ref(body["service"]),
    )
    return ecs._services.get(f"{named[1] or cluster}/{named[0]}") if named else None


def _unknown_service() -> Any:
    return error_response_json("ServiceNotFoundException", "Service not found.", 400)


def _create(original: Callable[[Body], Any]) -> Callable[[Body], Any]:
    def create_service(body: Body) -> Any:
        with deployments.lock:
            answer = original({**body, "deploymentConfiguration": _configuration(body.get("deploymentConfiguration"))})
            if answer[0] >= 400:
                return answer
            service = ecs._services[json.loads(answer[2])["service"]["serviceArn"].split(":service/", 1)[1]]
            service.update(deployments=[], createdAt=time.time())
            deployments.begin(service)
            return json_response({"service": ecs._sanitize(service)})

    return create_service


def _changes(service: Body, body: Body) -> Body:
    """What the request changes of the service's revision; raises `LookupError` for an unusable task definition."""
    changes = {key: body[key] for key in _DEPLOYING if body.get(key) is not None and body[key] != service.get(key)}
    if body.get("taskDefinition"):
        definition = ecs._task_defs.get(ecs._resolve_td_key(body["taskDefinition"]))
        if definition is None:
            raise LookupError("Unable to describe task definition.")
        if definition.get("status") != "ACTIVE":
            raise LookupError("TaskDefinition is inactive")
        if definition["taskDefinitionArn"] != service["taskDefinition"]:
            changes["taskDefinition"] = definition["taskDefinitionArn"]
    return changes


def _update(body: Body) -> Any:
    with deployments.lock:
        service = _service(body)
        if service is None:
            return _unknown_service()
        if service["status"] != "ACTIVE":
            return error_response_json("ServiceNotActiveException", "Service was not ACTIVE.", 400)
        try:
            changes = _changes(service, body)
        except LookupError as unusable:
            return error_response_json("ClientException", str(unusable), 400)
        service.update({key: body[key] for key in _SETTINGS if key in body})
        service["deploymentConfiguration"] = {
            **service["deploymentConfiguration"],
            **(body.get("deploymentConfiguration") or {}),
        }
        if body.get("desiredCount") is not None:
            _resize(service, int(body["desiredCount"]))
        if changes or body.get("forceNewDeployment"):
            service.update(changes)
            deployments.begin(service)
        return json_response({"service": ecs._sanitize(service)})


def _resize(service: Body, count: int) -> None:
    service["desiredCount"] = count
    if leading := deployments.primary(service):
        leading.update(desiredCount=count, updatedAt=time.time())


def _list_deployments(body: Body) -> Any:
    service = _service(body)
    if service is None:
        return _unknown_service()
    wanted = body.get("status") or []
    found = [
        d
        for d in deployments.service_deployments.values()
        if d["serviceArn"] == service["serviceArn"] and (not wanted or d["status"] in wanted)
    ]
    found.sort(key=lambda d: d["createdAt"], reverse=True)
    brief = [
        {
            "targetServiceRevisionArn": d["targetServiceRevision"]["arn"],
            **{
                key: d.get(key)
                for key in (
                    "serviceDeploymentArn",
                    "serviceArn",
                    "clusterArn",
                    "startedAt",
                    "createdAt",
                    "finishedAt",
                    "status",
                    "statusReason",
                )
            },
        }
        for d in found
    ]
    return json_response({"serviceDeployments": ecs._sanitize(brief)})


def _describe(store: Any, request: str, answer: str) -> Callable[[Body], Any]:
    def describe(body: Body) -> Any:
        asked = body[request]
        return json_response(
            {
                answer: [ecs._sanitize(store[arn]) for arn in asked if arn in store],
                "failures": [{"arn": arn, "reason": "MISSING"} for arn in asked if arn not in store],
            }
        )

    return describe


def _stop_deployment(body: Body) -> Any:
    arn, kind = body["serviceDeploymentArn"], body.get("stopType") or "ROLLBACK"
    with deployments.lock:
        record = deployments.service_deployments.get(arn)
        if record is None:
            return error_response_json("ServiceDeploymentNotFoundException", "Service deployment not found.", 400)
        if kind != "ROLLBACK":
            return error_response_json("InvalidParameterException", f"stopType {kind} is not supported.", 400)
        if record["status"] not in deployments.UNFINISHED:
            return error_response_json("ConflictException", f"The service deployment is {record['status']}.", 400)
        if record["status"] in ("PENDING", "IN_PROGRESS"):
            record.update(status="ROLLBACK_REQUESTED", updatedAt=time.time())
            threading.Thread(target=_roll_back_later, args=(arn, get_account_id(), get_region()), daemon=True).start()
        return json_response({"serviceDeploymentArn": arn})


def _roll_back_later(arn: str, account: str, region: str) -> None:
    time.sleep(timings.current.rollback_request)
    with request_scope(account, region), deployments.lock:
        record = deployments.service_deployments[arn]
        service = deployments.find(record["serviceArn"])
        if service and record["status"] == "ROLLBACK_REQUESTED":
            deployments.roll_back(service, "Rolled back by request: StopServiceDeployment was called.")


def install() -> None:
    """Answer these calls from the simulation, for clients and for CloudFormation alike."""
    hooks.replace("services.ecs:_create_service", _create)
    hooks.replace("services.ecs:_update_service", lambda _: _update)
    ecs._ACTION_MAP.update(
        {
            "CreateService": ecs._create_service,
            "UpdateService": ecs._update_service,
            "ListServiceDeployments": _list_deployments,
            "DescribeServiceDeployments": _describe(
                deployments.service_deployments, "serviceDeploymentArns", "serviceDeployments"
            ),
            "DescribeServiceRevisions": _describe(deployments.revisions, "serviceRevisionArns", "serviceRevisions"),
            "StopServiceDeployment": _stop_deployment,
        }
    )
