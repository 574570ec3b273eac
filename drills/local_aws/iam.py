"""What ministack's policy evaluation lacks for our calls: the right resource, every resource, their tags and condition keys.

ECS calls are checked on the service instead of the cluster, `DescribeClusters` on each cluster, `StopServiceDeployment` on
service and deployment, `DescribeDBInstances` of all of them on `db:*`, `CreateDBSnapshot` on instance and snapshot and, with tags,
`AddTagsToResource`; principals, EC2, mute rules and schedules are in `iam_resources`, `dynamodb:LeadingKeys` is in
`dynamodb_leading_keys`. `aws:ResourceTag/*`, `rds:db-tag/*` and `iam:ResourceTag/*` are the tags of the resource, in a permissions
boundary too: ministack evaluates boundaries, but with tags only where a role's own policy asks for them. The roles of `cdk bootstrap` may do everything, because ministack's evaluation of them is not
what a drill is about. Limits: calls that AWS makes on a role's behalf (Step Functions to Lambda, a function to its dead-letter
queue, a stream to a function) are not checked, nor is iam:PassRole; a new service deployment or snapshot has no tags.
"""

import contextvars
import json
from collections.abc import Mapping
from typing import Any

from ministack.core import iam_actions
from ministack.core.responses import get_account_id, get_region
from ministack.services import ecs, rds, sts, tagging

from drills.local_aws import application_autoscaling, dynamodb_leading_keys, hooks, iam_resources
from drills.local_aws.iam_resources import Check

_pending: contextvars.ContextVar[tuple[Check, ...]] = contextvars.ContextVar("pending_checks", default=())
_OWN_TAG_KEYS = {"rds": ("rds:db-tag",), "iam": ("iam:ResourceTag",)}
_ECS_ON_SERVICE = (
    "UpdateService",
    "DeleteService",
    "CreateService",
    "ListServiceDeployments",
    "DescribeServices",
    "UpdateServicePrimaryTaskSet",
)
_ECS_ON_ANYTHING = (
    "DescribeTaskDefinition",
    "ListTaskDefinitions",
    "ListClusters",
    "ListServices",
    "ListTasks",
    "RegisterTaskDefinition",
)


def _arn(service: str, resource: str) -> str:
    return f"arn:aws:{service}:{get_region()}:{get_account_id()}:{resource}"


def _ecs_checks(action: str, body: Mapping[str, Any]) -> list[Check]:
    cluster = ecs._resolve_cluster_name(body.get("cluster") or "default")
    context = {"ecs:cluster": _arn("ecs", f"cluster/{cluster}")}
    if action in _ECS_ON_SERVICE:
        named = body.get("services") or [body.get("service") or body.get("serviceName") or "*"]
        return [
            (f"ecs:{action}", name if name.startswith("arn:") else _arn("ecs", f"service/{cluster}/{name}"), context)
            for name in named
        ]
    if action in ("StopServiceDeployment", "DescribeServiceDeployments", "DescribeServiceRevisions"):
        arns = (
            body.get("serviceDeploymentArns")
            or body.get("serviceRevisionArns")
            or [body.get("serviceDeploymentArn", "*")]
        )
        service = _service_of(arns[0])
        context = {"ecs:service": service, "ecs:cluster": service.replace(":service/", ":cluster/").rpartition("/")[0]}
        on_service = [(f"ecs:{action}", service, context)] if action == "StopServiceDeployment" else []
        return on_service + [(f"ecs:{action}", arn, context) for arn in arns]
    if action == "DescribeClusters":
        clusters = body.get("clusters") or ["default"]
        return [(f"ecs:{action}", _arn("ecs", f"cluster/{ecs._resolve_cluster_name(name)}"), {}) for name in clusters]
    if action in ("DescribeTasks", "StopTask"):
        tasks = body.get("tasks") or [body.get("task", "*")]
        return [
            (f"ecs:{action}", t if t.startswith("arn:") else _arn("ecs", f"task/{cluster}/{t}"), context) for t in tasks
        ]
    if action in ("TagResource", "UntagResource", "ListTagsForResource"):
        return [(f"ecs:{action}", body.get("resourceArn", "*"), {})]
    return [(f"ecs:{action}", "*", context)] if action in _ECS_ON_ANYTHING else []


def _service_of(arn: str) -> str:
    """`...:service-deployment/CLUSTER/SERVICE/ID` belongs to `...:service/CLUSTER/SERVICE`."""
    head, _, tail = arn.partition(":service-")
    return f"{head}:service/{'/'.join(tail.split('/')[1:3])}" if tail else arn


def _rds_checks(action: str, params: Mapping[str, Any]) -> list[Check]:
    instance = _arn("rds", f"db:{rds._p(params, 'DBInstanceIdentifier')}")
    snapshot = _arn("rds", f"snapshot:{rds._p(params, 'DBSnapshotIdentifier')}")
    if action == "DescribeDBInstances":
        return [(f"rds:{action}", _arn("rds", f"db:{rds._p(params, 'DBInstanceIdentifier') or '*'}"), {})]
    if action == "DeleteDBSnapshot":
        return [("rds:DeleteDBSnapshot", snapshot, {})]
    if action == "DescribeDBSnapshots":
        named = snapshot if rds._p(params, "DBSnapshotIdentifier") else instance
        return [("rds:DescribeDBSnapshots", named, {})]
    if action != "CreateDBSnapshot":
        return []
    checks: list[Check] = [("rds:CreateDBSnapshot", instance, {}), ("rds:CreateDBSnapshot", snapshot, {})]
    return [*checks, ("rds:AddTagsToResource", snapshot, {})] if rds._parse_tags(params) else checks


def _scaling_checks(action: str, body: Mapping[str, Any]) -> list[Check]:
    name = f"application-autoscaling:{action}"
    if action.startswith("Describe"):
        return [(name, "*", {})]
    context = {
        "application-autoscaling:service-namespace": body.get("ServiceNamespace"),
        "application-autoscaling:scalable-dimension": body.get("ScalableDimension"),
    }
    arn = application_autoscaling.target_arn(body.get("ResourceId", ""))
    return [(name, arn if arn != "*" else _arn("application-autoscaling", "scalable-target/new"), context)]


def checks(service: str, action: str, path: str, headers: dict, body: bytes, params: Mapping[str, Any]) -> list[Check]:
    """Everything that AWS would check for this call, where ministack would check something else."""
    by_query = {"rds": _rds_checks, "iam": iam_resources.of_iam, "ec2": iam_resources.of_ec2}
    if service in by_query:
        return by_query[service](action, params)
    if service == "scheduler":
        return iam_resources.of_scheduler(action, path, body, params)
    if service == "monitoring":
        return iam_resources.of_cloudwatch(action, headers, body)
    if service not in ("ecs", application_autoscaling.SERVICE):
        return []
    try:
        asked = json.loads(body or b"{}")
    except ValueError:
        return []
    return (_ecs_checks if service == "ecs" else _scaling_checks)(action, asked)


def _resource(original: Any) -> Any:
    def extract_resource_arn(
        service: str, method: str, path: str, headers: dict, body: bytes, params: dict, *rest: Any
    ) -> str:
        named = iam_actions.extract_iam_action(service, method, path, headers, body, params) or ":"
        found = checks(service, named.partition(":")[2], path, headers, body, params)
        _pending.set(tuple(found))
        return found[0][1] if found else original(service, method, path, headers, body, params, *rest)

    return extract_resource_arn


def _enforce(original: Any) -> Any:
    def enforce(
        access_key: str,
        action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        found = _pending.get() or ((action, resource_arn, {}),)
        _pending.set(())
        if ":assumed-role/cdk-hnb659fds-" in (sts._sessions.get(access_key) or {}).get("Arn", ""):
            return None
        for checked, arn, context in found:
            tags = {
                f"{prefix}/{key}": value
                for key, value in (tagging.resource_tags(arn) or {}).items()
                for prefix in ("aws:ResourceTag", *_OWN_TAG_KEYS.get(arn.split(":")[2] if ":" in arn else "", ()))
            }
            denied = original(
                access_key,
                checked,
                service,
                region,
                resource_arn=arn,
                service_context={**(service_context or {}), **tags, **context},
            )
            if denied is not None:
                return denied
        return None

    return enforce


def resource_tags(arn: str) -> dict[str, str] | None:
    """The tags of a simulated resource, or None when this package does not simulate it."""
    if ":rds:" in arn:
        kept = [*rds._instances.values(), *rds._snapshots.values()]
        return next(
            (
                {t["Key"]: t["Value"] for t in item.get("TagList") or []}
                for item in kept
                if arn in (item.get("DBInstanceArn"), item.get("DBSnapshotArn"))
            ),
            None,
        )
    if ":ec2:" in arn:
        return iam_resources.tags(arn)
    if ":ecs:" in arn:
        return {t["key"]: t["value"] for t in ecs._tags.get(arn) or []}
    return application_autoscaling.tags(arn) if ":application-autoscaling:" in arn else None


def _tags(original: Any) -> Any:
    def tags_of(arn: str) -> dict[str, str] | None:
        own = resource_tags(arn)
        return original(arn) if own is None else own

    return tags_of


def _secure(original: Any) -> Any:
    """Loopback stands for TLS: bucket and queue policies that insist on it hold on AWS and do not stop a drill."""

    def pin_request_origin(source_ip: str, secure_transport: bool) -> None:
        original(source_ip, True)

    return pin_request_origin


def install() -> None:
    """Complete the evaluation; it does nothing while policies are not enforced."""
    iam_actions.SERVICE_TO_IAM_NAMESPACE[application_autoscaling.SERVICE] = application_autoscaling.SERVICE
    hooks.replace("core.iam_actions:extract_resource_arn", _resource)
    hooks.replace("core.iam_actions:dynamodb_service_context", dynamodb_leading_keys.completed)
    hooks.replace("core.iam_evaluator:enforce", _enforce)
    hooks.replace("services.tagging:resource_tags", _tags)
    hooks.replace("app:pin_request_origin", _secure)
