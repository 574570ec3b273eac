"""Labels over a drawing, so that none covers another: each goes to the first row that has room for it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

WIDE = 6.7
"""Pixels of a letter, about, in the drawings' 12 pixel type: what a text is reckoned to take."""
ROW = 16


@dataclass(frozen=True, slots=True)
class Label:
    """At the pixel `x`, to the right of it where there is room. `dashed` draws its line so; without a line it only stands there."""

    x: float
    text: str
    kind: str
    dashed: bool = False
    line: bool = True


@dataclass(frozen=True, slots=True)
class Placed:
    label: Label
    row: int
    end: bool
    """Whether the text ends at its pixel in place of beginning there."""


def place(labels: Iterable[Label], left: float, right: float) -> list[Placed]:
    """In the order of their pixels."""
    rows: list[list[tuple[float, float]]] = []
    placed = []
    for label in sorted(labels, key=lambda one: one.x):
        wide = len(label.text) * WIDE + 8
        end = label.x + wide > right and label.x - wide >= left
        span = (label.x - wide, label.x) if end else (label.x, label.x + wide)
        row = next((i for i, taken in enumerate(rows) if all(_apart(span, one) for one in taken)), len(rows))
        if row == len(rows):
            rows.append([])
        rows[row].append(span)
        placed.append(Placed(label, row, end))
    return placed


def height(placed: Iterable[Placed]) -> int:
    return (max((one.row for one in placed), default=-1) + 1) * ROW


def draw(placed: Iterable[Placed], bottom: float) -> str:
    """The texts from the top of the drawing on, and their lines down to `bottom`."""
    return "".join(_draw(one, bottom) for one in placed)


def _draw(placed: Placed, bottom: float) -> str:
    label, y = placed.label, placed.row * ROW + 12
    x, anchor = (label.x - 4, "end") if placed.end else (label.x + 4, "start")
    dash = ' stroke-dasharray="5 4"' if label.dashed else ""
    line = f'<line class="{label.kind}" x1="{label.x}" x2="{label.x}" y1="{y - 10}" y2="{bottom}"{dash}/>'
    text = f'<text class="{label.kind}" x="{x:.1f}" y="{y}" text-anchor="{anchor}">{escape(label.text)}</text>'
    return f"{line if label.line else ''}{text}"


def _apart(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return one[1] <= other[0] or other[1] <= one[0]
