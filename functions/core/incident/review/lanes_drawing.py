"""The timeline as SVG: a lane each for alarms, automation and people, the four times across them, the targets dashed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from html import escape

from functions.core.incident.review import labels
from functions.core.incident.review.axis import Axis, axis
from functions.core.incident.review.labels import WIDE, Label
from functions.core.incident.review.review import Event, Lane, Review, Work
from functions.core.incident.review.words import clock, line, name

WIDTH, LEFT, RIGHT = 960, 96, 948
_LANE, _BAR, _AXIS = 34, 20, 24
_MOST_BARS = 8
_BUCKET = 5
"""Pixels that share one mark, however many lines fall on them."""
_LONGEST_NAME = 44
_GOOD, _BAD = {"recovered"}, {"undone", "escalated"}


def lanes_drawing(review: Review) -> str:
    """Bounded, however many lines the timeline has."""
    time = _axis(review)
    placed = labels.place(_labels(review, time), LEFT, RIGHT)
    top = labels.height(placed) + 6
    shown = [event for event in review.timeline if time.holds(event.at)]
    runs = [work for work in review.work if time.holds(work.began)]
    bars, left_out = runs[:_MOST_BARS], len(runs[_MOST_BARS:])
    heights = {Lane.ALARM: _LANE, Lane.AUTOMATION: _LANE + _BAR * (len(bars) + bool(left_out)), Lane.PEOPLE: _LANE}
    parts, y = [], float(top)
    for lane, height in heights.items():
        parts.append(_lane(lane, y, height, [event for event in shown if event.lane is lane], time))
        if lane is Lane.AUTOMATION:
            parts += [_bar(one, y + _LANE - 4 + i * _BAR, time) for i, one in enumerate(bars)]
            parts += [_more(left_out, y + _LANE + 10 + len(bars) * _BAR)] if left_out else []
        y += height
    over = labels.draw(placed, y)
    return _frame(y + _AXIS, "Timeline", _told(review), f"{over}{''.join(parts)}{_ticks(time, y)}")


def _axis(review: Review) -> Axis:
    """Up to the end: what is written days later, that it is agreed or given back, would squeeze all that matters."""
    moments = [one.at for one in review.milestones if one.at]
    moments += [at for event in review.timeline for at in (event.at, event.until)]
    end = review.incident.resolved
    return axis((at for at in moments if end is None or at <= end.at), LEFT, RIGHT)


def _labels(review: Review, time: Axis) -> Iterator[Label]:
    """A target beyond the end stands at the edge, without a line."""
    begun = review.incident.opened_at
    for one in review.milestones:
        if one.at:
            yield Label(time.x(one.at), f"{one.name} {clock(one.at, begun)}", "milestone")
        if one.due:
            text = f"{one.target.capitalize()} due {clock(one.due, begun)}"
            beyond = not time.holds(one.due)
            kind = "late" if one.missed else "due"
            yield (
                Label(RIGHT, f"{text}, later", kind, line=False)
                if beyond
                else Label(time.x(one.due), text, kind, dashed=True)
            )


def _lane(lane: Lane, y: float, height: float, events: Iterable[Event], time: Axis) -> str:
    counted: Counter[float] = Counter()
    for event in events:
        counted[round(time.x(event.at) / _BUCKET) * _BUCKET] += event.count
    marks = "".join(
        f'<circle class="mark {lane}" cx="{x}" cy="{y + _LANE / 2}" r="{4 if n == 1 else min(9, 4 + n.bit_length())}">'
        f"<title>{n} line{'s' if n > 1 else ''}</title></circle>"
        for x, n in counted.items()
    )
    return (
        f'<line class="edge" x1="0" x2="{WIDTH}" y1="{y}" y2="{y}"/>'
        f'<text class="lane" x="4" y="{y + 21}">{lane.value.capitalize()}</text>'
        f'<line class="edge" x1="{LEFT}" x2="{RIGHT}" y1="{y + _LANE / 2}" y2="{y + _LANE / 2}"/>{marks}'
    )


def _bar(work: Work, y: float, time: Axis) -> str:
    """From its beginning to its end, as far as the drawing goes; its name beside it, on the side that has more room."""
    begin = min(max(time.x(work.began), LEFT), RIGHT)
    end = min(max(time.x(work.ended), begin + 4), RIGHT)
    text = f"{line(work.remediation, _LONGEST_NAME)}: {name(work.outcome)}"
    right = end + len(text) * WIDE + 8 <= RIGHT or RIGHT - end >= begin - LEFT
    x, anchor = (end + 6, "start") if right else (begin - 6, "end")
    kind = "good" if work.outcome in _GOOD else "bad" if work.outcome in _BAD else "plain"
    return (
        f'<rect class="bar {kind}" x="{begin}" y="{y}" width="{end - begin:.1f}" height="12" rx="3"/>'
        f'<text x="{x:.1f}" y="{y + 10}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _more(count: int, y: float) -> str:
    return f'<text x="{LEFT}" y="{y}">and {count} more, see below</text>'


def _ticks(time: Axis, y: float) -> str:
    drawn = (
        f'<line class="edge" x1="{x}" x2="{x}" y1="{y}" y2="{y + 5}"/>'
        f'<text class="tick" x="{x}" y="{y + 18}" text-anchor="middle">{label}</text>'
        for x, label in time.ticks()
    )
    return f'<line class="edge" x1="{LEFT}" x2="{RIGHT}" y1="{y}" y2="{y}"/>{"".join(drawn)}'


def _told(review: Review) -> str:
    """What the drawing shows, for who cannot see it."""
    times = "; ".join(f"{one.name} {clock(one.at, review.incident.opened_at)}" for one in review.milestones if one.at)
    lanes = Counter(event.lane.value for event in review.timeline)
    return f"{times}. Lines: {', '.join(f'{lane} {n}' for lane, n in lanes.items())}. The tables below say the same."


def _frame(height: float, title: str, told: str, inner: str) -> str:
    return (
        f'<svg role="img" aria-label="{escape(f"{title}. {told}")}" viewBox="0 0 {WIDTH} {height:.0f}"'
        f' width="{WIDTH}" height="{height:.0f}">{inner}</svg>'
    )
