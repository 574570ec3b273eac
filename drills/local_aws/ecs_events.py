"""What ECS says about a service: events on the bus and the service's own list of events."""

import json
import time
from datetime import UTC, datetime
from typing import Any

from ministack.core.responses import new_uuid
from ministack.services import eventbridge

_LEVELS = {"SERVICE_DEPLOYMENT_FAILED": "ERROR", "SERVICE_TASK_START_IMPAIRED": "WARN"}


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _put(service: dict[str, Any], detail_type: str, detail: dict[str, Any]) -> None:
    eventbridge._put_events(
        {
            "Entries": [
                {
                    "Source": "aws.ecs",
                    "DetailType": detail_type,
                    "Resources": [service["serviceArn"]],
                    "Detail": json.dumps({"eventType": _LEVELS.get(detail["eventName"], "INFO"), **detail}),
                }
            ]
        },
        allow_aws_source=True,
    )


def deployment(service: dict[str, Any], name: str, deployment_id: str, reason: str) -> None:
    """`ECS Deployment State Change`; AWS sends the failed one only with the circuit breaker on, and so does the caller."""
    _put(
        service,
        "ECS Deployment State Change",
        {"eventName": name, "deploymentId": deployment_id, "updatedAt": _now(), "reason": reason},
    )


def action(service: dict[str, Any], name: str) -> None:
    """`ECS Service Action`."""
    _put(service, "ECS Service Action", {"eventName": name, "clusterArn": service["clusterArn"], "createdAt": _now()})


def say(service: dict[str, Any], message: str) -> None:
    """One line of DescribeServices' events, newest first, a hundred at most."""
    service["events"] = [
        {"id": new_uuid(), "createdAt": time.time(), "message": f"(service {service['serviceName']}) {message}"},
        *service["events"],
    ][:100]
