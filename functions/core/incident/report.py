"""What people and health checks report, checked and written down: an incident of the service that they name.

Nothing is ever done to a resource by what stands in a report: it opens an incident and tells people, no more.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.core.answer_request import one_line, read_name
from functions.core.errors import InvalidEvent
from functions.core.incident.change import change
from functions.core.incident.incident import Incident, Severity
from functions.core.incident.joining import attach
from functions.core.incident.opening import DueBy, Opening, opened
from functions.core.incident.ports import Incidents
from functions.core.incident.severity import SeverityRules
from functions.core.incident.turns import settle
from functions.core.policy import SERVICE_TAG
from functions.core.remediation import Audience

_SERVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_LONGEST = {"title": 100, "what": 1000, "check": 100, "environment": 40}
_REPORT = ("service", "title", "what", "environment", "severity")
_CHECK = ("service", "check", "healthy", "what", "environment")


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """`source` is what its incident is about, the same whenever it is reported: a person's words, or a check. `healthy` is None
    for a person's report."""

    service: str
    source: str
    title: str
    what: str
    by: str
    environment: str = ""
    severity: Severity | None = None
    healthy: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Received:
    """The incident that people follow, empty where there is none; and a sentence."""

    incident: str
    text: str


def read_report(event: object) -> Report:
    """`{"report": {"service", "title", "what"}, "by"}`, with `severity` and `environment` where they are known; or
    `{"health_check": {"service", "check", "healthy", "what"}, "by"}`. Raises InvalidEvent naming the field."""
    shapes = '{"report": {...}, "by": ...} or {"health_check": {...}, "by": ...}'
    if not isinstance(event, Mapping) or set(event) not in ({"report", "by"}, {"health_check", "by"}):
        raise InvalidEvent("event", event, shapes)
    kind = "report" if "report" in event else "health_check"
    said = event[kind]
    if not isinstance(said, Mapping):
        raise InvalidEvent(kind, said, "an object")
    allowed = _REPORT if kind == "report" else _CHECK
    unknown = sorted(str(name) for name in said if name not in allowed)
    if unknown:
        raise InvalidEvent(f"a field of {kind}", unknown[0], " | ".join(allowed))
    by = read_name(event)
    return _report(said, by) if kind == "report" else _check(said, by)


def receive(
    report: Report, request: str, incidents: Incidents, rules: SeverityRules, due: DueBy, now: datetime
) -> Received:
    """Open an incident, or find that there is one. `request` is the same when the same report is delivered again."""
    if report.healthy:
        return _over(report, incidents, now)
    known = _of_check(report, incidents) if report.healthy is False else None
    if known is not None:
        return Received(incident=known.joined or known.id, text=f"{report.source} is followed already")
    incident = incidents.open(opened(_opening(report, request, now), rules, due))
    followed = attach(incidents, incident, rules, due, now)
    return Received(incident=followed.joined or followed.id, text=f"{incident.severity}: {incident.severity_why}")


def _over(report: Report, incidents: Incidents, now: datetime) -> Received:
    known = _of_check(report, incidents)
    if known is None:
        return Received(incident="", text=f"{report.source} is healthy, and no incident says otherwise")
    why = f"{report.source} is healthy again"
    lead = change(incidents, known.joined or known.id, lambda found: settle(found, known.id, report.by, why, now))
    return Received(incident=lead.incident.id, text=why)


def _of_check(report: Report, incidents: Incidents) -> Incident | None:
    """The incident that this check has opened and that is not settled yet."""
    for incident in incidents.unresolved():
        if incident.service == report.service and incident.target == report.source:
            lead = incidents.load(incident.joined) if incident.joined else incident
            if lead is not None and incident.id in lead.unsettled:
                return incident
    return None


def _opening(report: Report, request: str, now: datetime) -> Opening:
    digest = hashlib.sha256(f"{report.source}#{request}".encode()).hexdigest()
    tags = {SERVICE_TAG: report.service, **({"environment": report.environment} if report.environment else {})}
    return Opening(
        id=f"INC-{now:%Y%m%d}-{digest[:8]}",
        at=now,
        title=report.title,
        target=report.source,
        audience=Audience.OPERATIONS,
        said={"source": "report" if report.healthy is None else "health_check"},
        tags=tags,
        why=f"{report.by} reports: {report.what}",
        severity=report.severity,
    )


def _report(said: Mapping[str, Any], by: str) -> Report:
    severity = said.get("severity")
    if severity is not None and severity not in Severity.__members__:
        raise InvalidEvent("severity", severity, " | ".join(Severity))
    title = one_line(said, "title", _LONGEST["title"])
    return Report(
        service=_service(said),
        source=f"report/{title}",
        title=title,
        what=one_line(said, "what", _LONGEST["what"]),
        by=by,
        environment=_environment(said),
        severity=Severity(severity) if severity else None,
    )


def _check(said: Mapping[str, Any], by: str) -> Report:
    healthy = said.get("healthy")
    if not isinstance(healthy, bool):
        raise InvalidEvent("healthy", healthy, "true | false")
    check = one_line(said, "check", _LONGEST["check"])
    return Report(
        service=_service(said),
        source=f"check/{check}",
        title=f"{check} fails",
        what=one_line(said, "what", _LONGEST["what"]),
        by=by,
        environment=_environment(said),
        healthy=healthy,
    )


def _service(said: Mapping[str, Any]) -> str:
    service = said.get("service")
    if not isinstance(service, str) or not _SERVICE.fullmatch(service):
        raise InvalidEvent("service", service, "the name of a service: letters, digits, dots, hyphens and underscores")
    return service


def _environment(said: Mapping[str, Any]) -> str:
    return one_line(said, "environment", _LONGEST["environment"]) if "environment" in said else ""
