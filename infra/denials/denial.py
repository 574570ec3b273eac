"""One thing that must never happen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Denial:
    """One Deny statement and its reason. `actions` and `on` are IAM's patterns; it denies where all `conditions` hold."""

    sid: str
    because: str
    actions: list[str]
    on: tuple[str, ...] = ("*",)
    conditions: Mapping[str, Mapping[str, object]] = field(default_factory=dict)


def every(service: str, names: str) -> list[str]:
    """The actions of one service, from their names or patterns parted by spaces."""
    return [f"{service}:{name}" for name in names.split()]
