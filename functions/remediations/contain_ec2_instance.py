"""Cut an EC2 instance off that GuardDuty finds in an intruder's hands, and keep what it holds.

When    GuardDuty findings of severity 7 and more about an instance, read again at GuardDuty; or by hand. Samples never act
Does    keeps what AWS says of it as evidence, with the end of its console and what its role has called; takes snapshots of all
        its volumes at one moment; protects it from being terminated; takes it out of its Auto Scaling group; puts each interface
        into the VPC's containment group; locks the snapshots last, so that a refused lock holds nothing up. A person is asked
        unless the finding's severity is 9 or more. It is never stopped, terminated or tagged
Proof   every interface is in the containment group alone, which is empty; the snapshots are there and locked; it is protected
Undo    none by itself, also where a proof fails: release_ec2_instance lets it go, by hand and with two people. Where an
        interface was opened for a moment and cannot be isolated, it goes back into its own groups
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from functions.actions.auto_scaling import DetachInstance
from functions.actions.ec2_attributes import ProtectInstance
from functions.actions.ec2_interfaces import CloseInterface, IsolateInterface, OpenInterface
from functions.actions.ec2_snapshots import LockSnapshot, SnapshotInstance
from functions.core.action import Action, Effect
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan
from functions.core.policy import AtMost, Policy
from functions.core.ports import Aws
from functions.core.prices import ebs_snapshot
from functions.core.remediation import Audience, Facts, Limits, Parameter, Proof, Remediation
from functions.core.trigger import ServiceEvent
from functions.readings.contained_neighbours import Neighbours, contained_neighbours
from functions.readings.containment_advice import ask_first, told
from functions.readings.containment_groups import ContainmentGroups, containment_groups, not_contained
from functions.readings.containment_record import groups_text, mark_of, written
from functions.readings.ec2_auto_scaling import READ_TARGETS, Membership, membership, registered_in
from functions.readings.ec2_evidence import DESCRIBE_VOLUMES, GET_CONSOLE_OUTPUT, console_output, metadata, read_volumes
from functions.readings.ec2_instances import (
    DESCRIBE_INSTANCES,
    SHUTDOWN_BEHAVIOUR,
    TERMINATION_PROTECTION,
    Instance,
    Interface,
    describe,
    instance_of,
    tags_of,
)
from functions.readings.ec2_uncontainable import already_contained, not_ready, unfit_instance
from functions.readings.guardduty_findings import GET_FINDINGS, Finding, finding_of
from functions.readings.removed_rules import LOOKUP_EVENTS
from functions.readings.role_session import RoleSession, read_role_session

LOCKED_DAYS = 90
_PURPOSES = (
    "Backdoor", "CryptoCurrency", "DefenseEvasion", "Execution", "Impact", "PrivilegeEscalation", "Trojan", "UnauthorizedAccess",
)  # fmt: skip
_WANTED = {TERMINATION_PROTECTION: "true", SHUTDOWN_BEHAVIOUR: "stop"}


@dataclass(frozen=True, kw_only=True)
class Suspect(Facts):
    """The instance and its surroundings. `finding` is None where a person asks; `incident` is what they call it."""

    instance: Instance
    finding: Finding | None
    incident: str
    groups: ContainmentGroups
    scaling: Membership
    registered_in: tuple[str, ...]
    neighbours: Neighbours
    gib: int
    session: RoleSession
    metadata: Mapping[str, Any] = field(repr=False)
    console: str = field(repr=False)
    run: str

    @property
    def left(self) -> tuple[Interface, ...]:
        """The interfaces that are not isolated yet."""
        return tuple(one for one in self.instance.interfaces if one.groups != self.groups.contained_by)


class ContainEc2Instance(Remediation[Suspect]):
    """Findings about containers and clusters have another resource type, and are none of its."""

    triggers = (
        ServiceEvent(
            source="aws.guardduty",
            detail_type="GuardDuty Finding",
            detail={"resource.resourceType": ("Instance",)},
            prefixes={"type": tuple(f"{purpose}:{of}/" for purpose in _PURPOSES for of in ("EC2", "Runtime"))},
            at_least={"severity": 7},
            target_in="arn:{partition}:ec2:{region}:{account}:instance/{resource.instanceDetails.instanceId}",
        ),
    )
    service = "ec2"
    parameters = (
        Parameter(
            name="incident",
            pattern=r"[A-Za-z0-9][A-Za-z0-9_.:/=+@ -]{0,99}",
            allowed="the finding or incident that it is done for",
            required=False,
        ),
    )
    audience = Audience.SECURITY
    limits = Limits(
        cooldown=timedelta(minutes=5),
        prove_within=timedelta(minutes=15),
        deadline=timedelta(hours=6),
        at_most=AtMost(hour=20, day=20, fortnight=40),
    )
    """By its interfaces and volumes each kind of change is made several times; a finding that comes again finds it contained.

    Half a containment is worse than a late one, so there is time to go on after an outage of ours.
    """
    reads = (
        DESCRIBE_INSTANCES, DESCRIBE_VOLUMES, GET_CONSOLE_OUTPUT, GET_FINDINGS, LOOKUP_EVENTS, *READ_TARGETS,
    )  # fmt: skip
    actions = (
        SnapshotInstance, ProtectInstance, DetachInstance, OpenInterface, IsolateInterface, CloseInterface, LockSnapshot,
    )  # fmt: skip

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> Suspect | Decline:
        finding = finding_of(aws, alarm, target.id) if alarm.request is None else None
        if isinstance(finding, Decline):
            return finding
        said = describe(aws, target)
        if said is None:
            return Decline(code="target_not_found", seen=f"there is no {target}", advice="Correct the ARN")
        instance = instance_of(aws, said)
        return unfit_instance(instance, tags_of(said)) or self._look(aws, alarm, finding, instance, said)

    def _look(
        self, aws: Aws, alarm: Alarm, finding: Finding | None, instance: Instance, said: Mapping[str, Any]
    ) -> Suspect:
        groups, scaling = containment_groups(aws, instance.vpc), membership(aws, instance.id)
        closed = groups.contained_by[0] if len(groups.contained_by) == 1 else ""
        volumes = read_volumes(aws, instance.volumes)
        return Suspect(
            tags=tags_of(said),
            breached=finding is None or not finding.archived,
            instance=instance,
            finding=finding,
            incident=alarm.request.parameters.get("incident", "") if alarm.request else "",
            groups=groups,
            scaling=scaling,
            registered_in=() if scaling.group else registered_in(aws, instance),
            neighbours=contained_neighbours(aws, instance, closed, scaling.group) if closed else Neighbours(),
            gib=sum(volume["Size"] for volume in volumes),
            session=read_role_session(aws, instance.id),
            metadata=metadata(aws, said, instance.interfaces, volumes),
            console=console_output(aws, instance.id),
            run=f"{self.name}-{alarm.transition}",
        )

    def blocked(self, found: Suspect) -> Decline | None:
        """An intruder is not waited for: a stack at work changes other things, and a person sees what differs."""
        return None

    def plan(self, found: Suspect, policy: Policy) -> Plan | Decline:
        one = found.instance
        unfit = not_ready(one, found.groups, found.scaling, found.neighbours)
        unfit = unfit or already_contained(one, found.groups.contained_by[0])
        if unfit is not None:
            return unfit
        severity, unread = found.finding.severity if found.finding else None, found.session.unread
        return Plan(
            actions=tuple(_actions(found)),
            reason=told(one, found.finding, _opened_by(found), found.registered_in, unread),
            cost_per_month_usd=ebs_snapshot(found.gib),
            ask_first=ask_first(severity, found.tags, found.neighbours),
        )

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        closed = next(action.closed for action in plan.actions if isinstance(action, IsolateInterface))
        open_yet = not_contained(aws, target, closed)
        if open_yet:
            return Proof(False, open_yet)
        seen = [action.progress(aws) for action in plan.actions]
        left = [one.seen for one in seen if one.effect is not Effect.DONE]
        if left:
            return Proof(False if any(one.effect is Effect.FAILED for one in seen) else None, "; ".join(left))
        return Proof(True, f"{target.id} is contained by {closed}; {seen[0].seen}")


def _opened_by(found: Suspect) -> str:
    """The group that ends tracking, where it is of use: nothing is tracked on a stopped instance, or through half a group."""
    ipv6 = any(one.ipv6 for one in found.left)
    fit = found.instance.state == "running" and (found.groups.opened_by_ipv6 or not ipv6)
    return found.groups.opened_by if fit else ""


def _actions(found: Suspect) -> Iterator[Action]:
    """What is kept first, then what isolates, the locks last."""
    one, closed, opened = found.instance, found.groups.contained_by[0], _opened_by(found)
    record = written(found.run, one.id, found.left, one.attributes, found.scaling.group)
    yield SnapshotInstance(instance=one.id, volumes=" ".join(one.volumes), mark=mark_of(found.run), record=record)
    for name, was in one.attributes.items():
        if was != _WANTED[name] and not one.spot:
            yield ProtectInstance(instance=one.id, attribute=name, value=_WANTED[name], was=was)
    if found.scaling.group:
        yield DetachInstance(instance=one.id, group=found.scaling.group)
    for interface in found.left:
        was = groups_text(interface.groups)
        if opened:
            yield OpenInterface(interface=interface.id, was=was, opened=opened, closed=closed)
        yield IsolateInterface(interface=interface.id, was=was, closed=closed)
    for volume in one.volumes:
        yield LockSnapshot(volume=volume, mark=mark_of(found.run), days=LOCKED_DAYS)
