"""An incident and what its timers go by: office hours in Berlin, three contacts for P1, one for P4."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from functions.adapters.runbook_files import contacts, load
from functions.core.incident.calendar import Calendar
from functions.core.incident.due import Rules, due
from functions.core.incident.incident import Incident, Severity
from functions.core.incident.targets_file import read_targets
from functions.core.incident.timers import Timing

OPENED = datetime(2026, 12, 4, 14, 0, tzinfo=UTC)
"""A Friday, 15:00 in Berlin."""
RULES = Rules(
    targets=read_targets(load("targets")),
    calendar=Calendar(zone=ZoneInfo("Europe/Berlin"), hours=dict.fromkeys(range(5), (time(9), time(17))), holidays={}),
)
TIMING = Timing(rules=RULES, contacts=contacts())


def incident(severity: Severity = Severity.P1, **differs: Any) -> Incident:
    by = due(severity, OPENED, RULES)
    of_it = {
        "id": "INC-20261204-0a1b2c3d",
        "title": "shop is slow",
        "service": "shop",
        "target": "arn:aws:ecs:eu-west-1:123456789012:service/shop/web",
        "targets": ("arn:aws:ecs:eu-west-1:123456789012:service/shop/web",),
        "opened_at": OPENED,
        "severity": severity,
        "severity_why": "a rule",
        "response_due": by.response,
        "resolution_due": by.resolution,
    }
    return Incident(**{**of_it, **differs})
