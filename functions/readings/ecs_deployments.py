"""The service deployments of an ECS service: the history that says which version was good. ECS keeps 90 days of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from functions.core.decision import Decline
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.ecs import SERVICES, rolls_back_by_itself

LIST_SERVICE_DEPLOYMENTS = Allow(action="ecs:ListServiceDeployments", on=SERVICES)
SERVICE_DEPLOYMENTS = "arn:{partition}:ecs:{region}:{account}:service-deployment/*"
DESCRIBE_SERVICE_DEPLOYMENTS = Allow(action="ecs:DescribeServiceDeployments", on=SERVICE_DEPLOYMENTS)
RUNNING = ("PENDING", "IN_PROGRESS")
ROLLING_BACK = ("STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS")
_ENDED_WELL = ("SUCCESSFUL", "ROLLBACK_SUCCESSFUL")
_AT_ONCE = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceDeployment:
    """One service deployment. `paused_at` is the id of the PAUSE lifecycle hook that it waits on, empty for none."""

    arn: str
    status: str
    stage: str
    created_at: datetime
    finished_at: datetime | None
    target: str
    sources: tuple[str, ...]
    rolled_back_to: str
    rolls_back_by_itself: bool
    paused_at: str


def read_deployments(aws: Aws, cluster: str, service: str) -> tuple[ServiceDeployment, ...] | Decline:
    """The newest deployment first, then those that ended well; empty where ECS keeps no history of this service."""
    try:
        listed = _list(aws, cluster, service)
    except ClientError as error:
        if error.response["Error"]["Code"] != "UnsupportedFeatureException":
            raise
        return ()
    if not listed:
        return ()
    newest = max(listed, key=lambda one: one["createdAt"])
    well = [one for one in listed if one["status"] in _ENDED_WELL and "finishedAt" in one and one is not newest]
    well.sort(key=lambda one: one["finishedAt"], reverse=True)
    arns = [one["serviceDeploymentArn"] for one in [newest, *well]][:_AT_ONCE]
    said = aws.client("ecs").describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"]
    found = {one["serviceDeploymentArn"]: _deployment(one) for one in said}
    if arns[0] not in found:
        return Decline(
            code="cannot_read",
            seen=f"ECS lists the deployment {arns[0]} and does not describe it",
            advice="Look at the service's deployments in the console",
        )
    return tuple(found[arn] for arn in arns if arn in found)


def good_revisions(history: Sequence[ServiceDeployment], bad: str) -> list[str]:
    """The service revisions that were deployed well, or rolled back to, other than `bad`; the latest first."""
    ended = [
        (one.finished_at, one.target if one.status == "SUCCESSFUL" else one.rolled_back_to)
        for one in history
        if one.status in _ENDED_WELL and one.finished_at is not None
    ]
    latest_first = sorted(ended, key=lambda pair: pair[0], reverse=True)
    return list(dict.fromkeys(arn for _, arn in latest_first if arn and arn != bad))


def _list(aws: Aws, cluster: str, service: str) -> list[Mapping[str, Any]]:
    """boto3 has no paginator for this call."""
    listed: list[Mapping[str, Any]] = []
    more: dict[str, str] = {}
    while True:
        page = aws.client("ecs").list_service_deployments(cluster=cluster, service=service, maxResults=100, **more)
        listed.extend(page["serviceDeployments"])
        if not page.get("nextToken"):
            return listed
        more = {"nextToken": page["nextToken"]}


def _deployment(said: Mapping[str, Any]) -> ServiceDeployment:
    waiting = [
        hook["hookId"]
        for hook in said.get("lifecycleHookDetails") or ()
        if hook.get("targetType") == "PAUSE" and hook.get("status") == "AWAITING_ACTION"
    ]
    return ServiceDeployment(
        arn=said["serviceDeploymentArn"],
        status=said["status"],
        stage=said.get("lifecycleStage", ""),
        created_at=said["createdAt"],
        finished_at=said.get("finishedAt"),
        target=(said.get("targetServiceRevision") or {}).get("arn", ""),
        sources=tuple(one["arn"] for one in said.get("sourceServiceRevisions") or ()),
        rolled_back_to=(said.get("rollback") or {}).get("serviceRevisionArn", ""),
        rolls_back_by_itself=rolls_back_by_itself(said.get("deploymentConfiguration") or {}),
        paused_at=next(iter(waiting), ""),
    )
