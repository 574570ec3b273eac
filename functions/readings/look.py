"""Looking at many things within a time, one after the other: what cannot be read is said, and stops nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from functions.core.incident.inquiry.findings import Part
from functions.core.ports import Aws

S = TypeVar("S")
T = TypeVar("T")
_LONGEST = 300
UNREADABLE = (ClientError, BotoCoreError)


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """The time that there is. `pause` waits for so long."""

    aws: Aws
    until: datetime
    pause: Callable[[timedelta], None]

    @property
    def over(self) -> bool:
        return self.aws.now() >= self.until


def each(look: Look, things: Iterable[S], name: Callable[[S], str], read: Callable[[S], Iterable[T]]) -> Part[T]:
    """What `read` says of each of them; of one that AWS refuses, or that has no time left, a sentence in place of it."""
    items: list[T] = []
    missing: list[str] = []
    for thing in things:
        if look.over:
            missing.append(f"{name(thing)} could not be read: there was no time left")
            continue
        try:
            items += read(thing)
        except UNREADABLE as error:
            missing.append(f"{name(thing)} could not be read: {why(error)}")
    return Part(items=tuple(items), missing=tuple(missing))


def why(error: BaseException) -> str:
    """AWS's code and words, or what went wrong otherwise, in few words."""
    if isinstance(error, ClientError):
        said = error.response.get("Error", {})
        return f"{said.get('Code', 'unknown')}: {said.get('Message', '')}"[:_LONGEST]
    return f"{type(error).__name__}: {error}"[:_LONGEST]
