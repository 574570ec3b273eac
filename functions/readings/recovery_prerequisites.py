"""What services stand on: databases, secrets, endpoints, quotas, and the Region itself. A service that lacks one of them would come up in vain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from functions.core.arn import Arn
from functions.core.decision import Decline
from functions.core.permission import Allow
from functions.core.ports import Aws
from functions.readings.aws_health import DESCRIBE_EVENTS, open_issues
from functions.readings.rds import DESCRIBE_DB_INSTANCES
from functions.readings.rds_databases import Database
from functions.readings.recoverable_services import Recoverable
from functions.readings.recovery_room import (
    READS_OF_ROOM,
    read_endpoints_down,
    read_vcpus_left,
    without_endpoints,
    without_vcpus,
)
from functions.readings.secrets import DESCRIBE_SECRET, read_secret
from functions.readings.subnets import too_few_addresses

READS_OF_PREREQUISITES: tuple[Allow, ...] = (
    DESCRIBE_DB_INSTANCES, DESCRIBE_SECRET, DESCRIBE_EVENTS, *READS_OF_ROOM,
)  # fmt: skip
_HEALTH_SERVICES = ("ECS", "FARGATE", "EC2", "RDS", "ELASTICLOADBALANCING", "SECRETSMANAGER")


class SecretState(StrEnum):
    """Whether a task can be given a secret."""

    THERE = "there"
    GONE = "not there"
    GOING = "scheduled for deletion"


@dataclass(frozen=True, kw_only=True, slots=True)
class Prerequisites:
    """`databases` are the states of DB instances by identifier, `secrets` those of secrets by ARN.

    `issues` are AWS Health's open ones in the Region, None where nobody tells. `vcpus_left` is by Fargate quota.
    """

    databases: Mapping[str, str]
    secrets: Mapping[str, SecretState]
    issues: tuple[str, ...] | None
    vcpus_left: Mapping[str, float | None]
    endpoints_down: tuple[str, ...]

    @property
    def region(self) -> str:
        return "AWS Health could not be asked" if self.issues is None else "AWS Health has no open issue"


def read_prerequisites(
    aws: Aws, target: Arn, services: Sequence[Recoverable], databases: Sequence[Database]
) -> Prerequisites:
    """Of all these services. `databases` are those that there are."""
    secrets = sorted({arn for one in services for arn in one.parts.secrets})
    return Prerequisites(
        databases={one.name: one.status for one in databases},
        secrets={arn: _state(aws, arn) for arn in secrets},
        issues=open_issues(aws, target.region, _HEALTH_SERVICES),
        vcpus_left=read_vcpus_left(aws, services),
        endpoints_down=read_endpoints_down(aws, services),
    )


def lacking(found: Prerequisites, services: Sequence[Recoverable], added: Mapping[str, int]) -> Decline | None:
    """The first thing that these services lack; `added` has how many tasks each is to have more, by name."""
    return (
        _issue(found)
        or _first(_database(found, one) for one in services)
        or _first(_secret(found, one) for one in services)
        or without_endpoints(found.endpoints_down)
        or _addresses(services, added)
        or without_vcpus(found.vcpus_left, services, added)
    )


def _state(aws: Aws, arn: str) -> SecretState:
    secret = read_secret(aws, arn)
    if secret is None:
        return SecretState.GONE
    return SecretState.THERE if secret.goes_at is None else SecretState.GOING


def _first(found: Iterable[Decline | None]) -> Decline | None:
    return next(filter(None, found), None)


def _issue(found: Prerequisites) -> Decline | None:
    if not found.issues:
        return None
    return Decline(
        code="aws_health_issue",
        seen=f"AWS Health has open issues in this Region: {', '.join(found.issues)}",
        advice="Wait until AWS has resolved them, or bring the services back by hand where they are known not to matter",
        severity="P1",
    )


def _database(found: Prerequisites, one: Recoverable) -> Decline | None:
    missing = [name for name in one.parts.databases if found.databases.get(name) != "available"]
    if not missing:
        return None
    states = ", ".join(f"{name} is {found.databases.get(name, 'not there')}" for name in missing)
    return Decline(
        code="database_not_available",
        seen=f"{one.name} needs {states}",
        advice="Bring the database back first; where the service no longer needs it, correct first-responder:needs",
    )


def _secret(found: Prerequisites, one: Recoverable) -> Decline | None:
    missing = [arn for arn in one.parts.secrets if found.secrets[arn] is not SecretState.THERE]
    if not missing:
        return None
    states = ", ".join(f"{arn} is {found.secrets[arn]}" for arn in missing)
    return Decline(
        code="secret_not_there",
        seen=f"tasks of {one.name} do not start without their secrets: {states}",
        advice="Restore the secret (RestoreSecret), or make it anew, before anything is started",
    )


def _addresses(services: Sequence[Recoverable], added: Mapping[str, int]) -> Decline | None:
    """Services in the same subnets share their free addresses."""
    wanted: dict[tuple[str, ...], int] = {}
    for one in services:
        wanted[one.service.subnets] = wanted.get(one.service.subnets, 0) + added[one.name]
    return _first(too_few_addresses(one.free_addresses, wanted[one.service.subnets]) for one in services)
