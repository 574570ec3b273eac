"""Put new tasks in the place of all tasks of an ECS service, a few at a time.

When    a person asks: tasks hang, or have leaked their memory away, and the version itself is to stay
Does    forces a deployment of the version that runs. Declines where new tasks could get another image than the old ones (a tag
        that moves or has moved), would not start (image, secrets, quota, capacity, addresses), or could not be put in place
Proof   ECS calls the new deployment completed, and as many tasks run, and are healthy targets of its load balancers, as are
        wanted
Undo    none: tasks that have stopped do not run again, and the version is the same. A person agrees first where the service's
        configuration lets ECS stop all of its tasks at once
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from functions.actions.ecs_restart import RestartService
from functions.core.action import Effect
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan
from functions.core.policy import AtMost, Policy
from functions.core.ports import Aws
from functions.core.remediation import Facts, Limits, Proof, Remediation
from functions.readings.cloudformation import DESCRIBE_STACKS, stack_at_work, stack_status
from functions.readings.ecs import DESCRIBE_SERVICES, Service, read_service
from functions.readings.ecs_redeployment import (
    READS_OF_REDEPLOYMENT,
    Redeployment,
    not_redeployable,
    read_redeployment,
)
from functions.readings.ecs_replaceable import left_running, outage
from functions.readings.ecs_task_definition import DESCRIBE_TASK_DEFINITION, read_task_definition
from functions.readings.ecs_unscalable import deployment_in_the_way
from functions.readings.ecs_up import unserved
from functions.readings.load_balancers import DESCRIBE_TARGET_HEALTH

_NO_MORE = Decimal(0)
"""While old and new tasks run side by side they cost double: for minutes, which a month's bill does not show."""


@dataclass(frozen=True, kw_only=True)
class RunningService(Facts):
    """A service whose tasks are to be replaced by tasks of the same version."""

    service_arn: str
    service: Service
    stack: str
    redeployment: Redeployment


class RestartEcsService(Remediation[RunningService]):
    """Only people start it: no alarm says that a restart would help."""

    triggers: ClassVar = ()
    service: ClassVar = "ecs"
    limits: ClassVar = Limits(
        cooldown=timedelta(hours=1),
        prove_within=timedelta(minutes=15),
        deadline=timedelta(hours=1),
        at_most=AtMost(hour=1, day=4, fortnight=14),
    )
    reads: ClassVar = (
        DESCRIBE_SERVICES, DESCRIBE_TASK_DEFINITION, DESCRIBE_STACKS, *READS_OF_REDEPLOYMENT, DESCRIBE_TARGET_HEALTH,
    )  # fmt: skip
    actions: ClassVar = (RestartService,)

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> RunningService | Decline:
        service = read_service(aws, target)
        if isinstance(service, Decline):
            return service
        definition = read_task_definition(aws, service.task_definition)
        return RunningService(
            tags=service.tags,
            breached=True,  # the person who asks has looked
            service_arn=str(target),
            service=service,
            stack=stack_status(aws, service.tags),
            redeployment=read_redeployment(aws, target, service, definition.images),
        )

    def blocked(self, found: RunningService) -> Decline | None:
        return stack_at_work(found.stack) or deployment_in_the_way(found.service)

    def plan(self, found: RunningService, policy: Policy) -> Plan | Decline:
        service = found.service
        primary = service.primary
        restart = RestartService(
            service_arn=found.service_arn,
            task_definition=service.task_definition,
            deployment=primary.id if primary else "",
        )
        return not_redeployable(service, found.stack, found.redeployment) or Plan(
            actions=(restart,),
            reason=f"somebody asked for it; {service.running} of {service.desired} tasks of {service.name} run, "
            f"of which {left_running(service)} are kept at all times",
            cost_per_month_usd=_NO_MORE,
            ask_first=outage(service),
        )

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        progress = plan.actions[-1].progress(aws)
        if progress.effect is not Effect.DONE:
            return Proof(False if progress.effect is Effect.FAILED else None, progress.seen)
        few = unserved(aws, target)
        return Proof(None if few else True, f"{progress.seen}; {few}" if few else progress.seen)
