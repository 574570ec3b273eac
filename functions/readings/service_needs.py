"""What the owner of an ECS service says that it needs: the tag `first-responder:needs`.

    first-responder:needs = api db:orders

names other services, and databases as `db:` and the identifier of the instance, with blanks in between: AWS allows no comma in
a tag's value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from functions.core.errors import InvalidSetting
from functions.core.policy import TAG_PREFIX
from functions.readings.service_name import is_name

NEEDS_TAG = f"{TAG_PREFIX}needs"
_DATABASE = re.compile(r"db:([A-Za-z](?:-?[A-Za-z0-9]){0,62})")
_ALLOWED = "names of services and db:IDENTIFIER, with blanks in between"


@dataclass(frozen=True, kw_only=True, slots=True)
class Needs:
    """Each sorted, and once. `databases` are identifiers of instances, in lower case as RDS keeps them."""

    services: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()


def declared_needs(tags: Mapping[str, str]) -> Needs:
    """Nothing where the tag is not there, or empty. Raises InvalidSetting for a word that is neither."""
    services, databases = set(), set()
    for word in tags.get(NEEDS_TAG, "").split():
        database = _DATABASE.fullmatch(word)
        if database is not None:
            databases.add(database[1].lower())
        elif is_name(word):
            services.add(word)
        else:
            raise InvalidSetting(NEEDS_TAG, word, _ALLOWED)
    return Needs(services=tuple(sorted(services)), databases=tuple(sorted(databases)))
