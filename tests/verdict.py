"""Whether what is on record is true, whatever went wrong: nothing twice, nothing unsaid, nothing held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from functions.core.action import Action, Effect, Irreversible
from functions.core.ports import CONFIRM_WITHIN
from functions.core.run import NO_EFFECT, Outcome, Phase, Run, StepState
from tests.cloud import Cloud
from tests.faults import READS
from tests.house import House
from tests.remembered import Asked, asked

_HOLDER_IS_DEAD = CONFIRM_WITHIN + timedelta(minutes=1)
_AT_LEAST = {StepState.CALLED: 1, StepState.DONE: 1}
_NOTHING = (Outcome.DECLINED, Outcome.OBSERVED)
_CALLS_PERSON = (Outcome.UNDONE, Outcome.ESCALATED)


def verdict(cloud: Cloud, before: Iterable[Run] = ()) -> str:
    """How it ended, in a word or two; `before` are the runs that were over when it began.

    Raises AssertionError where the record and the account do not agree.
    """
    house = cloud.sound
    effects = Counter(house.aws.effects)
    known = {run.id for run in before if run.phase is Phase.ENDED}
    runs = list(house.store.runs.values())
    assert max(effects.values(), default=0) <= 1, f"made twice: {effects}"
    for run in runs:
        _ended_with_its_reason(house, run)
        _temporary_change_is_not_forgotten(house, run, runs)
    at_most = Counter(
        effect_of(house, step.action) for run in runs for step in run.steps if step.state not in NO_EFFECT
    )
    for run in (run for run in runs if run.id not in known):
        _journal_is_true(house, run, effects, at_most)
        _outcome_is_true(house, run, effects)
    journalled = {effect_of(house, step.action) for run in runs for step in run.steps}
    assert set(effects) <= journalled, f"in no journal: {set(effects) - journalled}"
    declined = set(house.store.alarms.values()) - {"target_busy"}  # without a run, nobody is busy there
    assert runs or cloud.dead_letters or declined, "lost: no run, no decline that is true, no dead letter"
    _target_is_free(cloud, runs)
    return _in_words(cloud, runs)


def effect_of(house: House, action: Any) -> Asked:
    """The one call that an action makes."""
    heard = _Listener(house.aws)
    house.ctx.action(action).do(heard)
    assert len(heard.heard) == 1, f"{action} makes {len(heard.heard)} calls"
    return heard.heard[0]


def _ended_with_its_reason(house: House, run: Run) -> None:
    assert run.phase is Phase.ENDED and not run.open, f"not at its end: {run.phase}"
    told = [entry for entry in house.store.entries if entry.kind == run.outcome]
    assert told and all(entry.text for entry in told), f"{run.outcome} without a word"
    assert run.outcome is not Outcome.DECLINED or run.decline is not None, "declined without a reason"
    assert run.outcome not in _CALLS_PERSON or any(entry.call_person for entry in told), "nobody was called"


def _journal_is_true(house: House, run: Run, effects: Counter[Asked], at_most: Counter[Asked]) -> None:
    for step in run.steps:
        effect = effect_of(house, step.action)
        least, most = _AT_LEAST.get(step.state, 0), at_most[effect]
        assert least <= effects[effect] <= most, f"{effects[effect]} times made: {step}"
    assert run.outcome not in _NOTHING or not run.changed, f"{run.outcome}, and yet changed: {run.steps}"


def _outcome_is_true(house: House, run: Run, effects: Counter[Asked]) -> None:
    if run.outcome is Outcome.RECOVERED:
        for action in house.ctx.plan(run).actions:
            assert _taken_back(house, action, effects) or _there(house, action), f"not there: {action}"
    if run.outcome is Outcome.UNDONE:
        for action in house.ctx.plan(run).actions:
            way_back = action if run.undoes else action.undo()
            assert isinstance(way_back, Irreversible) or _there(house, way_back), f"not taken back: {action}"


def _temporary_change_is_not_forgotten(house: House, run: Run, runs: list[Run]) -> None:
    """It is taken back, or a person knows that it stays."""
    if run.outcome is not Outcome.RECOVERED or house.ctx.plan(run).give_back_after is None or run.gives_back:
        return
    stays = any(_there(house, action) for action in house.ctx.plan(run).actions)
    after = [other for other in runs if run.id in (other.gives_back, other.undoes)]
    told = any(entry.kind == "kept" and entry.call_person for entry in house.store.entries)
    told |= any(other.outcome in _CALLS_PERSON or (other.decline and other.decline.call_person) for other in after)
    assert not stays or told, "a temporary change stays, and nobody knows"


def _there(house: House, action: Action) -> bool:
    return action.progress(house.aws).effect is Effect.DONE


def _taken_back(house: House, action: Action, effects: Counter[Asked]) -> bool:
    way_back = action.undo()
    if isinstance(way_back, Irreversible):
        return False
    heard = _Listener(house.aws)
    way_back.do(heard)
    return effects[heard.heard[0]] > 0 and _there(house, way_back)


def _target_is_free(cloud: Cloud, runs: list[Run]) -> None:
    """A person's request only to look at it is not turned away as busy.

    Where freeing it kept failing for as long as anybody tried, the next comer does it, once a living holder would have shown.
    """
    if cloud.strike.fault.stays:
        cloud.clock.move(_HOLDER_IS_DEAD)
    if target := next((run.target for run in runs), None):
        request: dict[str, Any] = {"target": target, "reason": "is it free?", "requested_by": "the test"}
        said = next((run.alarm.request.parameters for run in runs if run.alarm.request), None)
        request |= {"parameters": dict(said)} if said else {}
        answer = cloud.sound.deliver(request)
        assert not answer.text.startswith("target_busy"), answer


def _in_words(cloud: Cloud, runs: list[Run]) -> str:
    """With a plus for each further run: a temporary change that was given back, a change that was undone by its id."""
    if runs:
        return "+".join(str(run.outcome) for run in sorted(runs, key=lambda run: run.opened_at))
    return "dead letter" if cloud.dead_letters else "declined"


class _Listener:
    """An account that notes what it is asked to change and does nothing; what is only read is read in the real one."""

    def __init__(self, aws: Any) -> None:
        self._aws = aws
        self.heard: list[Asked] = []

    def client(self, service: str) -> Any:
        return _Ear(self._aws, service, self.heard)


class _Ear:
    def __init__(self, aws: Any, service: str, heard: list[Asked]) -> None:
        self._aws, self._service, self._heard = aws, service, heard

    def __getattr__(self, method: str) -> Any:
        if method.startswith((*READS, "get_paginator")):
            return getattr(self._aws.client(self._service), method)
        return lambda **named: self._heard.append(asked(self._service, method, named))
