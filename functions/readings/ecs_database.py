"""The database behind an ECS service, as far as its owner says which one that is, by a tag."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.core.decision import Decline
from functions.core.policy import TAG_PREFIX
from functions.readings.cloudwatch import Point, Series

DATABASE_TAG = f"{TAG_PREFIX}database"
_ID = "connections"
_NAMES = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,62}")
_FRESH = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True, slots=True)
class Database:
    """One RDS instance. `connections` is the highest count of the last ten minutes, None where CloudWatch has none."""

    name: str
    connections: float | None


def series_of_database(tags: Mapping[str, str]) -> dict[str, Series]:
    """What to read of the instance that the tag names; nothing where it names none."""
    name = _named(tags)
    if not name:
        return {}
    return {_ID: Series("AWS/RDS", "DatabaseConnections", {"DBInstanceIdentifier": name}, "Maximum")}


def database_of(tags: Mapping[str, str], points: Mapping[str, Iterable[Point]], now: datetime) -> Database | None:
    """The instance that the tag names, with its connections; None where it names none."""
    name = _named(tags)
    fresh = (point.value for point in points.get(_ID, ()) if point.at >= now - _FRESH)
    return Database(name=name, connections=max(fresh, default=None)) if name else None


def unreadable(tags: Mapping[str, str]) -> Decline | None:
    """A decline where the tag says something that is no identifier of an instance."""
    if DATABASE_TAG not in tags or _named(tags):
        return None
    return Decline(
        code="invalid_policy",
        seen=f"{DATABASE_TAG} is {tags[DATABASE_TAG]!r}; allowed: the identifier of an RDS instance",
        advice="Correct the tag of the service",
    )


def _named(tags: Mapping[str, str]) -> str:
    said = tags.get(DATABASE_TAG, "")
    return said if _NAMES.fullmatch(said) else ""
