"""What a subcommand has at hand."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from console.invoke import Invoke


@dataclass(frozen=True, kw_only=True)
class Session:
    """One command: its arguments, the way to the functions, who asks, and where to write."""

    said: Namespace
    invoke: Invoke
    caller: Callable[[], str]
    out: TextIO

    @property
    def by(self) -> str:
        """Who asks: --by, or the caller's name. Raises Refused where AWS does not tell it."""
        return self.said.by or self.caller()

    def show(self, answer: Mapping[str, Any], text: str) -> None:
        """The answer as JSON for scripts, or as text for people."""
        self.out.write((json.dumps(answer, indent=2, sort_keys=True) if self.said.json else text) + "\n")


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], none: str) -> str:
    """Columns as wide as their longest cell; `none` where there are no rows."""
    if not rows:
        return none
    lines = [[_cell(cell) for cell in row] for row in (headings, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _cell(value: object) -> str:
    """Other people's words make no lines and no escapes in a terminal."""
    return "".join(char if char.isprintable() else " " for char in str(value if value is not None else ""))
