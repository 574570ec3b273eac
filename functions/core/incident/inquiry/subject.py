"""What an investigation looks at: the targets and alarms of one incident, each a checked ARN."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from functions.core.arn import Arn, parse_alarm_arn, parse_arn
from functions.core.errors import InvalidEvent
from functions.core.incident.incident import Incident
from functions.core.remediation import Audience
from functions.core.run import Run

STACK_TAG = "aws:cloudformation:stack-name"
_MOST = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """`incident` is the one that people follow, `of` the one whose targets these are. `since` is when its first alarm went off.

    `service` is the name that the resources of one service have in common, empty where there is none or where it is not to be
    looked beyond the targets themselves.
    """

    incident: str
    of: str
    title: str
    severity: str
    audience: Audience
    since: datetime
    service: str = ""
    targets: tuple[Arn, ...] = ()
    alarms: tuple[Arn, ...] = ()
    stacks: tuple[str, ...] = ()

    @property
    def alone(self) -> bool:
        """Whether only the targets are looked at: what an intruder may have touched is no matter for others."""
        return self.audience is Audience.SECURITY


def subject_of(lead: Incident, incident: Incident, runs: Iterable[Run]) -> Subject:
    """Of an incident by itself: what has joined it is looked at on its own. What is no ARN is left out."""
    own = [run for run in runs if run.incident == incident.id]
    named = [incident.target, *(run.target for run in own), *(run.alarm.arn for run in own)]
    arns = list(dict.fromkeys(filter(None, map(_checked, named))))
    alone = lead.audience is Audience.SECURITY
    stacks = [str(run.found.get("tags", {}).get(STACK_TAG, "")) for run in own]
    return Subject(
        incident=lead.id,
        of=incident.id,
        title=incident.title,
        severity=lead.severity.value,
        audience=lead.audience,
        since=min([incident.opened_at, *(run.alarm.at for run in own)]),
        service="" if alone or incident.service.startswith("arn:") else incident.service,
        targets=tuple(arn for arn in arns if not _is_alarm(arn))[:_MOST],
        alarms=tuple(arn for arn in arns if _is_alarm(arn))[:_MOST],
        stacks=tuple(dict.fromkeys(filter(None, stacks))),
    )


def _checked(text: str) -> Arn | None:
    """An alarm's name may hold anything, a resource's may not."""
    for read in (parse_alarm_arn, parse_arn):
        try:
            return read(text, "target")
        except InvalidEvent:
            continue
    return None


def _is_alarm(arn: Arn) -> bool:
    return arn.service == "cloudwatch" and arn.resource.startswith("alarm:")
