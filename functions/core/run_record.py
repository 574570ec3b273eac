"""Runs and alarms as JSON, and back. Times are ISO 8601 in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from functions.core.alarm import Alarm, Kind, Metric, Request, Via
from functions.core.decision import Decline
from functions.core.ledger import read_ledger
from functions.core.policy import Mode
from functions.core.run import Outcome, Phase, Run, Step, StepState, Verdict


def plain(value: Any) -> Any:
    """JSON types only: times as text, lengths of time in seconds, tuples as lists, money as text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return value


def write_run(run: Run) -> dict[str, Any]:
    """A run as JSON."""
    return {str(key): value for key, value in plain(asdict(run)).items()}


def read_run(data: Mapping[str, Any]) -> Run:
    """The run that `write_run` wrote. Fields that this version does not know are left out, so that an older one can read on."""
    known = {field.name for field in fields(Run)}
    return Run(
        **{
            **{name: value for name, value in data.items() if name in known},
            "alarm": _read_alarm(data["alarm"]),
            "opened_at": datetime.fromisoformat(data["opened_at"]),
            "deadline": datetime.fromisoformat(data["deadline"]),
            "due": datetime.fromisoformat(data["due"]),
            "phase_since": datetime.fromisoformat(data["phase_since"]),
            "phase": Phase(data["phase"]),
            "mode": Mode(data["mode"]),
            "outcome": Outcome(data["outcome"]) if data["outcome"] else None,
            "decline": Decline(**data["decline"]) if data["decline"] else None,
            "give_back_at": _read_time(data["give_back_at"]),
            "steps": tuple(_read_step(step) for step in data["steps"]),
            "ledger": read_ledger(data.get("ledger", {})),
            "verdict": _read_verdict(data.get("verdict")),
        }
    )


def _read_time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _read_verdict(data: Mapping[str, Any] | None) -> Verdict | None:
    return Verdict(**{**data, "at": datetime.fromisoformat(data["at"])}) if data else None


def _read_step(data: Mapping[str, Any]) -> Step:
    times = {name: _read_time(data.get(name)) for name in ("at", "again_at")}
    return Step(**{**data, "state": StepState(data["state"]), **times})


def _read_alarm(data: Mapping[str, Any]) -> Alarm:
    request = data["request"]
    return Alarm(
        **{
            **data,
            "kind": Kind(data["kind"]),
            "via": Via(data["via"]),
            "at": datetime.fromisoformat(data["at"]),
            "metrics": tuple(Metric(**metric) for metric in data["metrics"]),
            "resources": tuple(data["resources"]),
            "request": Request(**{**request, "mode": Mode(request["mode"])}) if request else None,
        }
    )
