"""An action: one reversible change of one resource, as data, with its permissions, its proof and its way back beside it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, ClassVar

from functions.core.permission import Allow
from functions.core.ports import Aws


class Effect(StrEnum):
    """Where a change stands."""

    ABSENT = "absent"
    UNDER_WAY = "under_way"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a change stands, with a sentence for the timeline."""

    effect: Effect
    seen: str


@dataclass(frozen=True, slots=True)
class Irreversible:
    """Why there is no way back. Shown in the plan, before anything is approved or done."""

    because: str

    def __str__(self) -> str:
        return f"none: {self.because}"


@dataclass(frozen=True, kw_only=True, slots=True)
class PropertyChange:
    """One CloudFormation property that an action changes, as a template spells it; None stands for a property that is not set.

    `resource` is the physical id of another resource than the target (e.g. its scalable target), empty for the target itself.
    `literal` is False where the values are not known: `old` and `new` then say in words which ones they are.
    """

    resource_type: str
    property: str
    old: str | int | None
    new: str | int | None
    resource: str = ""
    literal: bool = True


class Action(ABC):
    """A change. Subclasses are frozen, keyword-only dataclasses of JSON scalars and stand in functions/actions/.

    The wished-for state is absolute ("5 tasks", never "2 more"), so that looking tells whether it is there.
    """

    permissions: ClassVar[tuple[Allow, ...]] = ()
    patience: ClassVar[timedelta] = timedelta(minutes=30)
    """How long the change may take to come into effect before it counts as failed."""
    look_again: ClassVar[timedelta] = timedelta(seconds=15)
    """How long to wait between two looks at whether it is in effect."""
    kept: ClassVar[bool] = False
    """Whether it, and what was made before it, stays when the run fails later on: an intruder is let go by a person alone."""
    momentary: ClassVar[bool] = False
    """Whether what it makes must not stand: one permit is for it and for what ends it, the change after it or its way back."""

    @abstractmethod
    def do(self, aws: Aws) -> None:
        """Make one mutating call with a natural key: no loop, no condition."""

    @abstractmethod
    def progress(self, aws: Aws) -> Progress:
        """Look whether the wished-for state is there. Asked to wait, and after a crash before anything is repeated."""

    @abstractmethod
    def undo(self) -> Action | Irreversible:
        """The action that takes this one back, or why there is none."""

    @abstractmethod
    def properties(self) -> tuple[PropertyChange, ...]:
        """The declared properties that differ from their template after this change; () where it changes none."""

    @abstractmethod
    def __str__(self) -> str:
        """The change in one line, for people."""


def encode(action: Action) -> dict[str, Any]:
    """An action as JSON scalars."""
    return {"action": type(action).__name__, **asdict(action)}  # type: ignore[call-overload]


def decode(data: dict[str, Any], known: Iterable[type[Action]]) -> Action:
    """The action that `encode` wrote. Raises KeyError for one that this remediation does not declare."""
    by_name = {cls.__name__: cls for cls in known}
    return by_name[data["action"]](**{key: value for key, value in data.items() if key != "action"})
