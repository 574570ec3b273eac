"""The runbook's own rules, as files that their owner edits: functions/runbook/*.toml, deployed with the code."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from functions.core.errors import InvalidSetting
from functions.core.incident.calendar_file import read_calendar
from functions.core.incident.contacts import Contact, read_contacts
from functions.core.incident.due import Due, Rules, due
from functions.core.incident.incident import Severity
from functions.core.incident.opening import DueBy
from functions.core.incident.severity import SeverityRules, read_severity_rules
from functions.core.incident.targets_file import over, read_targets

FOLDER = Path(__file__).resolve().parents[1] / "runbook"
TARGETS = "FIRST_RESPONDER_TARGETS"
"""The variable of a function's environment: JSON, spelled like targets.toml, of what a deployment has otherwise."""


def load(name: str, folder: Path = FOLDER) -> Mapping[str, Any]:
    """The content of `<name>.toml`. Raises InvalidSetting where it is not there or is no TOML."""
    file = folder / f"{name}.toml"
    try:
        return tomllib.loads(file.read_text())
    except (OSError, ValueError) as error:
        raise InvalidSetting(f"functions/runbook/{name}.toml", str(error), "a file of TOML") from None


def severity_rules() -> SeverityRules:
    """severity.toml. Raises InvalidSetting."""
    return read_severity_rules(load("severity"))


def time_rules(environment: Mapping[str, str]) -> Rules:
    """targets.toml, with the deployment's own word over it, and calendar.toml. Raises InvalidSetting."""
    text = environment.get(TARGETS, "{}")
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise InvalidSetting(TARGETS, text, 'an object, e.g. {"P1": {"response": "5m"}}')
    return Rules(targets=read_targets(over(load("targets"), said)), calendar=read_calendar(load("calendar")))


def contacts() -> Sequence[Contact]:
    """contacts.toml. Raises InvalidSetting."""
    return read_contacts(load("contacts"))


def due_by(rules: Rules) -> DueBy:
    """When an incident is due by these rules."""

    def by(severity: Severity, since: datetime) -> Due:
        return due(severity, since, rules)

    return by
