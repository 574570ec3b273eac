"""A manual snapshot that is wanted for itself, and not as the first step of a change of ours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from functions.actions.rds import CreateDbSnapshot
from functions.core.action import Effect, Progress
from functions.core.ports import Aws
from functions.readings.rds_our_snapshots import CREATED_BY


@dataclass(frozen=True, kw_only=True)
class KeepDbSnapshot(CreateDbSnapshot):
    """Take a manual snapshot before somebody's change. Done when it is a backup: what waits for the instance is theirs to apply.

    `change` and `incident` are tags of it; the incident is empty where there is none.
    """

    patience: ClassVar[timedelta] = timedelta(hours=12)
    change: str
    incident: str = ""

    def __str__(self) -> str:
        return f"take the snapshot {self.snapshot} of {self.db} before {self.change}, kept until {self.expires_on}"

    @property
    def _tags(self) -> dict[str, str]:
        about = {"change": self.change, **({"incident": self.incident} if self.incident else {})}
        return {"created-by": CREATED_BY, "run": self.run, "expires-on": self.expires_on, **about}

    def _ready(self, aws: Aws) -> Progress:
        return Progress(Effect.DONE, f"the snapshot {self.snapshot} of {self.db} is available")
