"""Give the tasks of an ECS service on Fargate the next larger size.

When    a person asks, where more tasks do not help: tasks are stopped for their memory, or one task is too small for its work
Does    registers a copy of the task definition with the next valid size of Fargate that has more of what is short (CPU or memory,
        by utilization, tasks killed for their memory, or the parameter short_of), its containers' limits in proportion; then
        deploys it. Always asks: it is a deployment, and costs more for good. Declines a leak, which fills any size
Proof   as many tasks of the new size run, and are healthy targets of its load balancers, as are wanted, and none of them was
        stopped for its memory
Undo    the task definition as it was is deployed again; the copy stays registered, where it does nothing and costs nothing
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from functions.actions.ecs_task_size import DeployTaskSize, RegisterTaskSize
from functions.core.action import Effect
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan
from functions.core.permission import Allow
from functions.core.policy import AtMost, Policy
from functions.core.ports import Aws
from functions.core.prices import fargate_tasks
from functions.core.remediation import Facts, Limits, Parameter, Proof, Remediation
from functions.readings.cloudformation import DESCRIBE_STACKS, stack_at_work, stack_status
from functions.readings.cloudwatch import GET_METRIC_DATA
from functions.readings.ecs import DESCRIBE_SERVICES, Service, read_service
from functions.readings.ecs_family import LIST_TASK_DEFINITIONS, family_of, newest_revision, next_arn
from functions.readings.ecs_larger_task import Sizes, larger_task
from functions.readings.ecs_redeployment import (
    READS_OF_REDEPLOYMENT,
    Redeployment,
    not_redeployable,
    read_redeployment,
)
from functions.readings.ecs_replaceable import outage
from functions.readings.ecs_shortage import Shortage, not_short, read_shortage
from functions.readings.ecs_stopped_tasks import failures_of, read_failed_tasks
from functions.readings.ecs_task_definition import DESCRIBE_TASK_DEFINITION, TaskDefinition, read_task_definition
from functions.readings.ecs_up import unserved
from functions.readings.load_balancers import DESCRIBE_TARGET_HEALTH

ASK_FIRST = "it deploys the service anew, with tasks that cost more until somebody makes them smaller again"
SHORT_OF = "short_of"


@dataclass(frozen=True, kw_only=True)
class SmallTask(Facts):
    """`newest` is the highest revision of the task definition's family, `asked` names the request."""

    service_arn: str
    service: Service
    definition: TaskDefinition
    newest: int
    shortage: Shortage
    redeployment: Redeployment
    stack: str
    asked: str


class ScaleUpEcsTask(Remediation[SmallTask]):
    """ECS high CPU or memory, where scaling out is not the answer. Only people start it."""

    triggers: ClassVar = ()
    service: ClassVar = "ecs"
    parameters: ClassVar = (
        Parameter(
            name=SHORT_OF, pattern="cpu|memory", allowed="cpu or memory: what its tasks need more of", required=False
        ),
    )
    limits: ClassVar = Limits(
        cooldown=timedelta(hours=1),
        prove_within=timedelta(minutes=15),
        deadline=timedelta(hours=2),
        at_most=AtMost(hour=1, day=2, fortnight=6),
    )
    reads: ClassVar[tuple[Allow, ...]] = (
        DESCRIBE_SERVICES, DESCRIBE_TASK_DEFINITION, LIST_TASK_DEFINITIONS, GET_METRIC_DATA, DESCRIBE_STACKS,
        *READS_OF_REDEPLOYMENT, DESCRIBE_TARGET_HEALTH,
    )  # fmt: skip
    actions: ClassVar = (RegisterTaskSize, DeployTaskSize)

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> SmallTask | Decline:
        service = read_service(aws, target)
        if isinstance(service, Decline):
            return service
        definition = read_task_definition(aws, service.task_definition)
        redeployment = read_redeployment(aws, target, service, definition.images)
        failed = failures_of(redeployment.failed, definition.arn)
        asked_for = alarm.request.parameters.get(SHORT_OF, "") if alarm.request else ""
        return SmallTask(
            tags=service.tags,
            breached=True,  # the person who asks has looked
            service_arn=str(target),
            service=service,
            definition=definition,
            newest=newest_revision(aws, family_of(definition.arn)[0]),
            shortage=read_shortage(aws, service.cluster, service.name, failed, asked_for),
            redeployment=redeployment,
            stack=stack_status(aws, service.tags),
            asked=alarm.transition,
        )

    def blocked(self, found: SmallTask) -> Decline | None:
        return stack_at_work(found.stack)

    def plan(self, found: SmallTask, policy: Policy) -> Plan | Decline:
        service = found.service
        stopped = not_redeployable(service, found.stack, found.redeployment)
        stopped = stopped or not_short(service.name, found.service_arn, found.shortage)
        sizes = stopped or larger_task(service, found.definition, found.shortage)
        if isinstance(sizes, Decline):
            return sizes
        return Plan(
            actions=_steps(found, sizes),
            reason=f"tasks of {service.name} have {sizes.was}, with {found.shortage}",
            cost_per_month_usd=_cost(found, sizes),
            ask_first="; ".join(filter(None, (ASK_FIRST, outage(service)))),
        )

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        deployed = plan.actions[-1]
        progress = deployed.progress(aws)
        if progress.effect is not Effect.DONE or not isinstance(deployed, DeployTaskSize):
            return Proof(False if progress.effect is Effect.FAILED else None, progress.seen)
        _, cluster, name = target.resource.split("/")
        failed = failures_of(read_failed_tasks(aws, cluster, name, alarm.at), deployed.task_definition)
        killed = [task for task in failed if task.out_of_memory]
        seen = f"{progress.seen}; {len(killed)} of the larger tasks were stopped for their memory"
        few = "" if killed else unserved(aws, target)
        return Proof(None if few else not killed, f"{seen}; {few}" if few else seen)


def _steps(found: SmallTask, sizes: Sizes) -> tuple[RegisterTaskSize, DeployTaskSize]:
    there = next_arn(found.definition.arn, found.newest)
    register = RegisterTaskSize(
        task_definition=there,
        copy_of=found.definition.arn,
        cpu_units=sizes.next.cpu_units,
        memory_mib=sizes.next.memory_mib,
        made_for=found.asked,
    )
    deploy = DeployTaskSize(service_arn=found.service_arn, task_definition=there, instead_of=found.definition.arn)
    return register, deploy


def _cost(found: SmallTask, sizes: Sizes) -> Decimal | None:
    """What the same number of tasks costs more."""
    then, now = (
        fargate_tasks(
            found.service.desired,
            size.cpu_units,
            size.memory_mib,
            arm=found.definition.arm,
            windows=found.definition.windows,
        )
        for size in (sizes.next, sizes.was)
    )
    return None if then is None or now is None else then - now
