"""One line of a timeline on its way to a place where people read: what a queue between them carries."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from functions.core.errors import InvalidEvent
from functions.core.incident.incident import Incident, Severity
from functions.core.remediation import Audience
from functions.core.run_record import plain

SWITCHES = "switches"
"""Stands for an incident where what is told belongs to none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class News:
    """`incident` is the one that people follow, `of` the one whose timeline has the line. `text`, `title`, `service` and
    `target` may hold strangers' words."""

    id: str
    """The same for all copies of one line, different for any other: letters and digits."""
    incident: str
    of: str
    kind: str
    text: str
    at: datetime
    call_person: bool
    audience: Audience
    severity: Severity
    status: str
    title: str
    service: str
    target: str
    run: str = ""
    remediation: str = ""


def news_of(line: Mapping[str, Any], incident: Incident) -> News:
    """From an `AT#` item of the table and the incident that leads."""
    of = str(line["pk"]).removeprefix("INCIDENT#")
    return News(
        id=_digest(line),
        incident=incident.id,
        of=of,
        kind=str(line["kind"]),
        text=str(line["text"]),
        at=datetime.fromisoformat(line["at"]),
        call_person=bool(line.get("call_person")),
        audience=incident.audience,
        severity=incident.severity,
        status=incident.status.value,
        title=incident.title,
        service=incident.service,
        target=str(line.get("target") or incident.target),
        run=str(line.get("run") or ""),
        remediation=str(line.get("remediation") or ""),
    )


def notice_of(line: Mapping[str, Any]) -> News:
    """From a line that belongs to no incident: what was switched."""
    return News(
        id=_digest(line),
        incident=SWITCHES,
        of=SWITCHES,
        kind=str(line["kind"]),
        text=str(line["text"]),
        at=datetime.fromisoformat(line["at"]),
        call_person=bool(line.get("call_person")),
        audience=Audience.OPERATIONS,
        severity=Severity.P3,
        status="",
        title="What First Responder may change",
        service="first-responder",
        target=str(line.get("target", "")),
    )


def write_news(news: News) -> str:
    return json.dumps(plain(asdict(news)), sort_keys=True)


def read_news(text: object) -> News:
    """Raises InvalidEvent for what `write_news` has not written."""
    try:
        data = json.loads(text)  # type: ignore[arg-type]
        known = {field.name for field in fields(News)}
        return News(
            **{
                **{name: value for name, value in data.items() if name in known},
                "at": datetime.fromisoformat(data["at"]),
                "audience": Audience(data["audience"]),
                "severity": Severity(data["severity"]),
            }
        )
    except (TypeError, ValueError, KeyError, AttributeError):
        raise InvalidEvent("news", text, "a line of a timeline, as the incidents function sends it") from None


def _digest(line: Mapping[str, Any]) -> str:
    return hashlib.sha256(f"{line['pk']}/{line['sk']}".encode()).hexdigest()[:32]
