"""Let a contained EC2 instance go, once security has said so.

When    a person asks, with the run of contain_ec2_instance that has contained it
Does    puts each interface back into the groups that it had, and what kept the instance from being terminated back to what it
        was: by the record on the snapshots of that run, all of which have to say the same. Somebody else approves it, who
        compares the groups with the evidence of that run. Its Auto Scaling group and its load balancers are left to people
Proof   every interface is in its own groups again
Undo    the interfaces are isolated again, and the instance protected: also where a later step fails
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from functions.actions.ec2_attributes import ProtectInstance, UnprotectInstance
from functions.actions.ec2_interfaces import IsolateInterface, ReleaseInterface
from functions.core.action import Action, Effect
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan
from functions.core.policy import AtMost, Policy
from functions.core.ports import Aws
from functions.core.remediation import Audience, Facts, Limits, Parameter, Proof, Remediation
from functions.readings.cloudformation import DESCRIBE_STACKS, stack_at_work, stack_status
from functions.readings.containment_record import (
    DESCRIBE_SNAPSHOTS,
    RUN,
    Before,
    groups_text,
    mark_of,
    read_before,
    read_snapshots,
)
from functions.readings.ec2_instances import DESCRIBE_INSTANCES, Instance, describe, instance_of, tags_of
from functions.readings.security_groups import DESCRIBE_SECURITY_GROUPS, SecurityGroup, known_security_groups
from functions.readings.unreleasable import no_record, unreleasable


@dataclass(frozen=True, kw_only=True)
class Contained(Facts):
    """`groups` are those that the interfaces are in now, and those that the record names, as far as they exist."""

    instance: Instance
    before: Before | None
    snapshots: tuple[str, ...]
    groups: tuple[SecurityGroup, ...]
    stack: str
    run: str


class ReleaseEc2Instance(Remediation[Contained]):
    """Only people start it, and two of them have to want it."""

    triggers = ()
    service = "ec2"
    parameters = (
        Parameter(
            name="run",
            pattern=r"contain_ec2_instance-[0-9a-f]{20}",
            allowed="the run that has contained it, as in contain_ec2_instance-0123456789abcdef0123",
        ),
    )
    audience = Audience.SECURITY
    limits = Limits(
        cooldown=timedelta(minutes=5),
        prove_within=timedelta(minutes=15),
        deadline=timedelta(hours=6),
        at_most=AtMost(hour=20, day=20, fortnight=40),
    )
    reads = (DESCRIBE_INSTANCES, DESCRIBE_SNAPSHOTS, DESCRIBE_SECURITY_GROUPS, DESCRIBE_STACKS)
    actions = (ReleaseInterface, IsolateInterface, UnprotectInstance, ProtectInstance)

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> Contained | Decline:
        said = describe(aws, target)
        if said is None:
            return Decline(code="target_not_found", seen=f"there is no {target}", advice="Correct the ARN")
        instance, tags = instance_of(aws, said), tags_of(said)
        run = alarm.request.parameters.get("run", "") if alarm.request else ""
        snapshots = read_snapshots(aws, RUN, mark_of(run))
        before = read_before(snapshots)
        return Contained(
            tags=tags,
            breached=True,
            instance=instance,
            before=before,
            snapshots=tuple(snapshot.id for snapshot in snapshots),
            groups=_groups(aws, instance, before),
            stack=stack_status(aws, tags),
            run=run,
        )

    def blocked(self, found: Contained) -> Decline | None:
        return stack_at_work(found.stack)

    def plan(self, found: Contained, policy: Policy) -> Plan | Decline:
        unfit = self.blocked(found) or unreleasable(found.instance, found.before, found.groups, found.run)
        if unfit is not None or found.before is None:
            return unfit or no_record(found.instance.id, found.run)
        return Plan(
            actions=tuple(_actions(found.instance, found.before)),
            reason=_told(found),
            cost_per_month_usd=Decimal(0),
            ask_first="it lets whoever is in there out again",
            second_person=True,
        )

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        seen = [action.progress(aws) for action in plan.actions]
        left = [one.seen for one in seen if one.effect is not Effect.DONE]
        if not left:
            return Proof(True, "; ".join(one.seen for one in seen))
        return Proof(False if any(one.effect is Effect.FAILED for one in seen) else None, "; ".join(left))


def _groups(aws: Aws, instance: Instance, before: Before | None) -> tuple[SecurityGroup, ...]:
    named = {group for groups in (before.groups.values() if before else ()) for group in groups}
    now = {group for one in instance.interfaces for group in one.groups}
    return known_security_groups(aws, named | now)


def _actions(instance: Instance, before: Before) -> Iterator[Action]:
    """The way out is opened last."""
    for name, value in before.attributes.items():
        if instance.attributes[name] != value:
            yield UnprotectInstance(instance=instance.id, attribute=name, value=value, was=instance.attributes[name])
    for interface in instance.interfaces:
        groups = groups_text(before.groups[interface.id])
        yield ReleaseInterface(interface=interface.id, was=groups_text(interface.groups), groups=groups)


def _told(found: Contained) -> str:
    """What has to be looked at before, and what is left to people."""
    group = found.before.scaled_by if found.before else ""
    back = f"; attaching it to {group} again is a person's decision" if group else ""
    return (
        f"somebody asked to release {found.instance.id}: compare these groups with the evidence of {found.run}, "
        f"because whoever may tag {', '.join(found.snapshots)} could have changed the record{back}"
    )
