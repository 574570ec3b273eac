"""A secret that its owner keeps in Secrets Manager as a JSON object of texts, and may replace at any time."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Mapping, Sequence
from typing import TypeVar

from functions.adapters.json_http import HttpRefused
from functions.adapters.stored_secret import StoredSecret
from functions.core.errors import InvalidSetting

T = TypeVar("T")


class JsonSecret:
    """Read once per process, and again where it has been refused. Raises what Secrets Manager raises."""

    def __init__(self, stored: StoredSecret, name: str, fields: Sequence[str]) -> None:
        self._stored, self._name, self._fields = stored, name, fields

    def use(self, call: Callable[[Mapping[str, str]], T], void: Container[int]) -> T:
        """One call with it; a second one only where the first was refused with a status in `void` and there is another secret
        by now. Raises InvalidSetting where it is not like it has to be; what it is, is not told."""
        old = self._read(self._stored.read())
        try:
            return call(old)
        except HttpRefused as refused:
            new = self._read(self._stored.read_again()) if refused.status in void else old
            if new == old:
                raise
            return call(new)

    def _read(self, value: bytes) -> dict[str, str]:
        try:
            said = json.loads(value)
            found = {name: said[name] for name in self._fields}
        except (ValueError, TypeError, KeyError):
            found = {}
        if not found or not all(
            isinstance(text, str) and text.strip() and text.isprintable() for text in found.values()
        ):
            example = ", ".join(f'"{name}": "..."' for name in self._fields)
            raise InvalidSetting(self._name, "something else", f"{{{example}}}")
        return {name: text.strip() for name, text in found.items()}
