"""Time, for what is followed as it happens."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """The time, and waiting."""

    def now(self) -> datetime:
        """Aware, in UTC."""

    def wait(self, seconds: float) -> None:
        """Come back after so long."""


class WallClock:
    """The real one."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)
