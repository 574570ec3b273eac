"""Bring the services of an ECS cluster back up after they were stopped, each after what it needs.

When    a person asks, for a cluster whose services are down: scaled to nothing, or never come back after an outage
Does    takes the services that have the tag first-responder:service or first-responder:needs, orders them by what they need,
        and gives each the count that its tag first-responder:desired-count or the floor of its scalable target records, one
        after the other: the next one only when the tasks of the last run and are healthy. Where there are four or more tasks,
        half of them first. Where Application Auto Scaling scales a service, its floor is raised and the count left to it.
        Declines where a database or an endpoint is not available, a secret is gone, the Fargate quota is too small, AWS Health has
        an issue, or a service may not be changed
Proof   all tasks run and are healthy, and the alarm that the cluster's tag first-responder:service-check names is OK
Undo    in the reverse order to the counts of before, only when a person takes the run back: what came up stays when a later
        one does not. A person always agrees first
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise
from typing import ClassVar

from functions.actions.ecs_start import LowerFloorAgain, StartScaledService, StartService, StopTasksAgain
from functions.core.action import Action, Effect
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan
from functions.core.policy import SERVICE_CHECK_TAG, SERVICE_TAG, AtMost, Cap, Policy
from functions.core.ports import Aws
from functions.core.prices import fargate_tasks, together
from functions.core.remediation import Facts, Limits, Proof, Remediation
from functions.readings.cloudwatch import DESCRIBE_ALARMS
from functions.readings.ecs_cluster import DESCRIBE_CLUSTERS, read_cluster
from functions.readings.rds_databases import read_databases
from functions.readings.recoverable_services import READS_OF_RECOVERABLE, Recoverable, read_recoverable
from functions.readings.recovery_count import recorded_counts
from functions.readings.recovery_order import in_order
from functions.readings.recovery_prerequisites import (
    READS_OF_PREREQUISITES,
    Prerequisites,
    lacking,
    read_prerequisites,
)
from functions.readings.service_check import read_check
from functions.readings.service_needs import NEEDS_TAG
from functions.readings.unrecoverable import at_work, unrecoverable
from functions.sizing.ecs_tasks import in_steps

CAP = "max-tasks"
_ASK_FIRST = (
    "services are started that somebody, or something, has stopped: a person has to know why they may run again"
)


@dataclass(frozen=True, kw_only=True)
class StoppedServices(Facts):
    """`check` is the state of the alarm of the end-to-end check, None where no tag names one."""

    cluster: str
    services: tuple[Recoverable, ...]
    prerequisites: Prerequisites
    check: str | None


class RecoverServices(Remediation[StoppedServices]):
    """Only people start it: no alarm says that the cause is over."""

    triggers: ClassVar = ()
    service: ClassVar = "ecs"
    limits: ClassVar = Limits(
        cooldown=timedelta(minutes=10),
        prove_within=timedelta(minutes=30),
        deadline=timedelta(hours=4),
        at_most=AtMost(hour=20, day=60, fortnight=200, ever=2000),
    )
    caps: ClassVar = (Cap(name=CAP, default=20, unit="tasks"),)
    reads: ClassVar = (DESCRIBE_CLUSTERS, DESCRIBE_ALARMS, *READS_OF_RECOVERABLE, *READS_OF_PREREQUISITES)
    actions: ClassVar = (StartService, StopTasksAgain, StartScaledService, LowerFloorAgain)

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> StoppedServices | Decline:
        cluster = read_cluster(aws, target)
        if isinstance(cluster, Decline):
            return cluster
        databases = read_databases(aws)
        services = read_recoverable(aws, cluster.name, databases)
        if isinstance(services, Decline):
            return services
        return StoppedServices(
            tags=cluster.tags,
            breached=True,  # the person who asks has looked
            cluster=cluster.name,
            services=services,
            prerequisites=read_prerequisites(aws, target, services, databases),
            check=read_check(aws, cluster.tags),
        )

    def blocked(self, found: StoppedServices) -> Decline | None:
        return next(filter(None, map(at_work, found.services)), None)

    def plan(self, found: StoppedServices, policy: Policy) -> Plan | Decline:
        stopped = _unplannable(found) or next(filter(None, map(unrecoverable, found.services)), None)
        order = stopped or in_order(found.services)
        if isinstance(order, Decline):
            return order
        counts = recorded_counts(order, Cap(name=CAP, default=policy.caps[CAP], unit="tasks"))
        if isinstance(counts, Decline):
            return counts
        down = [one for one in order if not one.up.there or one.service.desired < counts[one.name]]
        added = {one.name: max(0, counts[one.name] - one.service.desired) for one in down}
        if not down:
            return _nothing_to_do(found)
        return lacking(found.prerequisites, down, added) or Plan(
            actions=tuple(action for one in down for action in _start(one, counts[one.name])),
            reason=f"{len(down)} of {len(order)} services of {found.cluster} are not up "
            f"({'; '.join(one.up.seen for one in down)}); {found.prerequisites.region}",
            cost_per_month_usd=together(*(_cost(one, added[one.name]) for one in down)),
            ask_first=_ASK_FIRST,
        )

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        for action in plan.actions:
            progress = action.progress(aws)
            if progress.effect is not Effect.DONE:
                return Proof(False if progress.effect is Effect.FAILED else None, progress.seen)
        cluster = read_cluster(aws, target)
        if isinstance(cluster, Decline):
            return Proof(False, cluster.seen)
        check, up = read_check(aws, cluster.tags), "all services are up"
        if check is None:
            return Proof(
                True, f"{up}; nobody has checked them end to end: {SERVICE_CHECK_TAG} of the cluster names no alarm"
            )
        return Proof(True if check == "OK" else None, f"{up}; {cluster.tags[SERVICE_CHECK_TAG]} is {check}")


def _unplannable(found: StoppedServices) -> Decline | None:
    if not found.services:
        return Decline(
            code="no_declared_services",
            seen=f"no service of {found.cluster} has the tag {SERVICE_TAG} or {NEEDS_TAG}",
            advice="Tag the services that belong together, and what they need of each other; bring them back by hand meanwhile",
        )
    if found.check == "missing":
        return Decline(
            code="service_check_not_found",
            seen=f"the alarm {found.tags[SERVICE_CHECK_TAG]}, which {SERVICE_CHECK_TAG} of {found.cluster} names, is not there",
            advice="Correct the tag: without it nobody would know whether the whole works again",
        )
    return None


def _nothing_to_do(found: StoppedServices) -> Decline:
    return Decline(
        code="nothing_to_recover",
        seen=f"all {len(found.services)} services are up: {'; '.join(one.up.seen for one in found.services)}",
        advice="Nothing to do; where something does not work all the same, look at what their health checks do not see",
        call_person=False,
    )


def _start(one: Recoverable, count: int) -> tuple[Action, ...]:
    """Nothing is ever lowered: neither a count that is higher by now, nor a floor."""
    checked = one.definition.health_checked
    if one.scaling is None:
        now = one.service.desired
        steps = in_steps(now, max(count, now))
        return tuple(
            StartService(service_arn=one.arn, count=to, was=was, last=steps[-1], health_checked=checked)
            for was, to in pairwise((now, *steps))
        )
    floor = one.scaling.minimum
    steps = in_steps(max(one.service.desired, floor), count)
    return tuple(
        StartScaledService(
            cluster=one.service.cluster,
            service=one.name,
            minimum=to,
            was_minimum=was,
            service_arn=one.arn,
            last=count,
            health_checked=checked,
        )
        for was, to in pairwise((floor, *steps))
    )


def _cost(one: Recoverable, added: int) -> Decimal | None:
    """Fargate bills by the task. On instances a task costs nothing by itself: the instances are there, and paid for."""
    if not one.service.on_fargate:
        return Decimal(0)
    size = one.definition
    return fargate_tasks(added, size.cpu_units, size.memory_mib, arm=size.arm, windows=size.windows)
