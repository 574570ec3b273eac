"""The IaC ledger in memory: the fake beside Drifts, held to the same tests."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from functions.core.drift import Drift, Row, settle


class MemoryDrifts:
    """Rows in a list."""

    def __init__(self) -> None:
        self._rows: list[Row] = []

    def add(self, rows: Iterable[Row]) -> None:
        """What DynamoDB is given by `puts`."""
        self._rows += rows

    def rows(self, of: tuple[str, ...] = ()) -> tuple[Row, ...]:
        """See `Drifts.rows`."""
        found = (row for row in self._rows if row.of()[: len(of)] == of)
        return tuple(sorted(found, key=lambda row: (row.of(), row.position())))

    def settle(self, seen: Drift, *, by: str, reason: str, at: datetime) -> bool:
        """See `Drifts.settle`."""
        settled = settle(self.rows(seen.of()), seen, by=by, reason=reason, at=at)
        self.add([] if settled is None else [settled])
        return settled is not None
