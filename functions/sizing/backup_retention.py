"""For how many days a database has to keep its automated backups: by what it is for, unless its owner says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from functions.core.policy import TAG_PREFIX

ENVIRONMENT = "environment"
"""The tag, in whatever case; its value too."""
OWNER = f"{TAG_PREFIX}backup-days"
"""The owner's own number, 0 to 35, which stands above the table; 0 wants no automated backups at all."""
MOST_DAYS = 35
"""API reference, ModifyDBInstance: BackupRetentionPeriod."""

TABLE = (
    # days, environments
    (7, ("dev", "development", "test", "sandbox")),
    (30, ("staging", "stage")),
    (30, ("prod", "production")),
)
STRICTEST = max(days for days, _ in TABLE)
"""What holds where nobody says what a database is for."""
_DAYS = {spelling: days for days, spellings in TABLE for spelling in spellings}


@dataclass(frozen=True, kw_only=True, slots=True)
class Required:
    """`because` says in our own words who wants it. Where `known` is False it is an assumption, nothing to change anything by;
    `unreadable` says what is wrong with the owner's tag, and is empty where nothing is."""

    days: int
    because: str
    known: bool = True
    unreadable: str = ""


def required(tags: Mapping[str, str]) -> Required:
    """What the tags of an instance or a cluster ask for."""
    if OWNER in tags:
        return _owners(tags[OWNER])
    said = {value.strip().casefold() for key, value in tags.items() if key.strip().casefold() == ENVIRONMENT}
    known = [environment for environment in said if environment in _DAYS]
    if len(said) == len(known) == 1:
        return Required(days=_DAYS[known[0]], because=f"the environment {known[0]}")
    wrong = f"none of {', '.join(_DAYS)}" if len(said) == 1 else "not given" if not said else "given more than once"
    because = f"production, which is assumed: its tag {ENVIRONMENT} is {wrong}"
    return Required(days=STRICTEST, because=because, known=False)


def _owners(said: str) -> Required:
    if said.isascii() and said.isdecimal() and len(said) <= len(str(MOST_DAYS)) and int(said) <= MOST_DAYS:
        return Required(days=int(said), because=f"the owner's tag {OWNER}")
    wrong = f"its tag {OWNER} is no whole number from 0 to {MOST_DAYS}"
    return Required(days=STRICTEST, because=f"production, which is assumed: {wrong}", known=False, unreadable=wrong)
