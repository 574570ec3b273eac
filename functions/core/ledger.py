"""What has been changed on one target before: kept on its lease, so that taking the lease brings it along without a call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

KEPT_FOR = timedelta(days=30)
"""The longest time over which changes are counted one by one; beyond it only their number is kept."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """One change: the action's class name, and when its run set out to make it."""

    action: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledger:
    """`acts` are the changes of the last `KEPT_FOR`, `ever` counts all of them by action.

    `changed_by` is the run that changed the target last, at `changed_at`, as the `depth`-th of a chain of runs of which each
    began soon after the one before it. `active_at` is when the target was last taken or rested, whatever came of it. `seal` is the
    SHA-256 of the manifest (core/custody.py) of the run `sealed_by`, the last one that has ended of those that changed the target.
    """

    acts: tuple[Act, ...] = ()
    ever: Mapping[str, int] = field(default_factory=dict)
    changed_by: str = ""
    changed_at: datetime | None = None
    depth: int = 0
    active_at: datetime | None = None
    sealed_by: str = ""
    seal: str = ""

    def made(self, action: str, since: datetime | None) -> int:
        """How often an action was made since then, or ever."""
        if since is None:
            return self.ever.get(action, 0)
        return sum(act.action == action and act.at > since for act in self.acts)

    def then(self, actions: Iterable[str], *, at: datetime, run: str, depth: int) -> Ledger:
        """The ledger with these changes added, and without what is too old to be counted one by one."""
        made = tuple(actions)
        kept = tuple(act for act in self.acts if act.at > at - KEPT_FOR)
        return replace(
            self,
            acts=kept + tuple(Act(action=action, at=at) for action in made),
            ever=dict(Counter(self.ever) + Counter(made)),
            changed_by=run,
            changed_at=at,
            depth=depth,
        )


def read_ledger(data: Mapping[str, Any]) -> Ledger:
    """The ledger that `run_record.plain` made JSON of; an empty one of nothing. Raises KeyError and ValueError for another."""
    return Ledger(
        acts=tuple(Act(action=act["action"], at=datetime.fromisoformat(act["at"])) for act in data.get("acts", ())),
        ever={str(action): int(count) for action, count in data.get("ever", {}).items()},
        changed_by=data.get("changed_by", ""),
        changed_at=_time(data.get("changed_at")),
        depth=int(data.get("depth", 0)),
        active_at=_time(data.get("active_at")),
        sealed_by=data.get("sealed_by", ""),
        seal=data.get("seal", ""),
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
