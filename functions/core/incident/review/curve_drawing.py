"""The alarm's metric around the incident as SVG, with its threshold and the times that matter."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from html import escape

from functions.core.incident.review import labels
from functions.core.incident.review.axis import Axis, axis
from functions.core.incident.review.labels import Label
from functions.core.incident.review.review import Curve, Review
from functions.core.incident.review.words import clock, line

_WIDTH, _LEFT, _RIGHT, _HEIGHT, _AXIS = 960, 64, 948, 180, 24
_GAP = 2.5
"""So many times the usual distance without a point are a gap: no line is drawn over what nobody has measured."""
_SHOWN = ("Detected", "Mitigated", "Resolved")
_MOST = 1500
_UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
_Point = tuple[datetime, float]


def curve_drawing(review: Review) -> str:
    """Empty where no point can be drawn."""
    shown = [(one.name, one.at) for one in review.milestones if one.at and one.name in _SHOWN]
    return draw_curve(review.curve, shown, review.incident.opened_at)


def draw_curve(curve: Curve, shown: Sequence[tuple[str, datetime]], begun: datetime) -> str:
    """With named moments over it; a moment is told by its time of day, and its day where that is not the one of `begun`."""
    points = _thinned([(at, value) for at, value in sorted(curve.points) if math.isfinite(value)])
    if not points:
        return ""
    time = axis([*(at for at, _ in points), *(at for _, at in shown)], _LEFT, _RIGHT)
    placed = labels.place(
        [Label(time.x(at), f"{name} {clock(at, begun)}", "milestone") for name, at in shown],
        _LEFT,
        _RIGHT,
    )
    top = labels.height(placed) + 8
    scale = _Scale([value for _, value in points], curve.threshold, top, top + _HEIGHT)
    inner = (
        f"{_grid(scale)}{_threshold(curve, scale)}{_line(points, curve, time, scale)}"
        f"{_ticks(time, top + _HEIGHT)}{labels.draw(placed, top + _HEIGHT)}"
    )
    height = top + _HEIGHT + _AXIS
    return (
        f'<svg role="img" aria-label="{escape(_told(curve, points), quote=True)}" viewBox="0 0 {_WIDTH} {height}"'
        f' width="{_WIDTH}" height="{height}">{inner}</svg>'
    )


class _Scale:
    """From values to pixels, with room above and below."""

    def __init__(self, values: Sequence[float], threshold: float | None, top: float, bottom: float) -> None:
        known = [*values, *([threshold] if threshold is not None and math.isfinite(threshold) else [])]
        low, high = min(known), max(known)
        room = (high - low) * 0.08 or abs(high) * 0.1 or 1.0
        self.low, self.high = (0.0 if low >= 0 and low <= room * 4 else low - room), high + room
        self.top, self.bottom = top, bottom

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.bottom - share * (self.bottom - self.top), 1)

    def ticks(self) -> Iterator[float]:
        rough = (self.high - self.low) / 4
        power = 10.0 ** math.floor(math.log10(rough))
        step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough)
        first = math.ceil(self.low / step)
        yield from (n * step for n in range(first, math.floor(self.high / step) + 1))


def number(value: float) -> str:
    """Short, for an axis."""
    unit, letter = next(((unit, letter) for unit, letter in _UNITS if abs(value) >= unit), (1.0, ""))
    return f"{value / unit:.4g}{letter}"


def _grid(scale: _Scale) -> str:
    return "".join(
        f'<line class="edge" x1="{_LEFT}" x2="{_RIGHT}" y1="{scale.y(value)}" y2="{scale.y(value)}"/>'
        f'<text class="tick" x="{_LEFT - 6}" y="{scale.y(value) + 4:.1f}" text-anchor="end">{number(value)}</text>'
        for value in scale.ticks()
    )


def _threshold(curve: Curve, scale: _Scale) -> str:
    if curve.threshold is None or not math.isfinite(curve.threshold):
        return ""
    y = scale.y(curve.threshold)
    top, bottom = (scale.top, y) if curve.above else (y, scale.bottom)
    shade = f'<rect class="beyond" x="{_LEFT}" y="{top}" width="{_RIGHT - _LEFT}" height="{bottom - top:.1f}"/>'
    return (
        f"{shade if curve.above is not None else ''}"
        f'<line class="late" x1="{_LEFT}" x2="{_RIGHT}" y1="{y}" y2="{y}" stroke-dasharray="5 4"/>'
        f'<text class="late" x="{_LEFT + 4}" y="{y - 5:.1f}">threshold {number(curve.threshold)}</text>'
    )


def _line(points: Sequence[_Point], curve: Curve, time: Axis, scale: _Scale) -> str:
    parts: list[str] = []
    before: datetime | None = None
    usual = max(curve.period, (points[-1][0] - points[0][0]) / len(points))
    for at, value in points:
        apart = before is None or at - before > usual * _GAP
        parts.append(f"{'M' if apart else 'L'}{time.x(at)} {scale.y(value)}")
        before = at
    dots = "".join(f'<circle class="dot" cx="{time.x(at)}" cy="{scale.y(value)}" r="2.5"/>' for at, value in points)
    return f'<path class="curve" d="{" ".join(parts)}"/>{dots if len(points) <= 60 else ""}'


def _ticks(time: Axis, y: float) -> str:
    return "".join(
        f'<text class="tick" x="{x}" y="{y + 18}" text-anchor="middle">{label}</text>' for x, label in time.ticks()
    )


def _thinned(points: Sequence[_Point]) -> Sequence[_Point]:
    """Of too many, the lowest and the highest of each stretch: no peak is lost."""
    if len(points) <= _MOST:
        return points
    size = math.ceil(len(points) / (_MOST / 2))
    stretches = (points[i : i + size] for i in range(0, len(points), size))
    return [point for stretch in stretches for point in _ends(stretch)]


def _ends(stretch: Iterable[_Point]) -> list[_Point]:
    ordered = sorted(stretch, key=lambda point: point[1])
    return sorted({ordered[0], ordered[-1]})


def _told(curve: Curve, points: Sequence[_Point]) -> str:
    values = [value for _, value in points]
    limit = "" if curve.threshold is None else f" Threshold {number(curve.threshold)}."
    return f"{line(curve.name, 200)}: from {number(min(values))} to {number(max(values))}.{limit}"
