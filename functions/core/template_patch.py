"""What to change in a template so that it says what is in effect: for a machine as RFC 6902 JSON Patch, for people as one line.

The template may spell a value by a parameter or a reference, or not at all, and lie in another language altogether (CDK,
SAM): so this is a suggestion for the synthesised template. Nothing applies it.
"""

from __future__ import annotations

import json
from typing import Any

from functions.core.drift import Drift


def template_patch(drift: Drift) -> list[dict[str, Any]]:
    """The patch, [] where the logical id or the value is not known: no path is guessed.

    Where the property was set, `replace`, which fails on a template that leaves it to a default; else `add`.
    """
    if not drift.logical_id or not drift.literal:
        return []
    path = f"/Resources/{_token(drift.logical_id)}/Properties/{_token(drift.property)}"
    if drift.new is None:
        return [{"op": "remove", "path": path}]
    return [{"op": "add" if drift.old is None else "replace", "path": path, "value": drift.new}]


def template_line(drift: Drift) -> str:
    """The same as one line of YAML, the old value and what is not known as its comment."""
    name, value = drift.logical_id or "<logical id>", json.dumps(drift.new) if drift.literal else "<value>"
    notes = [] if drift.literal else [str(drift.new)]
    notes.append(f"was {json.dumps(drift.old) if drift.literal else drift.old}")
    if not drift.logical_id:
        notes.append(f"{drift.resource}, declared in {drift.stack} or beside it")
    here = f"{name}: {{Type: {drift.resource_type}, Properties: {{{drift.property}: {value}}}}}"
    return f"{here}  # {'; '.join(notes)}"


def _token(text: str) -> str:
    """A reference token of a JSON Pointer (RFC 6901)."""
    return text.replace("~", "~0").replace("/", "~1")
