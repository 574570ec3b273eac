"""Take an ECS service back to the version that ran well before.

When    ECS says that a deployment began (to see it through, or find it stuck), failed, or that its tasks do not start; a person asks
Does    leaves it to the circuit breaker or the deployment alarms where these roll back; else stops a running deployment that
        fails or is stuck, which rolls it back as a whole; else, where the bad version is in place already, deploys the task
        definition that ran well before, by the history of deployments. Keeps on record why tasks stopped, what the service
        says of their health checks, and the last lines of a failed task's log
Proof   the service is to run the last good version and nothing else, and as many tasks run, and are healthy targets of its
        load balancers, as are wanted
Undo    none: a version that failed is never deployed by a machine. It goes out again through its pipeline, once mended. The
        stack or pipeline still believes in the bad version, so tell its owner
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from functions.actions.ecs import DeployTaskDefinition, StopDeployment
from functions.core.alarm import Alarm, Kind
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan, Watch
from functions.core.policy import Policy
from functions.core.ports import Aws
from functions.core.remediation import Limits, Proof, Remediation
from functions.core.trigger import ServiceEvent
from functions.readings.cloudformation import DESCRIBE_STACKS, stack_at_work, stack_status
from functions.readings.container_images import DESCRIBE_IMAGES
from functions.readings.ecs import DESCRIBE_SERVICES, read_service
from functions.readings.ecs_deployments import (
    DESCRIBE_SERVICE_DEPLOYMENTS,
    LIST_SERVICE_DEPLOYMENTS,
    ServiceDeployment,
    read_deployments,
)
from functions.readings.ecs_failed_deployment import SERVICE_ACTIONS, STATE_CHANGES, FailedDeployment, holds
from functions.readings.ecs_last_good import read_last_good
from functions.readings.ecs_revisions import DESCRIBE_SERVICE_REVISIONS
from functions.readings.ecs_rollback_when import not_now
from functions.readings.ecs_rollback_where import way_back
from functions.readings.ecs_stopped_tasks import DESCRIBE_TASKS, LIST_TASKS, failures_of, read_failed_tasks
from functions.readings.ecs_task_definition import DESCRIBE_TASK_DEFINITION, read_task_definition
from functions.readings.ecs_task_logs import GET_LOG_EVENTS, read_last_words
from functions.readings.ecs_unrollable import allows_rollback, unrollable
from functions.readings.ecs_up import unserved
from functions.readings.load_balancers import DESCRIBE_TARGET_HEALTH

_NO_MORE = Decimal(0)
"""A rollback adds nothing to the bill: as many tasks, of the version that ran and was paid for before."""


class RollBackEcsDeployment(Remediation[FailedDeployment]):
    """ECS service deployment failure: at most one rollback of a service in an hour."""

    triggers: ClassVar = (
        ServiceEvent(source="aws.ecs", detail_type="ECS Deployment State Change", detail={"eventName": STATE_CHANGES}),
        ServiceEvent(source="aws.ecs", detail_type="ECS Service Action", detail={"eventName": SERVICE_ACTIONS}),
    )
    service: ClassVar = "ecs"
    limits: ClassVar = Limits(
        cooldown=timedelta(hours=1), prove_within=timedelta(minutes=15), deadline=timedelta(hours=2)
    )
    reads: ClassVar = (
        DESCRIBE_SERVICES, LIST_SERVICE_DEPLOYMENTS, DESCRIBE_SERVICE_DEPLOYMENTS, DESCRIBE_SERVICE_REVISIONS,
        DESCRIBE_TASK_DEFINITION, LIST_TASKS, DESCRIBE_TASKS, DESCRIBE_IMAGES, DESCRIBE_STACKS,
        GET_LOG_EVENTS, DESCRIBE_TARGET_HEALTH,
    )  # fmt: skip
    actions: ClassVar = (StopDeployment, DeployTaskDefinition)

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> FailedDeployment | Decline:
        """Reads on only as long as what is known leaves the answer open: most deployments need one look."""
        found = _look(aws, target, alarm)
        if isinstance(found, Decline) or found.breached is False or unrollable(found) is not None:
            return found
        history = read_deployments(aws, found.service.cluster, found.service.name)
        if isinstance(history, Decline):
            return history
        found = replace(found, history=True, deployment=history[0] if history else None)
        found = replace(found, breached=_holds(found))
        if found.breached is False or not_now(found) is not None:
            return found
        return _look_for_the_last_good(aws, target, found, history)

    def blocked(self, found: FailedDeployment) -> Decline | None:
        return stack_at_work(found.stack)

    def plan(self, found: FailedDeployment, policy: Policy) -> Plan | Decline | Watch:
        stopped = unrollable(found) or not_now(found)
        if stopped is not None:
            return stopped
        good = way_back(found)
        if isinstance(good, Decline):
            return good
        there, name = good.task_definition, found.service.name
        if found.stoppable is None:
            deploy = DeployTaskDefinition(service_arn=found.service_arn, task_definition=there, instead_of=found.bad)
            return Plan(actions=(deploy,), reason=f"{name} is on a version that fails", cost_per_month_usd=_NO_MORE)
        stop = StopDeployment(
            deployment=found.stoppable.arn, task_definition=there, instead_of=found.bad, besides=",".join(good.differs)
        )
        reason = f"the running deployment of {name} {'fails' if found.fails else 'is stuck'}"
        return Plan(actions=(stop,), reason=reason, cost_per_month_usd=_NO_MORE)

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        """The deployment itself has ended by then: its action is in effect only when ECS says so."""
        service = read_service(aws, target)
        if isinstance(service, Decline):
            return Proof(False, service.seen)
        wanted = getattr(plan.actions[-1], "task_definition", "")
        primary = service.primary
        if primary is None:
            return Proof(None, f"{service.name} has no deployment")
        seen = f"{primary.task_definition} is {primary.rollout or 'deployed'}, {service.running} of {service.desired} tasks run"
        if primary.rollout == "FAILED":
            return Proof(False, seen)
        there = primary.task_definition == wanted and not service.deploying and service.running == service.desired
        few = unserved(aws, target) if there else ""
        return Proof(True if there and not few else None, f"{seen}; {few}" if few else seen)


def _look(aws: Aws, target: Arn, alarm: Alarm) -> FailedDeployment | Decline:
    service = read_service(aws, target)
    if isinstance(service, Decline):
        return service
    asked = alarm.kind is not Kind.EVENT
    return FailedDeployment(
        tags=service.tags,
        breached=holds(service, asked),
        service_arn=str(target),
        service=service,
        stack=stack_status(aws, service.tags),
        event="" if asked else str(alarm.detail.get("eventName", "")),
        event_reason=alarm.reason,
        event_deployment=str(alarm.detail.get("deploymentId", "")),
        at=alarm.at,
        read_at=aws.now(),
    )


def _holds(found: FailedDeployment) -> bool | None:
    """Where the service alone could not tell: the newest deployment does."""
    if found.breached is not None or found.asked or found.deployment is None:
        return found.breached
    return found.running or found.service.running < found.service.desired


def _look_for_the_last_good(
    aws: Aws, target: Arn, found: FailedDeployment, history: tuple[ServiceDeployment, ...]
) -> FailedDeployment:
    service = found.service
    bad = read_task_definition(aws, found.bad)
    failed = read_failed_tasks(aws, service.cluster, service.name, found.since)
    return replace(
        found,
        last_good=read_last_good(aws, target, service, history, found.bad),
        release_tags_allow=allows_rollback(bad.tags),
        failed=failed,
        last_words=read_last_words(aws, bad, failures_of(failed, found.bad)),
    )
