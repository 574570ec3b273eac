"""Times, lengths of time and strangers' words, as people read them. Escaping is the renderers' own."""

from __future__ import annotations

from datetime import datetime, timedelta

from functions.core.printable import printable

LONGEST = 600
_LONGEST_TITLE = 200
_ARN_PARTS = 5
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def line(text: object, longest: int = LONGEST) -> str:
    """One line of bounded length without control characters, direction marks among them."""
    return printable(text, longest).strip()


def heading(title: str) -> str:
    """A stranger's title; one that says nothing is told as such."""
    return line(title, _LONGEST_TITLE) or "An incident without a title"


def moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S} UTC"


def clock(at: datetime, origin: datetime) -> str:
    """The time of day; with its day where that is not the one on which it began."""
    return f"{at:%H:%M:%S}" if at.date() == origin.date() else f"{at:%d %b %H:%M:%S}"


def length(span: timedelta) -> str:
    """To the second below a minute, to the minute below a day, else to the hour: what a person would say."""
    seconds = int(abs(span).total_seconds())
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    if seconds < _DAY:
        return _two(seconds // _HOUR, "h", seconds % _HOUR // _MINUTE, "min")
    return _two(seconds // _DAY, "d", seconds % _DAY // _HOUR, "h")


def resource(arn: str) -> str:
    """What an ARN names, without its account and Region; anything else as it is."""
    parts = arn.split(":", _ARN_PARTS)
    return parts[_ARN_PARTS] if arn.startswith("arn:") and len(parts) > _ARN_PARTS else arn


def name(word: str) -> str:
    """An identifier of ours, for people."""
    return word.replace("_", " ")


def _two(many: int, unit: str, few: int, small: str) -> str:
    return f"{many} {unit} {few} {small}" if few else f"{many} {unit}"
