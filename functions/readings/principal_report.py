"""All that is known of a principal that is to be contained, for the plan and for the people who go on from there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.core.alarm import Alarm
from functions.core.decision import Decline
from functions.core.ports import Aws
from functions.core.remediation import Facts
from functions.readings.iam_findings import IamFinding
from functions.readings.iam_principals import Described, Principal
from functions.readings.iam_protected import protected
from functions.readings.iam_revocations import ForeignPolicy, Revocation, read_revocation
from functions.readings.iam_role import RoleAccess, read_role_access
from functions.readings.iam_user import UserAccess, read_user_access
from functions.readings.principal_trail import Trail, read_trail


@dataclass(frozen=True, kw_only=True)
class PrincipalReport(Facts):
    """`user` or `role`, as it is one. `finding` is None where a person asks; `since` is when the alarm or the request came."""

    principal: Principal
    user: UserAccess | None
    role: RoleAccess | None
    revoked: Revocation | ForeignPolicy | None
    finding: IamFinding | None
    trail: Trail
    since: datetime

    @property
    def noticed(self) -> str:
        """What a reviewer would frown at."""
        access = self.user or self.role
        return f"; {', '.join(access.findings)}" if access and access.findings else ""

    @property
    def afterwards(self) -> str:
        """What people have to do beside and after containing it."""
        made = f"; look after what it has made: {', '.join(self.trail.made)}" if self.trail.made else ""
        secrets = ", ".join(self.trail.secrets)
        rotate = f"; it has read these secrets, rotate each by rotate_secret afterwards: {secrets}" if secrets else ""
        return f"{made}{rotate}"


def report(aws: Aws, described: Described, alarm: Alarm, finding: IamFinding | None) -> PrincipalReport:
    """Read it all. Raises ClientError where IAM cannot be read. Who archives a finding has judged it."""
    principal = described.principal
    user = principal.kind == "user"
    return PrincipalReport(
        tags=described.tags,
        breached=finding is None or not finding.archived,
        principal=principal,
        user=read_user_access(aws, principal.name) if user else None,
        role=None if user else read_role_access(aws, described.answer),
        revoked=read_revocation(aws, principal.kind, principal.name),
        finding=finding,
        trail=read_trail(
            aws, alarm.region, user=principal.name if user else "", key=finding.access_key if finding else ""
        ),
        since=to_the_second(alarm.at),
    )


def to_the_second(at: datetime) -> datetime:
    """A policy knows no finer time: a session issued within this second is one of those before it."""
    return at if at.microsecond == 0 else at.replace(microsecond=0) + timedelta(seconds=1)


def not_containable(found: PrincipalReport) -> Decline | None:
    """What forbids to contain it, however bad the news."""
    principal, finding = found.principal, found.finding
    if finding and finding.principal_id and finding.principal_id != principal.id:
        return Decline(
            code="other_principal",
            seen=f"{principal.name} is {principal.id}, and the finding is about {finding.principal_id}, which had the name before",
            advice="Find out who has deleted the one and made the other",
        )
    return protected(principal, found.tags) or foreign_policy(found.revoked, principal.name)


def foreign_policy(revoked: Revocation | ForeignPolicy | None, name: str) -> Decline | None:
    """A policy of the fixed name that says something else is somebody's: never overwritten, never deleted."""
    if not isinstance(revoked, ForeignPolicy):
        return None
    return Decline(
        code="policy_name_taken",
        seen=f"{name} has an inline policy {revoked.name} that does not only revoke sessions",
        advice="Rename it, then ask again; until then act by hand",
    )


def answered_before(found: PrincipalReport) -> Decline | None:
    """GuardDuty sends a finding again under its id: what was done before the last revocation has had its answer."""
    finding, revoked = found.finding, found.revoked
    if finding is None or not isinstance(revoked, Revocation) or finding.last_seen > revoked.before:
        return None
    return Decline(
        code="answered_before",
        seen=f"what {finding.id} tells of was last seen at {finding.last_seen:%Y-%m-%d %H:%M} UTC, and the sessions of"
        f" {found.principal.name} were revoked after that",
        advice="Nothing to do unless it is seen again; archive the finding where it is dealt with",
        call_person=False,
    )


def contained_already(name: str) -> Decline:
    """There is nothing left to do."""
    advice = "Nothing to do; release_iam_principal lets it out again"
    return Decline(code="already_contained", seen=f"{name} is contained already", advice=advice, call_person=False)


def no_room_for_denial(user: UserAccess) -> Decline:
    """All else is done, and what would shut the console does not fit."""
    return Decline(
        code="no_room_for_denial",
        seen=f"{user.name} has no active key and its sessions are revoked, but AWSDenyAll does not fit beside its"
        f" {len(user.attached)} attached policies",
        advice="Detach one of them and ask again, or delete its console password by hand",
    )
