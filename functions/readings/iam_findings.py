"""What GuardDuty finds out about a user or role: asked for again, because what an event says anybody may have written.

The names in it were chosen by whoever acts there: they are only used to read, and to be compared with what IAM says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.core.alarm import Alarm
from functions.core.decision import Decline
from functions.core.errors import InvalidEvent
from functions.core.normalise import read_time
from functions.core.ports import Aws
from functions.readings.guardduty_findings import is_sample

SOURCE, DETAIL_TYPE = "aws.guardduty", "GuardDuty Finding"
_GENERATED = "GeneratedFinding"
"""How the names in sample findings begin (GuardDuty User Guide, "Sample findings")."""
_ACCESS_KEY = re.compile(r"[A-Z0-9]{16,128}")
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, kw_only=True, slots=True)
class IamFinding:
    """`last_seen` is the activity's, not the message's. `principal_id` is the part that IAM knows (AIDA..., AROA...)."""

    id: str
    type: str
    severity: float
    archived: bool
    last_seen: datetime
    access_key: str
    principal_id: str


def unreal(alarm: Alarm) -> Decline | None:
    """Why an event is none to act on: a sample, or another account's that an administrator account is shown."""
    if alarm.source != SOURCE:
        return None
    if is_sample(alarm) or _generated(alarm.detail):
        return Decline(
            code="sample_finding",
            seen="it is a sample finding",
            advice="Nothing to do: nobody was there",
            call_person=False,
        )
    account = alarm.detail.get("accountId", alarm.account)
    if account != alarm.account:
        return Decline(
            code="other_account",
            seen=f"the finding is about account {account}, and this is {alarm.account}",
            advice="Contain the principal there: its name is somebody else's here",
        )
    return None


def iam_finding(aws: Aws, alarm: Alarm, name: str) -> IamFinding | Decline:
    """The finding about the principal of this name as it is now. Raises ClientError."""
    found = _get(aws, str(alarm.detail.get("service.detectorId", "")), str(alarm.detail.get("id", "")))
    about = ((found.get("Resource") or {}).get("AccessKeyDetails") or {}) if found else {}
    if found is None or about.get("UserName") != name:
        of = f"one about {about.get('UserName') or 'something else'}" if found else "no such finding"
        return Decline(
            code="finding_not_confirmed",
            seen=f"GuardDuty knows {of}, and not this one about {name}",
            advice="Look at it in GuardDuty; where it is real, invoke this by hand",
        )
    service = found.get("Service") or {}
    key = str(about.get("AccessKeyId", ""))
    return IamFinding(
        id=found["Id"],
        type=found["Type"],
        severity=float(found["Severity"]),
        archived=bool(service.get("Archived")),
        last_seen=_last_seen(service.get("EventLastSeen"), alarm.at),
        access_key=key if _ACCESS_KEY.fullmatch(key) else "",
        principal_id=str(about.get("PrincipalId", "")).partition(":")[0],
    )


def _get(aws: Aws, detector: str, finding: str) -> Mapping[str, Any] | None:
    if not (_ID.fullmatch(detector) and _ID.fullmatch(finding)):
        return None
    found = aws.client("guardduty").get_findings(DetectorId=detector, FindingIds=[finding])["Findings"]
    return next((one for one in found if one["Id"] == finding), None)


def _generated(said: Mapping[str, Any]) -> bool:
    names = (said.get(f"resource.accessKeyDetails.{field}", "") for field in ("userName", "accessKeyId"))
    return any(str(name).startswith(_GENERATED) for name in names)


def _last_seen(text: object, otherwise: datetime) -> datetime:
    try:
        return read_time(text, "Service.EventLastSeen")
    except InvalidEvent:
        return otherwise
