"""Rotate a secret that a stranger may have read.

When    a person asks: for each secret that a contained principal has read or could read. Not before it is contained, or the
        stranger reads the new one as well
Does    starts one rotation by the secret's own rotation function or managed rotation, where it has one that is not at work
        already. A person agrees first: clients that keep the old value fail until they read the new one. Reads no value, and
        never makes one up
Proof   AWSCURRENT has moved to the new version
Undo    none: the old value has to count as known to strangers
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from functions.actions.secrets import RotateSecret as Rotate
from functions.core.action import Effect
from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline, Plan
from functions.core.permission import Allow
from functions.core.policy import AtMost, Policy
from functions.core.ports import Aws
from functions.core.remediation import Audience, Facts, Limits, Proof, Remediation
from functions.readings.secrets import DESCRIBE_SECRET, Secret, read_secret

ASK_FIRST = (
    "who has used the secret has to be contained before, or reads the new value; clients that keep the old value fail until"
    " they read the new one where its user is a single one; with alternating users the old value stays valid until the next"
    " rotation, so rotate twice"
)


@dataclass(frozen=True, kw_only=True)
class ReadSecret(Facts):
    """`version` is the id that the new version gets: the same one for one request, however often it is planned."""

    secret: Secret
    region: str
    version: str


class RotateSecret(Remediation[ReadSecret]):
    """Only people start it."""

    triggers: ClassVar = ()
    service: ClassVar = "secretsmanager"
    audience: ClassVar = Audience.SECURITY
    limits: ClassVar = Limits(
        cooldown=timedelta(minutes=5), prove_within=timedelta(minutes=10), deadline=timedelta(hours=2),
        at_most=AtMost(hour=2, day=4, fortnight=8),
    )  # fmt: skip
    """Twice within the hour: alternating users have to be rotated twice."""
    reads: ClassVar[tuple[Allow, ...]] = (DESCRIBE_SECRET,)
    actions: ClassVar = (Rotate,)

    def diagnose(self, aws: Aws, target: Arn, alarm: Alarm) -> ReadSecret | Decline:
        secret = read_secret(aws, str(target)) if target.resource.startswith("secret:") else None
        if secret is None or secret.arn != str(target):
            there = f": its ARN is {secret.arn}" if secret else ""
            return Decline(
                code="target_not_found",
                seen=f"there is no {target}",
                advice=f"Correct the ARN, with its six characters{there}",
            )
        version = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{target}#{alarm.transition}"))
        return ReadSecret(tags=secret.tags, breached=True, secret=secret, region=target.region, version=version)

    def blocked(self, found: ReadSecret) -> Decline | None:
        return _unable(found)

    def plan(self, found: ReadSecret, policy: Policy) -> Plan | Decline:
        unfit = self.blocked(found)
        if unfit is not None:
            return unfit
        return Plan(
            actions=(Rotate(secret=found.secret.arn, version=found.version),),
            reason=f"somebody asked to rotate {found.secret.name}",
            cost_per_month_usd=Decimal(0),
            ask_first=ASK_FIRST,
        )

    def recovered(self, aws: Aws, target: Arn, alarm: Alarm, plan: Plan) -> Proof:
        progress = plan.actions[0].progress(aws)
        seen = f"{progress.seen}; with alternating users rotate once more, and change by hand what AWS does not know of"
        return Proof(True if progress.effect is Effect.DONE else None, seen)


def _unable(found: ReadSecret) -> Decline | None:
    secret = found.secret
    rules = (
        (
            secret.goes_at is not None,
            "secret_deleted",
            f"{secret.name} is to be deleted",
            "Restore it first, or change what it opens by hand",
        ),
        (
            secret.primary_region not in ("", found.region),
            "replica_secret",
            f"{secret.name} is a replica of the one in {secret.primary_region}",
            "Rotate it there: the new value is replicated",
        ),
        (
            bool(secret.owning_service),
            "service_managed",
            f"{secret.name} belongs to {secret.owning_service}, which rotates it by its own means",
            "Of an RDS master user: ModifyDBInstance with RotateMasterUserPassword and ApplyImmediately, once nothing else is"
            " pending there; else in the console of the service",
        ),
        (
            not secret.rotates,
            "no_rotation",
            f"{secret.name} has no rotation: a value made up here would lock its clients out",
            "Change it where it is used, then store it; set up a rotation for the next time",
        ),
        (
            bool(secret.unfinished),
            "rotation_pending",
            f"{secret.name} has a version that is pending and not current: {', '.join(secret.unfinished)}",
            "Wait for that rotation; where it has failed, look at its function's log and take AWSPENDING off the version",
        ),
    )
    return next((Decline(code=code, seen=seen, advice=advice) for holds, code, seen, advice in rules if holds), None)
