"""Whatever happens in whatever order, with a crash, a refusal or a twin at any call: the laws hold, and every run ends."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from functions.adapters.clock import FakeClock
from functions.core.approval import Said, expires_at, take_answer
from functions.core.run import Phase, Run
from functions.core.switch import Switch, SwitchKind
from functions.core.switch_record import write_switch
from tests.conftest import NOON
from tests.core.machine.lambdas import REMEDIATIONS, Blow, Lambdas
from tests.core.machine.laws import SETTINGS, Laws
from tests.core.machine.workshop import DIALS, fine, tags
from tests.events import ACCOUNT, REGION, alarm_action, alarm_arn, eventbridge, sns
from tests.faults import Fault

FAULTS = [fault for fault in Fault if not fault.stays]
LONG_ENOUGH = 400
dials = st.sampled_from([*DIALS, DIALS[0], DIALS[0]])
which = st.integers(0, 5)
jumps = st.sampled_from(
    [timedelta(seconds=20), timedelta(seconds=61)]
    + [timedelta(minutes=minutes) for minutes in (3, 6, 11, 16, 31, 59)]
    + [timedelta(hours=hours) for hours in (1, 2, 5, 26, 24 * 15)]
)


def target(dial: str) -> str:
    return f"arn:aws:dial:{REGION}:{ACCOUNT}:dial/{dial}"


class RunMachine(RuleBasedStateMachine):
    """Everybody who has to do with a run: CloudWatch, AWS, the owner, a person who is asked, and strangers."""

    def __init__(self) -> None:
        super().__init__()
        logging.disable(logging.CRITICAL)  # the sweep logs every fault that it has to do with
        self.laws = Laws(FakeClock(NOON))
        self.lambdas = Lambdas(self.laws)
        self.workshop, self.store = self.laws.workshop, self.laws.store
        self.sent: list[tuple[str, str, dict[str, Any]]] = []

    # --- what comes in

    @rule(dial=dials, remediation=st.sampled_from(REMEDIATIONS), number=st.integers(1, 2))
    def an_alarm(self, dial: str, remediation: str, number: int) -> None:
        name = f"{remediation}-{dial}-{number}"
        event = eventbridge(self.now(), "Toy", "Pressure", {"Dial": dial}, alarm=name)
        key = f"ALARM#{self.now():%Y-%m-%dT%H:%M:%SZ}"
        self.sent.append((remediation, f"{alarm_arn(name)} {key}", event))
        self.lambdas.deliver(remediation, event, self.sent[-1][1])

    @precondition(lambda self: self.sent)
    @rule(which=which, shape=st.sampled_from([lambda event: event, sns, alarm_action]))
    def a_copy(self, which: int, shape: Any) -> None:
        remediation, name, event = self.sent[-1 - which % len(self.sent)]
        self.lambdas.deliver(remediation, shape(event), name)

    @rule(dial=dials, mode=st.sampled_from(["observe", "propose", "act"]))
    def a_request(self, dial: str, mode: str) -> None:
        said = {"target": target(dial), "reason": "drill", "requested_by": "ada", "mode": mode}
        self.lambdas.deliver("toy", said)

    @precondition(lambda self: self.store.runs)
    @rule(which=which, mode=st.sampled_from(["observe", "propose", "act", "act"]))
    def an_undo(self, which: int, mode: str) -> None:
        run = self.run(which)
        said = {"undo": {"incident": run.incident, "run": run.id}, "reason": "it hurt", "requested_by": "ada"}
        self.lambdas.deliver(run.remediation, {**said, "mode": mode})

    @precondition(lambda self: self.waiting())
    @rule(which=which, approves=st.sampled_from([True, True, False]), right=st.sampled_from([True, True, False]))
    def an_answer(self, which: int, approves: bool, right: bool) -> None:
        run = self.waiting()[which % len(self.waiting())]
        assert run.plan is not None
        plan_hash = run.plan["hash"] if right else "0" * 16
        said = Said(incident=run.incident, run=run.id, plan_hash=plan_hash, approves=approves, by="ada", reason="")
        if approves and run.verdict is None and self.now() < expires_at(run, SETTINGS):
            self.laws.approved.add((run.id, plan_hash))
        self.lambdas.attempt(
            lambda ports: take_answer(said, ports.store, ports.follow_through, ports.clock, ports.settings) and None
        )

    # --- what AWS does

    @precondition(lambda self: self.lambdas.pending)
    @rule(times=st.integers(1, 6))
    def what_comes_next(self, times: int) -> None:
        for _ in range(min(times, len(self.lambdas.pending))):
            self.lambdas.go(min(self.lambdas.pending, key=lambda pending: pending.at))

    @precondition(lambda self: self.lambdas.pending)
    @rule(which=which)
    def what_came_late_or_out_of_turn(self, which: int) -> None:
        self.lambdas.go(self.lambdas.pending[which % len(self.lambdas.pending)])

    @precondition(lambda self: self.store.runs)
    @rule(which=which)
    def a_wake_up_too_many(self, which: int) -> None:
        self.lambdas.wake(self.run(which))

    @rule()
    def a_sweep(self) -> None:
        self.lambdas.sweep()

    @rule(at=st.integers(1, 10), fault=st.sampled_from(FAULTS), twin=st.sampled_from([False, False, True]))
    def the_next_one_goes_wrong(self, at: int, fault: Fault, twin: bool) -> None:
        self.lambdas.next_blow = Blow(at, Fault.NONE if twin and fault is not Fault.KILLED_AFTER else fault, twin)

    @rule(jammed=st.booleans(), slow=st.booleans(), fails=st.booleans(), late=st.booleans())
    def dials_behave_otherwise(self, jammed: bool, slow: bool, fails: bool, late: bool) -> None:
        self.workshop.jammed, self.workshop.slow, self.workshop.fails = jammed, slow, fails
        self.workshop.shows_after = timedelta(seconds=30 * late)

    @rule(breached=st.sampled_from([True, True, True, None, False]), helps=st.sampled_from([True, True, None, False]))
    def the_pressure_is_otherwise(self, breached: bool | None, helps: bool | None) -> None:
        self.workshop.breached, self.workshop.helps = breached, helps

    @rule(by=jumps)
    def time_passes(self, by: timedelta) -> None:
        self.laws.clock.move(by)

    @precondition(lambda self: self.store.runs)
    @rule(which=which, early=st.sampled_from([timedelta(), timedelta(seconds=1)]))
    def a_moment_of_a_run_comes(self, which: int, early: timedelta) -> None:
        run = self.run(which)
        moments = [run.deadline, run.due, run.give_back_at, run.phase_since + timedelta(hours=1)]
        ahead = [moment - early for moment in moments if moment and moment - early > self.now()]
        if ahead:
            self.laws.clock.move(ahead[which % len(ahead)] - self.now())

    # --- what people do

    @rule(
        dial=dials,
        mode=st.sampled_from(["act"] * 5 + ["propose", "propose", "observe", "never"]),
        most=st.integers(1, 9),
    )
    def the_owner_says(self, dial: str, mode: str, most: int) -> None:
        self.workshop.tags[dial] = tags(mode, **{"at-most-per-hour": str(most), "cooldown": f"{most}m"})

    @rule(
        kind=st.sampled_from(["plain", "temporary", "temporary", "asked", "sealed", "kept"]),
        cost=st.sampled_from([Decimal(0), Decimal(0), Decimal(0), Decimal(900), None]),
        watches=st.sampled_from([False, False, False, True]),
    )
    def plans_are_otherwise(self, kind: str, cost: Decimal | None, watches: bool) -> None:
        self.workshop.kind, self.workshop.cost, self.workshop.watches = kind, cost, watches

    @rule(dial=st.sampled_from([*DIALS, *map(fine, DIALS)]), to=st.integers(1, 4))
    def somebody_turns_a_dial(self, dial: str, to: int) -> None:
        self.workshop.turn_by_hand(dial, to)

    @rule(
        scope=st.sampled_from(["all", "remediation/toy", f"target/{target('a')}"]),
        begins=st.sampled_from([None, timedelta(), timedelta(minutes=5)]),
    )
    def a_switch_is_set(self, scope: str, begins: timedelta | None) -> None:
        self.switch(scope, None if begins is None else self.now() + begins)

    @precondition(lambda self: self.laws.switches)
    @rule()
    def all_switches_are_lifted(self) -> None:
        self.laws.switches.clear()
        self.store.switch["switches"] = {}

    @precondition(lambda self: self.sent)
    @rule(which=which, silent=st.booleans())
    def an_alarm_is_silenced(self, which: int, silent: bool) -> None:
        arn = self.sent[-1 - which % len(self.sent)][2]["resources"][0]
        self.laws.alarms.silenced.pop(arn, None)
        if silent:
            self.laws.alarms.silenced[arn] = "its actions are disabled"

    # --- what is true

    @invariant()
    def the_laws_hold(self) -> None:
        self.laws.look()
        assert not self.laws.broken, self.laws.broken

    def teardown(self) -> None:
        """All faults are over: every run ends by itself, every target is free, and every alarm has its answer."""
        self.lambdas.next_blow = None
        self.all_switches_are_lifted()
        for _ in range(LONG_ENOUGH):
            if self.lambdas.pending:
                self.lambdas.go(min(self.lambdas.pending, key=lambda pending: pending.at))
            elif left := [run for run in self.store.runs.values() if run.open]:
                self.laws.clock.move(max(min(run.due for run in left) - self.now(), timedelta()) + timedelta(minutes=5))
                self.lambdas.sweep()
            else:
                break
        self.laws.at_the_end()
        self.the_laws_hold()
        self.every_alarm_has_its_answer()
        self.every_target_is_free()
        logging.disable(logging.NOTSET)

    def every_alarm_has_its_answer(self) -> None:
        answered = {f"{arn} {key}" for arn, key in self.store.alarms} | set(self.lambdas.dead_letters)
        assert {name for _, name, _ in self.sent} <= answered

    def every_target_is_free(self) -> None:
        """Where a run died right after its end, the next comer frees it, once a living one would have shown."""
        self.laws.clock.move(timedelta(minutes=11))
        self.store.declines.clear()
        for dial in DIALS:
            self.a_request(dial, "observe")
        assert "target_busy" not in [decline.code for decline in self.store.declines]

    def now(self) -> datetime:
        return self.laws.clock.now()

    def run(self, which: int) -> Run:
        runs = self.laws.runs()
        return runs[which % len(runs)]

    def waiting(self) -> list[Run]:
        return [run for run in self.laws.runs() if run.phase is Phase.WAITING_FOR_ANSWER]

    def switch(self, scope: str, starts: datetime | None) -> None:
        """A stop, or a freeze of ten minutes from then on."""
        ends = starts + timedelta(minutes=10) if starts else None
        kind = SwitchKind.FREEZE if starts else SwitchKind.STOP
        said = Switch(kind=kind, scope=scope, reason="sale", by="ada", since=self.now(), starts=starts, ends=ends)
        self.laws.switches[scope] = (starts, ends)
        self.store.switch["switches"] = {**self.store.switch.get("switches", {}), scope: write_switch(said)}


RunMachine.TestCase.settings = settings(
    max_examples=60,
    stateful_step_count=40,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestRunMachine = RunMachine.TestCase
