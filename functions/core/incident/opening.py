"""A new incident, from what a remediation, an alarm or a person has recorded."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.core.alarm import said_by
from functions.core.incident.due import Due
from functions.core.incident.incident import Incident, Severity
from functions.core.incident.severity import SeverityRules
from functions.core.incident.turns import Turn
from functions.core.policy import SERVICE_TAG
from functions.core.remediation import Audience
from functions.core.run import Entry, Run

_STACK_TAG, _ENVIRONMENT_TAG = "aws:cloudformation:stack-name", "environment"
_LONGEST = 200
_DEEPEST = 4
DueBy = Callable[[Severity, datetime], Due]
"""When a response and a resolution are due, by severity and the moment from which on it counts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """What an incident begins with. `said` are the names that severity rules go by, `tags` the owner's word on the resource
    or the alarm. Everything but `id`, `at` and `audience` may be strangers' words."""

    id: str
    at: datetime
    title: str
    target: str
    audience: Audience
    said: Mapping[str, str]
    tags: Mapping[str, str]
    why: str
    severity: Severity | None = None
    """Where what was recorded says it itself: a storm, a person's report."""


def opened(opening: Opening, rules: SeverityRules, due: DueBy) -> Turn:
    """The incident with its first line."""
    environment = _tag(opening.tags, _ENVIRONMENT_TAG)
    said = {**opening.said, "environment": environment.lower(), "audience": opening.audience.value}
    rated = rules.rate(said, opening.tags)
    severity, why = rated.severity, rated.why
    if opening.severity is not None and opening.severity.is_above(severity):
        severity, why = opening.severity, "whoever recorded it says so"
    at = due(severity, opening.at)
    incident = Incident(
        id=opening.id,
        title=opening.title[:_LONGEST],
        service=_service(opening),
        target=opening.target,
        environment=environment[:_LONGEST],
        audience=opening.audience,
        opened_at=opening.at,
        severity=severity,
        severity_why=why,
        response_due=at.response,
        resolution_due=at.resolution,
        targets=(opening.target,),
        unsettled=(opening.id,),
    )
    text = f"{severity}: {why}. {opening.why}"
    return Turn(
        incident, (Entry(at=opening.at, kind="opened", text=text, call_person=True, audience=opening.audience),)
    )


def of_run(run: Run, entry: Mapping[str, Any], alarm_tags: Mapping[str, str]) -> Opening:
    """From a run and the line of its timeline that concerns people. The resource's tags stand over the alarm's."""
    audience = Audience(entry.get("audience", Audience.OPERATIONS))
    tags = run.found.get("tags", {})
    declared = run.decline.severity if run.decline else ""
    return Opening(
        id=run.incident,
        at=datetime.fromisoformat(entry["at"]),
        title=run.alarm.name,
        target=run.target,
        audience=audience,
        said={
            **said_by(run.alarm),
            "remediation": run.remediation,
            "code": run.decline.code if run.decline else "",
            **{f"found.{name}": text for name, text in _flat(run.found, _DEEPEST)},
        },
        tags={**alarm_tags, **{str(name): str(value) for name, value in tags.items()}},
        why=str(entry["text"]),
        severity=Severity(declared) if declared in Severity.__members__ else None,
    )


def of_alarm(item: Mapping[str, Any], incident: str, tags: Mapping[str, str]) -> Opening:
    """From an alarm that came to no run, as it is on record."""
    said = item.get("said", {})
    return Opening(
        id=incident,
        at=datetime.fromisoformat(item["at"]),
        title=str(item["name"]),
        target=str(item["arn"]),
        audience=Audience.OPERATIONS,
        said={**{str(name): str(value) for name, value in said.items()}, "code": str(item.get("code", ""))},
        tags=tags,
        why=str(item["text"]),
    )


def incident_of(item: Mapping[str, Any]) -> str:
    """The id of the incident of an alarm that came to no run, the same whenever it is asked for."""
    transition = f"{item['arn']}#{str(item['sk']).removeprefix('STATE#')}"
    digest = hashlib.sha256(transition.encode()).hexdigest()
    return f"INC-{datetime.fromisoformat(item['at']):%Y%m%d}-{digest[:8]}"


def _service(opening: Opening) -> str:
    """The owner's tag, else the stack that the resource belongs to, else the resource itself. Security stands alone: what is
    found out about an intruder never joins what everybody reads."""
    name = _tag(opening.tags, SERVICE_TAG) or _tag(opening.tags, _STACK_TAG) or opening.target
    alone = opening.audience is Audience.SECURITY
    return f"security/{opening.target}"[:_LONGEST] if alone else name[:_LONGEST]


def _tag(tags: Mapping[str, str], name: str) -> str:
    wanted = name.lower()
    return next((value for key, value in tags.items() if key.lower() == wanted), "").strip()


def _flat(data: Mapping[str, Any], depth: int, above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in data.items():
        path = f"{above}{name}"
        if isinstance(value, str | int | float):
            yield path, str(value)
        elif isinstance(value, Mapping) and depth:
            yield from _flat(value, depth - 1, f"{path}.")
