"""Let a contained IAM user or role out again.

When    a person asks, once the security team is done with it: naming the `keys` that are to work again, and whether sessions
        from before the containment may go on (`old_sessions`: allow), and whether a quarantine that AWS has attached is to go
        (`quarantine`: detach)
Does    gives back only what the containment has on record at the principal: activates the named keys of those that were active,
        and detaches AWSDenyAll where it was ours, last. Old sessions stay denied and AWS's quarantine stays attached unless the
        request says otherwise. Somebody else than who asks has to approve it
Proof   the named keys are active and no others, and what denied is gone, as IAM answers it
Undo    a user is contained again as it was, by itself where that fails; a role is contained anew
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from functions.actions.iam_denials import DENY_ALL, QUARANTINES, DenyUserEverything, LiftUserDenial
from functions.actions.iam_keys import ActivateAccessKey, DeactivateAccessKey
from functions.actions.iam_sessions import (
    AllowOldRoleSessions,
    AllowOldUserSessions,
    RevokeUserSessions,
)
from functions.core.action import Action, Effect
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan
from functions.core.permission import Allow
from functions.core.policy import AtMost, Policy
from functions.core.ports import Aws
from functions.core.remediation import Audience, Limits, Parameter, Proof, Remediation
from functions.readings.contained_principals import (
    KEYS,
    OLD_SESSIONS,
    QUARANTINE,
    Contained,
    contained,
    keys_at,
    not_releasable,
)
from functions.readings.iam_principals import GET_ROLE, GET_USER, read_principal
from functions.readings.iam_protected import protected
from functions.readings.iam_revocations import GET_ROLE_POLICY, GET_USER_POLICY, Revocation, keys_of
from functions.readings.iam_user import LIST_ACCESS_KEYS, LIST_ATTACHED
from functions.readings.principal_report import foreign_policy

ASK_FIRST = "whoever has used it may still have what opens it"


class ReleaseIamPrincipal(Remediation[Contained]):
    """Only people start it, and two of them."""

    triggers: ClassVar = ()
    service: ClassVar = "iam"
    audience: ClassVar = Audience.SECURITY
    parameters: ClassVar = (
        Parameter(
            name=KEYS,
            pattern=r"[A-Z0-9]{16,128}(?:,[A-Z0-9]{16,128})?",
            allowed="the ids of one or two access keys, parted by a comma",
            required=False,
        ),
        Parameter(name=OLD_SESSIONS, pattern="allow", allowed="allow", required=False),
        Parameter(name=QUARANTINE, pattern="detach", allowed="detach", required=False),
    )
    limits: ClassVar = Limits(
        cooldown=timedelta(minutes=5), prove_within=timedelta(minutes=10), deadline=timedelta(hours=6),
        at_most=AtMost(hour=4, day=8, fortnight=20),
    )  # fmt: skip
    reads: ClassVar[tuple[Allow, ...]] = (
        GET_USER, GET_ROLE, LIST_ACCESS_KEYS, LIST_ATTACHED, GET_USER_POLICY, GET_ROLE_POLICY,
    )  # fmt: skip
    actions: ClassVar = (
        ActivateAccessKey, AllowOldUserSessions, AllowOldRoleSessions, LiftUserDenial,
        DeactivateAccessKey, RevokeUserSessions, DenyUserEverything,
    )  # fmt: skip

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> Contained | Decline:
        described = read_principal(aws, target)
        return described if isinstance(described, Decline) else contained(aws, target, described, alarm)

    def blocked(self, found: Contained) -> Decline | None:
        return protected(found.principal, found.tags) or foreign_policy(found.revoked, found.principal.name)

    def plan(self, found: Contained, policy: Policy) -> Plan | Decline:
        unfit = self.blocked(found) or not_releasable(found)
        if unfit is not None:
            return unfit
        actions = tuple(_actions(found))
        if not actions:
            advice = "Name the keys, or say that old sessions are allowed"
            seen = f"nothing that was asked for is kept from {found.principal.name}"
            return Decline(code="nothing_to_release", seen=seen, advice=advice)
        return Plan(
            actions=actions,
            reason=f"somebody asked for it{_stays(found)}",
            cost_per_month_usd=Decimal(0),
            ask_first=ASK_FIRST,
            second_person=True,
        )

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        looks = [action.progress(aws) for action in plan.actions]
        seen, there = "; ".join(look.seen for look in looks), all(look.effect is Effect.DONE for look in looks)
        named = keys_of(alarm.request.parameters.get(KEYS, "")) if alarm.request else ()
        other = [key.id for key in keys_at(aws, target) if key.active and key.id not in named]
        if other:
            return Proof(False, f"{seen}; and {', '.join(other)} is active, which nobody asked for")
        return Proof(True if there else None, seen)


def _actions(found: Contained) -> Iterator[Action]:
    """What denies everything goes last: until then nothing is open."""
    revoked, name = found.revoked, found.principal.name
    if not isinstance(revoked, Revocation):
        return
    inactive = {key.id for key in found.keys if not key.active}
    yield from (ActivateAccessKey(user=name, key=key) for key in found.wanted if key in inactive)
    if found.old_sessions and found.principal.kind == "role":
        yield AllowOldRoleSessions(name=name, before=revoked.before.isoformat())
    elif found.old_sessions:
        keys = ",".join(sorted(revoked.keys))
        yield AllowOldUserSessions(
            name=name, before=revoked.before.isoformat(), keys=keys, deny_all=revoked.deny_all
        )  # fmt: skip
    lifted = (*QUARANTINES * found.quarantine, *(DENY_ALL,) * revoked.deny_all)
    for short in lifted:
        yield from (
            LiftUserDenial(user=name, policy=policy) for policy in found.attached if policy.endswith(f"/{short}")
        )


def _stays(found: Contained) -> str:
    """What whoever approves it should know is not given back."""
    if not isinstance(found.revoked, Revocation):
        return ""
    keys = sorted({key.id for key in found.keys if not key.active} - set(found.wanted))
    quarantined = any(policy.endswith(QUARANTINES) for policy in found.attached)
    told = (
        f"these keys stay inactive: {', '.join(keys)}" if keys else "",
        "" if found.old_sessions else f"sessions from before {found.revoked.before:%Y-%m-%d %H:%M} UTC stay denied",
        "AWS's quarantine stays attached" if quarantined and not found.quarantine else "",
        "AWSDenyAll is not ours, and stays" if _denied_by_others(found) else "",
    )
    return "".join(f"; {one}" for one in told if one)


def _denied_by_others(found: Contained) -> bool:
    ours = isinstance(found.revoked, Revocation) and found.revoked.deny_all
    return not ours and any(policy.endswith(f"/{DENY_ALL}") for policy in found.attached)
