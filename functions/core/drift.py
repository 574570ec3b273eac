"""The IaC ledger: what our changes make a declared resource differ in from the template that declares it.

Rows are only ever added: one for each property that a step changed, its reverse when the change is taken back, and one when
a person says that the template has been brought in line.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby

from functions.core.action import Action, PropertyChange
from functions.core.run import Run, StepState

_TAG = "aws:cloudformation:"
_MAY_HAVE_CHANGED = (StepState.CALLED, StepState.DONE, StepState.FAILED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """The stack that declares a resource, by the tags that CloudFormation puts on it, and under which logical id."""

    stack: str
    logical_id: str
    stack_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """One property that is not, or is no longer, as its template says: `old` is the template's value, `new` the one in effect.

    `resource` is the target's ARN, or the physical id of a resource beside it. What stands beside it has no tags to say by
    whom it is declared: then `logical_id` is empty, and `stack` is only where to look first, the target's own.
    """

    stack: str
    stack_id: str
    logical_id: str
    resource: str
    resource_type: str
    property: str
    old: str | int | None
    new: str | int | None
    literal: bool
    incident: str
    run: str
    step: int
    at: datetime

    def of(self) -> tuple[str, str, str]:
        """What it is a difference of. By the stack's name: one that is made anew has the same template."""
        return self.stack, self.resource, self.property

    def position(self) -> str:
        """Where it stands in the ledger; sorts as text."""
        return f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}#{self.run}#{self.step:03}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """A person's word that the template says now what is in effect: closes all rows of its property up to `up_to`."""

    stack: str
    resource: str
    property: str
    up_to: str
    by: str
    reason: str
    at: datetime

    def of(self) -> tuple[str, str, str]:
        """What it settles."""
        return self.stack, self.resource, self.property

    def position(self) -> str:
        """Right behind what it settles, whatever has come in meanwhile."""
        return self.up_to


Row = Drift | Settled


def owner_of(tags: Mapping[str, str]) -> Owner | None:
    """The stack that declares the resource with these tags, None where none does."""
    stack, logical_id, stack_id = (tags.get(f"{_TAG}{name}", "") for name in ("stack-name", "logical-id", "stack-id"))
    return Owner(stack=stack, logical_id=logical_id, stack_id=stack_id) if stack else None


def drift_rows(run: Run, index: int, becomes: StepState, action: Action, at: datetime) -> tuple[Drift, ...]:
    """What to write down together with the step that becomes CALLED, DONE or FAILED; `run` is as it was before.

    In doubt there is a difference: a change counts from its call on, also where it may have failed, and a way back only once
    it is seen in effect. What has its rows already gets no others. () where no stack declares the target.
    """
    step, owner = run.steps[index], owner_of(run.found.get("tags") or {})
    counts = (StepState.DONE,) if run.way_back or step.undoes is not None else _MAY_HAVE_CHANGED
    if owner is None or becomes not in counts or step.state in counts:
        return ()
    return tuple(_drift(run, index, owner, change, at) for change in action.properties())


def open_drifts(rows: Iterable[Row]) -> tuple[Drift, ...]:
    """The differences that are left, each from the template's value to the last one; what came back to it is closed."""
    ordered = sorted(rows, key=lambda row: (row.of(), row.position()))
    found = (_net(list(of_one)) for _, of_one in groupby(ordered, key=lambda row: row.of()))
    return tuple(drift for drift in found if drift is not None)


def settle(rows: Iterable[Row], seen: Drift, *, by: str, reason: str, at: datetime) -> Settled | None:
    """The row that closes an open drift as a person has seen it; None where it is closed, or has changed since."""
    if seen.position() not in {drift.position() for drift in open_drifts(rows) if drift.of() == seen.of()}:
        return None
    stack, resource, name = seen.of()
    return Settled(
        stack=stack, resource=resource, property=name, up_to=seen.position(), by=by, reason=reason, at=at
    )  # fmt: skip


def _drift(run: Run, index: int, owner: Owner, change: PropertyChange, at: datetime) -> Drift:
    return Drift(
        stack=owner.stack,
        stack_id=owner.stack_id,
        logical_id="" if change.resource else owner.logical_id,
        resource=change.resource or run.target,
        resource_type=change.resource_type,
        property=change.property,
        old=change.old,
        new=change.new,
        literal=change.literal,
        incident=run.incident,
        run=run.id,
        step=index,
        at=at,
    )


def _net(rows: list[Row]) -> Drift | None:
    settled = max((row.position() for row in rows if isinstance(row, Settled)), default="")
    left = [row for row in rows if isinstance(row, Drift) and row.position() > settled]
    if not left or left[0].old == left[-1].new:
        return None
    return replace(left[-1], old=left[0].old, literal=left[0].literal and left[-1].literal)
