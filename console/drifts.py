"""drifts: see in what resources differ from their templates, and say that a template was brought in line."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from console.arguments import for_scripts, who_and_why
from console.look import table
from console.session import Session

FUNCTION = "first-responder-drifts"
_NONE = "Nothing that was changed differs from its template."
Drift = Mapping[str, Any]


def register(subcommands: Any) -> None:
    drifts = subcommands.add_parser("drifts", help="list in what resources differ from their templates, or settle it")
    drifts.set_defaults(run=_list)
    drifts.add_argument("--stack", help="of this stack only")
    drifts.add_argument("--patch", action="store_true", help="show what to change in the templates")
    for_scripts(drifts)
    settle = drifts.add_subparsers(metavar="settle", prog="first-responder drifts").add_parser(
        "settle", help="say that the template has what is in effect; all four are as they are listed"
    )
    settle.set_defaults(run=_settle)
    for name in ("stack", "resource", "property", "at"):
        settle.add_argument(f"--{name}", required=True)
    who_and_why(settle)
    for_scripts(settle)


def _list(session: Session) -> None:
    said = session.said
    answer = session.invoke(FUNCTION, {"drifts": "list", **({"stack": said.stack} if said.stack else {})})
    session.show(answer, (_patches if said.patch else _table)(answer["drifts"]))


def _settle(session: Session) -> None:
    said = session.said
    which = {name: getattr(said, name) for name in ("stack", "resource", "property", "at")}
    answer = session.invoke(FUNCTION, {"drifts": "settle", **which, "by": session.by, "reason": said.reason})
    session.show(answer, answer["text"])


def _table(drifts: Sequence[Drift]) -> RenderableType:
    names = ("stack", "logical_id", "property", "old", "new", "incident", "resource", "at")
    rows = [[drift[name] for name in names] for drift in drifts]
    headings = ("STACK", "LOGICAL ID", "PROPERTY", "TEMPLATE", "IN EFFECT", "INCIDENT", "RESOURCE", "AT")
    return table(headings, rows, none=_NONE)


def _patches(drifts: Sequence[Drift]) -> RenderableType:
    """For each stack the lines, and below them one patch; they come sorted by stack."""
    by_stack = [(stack, list(found)) for stack, found in groupby(drifts, key=lambda drift: str(drift["stack"]))]
    patches = [_patch(stack, found) for stack, found in by_stack]
    parts = [part for patch in patches for part in ("", patch)][1:]
    return Group(*parts) if parts else _NONE


def _patch(stack: str, drifts: Sequence[Drift]) -> RenderableType:
    """The patch stands as it is to be copied: JSON escapes what would be no text in it."""
    lines = table((f"Template of {stack}",), [(drift["line"],) for drift in drifts], none="")
    operations = [operation for drift in drifts for operation in drift["patch"]]
    return Group(lines, *([Text(json.dumps(operations, indent=2))] if operations else []))
