"""Time: the system's, and one for tests that only moves when told to."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The real time."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def pause(self, by: timedelta) -> None:
        """See `Patience.pause`."""
        time.sleep(by.total_seconds())


class FakeClock:
    """A time that stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def move(self, by: timedelta) -> None:
        self._now += by

    def pause(self, by: timedelta) -> None:
        self.move(by)
