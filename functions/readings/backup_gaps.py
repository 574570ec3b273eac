"""The event by which the audit tells of a gap in a database's backups: one a day and database, spread over the day.

A database's turn is an hour of the day, another one every day. So many gaps at once are neither a storm of targets nor the
hour's budget of changes, which are for what breaks; and of two gaps that compete for an hour each gets its day.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.readings.rds_backups import Gap

SOURCE = "first-responder"
DETAIL_TYPE = "Backup Gap"
HOURS = range(8, 18)
"""UTC: when people are there to answer a proposal."""
AT_ONCE = 5
"""How many gaps are told of in one hour, at most: half of the targets that make a storm by default."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """One gap of one database. `days` are kept, `required` have to be."""

    arn: str
    gap: Gap
    days: int
    required: int

    @property
    def urgency(self) -> tuple[bool, bool, int, str]:
        """Sorts the worst first: no way back to a moment ago, no backups, then how much is missing."""
        return self.gap is not Gap.RESTORE_WINDOW, self.days > 0, self.days - self.required, self.arn


def due(found: Iterable[Found], at: datetime) -> list[Found]:
    """The gaps whose turn it is, the worst ones first."""
    return sorted((one for one in found if turn(one.arn, at) == at.hour), key=lambda one: one.urgency)


def turn(arn: str, at: datetime) -> int:
    """The hour of this day that belongs to a database."""
    drawn = int(hashlib.sha256(f"{at:%Y-%m-%d}#{arn}".encode()).hexdigest(), 16)
    return HOURS[drawn % len(HOURS)]


def entry(found: Found, at: datetime) -> dict[str, Any]:
    """The entry of PutEvents. Sent again in the same hour it is the same transition: its time and its id are the turn's."""
    detail = {"id": f"{at:%Y-%m-%d}", "gap": found.gap.value, "days": found.days, "required": found.required}
    return {
        "Time": at.replace(minute=0, second=0, microsecond=0),
        "Source": SOURCE,
        "DetailType": DETAIL_TYPE,
        "Resources": [found.arn],
        "Detail": json.dumps(detail),
    }
