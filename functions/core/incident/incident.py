"""An incident as people follow it: how bad it is, who has answered, and when it was over. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from functions.core.remediation import Audience
from functions.core.run_record import plain


class Severity(StrEnum):
    """How urgent, as in the runbook's table; P1 is the most urgent."""

    P1 = "P1"
    P2 = "P2"
    P3 = "P3"
    P4 = "P4"

    def is_above(self, other: Severity) -> bool:
        """Whether this is more urgent."""
        return self.value < other.value

    @property
    def next_above(self) -> Severity:
        """One step more urgent; P1 stays."""
        everything = list(Severity)
        return everything[max(0, everything.index(self) - 1)]


class Status(StrEnum):
    """How far it has come; it never goes back but for MITIGATED, which a joiner takes away."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    MITIGATED = "mitigated"
    RESOLVED = "resolved"
    REVIEWED = "reviewed"


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """Who did something, and when: a person's name, or that of a function of ours. `at` is an aware UTC time."""

    at: datetime
    by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Incident:
    """All that the people's side knows. `version` counts the writes: a writer with an old one is stopped.

    `title`, `service` and `target` may hold strangers' words: escape them for the place that they go to.
    """

    id: str
    title: str
    service: str
    """The logical service that it concerns; open incidents of one service are followed as one."""
    target: str
    """The ARN of the first resource, or of the alarm where no resource is known."""
    environment: str = ""
    audience: Audience = Audience.OPERATIONS
    opened_at: datetime
    severity: Severity
    severity_why: str
    severity_by: str = ""
    """The person who has chosen it, which no machine changes any more; empty while the rules say it."""
    severity_at: datetime | None = None
    """When it was last changed; None while it is the one that it was opened with."""
    response_due: datetime
    resolution_due: datetime
    acknowledged: Moment | None = None
    mitigated: Moment | None = None
    resolved: Moment | None = None
    reviewed: Moment | None = None
    joined: str = ""
    """The incident of the same service that people follow in place of this one; empty for one that leads."""
    joiners: tuple[str, ...] = ()
    """The incidents that have joined this one."""
    targets: tuple[str, ...] = ()
    """All that is concerned: this one's target and those of its joiners, each once."""
    unsettled: tuple[str, ...] = ()
    """Those of this one and its joiners whose trouble is not over: it is mitigated when none is left."""
    worsened_by: tuple[str, ...] = ()
    """The runs that could not help and have made it more urgent, each once."""
    missed: tuple[str, ...] = ()
    """The targets of the runbook's table that were not kept: response, resolution."""
    escalated_to: int = 0
    """How many further contacts have been called: 0 while only the first one was."""
    rung: tuple[str, ...] = ()
    """The timers that have rung since the severity was last changed."""
    version: int = 0

    @property
    def status(self) -> Status:
        if self.reviewed:
            return Status.REVIEWED
        if self.resolved:
            return Status.RESOLVED
        if self.mitigated:
            return Status.MITIGATED
        return Status.ACKNOWLEDGED if self.acknowledged else Status.OPEN

    @property
    def counts_from(self) -> datetime:
        """Since when its targets are counted: a new severity begins anew."""
        return self.severity_at or self.opened_at

    @property
    def opened(self) -> Moment:
        """When it began, like the moments that follow."""
        return Moment(at=self.opened_at, by="")

    @property
    def leads(self) -> bool:
        """Whether people follow this one."""
        return not self.joined


_TIMES = ("opened_at", "response_due", "resolution_due")
_MOMENTS = ("acknowledged", "mitigated", "resolved", "reviewed")
_LISTS = ("joiners", "targets", "unsettled", "worsened_by", "missed", "rung")


def write_incident(incident: Incident) -> dict[str, Any]:
    """As JSON; `status` is said besides, for who reads the table."""
    return {str(name): value for name, value in plain({**asdict(incident), "status": incident.status}).items()}


def read_incident(data: Mapping[str, Any]) -> Incident:
    """What `write_incident` wrote; what this version does not know is left out."""
    known = {name.name for name in fields(Incident)}
    return Incident(
        **{
            **{name: value for name, value in data.items() if name in known},
            **{name: datetime.fromisoformat(data[name]) for name in _TIMES},
            "severity_at": datetime.fromisoformat(data["severity_at"]) if data.get("severity_at") else None,
            **{name: _moment(data.get(name)) for name in _MOMENTS},
            **{name: tuple(data.get(name, ())) for name in _LISTS},
            "audience": Audience(data["audience"]),
            "severity": Severity(data["severity"]),
        }
    )


def _moment(data: Mapping[str, Any] | None) -> Moment | None:
    return Moment(at=datetime.fromisoformat(data["at"]), by=data["by"]) if data else None
