"""A time axis of a drawing: from moments to pixels, and the ticks between."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STEPS = tuple(
    timedelta(seconds=seconds)
    for seconds in (5, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800)
)
_MOST_TICKS = 9
_MARGIN = 0.02
_SHORTEST = timedelta(minutes=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Axis:
    """`left` and `right` are the pixels of `start` and `end`, which differ."""

    start: datetime
    end: datetime
    left: float
    right: float

    def x(self, at: datetime) -> float:
        share: float = (at - self.start) / (self.end - self.start)
        return round(self.left + share * (self.right - self.left), 1)

    def holds(self, at: datetime) -> bool:
        return self.start <= at <= self.end

    def ticks(self) -> Iterator[tuple[float, str]]:
        """Pixel and label, at round times of the day."""
        whole = self.end - self.start
        step = (
            next((one for one in _STEPS if whole / one <= _MOST_TICKS), None)
            or (whole // _MOST_TICKS // _DAY + 1) * _DAY
        )
        at = _EPOCH + -(-(self.start - _EPOCH) // step) * step
        while at <= self.end:
            yield self.x(at), _label(at, step)
            at += step


def axis(moments: Iterable[datetime], left: float, right: float) -> Axis:
    """Around all the moments, with a margin; at least a minute long, so that an instant has its place in the middle."""
    known = sorted(moments)
    first, last = known[0], known[-1]
    margin = max((last - first) * _MARGIN, (_SHORTEST - (last - first)) / 2)
    return Axis(first - margin, last + margin, left, right)


def _label(at: datetime, step: timedelta) -> str:
    if step >= _DAY or (at.hour, at.minute, at.second) == (0, 0, 0):
        return f"{at:%d %b}"
    return f"{at:%H:%M:%S}" if step < _SHORTEST else f"{at:%H:%M}"
