"""The timeline of a review: alarms, automation and people side by side, repetitions folded, a very long one cut in its middle."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from functions.core.incident.ports import Line, Story
from functions.core.incident.review.milestones import PERSON
from functions.core.incident.review.review import Event, Lane
from functions.core.run import Run

MOST = 400
"""So many lines a person may be asked to scroll through."""
DRAFTED, ACTION_ITEM = "review_drafted", "action_item"
_OWN = frozenset({DRAFTED, ACTION_ITEM})
"""The lines that a review itself writes: a draft that is made again must not tell of itself."""
_OF_ALARMS = frozenset({"opened"})
_SAID = (" has set it from ", " says that it is over", " has ended it ", " wants it ended")
"""How the lines of a person's word go on after the name, see core/incident/answers.py."""


def timeline(story: Story) -> tuple[Event, ...]:
    """All events, oldest first."""
    lines = [_event(line) for line in story.lines if line.kind not in _OWN]
    ordered = sorted([*_alarms(story.runs), *lines], key=lambda event: event.at)
    return tuple(_folded(ordered))


def shortened(events: Sequence[Event]) -> tuple[Sequence[Event], int, Sequence[Event]]:
    """The beginning and the end, and how many lines were left out between; all of them where they are not too many."""
    if len(events) <= MOST:
        return events, 0, ()
    half = MOST // 2
    return events[:half], sum(event.count for event in events[half:-half]), events[-half:]


def _event(line: Line) -> Event:
    automatic = bool(line.remediation or line.run)
    lane = Lane.AUTOMATION if automatic else Lane.ALARM if line.kind in _OF_ALARMS else Lane.PEOPLE
    return Event(
        at=line.at, until=line.at, lane=lane, kind=line.kind, text=_nameless(line), source=line.remediation,
        incident=line.incident,
    )  # fmt: skip


def _nameless(line: Line) -> str:
    """Who has judged it does not matter here, only that it was a person."""
    said = next((words for words in _SAID if words in line.text and not line.run), "")
    return f"{PERSON}{line.text[line.text.index(said) :]}" if said else line.text


def _alarms(runs: Iterable[Run]) -> Iterator[Event]:
    """Each alarm once, however many runs it has led to; a way back has none of its own."""
    known: set[str] = set()
    for run in runs:
        alarm = run.alarm
        if run.way_back or alarm.transition in known:
            continue
        known.add(alarm.transition)
        said = f"{alarm.name} went to {alarm.state}{f': {alarm.reason}' if alarm.reason else ''}"
        yield Event(
            at=alarm.at, until=alarm.at, lane=Lane.ALARM, kind=alarm.kind.value, text=said, source=alarm.name,
            incident=run.incident,
        )  # fmt: skip


def _folded(events: Iterable[Event]) -> Iterator[Event]:
    last: Event | None = None
    for event in events:
        if last is not None and _same(last, event):
            last = replace(last, until=event.at, count=last.count + 1)
            continue
        if last is not None:
            yield last
        last = event
    if last is not None:
        yield last


def _same(one: Event, other: Event) -> bool:
    return (one.lane, one.kind, one.text, one.incident) == (other.lane, other.kind, other.text, other.incident)
