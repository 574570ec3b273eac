"""A run: one execution of one plan, with its journal. Pure data; core/advance.py moves it on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from functions.core.alarm import Alarm
from functions.core.decision import Decline
from functions.core.ledger import Ledger
from functions.core.policy import Mode


class Phase(StrEnum):
    """Where a run stands. Every run reaches ENDED."""

    DECIDING = "deciding"
    WATCHING = "watching"
    WAITING_FOR_ANSWER = "waiting_for_answer"
    ACTING = "acting"
    PROVING = "proving"
    UNDOING = "undoing"
    ENDED = "ended"


HOLDS_TARGET = frozenset({Phase.ACTING, Phase.PROVING, Phase.UNDOING})
"""The phases in which a run on record needs its target's lease: who waits does so without it."""


class Outcome(StrEnum):
    """How a run ended."""

    RECOVERED = "recovered"
    UNDONE = "undone"
    DECLINED = "declined"
    OBSERVED = "observed"
    ESCALATED = "escalated"


class StepState(StrEnum):
    """The journal of one action: INTENDED is written before its call, CALLED after AWS took it."""

    PLANNED = "planned"
    INTENDED = "intended"
    CALLED = "called"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"


NO_EFFECT = frozenset({StepState.PLANNED, StepState.REFUSED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One line of the journal. `undoes` is the index of the step that it takes back."""

    action: Mapping[str, Any]
    state: StepState = StepState.PLANNED
    at: datetime | None = None
    note: str = ""
    undoes: int | None = None
    again_at: datetime | None = None
    """When it was last intended anew, because the call had had no effect."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """A person's answer to a proposal, bound to the hash of the plan that was shown."""

    approves: bool
    plan_hash: str
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One line of an incident's timeline, for people."""

    at: datetime
    kind: str
    text: str
    call_person: bool = False
    audience: str = "operations"
    """Who may read it, see core/remediation.py."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """All that must survive a crash. `version` counts the writes: a writer with an old one is stopped."""

    id: str
    incident: str
    remediation: str
    target: str
    alarm: Alarm
    opened_at: datetime
    deadline: datetime
    due: datetime
    phase: Phase = Phase.DECIDING
    phase_since: datetime
    outcome: Outcome | None = None
    mode: Mode = Mode.OBSERVE
    cooldown_seconds: int = 0
    plan: Mapping[str, Any] | None = None
    found: Mapping[str, Any] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    decline: Decline | None = None
    give_back_at: datetime | None = None
    """When a temporary change is to be taken back; None once that is settled, or where nothing is temporary."""
    gives_back: str | None = None
    """The run whose temporary change this one takes back."""
    undoes: str | None = None
    """The run that this one takes back because a person asked for it."""
    guards: Mapping[str, str] = field(default_factory=dict)
    """What each guard saw, with the numbers that decided."""
    evidence: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What is kept in the bucket, by key: its `sha256`, the `version` that the bucket gave it, and `at` what time."""
    ledger: Ledger = field(default_factory=Ledger)
    """What had been changed on the target before, when this run took it."""
    caused_by: str = ""
    """The run whose change may have caused this alarm."""
    depth: int = 0
    """How many runs of the chain came before: 0 for an alarm that followed no change of ours."""
    verdict: Verdict | None = None
    """The answer to the proposal that waits; None while there is none."""
    version: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything may have been changed by this run."""
        return any(step.state not in NO_EFFECT for step in self.steps)

    @property
    def way_back(self) -> bool:
        """Whether all it does is to take back what another run has done."""
        return self.gives_back is not None or self.undoes is not None

    @property
    def open(self) -> bool:
        """Whether somebody still has to move it on."""
        return self.phase is not Phase.ENDED or self.give_back_at is not None

    def to(self, phase: Phase, now: datetime) -> Run:
        return replace(self, phase=phase, phase_since=now)

    def intending(self, index: int, now: datetime) -> Run:
        """With the step about to be made, for the first time or anew."""
        step = self.steps[index]
        if step.state is not StepState.INTENDED:
            return self.with_step(index, StepState.INTENDED, now)
        return replace(self, steps=(*self.steps[:index], replace(step, again_at=now), *self.steps[index + 1 :]))

    def with_step(self, index: int, state: StepState, now: datetime, note: str = "") -> Run:
        step = replace(self.steps[index], state=state, at=now, note=note)
        return replace(self, steps=(*self.steps[:index], step, *self.steps[index + 1 :]))
