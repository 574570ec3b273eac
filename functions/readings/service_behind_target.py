"""From what an alarm is about to the logical service that it belongs to."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from botocore.exceptions import ClientError

from functions.core.arn import Arn
from functions.core.decision import Decline
from functions.core.errors import InvalidSetting
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.ecs import DESCRIBE_SERVICES, read_service
from functions.readings.load_balancers import DESCRIBE_TAGS
from functions.readings.rds import DESCRIBE_DB_INSTANCES, describe, tags_of
from functions.readings.secrets import DESCRIBE_SECRET, read_secret
from functions.readings.service_name import service_name

READS_OF_SERVICE_NAME: tuple[Allow, ...] = (DESCRIBE_SERVICES, DESCRIBE_DB_INSTANCES, DESCRIBE_TAGS, DESCRIBE_SECRET)
Tags = Mapping[str, str]


def read_service_name(aws: Aws, target: Arn) -> str | Decline:
    """The logical service of an ECS service, a DB instance, a target group, a load balancer or a secret.

    A decline where it is of another kind, is not there, or has a tag that is no name. Raises ClientError for a refused read.
    """
    kind = next((one for one in _KINDS if f"{target.service}:{target.resource}".startswith(one)), "")
    if not kind:
        return Decline(
            code="no_service_of_its_kind",
            seen=f"{target} is none of those that are known to belong to a service",
            advice="Look up by hand to which service it belongs",
        )
    own, read = _KINDS[kind]
    tags = read(aws, target)
    if isinstance(tags, Decline):
        return tags
    try:
        return service_name(tags, own(target))
    except InvalidSetting as error:
        return Decline(code="invalid_service_tag", seen=f"of {target}, {error}", advice="Correct the tag")


def _of_ecs(aws: Aws, target: Arn) -> Tags | Decline:
    service = read_service(aws, target)
    return service if isinstance(service, Decline) else service.tags


def _of_rds(aws: Aws, target: Arn) -> Tags | Decline:
    found = describe(aws, target.id)
    return tags_of(found) if found else _missing(target)


def _of_secret(aws: Aws, target: Arn) -> Tags | Decline:
    found = read_secret(aws, str(target))
    return found.tags if found else _missing(target)


def _of_elb(aws: Aws, target: Arn) -> Tags | Decline:
    try:
        said = aws.client("elbv2").describe_tags(ResourceArns=[str(target)])["TagDescriptions"]
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("LoadBalancerNotFound", "TargetGroupNotFound"):
            raise
        return _missing(target)
    return {tag["Key"]: tag.get("Value", "") for one in said for tag in one.get("Tags") or ()}


def _missing(target: Arn) -> Decline:
    return Decline(
        code="target_not_found",
        seen=f"there is no {target}",
        advice="Look whether it was deleted or renamed, and correct the alarm",
    )


def _last(target: Arn) -> str:
    return target.resource.rpartition("/")[2]


def _second_to_last(target: Arn) -> str:
    """`web` of `targetgroup/web/73e2d6bc24d8a067` and of `loadbalancer/app/web/50dc6c495c0c9188`."""
    return target.resource.split("/")[-2]


def _without_suffix(target: Arn) -> str:
    """`prod/orders` of `secret:prod/orders-a1B2c3`: Secrets Manager adds six characters to every name."""
    return re.sub(r"-[A-Za-z0-9]{6}$", "", target.resource.removeprefix("secret:"))


_KINDS: Mapping[str, tuple[Callable[[Arn], str], Callable[[Aws, Arn], Tags | Decline]]] = {
    "ecs:service/": (_last, _of_ecs),
    "rds:db:": (lambda target: target.id, _of_rds),
    "elasticloadbalancing:targetgroup/": (_second_to_last, _of_elb),
    "elasticloadbalancing:loadbalancer/app/": (_second_to_last, _of_elb),
    "elasticloadbalancing:loadbalancer/net/": (_second_to_last, _of_elb),
    "secretsmanager:secret:": (_without_suffix, _of_secret),
}
