"""How things look: tables and words, in which nobody else's text makes a line, an escape or a colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.table import Table
from rich.text import Text

from functions.core.printable import visible

COLOURS: Mapping[str, str] = {
    **dict.fromkeys(("P1", "escalated", "missed", "escalation", "undone", "failed"), "bold red"),
    **dict.fromkeys(("P2", "open", "alarm", "opened", "severity", "proposed", "waiting_for_answer"), "yellow"),
    **dict.fromkeys(("change", "approved", "acting", "plan"), "cyan"),
    **dict.fromkeys(("recovered", "mitigated", "resolved", "reviewed", "acknowledged"), "green"),
}
"""By severity, status, outcome and kind of line. What is not here looks plain: colours only repeat what is said."""
_WHOLE = ("INCIDENT", "RUN", "PLAN", "P", "TIME (UTC)", "KIND", "STATUS", "SWITCH", "EXPIRES", "AGE")
"""Columns that are copied from, or short: they are never broken in two."""
_READABLE = 12
"""Characters: what stands in a narrower column is hard to read."""


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], none: str) -> RenderableType:
    """Columns as wide as their longest cell, or `none` where there are no rows."""
    return Rows(headings, rows) if rows else Text(none)


@dataclass(frozen=True)
class Rows:
    """Columns where they have room; else each row by itself, so that nothing that is to be copied is ever cut."""

    headings: Sequence[str]
    rows: Sequence[Sequence[object]]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        if self._least() <= options.max_width:
            yield self._columns()
        else:
            for number, row in enumerate(self.rows):
                yield from ([""] if number else [])
                yield facts(list(zip(self.headings, row, strict=True)))

    def _least(self) -> int:
        columns = zip(self.headings, *self.rows, strict=True)
        widths = [(max(len(one_line(cell)) for cell in column), column[0] in _WHOLE) for column in columns]
        return sum(2 + (width if whole else min(width, _READABLE)) for width, whole in widths) - 2

    def _columns(self) -> Table:
        found = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
        for heading in self.headings:
            found.add_column(Text(one_line(heading)), no_wrap=heading in _WHOLE, overflow="fold")
        for row in self.rows:
            found.add_row(*(word(cell) for cell in row))
        return found


def facts(about: Sequence[tuple[str, object]]) -> RenderableType:
    """Names and what they are, without headings; what is empty is left out."""
    found = Table.grid(padding=(0, 2, 0, 0))
    found.add_column(style="dim", no_wrap=True)
    found.add_column(overflow="fold")
    for name, value in about:
        if value:
            found.add_row(Text(one_line(name)), word(value))
    return found


def word(value: object) -> Text:
    """A text in one line, in its colour where it has one."""
    text = one_line(value)
    return Text(text, style=COLOURS.get(text, ""))


def lines(text: str) -> str:
    """A text of several lines, otherwise as `one_line`."""
    return "\n".join(one_line(line) for line in text.split("\n"))


def one_line(value: object) -> str:
    """Other people's words make no lines and no escapes in a terminal."""
    return visible(value if value is not None else "")


def minute(time: str | None) -> str:
    """`2026-11-23T12:00:00+00:00` to the minute; the functions answer in UTC."""
    return f"{time[:16].replace('T', ' ')} UTC" if time else ""


def span(length: timedelta) -> str:
    """`5m`, `2h 5m`, `3d 2h`: the two largest parts, down to minutes."""
    minutes = int(abs(length).total_seconds()) // 60
    days, hours = divmod(minutes // 60, 24)
    parts = [f"{count}{unit}" for count, unit in ((days, "d"), (hours, "h"), (minutes % 60, "m")) if count]
    return " ".join(parts[:2]) or "0m"


def until(due: str, now: datetime) -> str:
    """`in 25m`, or `25m ago`."""
    left = datetime.fromisoformat(due) - now
    return f"in {span(left)}" if left >= timedelta() else f"{span(left)} ago"
