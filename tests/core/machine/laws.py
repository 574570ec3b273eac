"""What has to be true whatever happens in whatever order: of a run that sets out, of each change, of the record, of the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from functions.adapters.clock import FakeClock
from functions.adapters.cloudwatch_alarms import MemoryAlarms
from functions.core.drift import Drift, open_drifts
from functions.core.policy import policy_of
from functions.core.ports import Settings
from functions.core.run import NO_EFFECT, Outcome, Phase, Run, Step, StepState
from tests.core.machine.witness import Witness
from tests.core.machine.workshop import LIMITS, Workshop

SETTINGS = Settings(policy={}, changes_per_hour=10, storm_targets=2)
_WINDOWS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "fortnight": timedelta(days=14), "ever": None}
_NOTHING = (Outcome.DECLINED, Outcome.OBSERVED)
_CALLS_PERSON = (Outcome.UNDONE, Outcome.ESCALATED)


@dataclass(frozen=True)
class Turned:
    """One turn of a dial, by the `index`th step of a run."""

    at: datetime
    run: str
    index: int
    target: str
    dial: str
    to: int
    forward: bool


@dataclass
class Laws:
    """The world as the tests know it, without asking the core. `broken` is what was found, in words."""

    clock: FakeClock
    workshop: Workshop = field(init=False)
    store: Witness = field(init=False)
    alarms: MemoryAlarms = field(default_factory=MemoryAlarms)
    switches: dict[str, tuple[datetime | None, datetime | None]] = field(default_factory=dict)
    approved: set[tuple[str, str]] = field(default_factory=set)
    turns: list[Turned] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    excused: set[str] = field(default_factory=set)
    """Runs that were over when an invocation died, which may hold their target a little longer."""

    def __post_init__(self) -> None:
        self.workshop = Workshop(self.clock, watch=self._turn)
        self.store = Witness(self.clock.now, self._sets_out)

    def runs(self) -> list[Run]:
        """The latest first."""
        return sorted(self.store.runs.values(), key=lambda run: (run.opened_at, run.id), reverse=True)

    def now(self) -> datetime:
        return self.clock.now()

    def holds_off(self, run: Run) -> bool:
        scopes = ("all", f"remediation/{run.remediation}", f"target/{run.target}")
        windows = [self.switches[scope] for scope in scopes if scope in self.switches]
        return any((not starts or starts <= self.now()) and (not ends or self.now() < ends) for starts, ends in windows)

    def _law(self, holds: object, law: str) -> None:
        if not holds:
            self.broken.append(f"{self.now():%d %H:%M:%S} {law}")

    # --- a run sets out to change something

    def _sets_out(self, run: Run) -> None:
        found, request = run.found, run.alarm.request
        policy = policy_of(found["tags"], {}, (), LIMITS.cooldown, LIMITS.at_most)
        self._law(found["tags"] == self.workshop.describe_tags(found["dial"]), f"{run.id} decided on old facts")
        self._law(policy.mode in ("act", "propose"), f"{run.id} acts in mode {policy.mode}")
        self._law(not request or request.mode in ("act", "propose"), f"{run.id} does more than was asked for")
        for action in run.plan["actions"] if run.plan else ():
            at = self.workshop.describe_dial(action["dial"])
            self._law(at == action["before"], f"{run.id} plans from {action} and the dial is at {at}")
        if not run.way_back:
            self._forward(run, needs_a_person(run), policy.at_most)

    def _forward(self, run: Run, asks: bool, at_most: object) -> None:
        assert run.plan is not None
        self._law(not asks or (run.id, run.plan["hash"]) in self.approved, f"{run.id} acts without an approval")
        self._law(run.found["breached"] is not False, f"{run.id} acts although it has calmed down")
        self._law(run.alarm.arn not in self.alarms.silenced, f"{run.id} acts on a silenced alarm")
        self._law(self._rested(run), f"{run.id} acts on a resting target")
        self._law(run.alarm.request or self._depth(run) < SETTINGS.chain_at_most, f"{run.id} is too deep in a chain")
        for kind, count in Counter(step.action["action"] for step in run.steps).items():
            for window, length in _WINDOWS.items():
                made = count + self._made(run, kind, length)
                self._law(made <= getattr(at_most, window), f"{run.id}: {made} times {kind} in one {window}")

    def _made(self, run: Run, kind: str, length: timedelta | None) -> int:
        """How often this kind of change was really made on the target by runs that set out in this time."""
        since = None if length is None else self.now() - length
        before = [turned for turned in self.turns if turned.target == run.target and turned.run != run.id]
        recent = [turned for turned in before if since is None or self.store.set_out[turned.run] > since]
        return sum(self._run(turned.run).steps[turned.index].action["action"] == kind for turned in recent)

    def _rested(self, run: Run) -> bool:
        """No run of the same remediation that ended here with a change is younger than its cooldown."""
        ours = [other for other in self.runs() if (other.target, other.remediation) == (run.target, run.remediation)]
        over = [other for other in ours if other.phase is Phase.ENDED and self._turns_of(other)]
        return all(self.now() >= other.phase_since + timedelta(seconds=other.cooldown_seconds) for other in over)

    def _depth(self, run: Run) -> int:
        """How many runs came before it, of which each began within the echo of the one before."""
        before = [turned for turned in self.turns if turned.target == run.target and turned.run != run.id]
        if not before or run.opened_at - before[-1].at > SETTINGS.echo_within:
            return 0
        cause = self._run(before[-1].run)
        return 1 if cause.alarm.request else 1 + self._depth_then(cause, before)

    def _depth_then(self, run: Run, turns: list[Turned]) -> int:
        first = next(i for i, turned in enumerate(turns) if turned.run == run.id)
        before = turns[:first]
        if not before or run.opened_at - before[-1].at > SETTINGS.echo_within:
            return 0
        cause = self._run(before[-1].run)
        return 1 if cause.alarm.request else 1 + self._depth_then(cause, before)

    # --- a change

    def _turn(self, dial: str, to: int) -> None:
        intended = list(self._intended(dial, to))
        self._law(len(intended) == 1, f"dial {dial} is turned to {to}, intended by {len(intended)}: {intended}")
        if not intended:
            return
        run, index = intended[0]
        forward = run.steps[index].undoes is None and not run.way_back
        mine = Turned(self.now(), run.id, index, run.target, dial, to, forward)
        self._law(self.store.holder(run.target) == run.id, f"{run.id} turns {dial} without holding {run.target}")
        self._law(not self.holds_off(run), f"{run.id} turns {dial} although it is switched off")
        self._law(self._once(mine), f"{run.id} turns {dial} to {to} twice, by step {index}")
        if run.steps[index].undoes is not None:
            at, left = self.workshop.describe_dial(dial), run.steps[index].action["before"]
            self._law(at == left, f"{run.id} takes back {dial} at {at}, and had left it at {left}")
        self.turns.append(mine)
        if forward:
            self._forward_turn(run, mine)

    def _forward_turn(self, run: Run, mine: Turned) -> None:
        latest = (run.verdict.at if run.verdict else run.opened_at) + LIMITS.deadline
        self._law(self.now() < run.deadline <= latest, f"{run.id} turns {mine.dial} after its deadline {latest}")
        within = self.now() - SETTINGS.storm_within
        targets = {turned.target for turned in self.turns if turned.forward and turned.at > within}
        self._law(len(targets) <= SETTINGS.storm_targets, f"a storm turns {targets}")
        hour = [turned for turned in self.turns if f"{turned.at:%d %H}" == f"{self.now():%d %H}"]
        self._law(len(hour) <= SETTINGS.changes_per_hour, f"{len(hour)} turns in one hour")

    def _intended(self, dial: str, to: int) -> Iterator[tuple[Run, int]]:
        """Whose journal says that this is about to be done."""
        for run in self.store.runs.values():
            for index, step in enumerate(run.steps if run.phase is not Phase.ENDED else ()):
                if step.state is StepState.INTENDED and (step.action["dial"], step.action["to"]) == (dial, to):
                    yield run, index

    def _once(self, mine: Turned) -> bool:
        """A step is made again only where a person has turned the dial in between."""
        before = [turned.at for turned in self.turns if (turned.run, turned.index) == (mine.run, mine.index)]
        return not before or self._hands_since(mine.dial, before[-1])

    def _hands_since(self, dial: str, at: datetime) -> bool:
        return any(turned == dial and when >= at for when, turned, _ in self.workshop.by_hand)

    # --- the record, after each step of the machine

    def look(self) -> None:
        for run in self.store.runs.values():
            if run.phase is Phase.ENDED:
                self._ended(run)
            if run.open:
                longest = max(LIMITS.deadline, SETTINGS.answer_within, timedelta(hours=4))
                self._law(run.due <= self.now() + longest, f"nobody looks after {run.id} before {run.due}")
            for index, step in enumerate(run.steps):
                self._journal(run, index, step)
        self._law(self.ended_holders() <= self.excused, f"held by runs that are over: {self.ended_holders()}")

    def ended_holders(self) -> set[str]:
        """The runs that are over and hold their target."""
        over = (run for run in self.store.runs.values() if run.phase is Phase.ENDED)
        return {run.id for run in over if self.store.holder(run.target) == run.id}

    def _ended(self, run: Run) -> None:
        told = [entry for entry in self.store.told[run.id] if run.outcome and entry.kind == run.outcome.value]
        self._law(run.outcome and told and all(entry.text for entry in told), f"{run.id} {run.outcome} without a word")
        self._law(run.outcome is not Outcome.DECLINED or run.decline or told, f"{run.id} declined without a reason")
        called = run.outcome not in _CALLS_PERSON or any(entry.call_person for entry in told)
        self._law(called, f"{run.id} {run.outcome} and nobody was called")
        self._law(run.outcome not in _NOTHING or not self._turns_of(run), f"{run.id} {run.outcome}, and yet it turned")

    def _journal(self, run: Run, index: int, step: Step) -> None:
        dial, to = step.action["dial"], step.action["to"]
        made = [turned for turned in self.turns if (turned.run, turned.index) == (run.id, index)]
        if step.state in (StepState.CALLED, StepState.DONE):
            by_others = any(turned.dial == dial and turned.to == to for turned in self.turns)
            by_others |= any(turned == dial and at == to for _, turned, at in self.workshop.by_hand)
            self._law(made or by_others, f"{run.id} says {step.state} of step {index}, and nobody did it")
        if step.state in NO_EFFECT and made:
            hands = self._hands_since(dial, made[-1].at)
            self._law(hands, f"{run.id} says {step.state} of step {index}, and has done it")

    # --- the end, when all faults are over and everybody has had time

    def at_the_end(self) -> None:
        for run in self.store.runs.values():
            self._law(not run.open, f"{run.id} is still {run.phase}")
            if run.outcome is Outcome.RECOVERED and run.plan and run.plan["give_back_after_seconds"]:
                self._temporary(run)
        self._drifts()

    def _temporary(self, run: Run) -> None:
        """A temporary change is taken back, or a person knows that it stays."""
        after = [one for one in self.store.runs.values() if run.id in (one.gives_back, one.undoes)]
        told = [entry for one in (run, *after) for entry in self.store.told[one.id] if entry.call_person]
        done = any(one.outcome in (Outcome.UNDONE, Outcome.RECOVERED) for one in after)
        self._law(run.way_back or done or told, f"the temporary change of {run.id} stays, and nobody knows")

    def _drifts(self) -> None:
        """What our changes have left different from the template is in the ledger. A person's own turns are their own."""
        rows = [row for row in self.store.drifts.rows() if isinstance(row, Drift)]
        said = {drift.property: drift.new for drift in open_drifts(rows)}
        handled = {dial for _, dial, _ in self.workshop.by_hand}
        for dial in {turned.dial for turned in self.turns} - handled:
            at = self.workshop.value[dial]
            self._law(at == 1 or said.get(f"Position of {dial}") == at, f"{dial} is at {at}; the ledger says {said}")

    def _run(self, run: str) -> Run:
        return next(one for one in self.store.runs.values() if one.id == run)

    def _turns_of(self, run: Run) -> list[Turned]:
        return [turned for turned in self.turns if turned.run == run.id]


def needs_a_person(run: Run) -> bool:
    """Whether a plan made of these facts may only be proposed."""
    found = run.found
    dear = found["cost"] is None or Decimal(found["cost"]) > 250
    mode = found["tags"]["first-responder:mode"]
    return dear or found["kind"] == "asked" or mode == "propose" or _asked_to_propose(run)


def _asked_to_propose(run: Run) -> bool:
    return run.alarm.request is not None and run.alarm.request.mode == "propose"
