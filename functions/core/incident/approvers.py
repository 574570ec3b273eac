"""Who may answer for which service, by functions/runbook/approvers.toml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from functions.core.errors import InvalidSetting

_FILE = "functions/runbook/approvers.toml"
_ANYBODY = "*"


@dataclass(frozen=True, slots=True)
class Approvers:
    """Names by a pattern of services, in the order of the file."""

    services: Mapping[str, tuple[str, ...]]

    def may_answer(self, by: str, service: str) -> bool:
        """By the first pattern that fits; nobody where none does."""
        for pattern, names in self.services.items():
            if fnmatchcase(service, pattern):
                return _ANYBODY in names or _folded(by) in map(_folded, names)
        return False

    def of(self, service: str) -> tuple[str, ...]:
        """The names for a service, for the sentence of a refusal."""
        return next((names for pattern, names in self.services.items() if fnmatchcase(service, pattern)), ())


def read_approvers(data: Mapping[str, Any]) -> Approvers:
    """Raises InvalidSetting naming what is wrong in the file."""
    services = data.get("services")
    if set(data) != {"services"} or not isinstance(services, Mapping) or not services:
        raise InvalidSetting(_FILE, data, "one table, [services], of patterns and lists of names")
    for pattern, names in services.items():
        if not isinstance(names, list) or not names or not all(isinstance(name, str) and name for name in names):
            raise InvalidSetting(f"{_FILE}: {pattern}", names, "a list of names")
    return Approvers({pattern: tuple(names) for pattern, names in services.items()})


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
