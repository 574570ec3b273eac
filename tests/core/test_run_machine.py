"""Anything in any order: alarms, copies, crashes, faults, clock jumps, hands on the dials, switches, answers, undo.

After every step the promises hold; and when the trouble is over, every run ends and every target is free.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from functions.adapters.clock import FakeClock
from functions.core.advance import Answer
from functions.core.approval import Said, take_answer
from functions.core.arn import parse_arn
from functions.core.errors import InvalidEvent
from functions.core.policy import AtMost
from functions.core.ports import Claim, Taken
from functions.core.run import Outcome, Phase, Run, StepState
from functions.core.switch import Switch, SwitchKind
from functions.core.switch_record import write_switch
from functions.lifecycle.sweep import sweep
from tests.events import ACCOUNT, REGION, alarm_arn, eventbridge
from tests.faults import Fault, Killed, Strike, struck
from tests.house import House, in_memory
from tests.panel import Panel, TurnOwnDialsUp
from tests.toy import Refused

LIMITS = AtMost()
TURNS_OF_A_RUN = 2
TARGETS = st.sampled_from(["x", "y"])
ALARMS = st.sampled_from(["disk", "heat"])
SCOPES = st.sampled_from(
    ["all", f"account/{ACCOUNT}", "remediation/toy", f"target/arn:aws:dial:{REGION}:{ACCOUNT}:dial/x"]
)
FAULTS = st.none() | st.tuples(st.sampled_from([fault for fault in Fault if not fault.stays]), st.integers(1, 12))
JUMPS = st.sampled_from(
    [timedelta(seconds=s) for s in (1, 15, 60, 61, 300, 660)]
    + [timedelta(minutes=m) for m in (31, 59, 60, 121, 300)]
    + [timedelta(days=1)]
)
MODES = st.sampled_from(["act", "propose", "propose", "observe", "never", "nonsense"])
MAKING = (Phase.ACTING, Phase.UNDOING)


@dataclass(frozen=True, kw_only=True)
class Effect:
    """A dial was turned: by whom, and what held in that moment."""

    run: str
    step: int
    at: datetime
    forward: bool
    wrong: str


@dataclass
class WatchedPanel(Panel):
    """Notes each turn with the run that is at it; a hand is nobody's run."""

    observe: Callable[[str, int], Effect] = field(default=lambda dial, to: NotImplemented)
    effects: list[Effect] = field(default_factory=list)
    refuses: bool = False

    def turn(self, dial: str, to: int) -> None:
        if self.refuses:
            raise Refused("AccessDenied")
        self.effects.append(self.observe(dial, to))
        super().turn(dial, to)


class ForAWhile(TurnOwnDialsUp):
    """Its changes are temporary."""

    temporary: ClassVar = timedelta(hours=3)


class Runs(RuleBasedStateMachine):
    """The core around two targets with two dials each."""

    @initialize(temporary=st.booleans(), mode=st.sampled_from(["act", "propose"]))
    def begin(self, temporary: bool, mode: str) -> None:
        logging.disable(logging.CRITICAL)
        self.clock = FakeClock(datetime(2026, 11, 23, 12, 0, tzinfo=UTC))
        self.panel = WatchedPanel(self.clock)
        self.panel.observe = self._observe
        self.panel.tags = {"first-responder:mode": mode}
        self.house: House = in_memory(ForAWhile() if temporary else TurnOwnDialsUp(), self.panel, self.clock)
        self.sent: list[Any] = []
        self.touched: set[str] = set()
        self.answered: set[tuple[str, str]] = set()

    def teardown(self) -> None:
        if hasattr(self, "house"):
            self._calm_down()
            self._everything_ends()
        logging.disable(logging.NOTSET)

    @rule(at_target=TARGETS, alarm=ALARMS, fault=FAULTS)
    def an_alarm(self, at_target: str, alarm: str, fault: Any) -> None:
        event = eventbridge(self.clock.now(), "Toy", "Pressure", {"Dial": at_target}, alarm=f"{alarm}-{at_target}")
        self.sent.append(event)
        self._invoke(fault, lambda house: house.deliver(event, f"request-{len(self.sent)}"))

    @rule(which=st.integers(0, 30), again=st.booleans(), fault=FAULTS)
    def a_copy(self, which: int, again: bool, fault: Any) -> None:
        """Of the same event; with the same request id where Lambda tries it again."""
        if self.sent:
            number = which % len(self.sent)
            request = f"request-{number + 1}" if again else f"copy-{which}-{self.clock.now()}"
            self._invoke(fault, lambda house: house.deliver(self.sent[number], request))

    @rule(which=st.integers(0, 30), fault=FAULTS)
    def a_wake_up(self, which: int, fault: Any) -> None:
        if runs := self._runs():
            run = runs[which % len(runs)]
            self._invoke(fault, lambda house: _wake(house, run))

    @rule(fault=FAULTS)
    def the_follow_through(self, fault: Any) -> None:
        """What comes next for whatever is open."""
        self.clock.move(timedelta(seconds=61))
        for run in [run for run in self._runs() if run.open]:
            self._invoke(fault, lambda house, run=run: _wake(house, run))

    def a_wake_up_of(self, run: Run) -> None:
        self._invoke(None, lambda house: _wake(house, run))

    @rule(fault=FAULTS)
    def the_sweep(self, fault: Any) -> None:
        self._invoke(fault, lambda house: sweep(house.ctx.ports))

    @rule(jump=JUMPS)
    def time_passes(self, jump: timedelta) -> None:
        self.clock.move(jump)

    @rule()
    def time_passes_to_the_next_deadline(self) -> None:
        ahead = [run.deadline for run in self._runs() if run.open and run.deadline > self.clock.now()]
        if ahead:
            self.clock.move(min(ahead) - self.clock.now())

    @rule(mode=MODES, at_target=TARGETS)
    def the_owner_says(self, mode: str, at_target: str) -> None:
        self.panel.tags_of[at_target] = {"first-responder:mode": mode}

    @rule(at_target=TARGETS, name=st.sampled_from("ab"), to=st.integers(1, 4))
    def a_hand_turns(self, at_target: str, name: str, to: int) -> None:
        self.touched.add(f"{at_target}.{name}")
        self.panel.value[f"{at_target}.{name}"] = to

    @rule(
        helps=st.sampled_from([True, True, None, False]),
        breached=st.sampled_from([True, True, None, False]),
        slow=st.booleans(),
    )
    def the_world_changes(self, helps: bool | None, breached: bool | None, slow: bool) -> None:
        self.panel.helps, self.panel.breached, self.panel.slow = helps, breached, slow

    @rule(refuses=st.booleans())
    def aws_refuses(self, refuses: bool) -> None:
        self.panel.refuses = refuses

    @rule(scope=SCOPES, freeze=st.booleans())
    def a_switch_is_set(self, scope: str, freeze: bool) -> None:
        now = self.clock.now()
        kind = SwitchKind.FREEZE if freeze else SwitchKind.STOP
        times = {"starts": now, "ends": now + timedelta(hours=1)} if freeze else {}
        switch = write_switch(Switch(kind=kind, scope=scope, reason="audit", by="ann", since=now, **times))
        self.house.store.switch = {"switches": {scope: switch}}

    @rule()
    def the_switches_are_lifted(self) -> None:
        self.house.store.switch = {}

    @rule(silent=st.booleans(), alarm=ALARMS, at_target=TARGETS)
    def an_alarm_is_silenced(self, silent: bool, alarm: str, at_target: str) -> None:
        self.house.ctx.ports.alarms.silenced = {alarm_arn(f"{alarm}-{at_target}"): "muted"} if silent else {}  # type: ignore[attr-defined]

    @rule(which=st.integers(0, 30), approves=st.booleans(), right=st.booleans(), by=st.sampled_from(["ann", "bob"]))
    def a_person_answers(self, which: int, approves: bool, right: bool, by: str) -> None:
        if not self._runs():
            return
        run = self._runs()[which % len(self._runs())]
        shown = run.plan["hash"] if right and run.plan else "0" * 16
        said = Said(incident=run.incident, run=run.id, plan_hash=shown, approves=approves, by=by, reason="")
        ports = self.house.ctx.ports
        reply = take_answer(said, ports.store, ports.follow_through, ports.clock, ports.settings)
        if reply.taken and approves:
            self.answered.add((run.id, shown))

    @rule(hand=st.booleans())
    def a_person_approves_what_waits(self, hand: bool) -> None:
        """And a hand may be faster than the function that carries it out."""
        for run in self._runs():
            if run.phase is Phase.WAITING_FOR_ANSWER:
                self.a_person_answers(which=self._runs().index(run), approves=True, right=True, by="ann")
                if hand:
                    self.a_hand_turns(at_target=run.target.rpartition("/")[2], name="a", to=4)
                self.a_wake_up_of(run)

    @rule(which=st.integers(0, 30), mode=st.sampled_from(["act", "act", "observe"]), fault=FAULTS)
    def a_person_takes_a_run_back(self, which: int, mode: str, fault: Any) -> None:
        if runs := self._runs():
            run = runs[which % len(runs)]
            request = {
                "undo": {"incident": run.incident, "run": run.id},
                "reason": "r",
                "requested_by": "ann",
                "mode": mode,
            }
            self._invoke(fault, lambda house: house.deliver(request, f"undo-{which}-{self.clock.now()}"))

    @invariant()
    def no_change_was_wrong_when_it_was_made(self) -> None:
        if hasattr(self, "panel"):
            assert not [effect for effect in self.panel.effects if effect.wrong]

    @invariant()
    def no_change_is_made_twice(self) -> None:
        """But where a hand has undone what nobody had seen yet."""
        if hasattr(self, "panel"):
            made = Counter((effect.run, effect.step) for effect in self.panel.effects)
            assert not [one for one, times in made.items() if times > 1 and not self._hand_at(*one)]

    @invariant()
    def the_budget_is_kept(self) -> None:
        if not hasattr(self, "panel"):
            return
        for target in "xy":
            made = {effect.run for effect in self.panel.effects if effect.forward}
            runs = [run for run in self._runs() if run.id in made and run.target.endswith(f"/{target}")]
            times = [max(act.at for act in run.ledger.acts) for run in runs]
            for window, most in ((timedelta(hours=1), LIMITS.hour), (timedelta(days=1), LIMITS.day)):
                for at in times:
                    assert sum(at - window < other <= at for other in times) * TURNS_OF_A_RUN <= most

    @invariant()
    def what_is_over_has_its_reason_and_a_true_journal(self) -> None:
        if not hasattr(self, "house"):
            return
        told = {entry.kind for entry in self.house.store.entries}
        for run in self._runs():
            assert (run.phase is Phase.ENDED) == (run.outcome is not None)
            assert run.outcome is None or run.outcome in told
            assert run.outcome is not Outcome.DECLINED or not run.changed
            assert run.depth <= self.house.ctx.ports.settings.chain_at_most or not run.changed
        for effect in self.panel.effects:
            state = self._run(effect.run).steps[effect.step].state
            assert state not in (StepState.PLANNED, StepState.REFUSED) or self._hand_at(effect.run, effect.step)

    def _observe(self, dial: str, to: int) -> Effect:
        """Called in the middle of an action's call."""
        now = self.clock.now()
        run = self.at_work.run
        assert run is not None
        index = next(
            index
            for index, step in enumerate(run.steps)
            if step.state is StepState.INTENDED and (step.action["dial"], step.action["to"]) == (dial, to)
        )
        forward = run.steps[index].undoes is None and not run.way_back
        wrong = [said for said, found in self._wrongs(run, index, forward, now) if found]
        return Effect(run=run.id, step=index, at=now, forward=forward, wrong="; ".join(wrong))

    def _wrongs(self, run: Run, index: int, forward: bool, now: datetime) -> list[tuple[str, bool]]:
        lease = self.house.store._leases[run.target]
        switches = self.house.store.switch.get("switches", {})
        holds = [s for s, one in switches.items() if _covers(s, run.target) and now < _ends(one)]
        mode = self.panel.tags_of.get(run.target.rpartition("/")[2], self.panel.tags)["first-responder:mode"]
        first = all(effect.run != run.id for effect in self.panel.effects)
        approved = mode == "propose" and (run.id, (run.plan or {}).get("hash", "")) in self.answered
        return [
            (f"{run.id} does not hold the target", lease.holder != run.id),
            (f"switched off by {holds}", bool(holds)),
            ("after the deadline", forward and now >= run.deadline),
            (f"in mode {mode}", forward and first and mode != "act" and not approved),
            ("neither acting nor undoing", run.phase not in MAKING),
        ]

    def _invoke(self, fault: tuple[Fault, int] | None, what: Callable[[House], Any]) -> None:
        kind, at = fault or (Fault.NONE, 0)
        self.at_work = Strike(self.clock.now, at, kind)
        ports = struck(self.house.ctx.ports, self.at_work)
        try:
            what(House(replace(self.house.ctx, ports=ports), self.clock))
        except (Killed, InvalidEvent):
            return
        except Exception:  # the fault, or what came of it: AWS would try again, here that is a rule of its own
            return

    def _runs(self) -> list[Run]:
        return list(self.house.store.runs.values())

    def _run(self, run: str) -> Run:
        return next(one for one in self._runs() if one.id == run)

    def _hand_at(self, run: str, step: int) -> bool:
        return str(self._run(run).steps[step].action["dial"]) in self.touched

    def _calm_down(self) -> None:
        self.house.store.switch = {}
        self.panel.tags, self.panel.tags_of = {"first-responder:mode": "act"}, {}
        self.panel.helps, self.panel.breached, self.panel.slow, self.panel.refuses = True, False, False, False

    def _everything_ends(self) -> None:
        for _ in range(60):
            open_runs = [run for run in self._runs() if run.open]
            if not open_runs:
                break
            self.clock.move(timedelta(minutes=30))
            sweep(self.house.ctx.ports)
            for run in open_runs:
                self.a_wake_up_of(run)
        assert not [run for run in self._runs() if run.open]
        self.clock.move(timedelta(days=20))
        assert all(self._is_free(target) for target in "xy")

    def _is_free(self, target: str) -> bool:
        now = self.clock.now()
        arn = parse_arn(f"arn:aws:dial:{REGION}:{ACCOUNT}:dial/{target}", "target")
        wish = Claim(
            target=arn,
            remediation="other",
            run="other",
            incident="INC",
            delivery="d",
            now=now,
            until=now + timedelta(hours=1),
        )
        return isinstance(self.house.store.take(wish), Taken)


def _wake(house: House, run: Run) -> Any:
    return house.wake(Answer(decision="", incident=run.incident, run=run.id))


def _covers(scope: str, target: str) -> bool:
    return scope in ("all", f"account/{ACCOUNT}", "remediation/toy", f"target/{target}")


def _ends(switch: Any) -> datetime:
    return datetime.fromisoformat(switch["ends"]) if switch.get("ends") else datetime.max.replace(tzinfo=UTC)


Runs.TestCase.settings = settings(max_examples=500, stateful_step_count=40, deadline=None, derandomize=True)
TestRuns = Runs.TestCase
