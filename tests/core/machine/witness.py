"""The record in memory, which also tells when a run sets out to change something and what it has said of itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from functions.adapters.memory_store import MemoryStore
from functions.core.run import Entry, Run


class Witness(MemoryStore):
    """`sets_out` is told of each run right after its first intent is written, `set_out` has the time of it by run."""

    def __init__(self, now: Callable[[], datetime], sets_out: Callable[[Run], None]) -> None:
        super().__init__()
        self.told: dict[str, list[Entry]] = defaultdict(list)
        self.set_out: dict[str, datetime] = {}
        self._now, self._sets_out = now, sets_out

    def save(self, run: Run, entries: Sequence[Entry], *, changing: bool = False, **more: Any) -> Run:
        written = super().save(run, entries, changing=changing, **more)
        self.told[run.id] += entries
        if changing and run.id not in self.set_out:
            self.set_out[run.id] = self._now()
            self._sets_out(written)
        return written

    def holder(self, target: str) -> str:
        """The run that has the lease of a target, also beyond its time as long as nobody else takes it; empty for none."""
        lease = self._leases.get(target)
        return lease.holder if lease else ""
