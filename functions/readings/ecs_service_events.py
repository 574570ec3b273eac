"""What a service says of itself: the messages that DescribeServices shows, a hundred at most."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

_TROUBLE = ("unable to consistently start tasks", "unable to place a task", "is unhealthy in", "failed to launch")
_PEACE = "has reached a steady state"
_RECENT = timedelta(hours=1)


def telling(message: str) -> bool:
    """Whether a message says that the service is in trouble, or steady."""
    return any(words in message for words in (*_TROUBLE, _PEACE))


def trouble_before(events: Iterable[tuple[datetime, str]], moment: datetime) -> datetime | None:
    """Since when the service was in trouble already at `moment`; None where it was steady, or said nothing for an hour."""
    since = None
    for at, message in sorted(events, reverse=True):
        if at < moment - _RECENT or (at < moment and _PEACE in message):
            break
        if at < moment and any(words in message for words in _TROUBLE):
            since = at
    return since
