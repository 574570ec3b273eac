"""Give an ECS service more tasks for a while.

When    CPUUtilization or MemoryUtilization of an ECS service (ClusterName and ServiceName) is in ALARM
Does    declines where more tasks do not help (a memory leak, tasks too small for their work) or do harm (a retry storm, a sick
        dependency, a database short of connections). Leaves ten minutes to scaling policies that may still add tasks, and
        waits for a schedule that is about to; else raises the number of tasks by a quarter, at least one: the floor of its
        scalable target where it scales by itself, since its policies would fight any other change, else its desired count.
        Never starts a deployment
Proof   as many tasks run, and are healthy targets of its load balancers, as are wanted, and the alarm is OK again
Undo    the bounds or the count as they were, also where more tasks did not help: then capacity goes while utilization is
        still high, because tasks that change nothing only load what the service depends on, and a person is called at that
        moment. What helped is given back after an hour, once utilization has been below 50 % for half an hour
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from functions.actions.application_autoscaling import RaiseScalingFloor, RestoreScalingBounds
from functions.actions.ecs import SetDesiredCount
from functions.core.action import Action
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan, Watch
from functions.core.permission import Allow
from functions.core.policy import TAG_PREFIX, Cap, Policy
from functions.core.ports import Aws
from functions.core.prices import fargate_tasks
from functions.core.remediation import Facts, Limits, Proof, Remediation
from functions.core.trigger import MetricAlarm
from functions.readings.application_autoscaling import DESCRIBE_SCALABLE_TARGETS, ScalableTarget, read_scalable_target
from functions.readings.cloudformation import DESCRIBE_STACKS, stack_at_work, stack_status
from functions.readings.cloudwatch import DESCRIBE_ALARMS, GET_METRIC_DATA, alarm_calm
from functions.readings.ecs import DESCRIBE_SERVICES, Service, read_service
from functions.readings.ecs_calm import CALM_PERCENT, not_calm
from functions.readings.ecs_database import unreadable
from functions.readings.ecs_native_scaling import (
    DESCRIBE_SCALING_POLICIES,
    DESCRIBE_SCHEDULED_ACTIONS,
    NativeScaling,
    left_to_scaling,
    read_native_scaling,
)
from functions.readings.ecs_no_surge import no_surge, too_many_connections, too_small
from functions.readings.ecs_pressure import Pressure, read_pressure
from functions.readings.ecs_room import at_cap, no_room
from functions.readings.ecs_stopped_tasks import DESCRIBE_TASKS, LIST_TASKS, killed_for_memory
from functions.readings.ecs_task_definition import DESCRIBE_TASK_DEFINITION, read_task_definition
from functions.readings.ecs_unscalable import deployment_in_the_way, unscalable
from functions.readings.ecs_up import unserved
from functions.readings.ecs_utilization import CPU, MEMORY, leaking
from functions.readings.load_balancers import DESCRIBE_TARGET_GROUPS, DESCRIBE_TARGET_HEALTH
from functions.readings.subnets import DESCRIBE_SUBNETS, free_addresses
from functions.sizing.ecs_tasks import more_tasks

CAP, CONNECTIONS = "max-tasks", "max-database-connections"
_SERVICE = "arn:{partition}:ecs:{region}:{account}:service/{ClusterName}/{ServiceName}"


@dataclass(frozen=True, kw_only=True)
class BusyService(Facts):
    """`native` is None where the service does not scale by itself, `free_addresses` where tasks take none of a subnet.

    The size is that of one task, 0 where it is not Fargate's. `killed` are the tasks of this version that were stopped for
    their memory in the last hour; they are asked for where memory is what is high.
    """

    service_arn: str
    service: Service
    scaling: ScalableTarget | None
    native: NativeScaling | None = None
    pressure: Pressure
    killed: int = 0
    stack: str
    free_addresses: int | None
    cpu_units: int
    memory_mib: int


class ScaleOutEcsService(Remediation[BusyService]):
    """ECS high CPU or memory. The rest after a change keeps it at twice as many tasks in an hour."""

    triggers: ClassVar = (
        MetricAlarm(namespace="AWS/ECS", metric=CPU, target=_SERVICE),
        MetricAlarm(namespace="AWS/ECS", metric=MEMORY, target=_SERVICE),
    )
    service: ClassVar = "ecs"
    limits: ClassVar = Limits(
        cooldown=timedelta(hours=1), prove_within=timedelta(minutes=15), deadline=timedelta(minutes=45)
    )
    caps: ClassVar = (
        Cap(name=CAP, default=20, unit="tasks"),
        Cap(name=CONNECTIONS, default=0, unit="connections, 0 for not known"),
    )
    reads: ClassVar[tuple[Allow, ...]] = (
        DESCRIBE_SERVICES, DESCRIBE_SCALABLE_TARGETS, DESCRIBE_TASK_DEFINITION, DESCRIBE_SUBNETS, DESCRIBE_STACKS,
        GET_METRIC_DATA, DESCRIBE_ALARMS, DESCRIBE_SCALING_POLICIES, DESCRIBE_SCHEDULED_ACTIONS, DESCRIBE_TARGET_GROUPS,
        LIST_TASKS, DESCRIBE_TASKS, DESCRIBE_TARGET_HEALTH,
    )  # fmt: skip
    actions: ClassVar = (RaiseScalingFloor, RestoreScalingBounds, SetDesiredCount)

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> BusyService | Decline:
        service = read_service(aws, target)
        if isinstance(service, Decline):
            return service
        pressure = read_pressure(aws, service, alarm)
        size = read_task_definition(aws, service.task_definition) if service.on_fargate else None
        scaling = read_scalable_target(aws, service.cluster, service.name)
        return BusyService(
            tags=service.tags,
            breached=pressure.use.breached,
            service_arn=str(target),
            service=service,
            scaling=scaling,
            native=read_native_scaling(aws, service, alarm, pressure.use.metric) if scaling else None,
            pressure=pressure,
            killed=killed_for_memory(aws, service.cluster, service.name, service.task_definition)
            if pressure.use.metric == MEMORY
            else 0,
            stack=stack_status(aws, service.tags),
            free_addresses=free_addresses(aws, service.subnets),
            cpu_units=size.cpu_units if size else 0,
            memory_mib=size.memory_mib if size else 0,
        )

    def blocked(self, found: BusyService) -> Decline | None:
        return stack_at_work(found.stack) or deployment_in_the_way(found.service)

    def plan(self, found: BusyService, policy: Policy) -> Plan | Decline | Watch:
        service, cap = found.service, policy.caps[CAP]
        stopped = _not_helped(found) or left_to_scaling(service, found.scaling, found.native)
        if stopped is not None:
            return stopped
        count = more_tasks(service.desired, cap)
        if count == service.desired:
            return at_cap(service, found.service_arn, cap, f"{TAG_PREFIX}{CAP}")
        added, pressure = count - service.desired, found.pressure
        return (
            too_many_connections(pressure.database, service.desired, count, policy.caps[CONNECTIONS])
            or no_room(added, found.free_addresses, pressure.vcpus_left, found.cpu_units)
            or Plan(
                actions=(_raise_to(found, count),),
                reason=f"{pressure.use.metric} of {service.name} is high with {service.desired} tasks",
                cost_per_month_usd=_cost(found, added),
                give_back_after=timedelta(hours=1),
            )
        )

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        service = read_service(aws, target)
        if isinstance(service, Decline):
            return Proof(False, service.seen)
        least, calm = _least(plan.actions[-1]), alarm_calm(aws, alarm)
        seen = f"{service.running} of {service.desired} tasks run, at least {least} are wanted"
        if service.running != service.desired or service.desired < least:
            return Proof(None, seen)
        few = unserved(aws, target)
        if few:
            return Proof(None, f"{seen}; {few}")
        return Proof(True if calm is not False else None, f"{seen}; the alarm is {_word(calm)}")

    def give_back(self, found: BusyService, plan: Plan) -> Plan | Decline | Watch:
        """Take the tasks back where nobody else has changed their number since, and when it has been calm for long enough."""
        action = plan.actions[-1]
        if not _still_ours(found, action):
            return _changed_since(found, action)
        waits = not_calm(found.service, found.stack, found.pressure.use)
        if waits is not None:
            return waits
        reason = f"{found.pressure.use.metric} has been below {CALM_PERCENT:.0f} % for half an hour"
        return Plan(actions=(action.undo(),), reason=reason, cost_per_month_usd=Decimal(0))  # type: ignore[arg-type]


def _not_helped(found: BusyService) -> Decline | Watch | None:
    """Why it is not to be scaled at all, or would not be helped by it."""
    service, pressure = found.service, found.pressure
    return (
        stack_at_work(found.stack)
        or unscalable(service, found.scaling)
        or unreadable(service.tags)
        or leaking(pressure.use, pressure.load.up, found.service_arn)
        or no_surge(service.name, pressure.load)
        or too_small(found.service_arn, pressure.use, found.killed, pressure.load)
    )


def _raise_to(found: BusyService, count: int) -> Action:
    """Nothing is ever lowered: `count` is above the desired count, which is at or above the floor."""
    service, scaling = found.service, found.scaling
    if scaling is None:
        return SetDesiredCount(service_arn=found.service_arn, count=count, was=service.desired)
    raised = count > scaling.maximum
    return RaiseScalingFloor(
        cluster=service.cluster,
        service=service.name,
        minimum=count,
        was_minimum=scaling.minimum,
        maximum=count if raised else None,
        was_maximum=scaling.maximum if raised else None,
    )


def _cost(found: BusyService, added: int) -> Decimal | None:
    """Fargate bills by the task. On instances a task costs nothing by itself: the instances are there, and paid for."""
    if not found.service.on_fargate:
        return Decimal(0)
    return fargate_tasks(added, found.cpu_units, found.memory_mib)


def _least(action: Action) -> int:
    return action.count if isinstance(action, SetDesiredCount) else action.minimum  # type: ignore[attr-defined]


def _word(calm: bool | None) -> str:
    return {True: "OK", False: "not OK yet", None: "not one that could be asked"}[calm]


def _still_ours(found: BusyService, action: Action) -> bool:
    if isinstance(action, SetDesiredCount):
        return found.scaling is None and found.service.desired == action.count
    if not isinstance(action, RaiseScalingFloor) or found.scaling is None:
        return False
    return found.scaling.minimum == action.minimum and action.maximum in (None, found.scaling.maximum)


def _changed_since(found: BusyService, action: Action) -> Decline:
    bounds = f" between {found.scaling.minimum} and {found.scaling.maximum}" if found.scaling else ""
    return Decline(
        code="changed_since",
        seen=f"the service wants {found.service.desired} tasks{bounds}, which is not what was set ({action})",
        advice="Somebody has changed it since: take the tasks back by hand when they are no longer needed",
    )
