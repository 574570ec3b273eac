"""What a warm container remembers of the leases that it did not get: in a storm a copy costs it no call at all."""

from __future__ import annotations

from collections import OrderedDict
from datetime import datetime
from typing import Any, cast

from functions.core.ports import CONFIRM_WITHIN, Claim, Lost, Store, Taken

_REMEMBERED = 1000


def remembering(store: Store) -> Store:
    """The store, with a memory of lost leases before its `take`. One per process: it dies with the container."""
    return cast(Store, _LeaseMemory(store))


class _LeaseMemory:
    """Answers copies of one alarm transition. All else goes to the store.

    Only while the holder is confirmed: after that the store has to say whether it died before it wrote its run down. And
    never the holder's own delivery: that is Lambda trying it again after a crash.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lost: OrderedDict[tuple[str, str], tuple[Lost, datetime]] = OrderedDict()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def take(self, claim: Claim) -> Taken | Lost:
        """See `Store.take`."""
        key = (str(claim.target), claim.run)
        known = self._lost.get(key)
        if known is not None and claim.now < known[1] and claim.delivery != known[0].delivery:
            return known[0]
        answer = self._store.take(claim)
        if isinstance(answer, Lost) and answer.code == "duplicate":
            self._remember(key, answer, claim.now)
        return answer

    def _remember(self, key: tuple[str, str], lost: Lost, now: datetime) -> None:
        """A lease that nobody holds was released by a run on record: its copies stay copies, for as long as we like."""
        self._lost[key] = lost, lost.confirm_by or now + CONFIRM_WITHIN
        if len(self._lost) > _REMEMBERED:
            self._lost.popitem(last=False)
