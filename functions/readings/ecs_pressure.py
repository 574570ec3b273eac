"""What makes an ECS service busy, by one GetMetricData call: its utilization, its load, its database, and what Fargate leaves."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from functions.core.alarm import Alarm
from functions.core.ports import Aws
from functions.readings.cloudwatch import read_series
from functions.readings.ecs import Service
from functions.readings.ecs_database import Database, database_of, series_of_database
from functions.readings.ecs_traffic import Load, load_of, series_of_groups
from functions.readings.ecs_utilization import BACK, Utilization, series_of_utilization, use_watched
from functions.readings.fargate_quota import series_of_quota, vcpus_left


@dataclass(frozen=True, kw_only=True, slots=True)
class Pressure:
    """`not_known` says in words what could not be read because there is nothing to read: it stands in nobody's way."""

    use: Utilization
    load: Load = field(default_factory=Load)
    database: Database | None = None
    vcpus_left: float | None = None
    not_known: tuple[str, ...] = ()


def read_pressure(aws: Aws, service: Service, alarm: Alarm) -> Pressure:
    """Raises ClientError where one of the reads is refused: a guard that cannot be asked stops the change."""
    wanted = (
        series_of_utilization(service.cluster, service.name)
        | series_of_groups(aws, service.target_groups)
        | series_of_database(service.tags)
        | series_of_quota(service)
    )
    points = read_series(aws, wanted, back=BACK)
    load, database, left = (
        load_of(points, aws.now()),
        database_of(service.tags, points, aws.now()),
        vcpus_left(points),
    )
    return Pressure(
        use=use_watched(points, alarm, aws.now()),
        load=load,
        database=database,
        vcpus_left=left,
        not_known=tuple(_not_known(service, load, database, left)),
    )


def _not_known(service: Service, load: Load, database: Database | None, left: float | None) -> Iterator[str]:
    if load.up is None:
        yield "load: no Application Load Balancer, or no requests on record, now or before"
    if database is None or database.connections is None:
        yield "database: no tag names one, or its connections are not on record"
    if service.on_fargate and left is None:
        yield "Fargate quota: CloudWatch has no usage or quota on record"
