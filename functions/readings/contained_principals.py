"""A principal as a containment has left it, and what a person wants of it back."""

from __future__ import annotations

from dataclasses import dataclass

from functions.core.alarm import Alarm
from functions.core.arn import Arn
from functions.core.decision import Decline
from functions.core.ports import Aws
from functions.core.remediation import Facts
from functions.readings.iam_principals import Described, Principal
from functions.readings.iam_revocations import ForeignPolicy, Revocation, keys_of, read_revocation
from functions.readings.iam_user import AccessKey, access_keys, attached_policies

KEYS, OLD_SESSIONS, QUARANTINE = "keys", "old_sessions", "quarantine"
"""What a person may say: core/remediation.py, `Parameter`."""


@dataclass(frozen=True, kw_only=True)
class Contained(Facts):
    """`revoked` is the record that the containment has left at the principal; `wanted` are the keys that a person names."""

    principal: Principal
    revoked: Revocation | ForeignPolicy | None
    keys: tuple[AccessKey, ...]
    attached: tuple[str, ...]
    wanted: tuple[str, ...]
    old_sessions: bool
    quarantine: bool


def keys_at(aws: Aws, target: Arn) -> tuple[AccessKey, ...]:
    """The keys of a user; a role has none."""
    return access_keys(aws, target.id) if target.resource.startswith("user/") else ()


def contained(aws: Aws, target: Arn, described: Described, alarm: Alarm) -> Contained:
    """Raises ClientError where IAM cannot be read."""
    principal = described.principal
    user, said = principal.kind == "user", alarm.request.parameters if alarm.request else {}
    return Contained(
        tags=described.tags,
        breached=True,
        principal=principal,
        revoked=read_revocation(aws, principal.kind, principal.name),
        keys=keys_at(aws, target),
        attached=attached_policies(aws, principal.name) if user else (),
        wanted=tuple(sorted(set(keys_of(said.get(KEYS, ""))))),
        old_sessions=OLD_SESSIONS in said,
        quarantine=QUARANTINE in said,
    )


def not_releasable(found: Contained) -> Decline | None:
    """Why it is not let out: there is no record of ours, or it does not say what a person says."""
    name, revoked = found.principal.name, found.revoked
    if not isinstance(revoked, Revocation):
        return Decline(
            code="not_contained",
            seen=f"{name} has no record of a containment by contain_iam_principal",
            advice="What others have taken from it is theirs to give back",
        )
    return _keys(found, revoked)


def _keys(found: Contained, revoked: Revocation) -> Decline | None:
    there = {key.id for key in found.keys}
    other = [key.id for key in found.keys if key.active and key.id not in found.wanted]
    if other:
        return Decline(
            code="other_key_active",
            seen=f"{found.principal.name} is contained, and yet {', '.join(other)} is active",
            advice="Find out who has made or activated it; name it, or deactivate it, and ask again",
        )
    strange = [key for key in found.wanted if key not in revoked.keys]
    gone = [key for key in found.wanted if key not in there]
    if strange:
        return Decline(
            code="keys_not_recorded",
            seen=f"{', '.join(strange)} was not active when {found.principal.name} was contained",
            advice=f"Name only keys of these: {', '.join(revoked.keys) or 'none was active'}",
        )
    if gone:
        seen = f"{found.principal.name} has no key {', '.join(gone)} any more"
        return Decline(code="key_gone", seen=seen, advice="Make a new key; a deleted one does not come back")
    return None
