"""Contain an IAM user or role that somebody else is using.

When    GuardDuty finds unauthorised access, theft of credentials, escalation, persistence, stealth, exfiltration or impact by an
        IAM principal, at severity 7 or more, on the account or on S3; it finds the root user or an attack sequence at work, or
        AWS Health tells of an exposed key: these are told to a person, with who it is; a person asks
Does    reads what the principal has, who uses it, what it has called, made and read. Then denies a user everything by AWSDenyAll,
        revokes the sessions that were minted from its keys, and deactivates all of its keys; of a role it revokes all sessions.
        Below severity 9, and for a role that a workload uses, a person is asked first. Deletes nothing, and leaves alone root,
        single sign-on, service-linked, break-glass, deployment and its own roles
Proof   every key is inactive, the revocation has the planned time, AWSDenyAll is attached, as IAM answers it
Undo    none by itself, whatever fails later: release_iam_principal lets a principal out, which takes two people
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from functions.actions.iam_denials import DENY_ALL, DenyUserEverything
from functions.actions.iam_keys import DeactivateAccessKey
from functions.actions.iam_sessions import RevokeRoleSessions, RevokeUserSessions
from functions.core.action import Action, Effect
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan
from functions.core.permission import Allow
from functions.core.policy import AtMost, Policy
from functions.core.ports import Aws
from functions.core.remediation import Audience, Limits, Proof, Remediation
from functions.core.trigger import ServiceEvent
from functions.readings.guardduty_findings import GET_FINDINGS
from functions.readings.iam_findings import DETAIL_TYPE, SOURCE, iam_finding, unreal
from functions.readings.iam_principals import GET_ROLE, GET_USER, read_principal
from functions.readings.iam_protected import never_contained
from functions.readings.iam_revocations import GET_ROLE_POLICY, GET_USER_POLICY, Revocation, covers
from functions.readings.iam_role import READ_ROLE
from functions.readings.iam_user import READ_USER, UserAccess, access_keys, attached_policies, has_console
from functions.readings.principal_report import (
    PrincipalReport,
    answered_before,
    contained_already,
    no_room_for_denial,
    not_containable,
    report,
)
from functions.readings.removed_rules import LOOKUP_EVENTS
from functions.readings.unnamed_principals import EXPOSED, FINDING, ROOT, unnamed

_PURPOSES = (
    "UnauthorizedAccess", "CredentialAccess", "PrivilegeEscalation", "Persistence", "Stealth", "DefenseEvasion",
    "InitialAccess", "Exfiltration", "Impact",
)  # fmt: skip
_TYPES = tuple(f"{purpose}:{of}/" for of in ("IAMUser", "S3") for purpose in _PURPOSES)
_HIGH, _CRITICAL = 7, 9
_WHO = "resource.accessKeyDetails."
_HERE = "arn:{partition}:iam::{account}:"
_MOST_ATTACHED = 10
"""IAM quotas: managed policies per user, by default. Where it was raised, a user may have room that is not used here."""


def _findings(target: str, types: tuple[str, ...] = _TYPES, **detail: tuple[str, ...]) -> ServiceEvent:
    return ServiceEvent(
        source=SOURCE, detail_type=DETAIL_TYPE, detail={f"{_WHO}{name}": said for name, said in detail.items()},
        prefixes={"type": types}, at_least={"severity": _HIGH}, target_in=f"{_HERE}{target}",
    )  # fmt: skip


class ContainIamPrincipal(Remediation[PrincipalReport]):
    """Unauthorised access. The last of GuardDuty's triggers takes what the others do not: two copies of one event are one."""

    triggers: ClassVar = (
        _findings(f"user/{{{_WHO}userName}}", userType=("IAMUser",)),
        _findings(f"role/{{{_WHO}userName}}", userType=("AssumedRole", "Role")),
        ServiceEvent(
            source=SOURCE, detail_type=DETAIL_TYPE, detail={}, prefixes={"type": ("Policy:IAMUser/RootCredentialUsage",)},
            target_in=f"{_HERE}{ROOT}",
        ),
        _findings(f"{FINDING}/{{id}}", (*_TYPES, "AttackSequence:")),
        *(
            ServiceEvent(
                source="aws.health", detail_type=kind, target_in=f"{_HERE}{EXPOSED}",
                detail={"eventTypeCode": ("AWS_RISK_CREDENTIALS_EXPOSED",)},
            )
            for kind in ("AWS Health Event", "AWS Health Abuse Event")
        ),
    )  # fmt: skip
    service: ClassVar = "iam"
    audience: ClassVar = Audience.SECURITY
    limits: ClassVar = Limits(
        cooldown=timedelta(minutes=15), prove_within=timedelta(minutes=10), deadline=timedelta(hours=1),
        at_most=AtMost(hour=4, day=8, fortnight=20),
    )  # fmt: skip
    reads: ClassVar[tuple[Allow, ...]] = (
        GET_USER, GET_ROLE, *READ_USER, *READ_ROLE, GET_USER_POLICY, GET_ROLE_POLICY, LOOKUP_EVENTS, GET_FINDINGS,
    )  # fmt: skip
    actions: ClassVar = (DenyUserEverything, RevokeUserSessions, DeactivateAccessKey, RevokeRoleSessions)

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> PrincipalReport | Decline:
        nobody = unreal(alarm) or unnamed(aws, target, alarm)
        if nobody is not None:
            return nobody
        described = read_principal(aws, target)
        if isinstance(described, Decline):
            return described
        never = never_contained(described.principal, described.tags)
        if never is not None:
            return never
        finding = iam_finding(aws, alarm, described.principal.name) if alarm.source == SOURCE else None
        return finding if isinstance(finding, Decline) else report(aws, described, alarm, finding)

    def blocked(self, found: PrincipalReport) -> Decline | None:
        return not_containable(found)

    def plan(self, found: PrincipalReport, policy: Policy) -> Plan | Decline:
        unfit = self.blocked(found)
        if unfit is not None:
            return unfit
        if found.user is not None:
            return _user(found, found.user)
        return answered_before(found) or _role(found)

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        """IAM is eventually consistent: what does not show yet is waited for."""
        looks = [action.progress(aws) for action in plan.actions]
        seen = "; ".join(look.seen for look in looks)
        if not all(look.effect is Effect.DONE for look in looks):
            return Proof(None, seen)
        if target.resource.startswith("role/"):
            return Proof(True, f"{seen}; who takes the role anew is not stopped by it")
        active = [key.id for key in access_keys(aws, target.id) if key.active]
        if active:
            return Proof(None, f"{seen}; still active: {', '.join(active)}")
        denied = any(policy.endswith(f"/{DENY_ALL}") for policy in attached_policies(aws, target.id))
        if not denied and has_console(aws, target.id):
            return Proof(False, f"{seen}; but its console sign-in is open: {DENY_ALL} did not fit")
        return Proof(True, seen)


def _user(found: PrincipalReport, user: UserAccess) -> Plan | Decline:
    denies = _deny_all(found)
    contained = denies.policy in user.attached
    if not contained and (old := answered_before(found)):
        return old
    attaches = not contained and len(user.attached) < _MOST_ATTACHED
    revoke = _revocation(found, user, ours=attaches, contained=contained)
    revoked = covers(found.revoked, revoke.revocation)
    shut = tuple(DeactivateAccessKey(user=user.name, key=key) for key in sorted(user.active))
    actions = (*((denies,) if attaches else ()), *(() if revoked else (revoke,)), *shut)
    if contained and not actions:
        return contained_already(user.name)
    return _plan(found, actions, "") if actions else no_room_for_denial(user)


def _revocation(found: PrincipalReport, user: UserAccess, *, ours: bool, contained: bool) -> RevokeUserSessions:
    """What an earlier containment has on record stays there, and no earlier time takes the place of a later one. Who is denied
    everything needs no later one either.
    """
    earlier = found.revoked if isinstance(found.revoked, Revocation) else Revocation(before=found.since)
    recorded = {key for key in earlier.keys if key in {one.id for one in user.keys}}
    return RevokeUserSessions(
        name=user.name,
        before=(earlier.before if contained else max(found.since, earlier.before)).isoformat(),
        keys=",".join(sorted({*user.active, *recorded})),
        deny_all=ours or (contained and earlier.deny_all),
    )


def _role(found: PrincipalReport) -> Plan | Decline:
    name, role = found.principal.name, found.role
    revoke = RevokeRoleSessions(name=name, before=found.since.isoformat())
    if covers(found.revoked, revoke.revocation):
        return contained_already(name)
    return _plan(found, (revoke,), role.workloads if role else "")


def _plan(found: PrincipalReport, actions: tuple[Action, ...], workloads: str) -> Plan:
    finding, principal = found.finding, found.principal
    why = f"{finding.type} at severity {finding.severity:g}" if finding else "somebody asked for it"
    return Plan(
        actions=actions,
        reason=f"{why}: {principal.kind} {principal.name}{found.noticed}{_still_open(found)}{found.afterwards}",
        cost_per_month_usd=Decimal(0),
        ask_first=_ask_first(found, workloads),
    )


def _still_open(found: PrincipalReport) -> str:
    if found.role is None:
        return ""
    later = f"sessions issued after {found.since:%H:%M:%S} UTC go on, ask again by hand where an approval took long"
    chained = "whoever has come by another role keeps that one: contain it as well"
    return f"; {later}; who can still take the role gets a new one: correct its trust policy, contain its instance; {chained}"


def _ask_first(found: PrincipalReport, workloads: str) -> str:
    if workloads:
        return f"it interrupts {workloads} until they fetch new credentials, for hours where they are cached"
    finding = found.finding
    if finding and finding.severity < _CRITICAL:
        return f"GuardDuty gives it severity {finding.severity:g}, and below {_CRITICAL:g} a person judges it"
    return ""


def _deny_all(found: PrincipalReport) -> DenyUserEverything:
    partition = found.principal.arn.split(":")[1]
    return DenyUserEverything(user=found.principal.name, policy=f"arn:{partition}:iam::aws:policy/{DENY_ALL}")
