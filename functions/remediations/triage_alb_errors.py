"""Find out why an Application Load Balancer answers with errors, and mend what may be mended.

When    HTTPCode_ELB_5XX_Count (or _500_ to _504_), HTTPCode_Target_5XX_Count, UnHealthyHostCount, TargetConnectionErrorCount or
        RejectedConnectionCount of a load balancer, one of its target groups or zones is in ALARM; a person asks
Does    looks from the load balancer to the task, names the first thing that explains the errors, and hands over to the row
        that mends it (roll back, scale out) or to a person. Of its own it stops a few tasks that fail their health checks while
        the others pass, one after the other, and the service replaces each. It proposes to a person to put back a rule that was
        removed from the tasks' security group within a day, or to take traffic away from the only zone that fails for two
        hours. Never deregisters a target, widens a health check or opens a port to the world
Proof   all targets are healthy (after a zonal shift: those that get traffic), as many as the service of a stopped task wants,
        and the alarm is OK again
Undo    the rule is taken out, the shift cancelled, by itself where it did not help; none for a task, which has been replaced
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from functions.actions.ecs_tasks import StopTask
from functions.actions.security_groups import AuthorizeSecurityGroupIngress, RevokeSecurityGroupIngress
from functions.actions.zonal_shifts import CancelZonalShift, StartZonalShift
from functions.core.alarm import Alarm
from functions.core.arn import Arn, parse_arn
from functions.core.decision import Decline, Plan, Watch
from functions.core.permission import Allow
from functions.core.policy import AtMost, Policy
from functions.core.ports import Aws
from functions.core.remediation import Limits, Proof, Remediation
from functions.core.trigger import MetricAlarm
from functions.readings.alb_errors import ELB_5XX, NAMESPACE, TARGET_5XX, read_errors
from functions.readings.alb_findings import of_health, of_load, of_load_balancer, of_shift, of_targets
from functions.readings.alb_look import UNHEALTHY_HOSTS, look_behind, not_attached, still_bad, suspect
from functions.readings.alb_trouble import AlbTrouble, stuck_tasks
from functions.readings.cloudformation import DESCRIBE_STACKS, stack_at_work, stack_status
from functions.readings.cloudwatch import DESCRIBE_ALARMS, GET_METRIC_DATA, alarm_calm
from functions.readings.ecs import DESCRIBE_SERVICES
from functions.readings.ecs_service_behind import LIST_CLUSTERS, LIST_SERVICES
from functions.readings.ecs_stopped_tasks import DESCRIBE_TASKS, LIST_TASKS
from functions.readings.ecs_up import unserved
from functions.readings.load_balancers import (
    DESCRIBE_ATTRIBUTES,
    DESCRIBE_LOAD_BALANCERS,
    DESCRIBE_TAGS,
    DESCRIBE_TARGET_GROUPS,
    DESCRIBE_TARGET_HEALTH,
    read_load_balancer,
    read_target_groups,
)
from functions.readings.network_acls import DESCRIBE_NETWORK_ACLS
from functions.readings.removed_rules import LOOKUP_EVENTS
from functions.readings.security_groups import DESCRIBE_SECURITY_GROUPS
from functions.readings.subnets import DESCRIBE_SUBNETS
from functions.readings.zonal_shifts import LIST_ZONAL_SHIFTS

_ALB = "arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/{LoadBalancer}"
_PATHS = ("LoadBalancer", "TargetGroup")
_ZONE, _GROUP = "AvailabilityZone", "TargetGroup"
_OF_BALANCER = ((), (_ZONE,))
_OF_GROUP = ((_GROUP,), (_GROUP, _ZONE))
_DIMENSIONS = {
    **dict.fromkeys(("HTTPCode_ELB_5XX_Count", *ELB_5XX, "RejectedConnectionCount"), _OF_BALANCER),
    **dict.fromkeys((TARGET_5XX, "TargetConnectionErrorCount"), _OF_BALANCER + _OF_GROUP),
    UNHEALTHY_HOSTS: _OF_GROUP,
}
"""CloudWatch metrics for your Application Load Balancer: what the load balancer answers itself never reached a target group."""
_HOURS_SHIFTED = 2
_FREE = Decimal(0)


class TriageAlbErrors(Remediation[AlbTrouble]):
    """ALB 5XX. Whatever it watches, the load balancer is the target: its alarms are answered one at a time."""

    triggers: ClassVar = tuple(
        MetricAlarm(namespace=NAMESPACE, metric=metric, target=_ALB, besides=besides, paths=_PATHS)
        for metric, sets in _DIMENSIONS.items()
        for besides in sets
    )
    service: ClassVar = "elasticloadbalancing"
    limits: ClassVar = Limits(
        cooldown=timedelta(hours=1), prove_within=timedelta(minutes=15), deadline=timedelta(hours=1),
        at_most=AtMost(hour=3, day=6),
    )  # fmt: skip
    reads: ClassVar[tuple[Allow, ...]] = (
        DESCRIBE_LOAD_BALANCERS, DESCRIBE_TAGS, DESCRIBE_ATTRIBUTES, DESCRIBE_TARGET_GROUPS, DESCRIBE_TARGET_HEALTH,
        GET_METRIC_DATA, DESCRIBE_ALARMS, LIST_CLUSTERS, LIST_SERVICES, DESCRIBE_SERVICES, LIST_TASKS, DESCRIBE_TASKS,
        DESCRIBE_STACKS, DESCRIBE_SECURITY_GROUPS, DESCRIBE_NETWORK_ACLS, DESCRIBE_SUBNETS, LOOKUP_EVENTS, LIST_ZONAL_SHIFTS,
    )  # fmt: skip
    actions: ClassVar = (
        StopTask, AuthorizeSecurityGroupIngress, RevokeSecurityGroupIngress, StartZonalShift, CancelZonalShift,
    )  # fmt: skip

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> AlbTrouble | Decline:
        balancer = read_load_balancer(aws, target)
        if isinstance(balancer, Decline):
            return balancer
        groups = read_target_groups(aws, balancer.arn)
        gone = not_attached(alarm, groups)
        if gone is not None:
            return gone
        found = AlbTrouble(
            tags=balancer.tags,
            breached=still_bad(aws, alarm, groups),
            load_balancer=balancer,
            groups=groups,
            errors=read_errors(aws, balancer.dimension, alarm),
            since=alarm.at,
            transition=alarm.transition,
            stack=stack_status(aws, balancer.tags),
        )
        found = replace(found, group=suspect(alarm, groups))
        if found.breached is False or found.group is None or of_load_balancer(found) is not None:
            return found
        return look_behind(aws, found)

    def blocked(self, found: AlbTrouble) -> Decline | None:
        return stack_at_work(found.stack)

    def plan(self, found: AlbTrouble, policy: Policy) -> Plan | Decline | Watch:
        explained = of_load_balancer(found) or of_targets(found)
        if explained is not None:
            return explained
        change = _put_back(found) or _shift(found) or of_load(found) or _replace(found) or of_health(found)
        return (stack_at_work(found.stack) or change) if isinstance(change, Plan) else change

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        calm, word = alarm_calm(aws, alarm), {True: "OK", False: "not OK yet", None: "not one that could be asked"}
        groups = read_target_groups(aws, str(target))
        waited_for = [one for group in groups for one in (*group.unhealthy, *group.starting)]
        seen = f"{len(waited_for)} targets are not healthy; the alarm is {word[calm]}"
        last = plan.actions[-1]
        few = unserved(aws, parse_arn(last.service_arn, "service_arn")) if isinstance(last, StopTask) else ""
        shifted = isinstance(last, StartZonalShift | CancelZonalShift)
        there = shifted or not (waited_for or few)
        return Proof(True if calm is not False and there else None, f"{seen}; {few}" if few else seen)


def _put_back(found: AlbTrouble) -> Plan | Decline | None:
    path = found.path
    if path is None or path.removed is None:
        return path.why if path else None
    rule = path.removed
    return Plan(
        actions=(AuthorizeSecurityGroupIngress(group=rule.group, port=rule.to_port, peer=rule.peer),),
        reason=f"the load balancer cannot reach its targets: {rule}",
        cost_per_month_usd=_FREE,
        ask_first="somebody has removed this rule, and may have had a reason",
    )


def _shift(found: AlbTrouble) -> Plan | Decline | None:
    shift = found.shift
    if shift is None:
        return None
    return of_shift(shift) or Plan(
        actions=(
            StartZonalShift(
                load_balancer=found.load_balancer.arn,
                away_from=shift.zone_id,
                hours=_HOURS_SHIFTED,
                comment=f"first-responder {found.transition}",
            ),
        ),
        reason=f"all targets in {shift.zone} fail and all others are healthy",
        cost_per_month_usd=_FREE,
        ask_first=f"the other zones have to carry the load of {shift.zone}",
    )


def _replace(found: AlbTrouble) -> Plan | None:
    tasks, behind = stuck_tasks(found), found.behind
    if not tasks or behind is None:
        return None
    return Plan(
        actions=tuple(StopTask(service_arn=behind.arn, task_arn=task.arn) for task in tasks),
        reason=f"{len(tasks)} of {behind.service.running} tasks of {behind.service.name} fail their health checks",
        cost_per_month_usd=_FREE,
    )
