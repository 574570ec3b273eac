"""A GuardDuty finding: whether its event is only a sample, and what GuardDuty says of it by now.

The id of a finding is used again while its count rises, and who has judged it archives it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.core.alarm import Alarm
from functions.core.decision import Decline
from functions.core.permission import EVERYTHING, Allow
from functions.core.ports import Aws

GET_FINDINGS = Allow(
    action="guardduty:GetFindings",
    on=EVERYTHING,
    because="GetFindings has no resource scope in IAM",
)
_ID = re.compile(r"[0-9a-f]{32}")
_SAMPLE = re.compile(r'"sample"\s*:\s*true')
_TITLE = "[SAMPLE]"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One finding as it is now."""

    id: str
    type: str
    severity: float
    instance: str
    archived: bool
    sample: bool


def is_sample(alarm: Alarm) -> bool:
    """Whether the event says so, in any of the places where samples have been seen to."""
    said = alarm.detail
    told = str(said.get("service.additionalInfo.sample", "")).lower() == "true"
    inside = _SAMPLE.search(str(said.get("service.additionalInfo.value", "")))
    return told or inside is not None or str(said.get("title", "")).startswith(_TITLE)


def read_finding(aws: Aws, alarm: Alarm) -> Finding | None:
    """The finding of an event, None where GuardDuty knows none."""
    detector, finding = alarm.detail.get("service.detectorId", ""), alarm.detail.get("id", "")
    if not (_ID.fullmatch(detector) and _ID.fullmatch(finding)):
        return None
    found = aws.client("guardduty").get_findings(DetectorId=detector, FindingIds=[finding])["Findings"]
    return next((_finding(one) for one in found if one["Id"] == finding), None)


def finding_of(aws: Aws, alarm: Alarm, instance: str) -> Finding | Decline:
    """The finding of an event about this instance, or why it starts nothing."""
    account = alarm.detail.get("accountId", alarm.account)
    if account != alarm.account:
        seen = f"the finding is about account {account}: an administrator of GuardDuty hears of its members"
        return Decline(code="other_account", seen=seen, advice=f"Look whether it is answered in {account}")
    found = None if is_sample(alarm) else read_finding(aws, alarm)
    if is_sample(alarm) or (found is not None and found.sample):
        return Decline(code="sample_finding", seen="the finding is a sample", advice="Nothing to do", call_person=False)
    if found is None or found.instance != instance:
        of = "no such finding" if found is None else f"a finding about {found.instance or 'something else'}"
        advice = "Look at the finding in GuardDuty; where it is real, invoke this by hand with the instance's ARN"
        return Decline(
            code="finding_not_confirmed", seen=f"GuardDuty knows {of}, not one about {instance}", advice=advice
        )
    return found


def _finding(said: Mapping[str, Any]) -> Finding:
    service = said.get("Service") or {}
    info = str((service.get("AdditionalInfo") or {}).get("Value", ""))
    return Finding(
        id=said["Id"],
        type=said["Type"],
        severity=float(said["Severity"]),
        instance=((said.get("Resource") or {}).get("InstanceDetails") or {}).get("InstanceId", ""),
        archived=bool(service.get("Archived")),
        sample=_SAMPLE.search(info) is not None or said.get("Title", "").startswith(_TITLE),
    )
