"""The DB instances of the account and Region, as far as it matters to whom they belong and whether they can be used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from functions.core.ports import Aws
from functions.readings.rds import tags_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Database:
    """`secret` is the ARN of the one that RDS manages for its main user, empty where it manages none."""

    name: str
    arn: str
    status: str
    secret: str
    tags: Mapping[str, str] = field(repr=False)


def read_databases(aws: Aws) -> tuple[Database, ...]:
    """All of them, by name."""
    pages = aws.client("rds").get_paginator("describe_db_instances").paginate()
    found = (
        Database(
            name=said["DBInstanceIdentifier"],
            arn=said["DBInstanceArn"],
            status=said["DBInstanceStatus"],
            secret=(said.get("MasterUserSecret") or {}).get("SecretArn", ""),
            tags=tags_of(said),
        )
        for page in pages
        for said in page["DBInstances"]
    )
    return tuple(sorted(found, key=lambda one: one.name))
