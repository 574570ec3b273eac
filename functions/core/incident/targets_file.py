"""functions/runbook/targets.toml, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from functions.core.errors import InvalidSetting
from functions.core.incident.due import Span, Target
from functions.core.incident.incident import Severity
from functions.core.policy import read_duration

FILE = "functions/runbook/targets.toml"
_PARTS = ("response", "resolution", "update")
_BUSINESS_DAYS = re.compile(r"([1-9]\d?) business days?")
_ALLOWED = "a number and m, h or d, e.g. 15m, 4h, 7d; or business days, e.g. 1 business day"


def read_targets(said: Mapping[str, Any]) -> Mapping[Severity, Target]:
    """One for each severity. Raises InvalidSetting naming the field, what was found there and what is allowed."""
    for name in said:
        if name not in list(Severity):
            raise InvalidSetting(FILE, name, " | ".join(Severity))
    return {severity: _target(f"{FILE}: {severity}", said.get(severity)) for severity in Severity}


def over(file: Mapping[str, Any], said: Mapping[str, Any]) -> Mapping[str, Any]:
    """The file with a deployment's own word over it, which names only what differs: {"P1": {"response": "5m"}}.

    Raises InvalidSetting where it is no table of tables; what it says is for `read_targets` to check.
    """
    for severity, row in said.items():
        if not isinstance(row, Mapping):
            raise InvalidSetting(f"targets: {severity}", row, f"a table of {', '.join(_PARTS)}")
    return {name: {**file.get(name, {}), **said.get(name, {})} for name in {**file, **said}}


def _target(field: str, row: object) -> Target:
    if not isinstance(row, Mapping) or set(row) != set(_PARTS):
        raise InvalidSetting(field, row, f"a table of {', '.join(_PARTS)}")
    return Target(**{name: _span(f"{field}.{name}", row[name]) for name in _PARTS})


def _span(field: str, text: object) -> Span:
    if not isinstance(text, str):
        raise InvalidSetting(field, text, _ALLOWED)
    if match := _BUSINESS_DAYS.fullmatch(text):
        return Span(business_days=int(match[1]))
    try:
        length = read_duration(text, field)
    except InvalidSetting:
        raise InvalidSetting(field, text, _ALLOWED) from None
    if length <= timedelta():
        raise InvalidSetting(field, text, _ALLOWED)
    return Span(clock=length)
