"""The story of an incident, for a terminal: what it is, what happened, what was done, who was told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.console import RenderableType
from rich.text import Text

from console.look import COLOURS, facts, minute, one_line, table, until

Story = Mapping[str, Any]
_WAITS = "waiting_for_answer"


def story(told: Story, now: datetime, newest: int | None = None) -> list[RenderableType]:
    """All of it; with `newest` only so many of the last lines."""
    lines = told["lines"][-newest:] if newest else told["lines"]
    return [
        *header(told, now),
        "",
        table(("TIME (UTC)", "KIND", "WHAT"), [line(one) for one in lines], none="Nothing is written down yet."),
        *_part(table(("RUN", "OUTCOME", "CHANGES"), [_run(run) for run in told["runs"]], none=""), told["runs"]),
        *_part(table(("PLACE", "KEEPS"), _places(told["places"]), none=""), told["places"]),
        *_asks(told["runs"]),
    ]


def header(told: Story, now: datetime) -> list[RenderableType]:
    """What it is, and what is due."""
    incident = told["incident"]
    return [
        Text.assemble(
            (incident["severity"], COLOURS.get(incident["severity"], "bold")),
            f"  {one_line(incident['id'])}  ",
            (incident["status"], COLOURS.get(incident["status"], "")),
            (f"  {one_line(incident['title'])}", "bold"),
        ),
        facts(
            [
                ("Service", incident["service"]),
                ("Targets", ", ".join(incident["targets"] or [incident["target"]])),
                ("Severity", f"{incident['severity']}: {incident['severity_why']}"),
                ("Opened", f"{minute(incident['opened_at'])}, {until(incident['opened_at'], now)}"),
                ("Response", _due(incident, "acknowledged", "response", now)),
                ("Resolution", _due(incident, "resolved", "resolution", now)),
                ("Joined by", ", ".join(incident["joiners"])),
            ]
        ),
    ]


def line(one: Mapping[str, Any]) -> Sequence[object]:
    """One line of the timeline: time to the second, kind, text."""
    return str(one["at"])[:19].replace("T", " "), one["kind"], one["text"]


def over(told: Story) -> bool:
    """Whether nothing more is to be expected."""
    return bool(told["incident"]["resolved"])


def _due(incident: Mapping[str, Any], moment: str, target: str, now: datetime) -> str:
    done, due = incident[moment], incident[f"{target}_due"]
    missed = ", which was too late" if target in incident["missed"] else ""
    if done:
        return f"{minute(done['at'])} by {done['by']}{missed}"
    return f"due {minute(due)}, {until(due, now)}"


def _run(run: Mapping[str, Any]) -> Sequence[object]:
    code = f"{run['outcome']}: {run['decline']}" if run["decline"] else run["outcome"] or run["phase"]
    return run["run"], code, "; ".join(run["plan"])


def _places(places: Mapping[str, Mapping[str, Any]]) -> list[Sequence[object]]:
    return [
        (name, ", ".join(f"{key} {value}" for key, value in kept.items() if isinstance(value, str | int)))
        for name, kept in sorted(places.items())
    ]


def _part(shown: RenderableType, there: object) -> list[RenderableType]:
    return ["", shown] if there else []


def _asks(runs: Sequence[Mapping[str, Any]]) -> list[RenderableType]:
    """What waits for the reader, with the command that answers it."""
    waiting = [run for run in runs if run["phase"] == _WAITS]
    return [
        part
        for run in waiting
        for part in ("", f"Waits for an answer: ./first-responder approve {run['incident']} {run['run']}")
    ]
