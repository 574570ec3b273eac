"""From an alarm to an end, with the toy: who answers, what is declined, what is done, proved and undone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, ClassVar

import pytest

from functions.core.action import Effect, Progress
from functions.core.advance import Answer
from functions.core.change import INVOCATION_LASTS
from functions.core.decision import Decline, Watch
from functions.core.ports import CONFIRM_WITHIN
from functions.core.run import Outcome, Phase, StepState
from tests.events import alarm_action, eventbridge, sns
from tests.house import House
from tests.toy import BreakSeal, Dials, Refused, TurnDial, TurnDialsUp

DIAL_A = {"Dial": "a"}


def pressure(house: House, **over: Any) -> dict[str, Any]:
    return eventbridge(house.clock.now(), "Toy", "Pressure", over.pop("dimensions", DIAL_A), **over)


def recovered_for_a_while(house: House) -> tuple[House, Answer]:
    """A temporary change that has helped and is still in place."""

    class Temporary(TurnDialsUp):
        temporary: ClassVar = timedelta(hours=2)

    temporary = house.with_remediation(Temporary())
    answer = temporary.deliver(pressure(house))
    while temporary.run(answer).phase is not Phase.ENDED:
        house.clock.move(answer.wait or timedelta())
        answer = temporary.wake(answer)
    return temporary, answer


def test_an_alarm_is_answered_with_the_planned_changes_and_ends_recovered(house: House, dials: Dials) -> None:
    answer = house.follow(house.deliver(pressure(house)))
    assert (answer.decision, dials.turns) == ("recovered", [("a", 2), ("b", 2)])
    assert [step.state for step in house.run(answer).steps] == [StepState.DONE] * 2
    kinds = ["plan", "change", "in_effect", "change", "in_effect", "recovered"]
    assert [entry.kind for entry in house.store.entries] == kinds


def test_the_three_ways_in_and_their_copies_make_one_change(house: House, dials: Dials) -> None:
    event = pressure(house)
    answers = [house.deliver(shape) for shape in (event, sns(event), alarm_action(event), event, sns(event))]
    assert [answer.decision for answer in answers] == ["acting"] + ["duplicate"] * 4
    house.follow(answers[0])
    house.clock.move(timedelta(days=1))
    assert [house.deliver(shape).decision for shape in (sns(event), event)] == ["duplicate"] * 2
    assert dials.turns == [("a", 2), ("b", 2)]


def test_an_old_copy_never_acts_again_even_after_another_alarm_was_answered(house: House, dials: Dials) -> None:
    first = pressure(house)
    house.follow(house.deliver(first))
    house.clock.move(timedelta(hours=3))
    house.follow(house.deliver(pressure(house)))
    house.clock.move(timedelta(hours=3))
    assert house.deliver(first).decision == "duplicate"
    assert len(dials.turns) == 4


@pytest.mark.parametrize("later", [timedelta(hours=3), timedelta(days=1)])
def test_an_old_copy_keeps_the_target_from_nobody(house: House, dials: Dials, later: timedelta) -> None:
    first = pressure(house)
    house.follow(house.deliver(first))
    house.clock.move(timedelta(hours=3))
    house.follow(house.deliver(pressure(house)))
    house.clock.move(later)
    assert house.deliver(first).decision == "duplicate"
    assert house.deliver(pressure(house)).decision == "acting"


def test_who_is_at_work_keeps_the_target_however_long_it_takes(house: House, dials: Dials) -> None:
    answer = house.deliver(pressure(house))
    house.clock.move(2 * CONFIRM_WITHIN)
    assert house.deliver(pressure(house, alarm="other")).text.startswith("target_busy")
    assert house.follow(house.wake(answer)).decision == "recovered"
    assert dials.turns == [("a", 2), ("b", 2)]


def test_a_target_whose_run_died_at_its_very_end_is_freed_and_rests(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*args: Any) -> None:
        raise ConnectionError("the process is gone")

    answer = house.deliver(pressure(house))
    with monkeypatch.context() as dying, pytest.raises(ConnectionError):
        dying.setattr(house.store, "release", die)
        house.follow(answer)
    assert house.run(answer).outcome is Outcome.RECOVERED
    assert house.deliver(pressure(house, alarm="at once")).text.startswith("target_busy")
    house.clock.move(2 * CONFIRM_WITHIN)
    assert house.deliver(pressure(house, alarm="later")).text.startswith("cooldown")


def test_another_alarm_on_a_held_target_is_declined_and_recorded(house: House, dials: Dials) -> None:
    house.deliver(pressure(house))
    other = house.deliver(pressure(house, alarm="other"))
    assert other.decision == "declined"
    assert other.text.startswith("target_busy")
    assert "target_busy" in house.store.alarms.values()
    assert dials.turns == [("a", 2)]


def test_a_changed_target_rests(house: House, dials: Dials) -> None:
    house.follow(house.deliver(pressure(house)))
    house.clock.move(timedelta(minutes=30))
    assert house.deliver(pressure(house)).text.startswith("cooldown")
    house.clock.move(timedelta(minutes=40))
    assert house.deliver(pressure(house)).decision == "acting"


def test_the_owners_cooldown_holds_over_the_remediations(house: House, dials: Dials) -> None:
    dials.tags["first-responder:cooldown"] = "1d"
    house.follow(house.deliver(pressure(house)))
    house.clock.move(timedelta(hours=23))
    assert house.deliver(pressure(house)).text.startswith("cooldown")


@pytest.mark.parametrize(("mode", "decision"), [(None, "observed"), ("observe", "observed"), ("never", "declined")])
def test_nothing_is_changed_unless_the_owner_says_act(
    house: House, dials: Dials, mode: str | None, decision: str
) -> None:
    dials.tags = {"first-responder:mode": mode} if mode else {}
    answer = house.deliver(pressure(house))
    assert (answer.decision, dials.turns) == (decision, [])
    assert not any(entry.call_person for entry in house.store.entries)


def test_observing_records_the_whole_plan(house: House, dials: Dials) -> None:
    dials.tags = {}
    plan = house.run(house.deliver(pressure(house))).plan
    assert plan is not None
    assert plan["lines"] == ["turn dial a from 1 to 2", "turn dial b from 1 to 2"]
    assert plan["reason"] == "pressure is high"


def test_a_proposal_escalates_when_nobody_answers(house: House, dials: Dials) -> None:
    dials.tags = {"first-responder:mode": "propose"}
    answer = house.deliver(pressure(house))
    assert (answer.decision, answer.wait) == ("waiting_for_answer", timedelta(hours=1))
    assert house.follow(answer).decision == "escalated"
    assert dials.turns == []


@pytest.mark.parametrize("tag", [{"mode": "ACT!"}, {"cooldown": "soon"}, {"max-turn": "-1"}, {"max-turn": "many"}])
def test_an_unreadable_policy_allows_nothing(house: House, dials: Dials, tag: dict[str, str]) -> None:
    dials.tags.update({f"first-responder:{name}": value for name, value in tag.items()})
    answer = house.deliver(pressure(house))
    assert answer.text.startswith("invalid_policy")
    assert dials.turns == []


def test_a_condition_that_has_cleared_stops_the_change(house: House, dials: Dials) -> None:
    dials.breached = False
    assert house.deliver(pressure(house)).text.startswith("condition_cleared")
    assert dials.turns == []
    assert not any(entry.call_person for entry in house.store.entries)


@pytest.mark.parametrize(("breached", "decision"), [(True, "acting"), (None, "declined")])
def test_old_news_counts_only_where_it_still_holds(house: House, dials: Dials, breached: bool, decision: str) -> None:
    dials.breached = breached
    event = pressure(house)
    house.clock.move(timedelta(hours=20))
    assert house.deliver(event).decision == decision


@pytest.mark.parametrize(("late", "decision"), [(timedelta(), "acting"), (timedelta(seconds=1), "declined")])
def test_news_is_fresh_for_a_quarter_of_an_hour(house: House, dials: Dials, late: timedelta, decision: str) -> None:
    dials.breached = None
    event = pressure(house)
    house.clock.move(house.ctx.ports.settings.fresh_within + late)
    assert house.deliver(event).decision == decision


def test_a_read_without_an_answer_decides_nothing_and_is_tried_again(house: House, dials: Dials) -> None:
    class Lost(TurnDialsUp):
        def diagnose(self, *args: Any) -> Any:
            raise ConnectionError("the connection is lost")

    event = pressure(house)
    with pytest.raises(ConnectionError):
        house.with_remediation(Lost()).deliver(event, "delivery")
    assert (dials.turns, house.store.entries) == ([], [])
    assert house.deliver(event, "delivery").decision == "acting"


def test_a_refused_read_stops_the_change(house: House, dials: Dials) -> None:
    class Unreadable(TurnDialsUp):
        def diagnose(self, *args: Any) -> Any:
            raise Refused("AccessDenied")

    answer = house.with_remediation(Unreadable()).deliver(pressure(house))
    assert answer.text.startswith("cannot_read: AccessDenied")


def test_a_change_that_does_not_help_is_taken_back_in_reverse_order(house: House, dials: Dials) -> None:
    dials.helps, began = False, house.clock.now()
    answer = house.follow(house.deliver(pressure(house)))
    assert answer.decision == "undone"
    assert house.clock.now() - began < TurnDialsUp.limits.prove_within
    assert dials.turns == [("a", 2), ("b", 2), ("b", 1), ("a", 1)]
    kinds = ["undoing", "undo", "taken_back", "undo", "taken_back", "undone"]
    assert [entry.kind for entry in house.store.entries][-6:] == kinds
    assert house.store.entries[-1].text == "taken back what could be taken back."


def test_a_switch_holds_the_way_back_too_and_a_person_is_told_what_stays(house: House, dials: Dials) -> None:
    def stop(dial: str) -> None:
        if len(dials.turns) == 3:
            house.store.switch = {"stopped": True, "reason": "sale"}

    dials.helps, dials.after_turn = False, stop
    answer = house.follow(house.deliver(pressure(house)))
    assert (answer.decision, dials.value) == ("escalated", {"a": 2, "b": 1})
    assert house.store.entries[-1].text.startswith(
        "could not take back a change (turn dial a from 2 to 1): all changes are stopped"
    )


def test_what_somebody_has_changed_meanwhile_is_not_taken_back(house: House, dials: Dials) -> None:
    dials.helps = None
    answer = house.deliver(pressure(house))
    while house.run(answer).phase is not Phase.PROVING:
        house.clock.move(answer.wait or timedelta())
        answer = house.wake(answer)
    dials.helps, dials.value["b"] = False, 7
    assert (house.follow(answer).decision, dials.value) == ("escalated", {"a": 2, "b": 7})
    assert "somebody has changed it since: dial b is at 7" in house.store.entries[-1].text


def test_a_proof_that_does_not_come_in_time_counts_as_failed(house: House, dials: Dials) -> None:
    dials.helps = None
    began = house.clock.now()
    answer = house.follow(house.deliver(pressure(house)))
    assert (answer.decision, dials.value) == ("undone", {"a": 1, "b": 1})
    assert house.clock.now() - began < timedelta(minutes=10)


def test_a_proof_is_not_waited_for_beyond_the_deadline(house: House, dials: Dials) -> None:
    class Hurried(TurnDialsUp):
        limits: ClassVar = replace(TurnDialsUp.limits, deadline=timedelta(minutes=2))

    hurried, dials.helps, began = house.with_remediation(Hurried()), None, house.clock.now()
    assert hurried.follow(hurried.deliver(pressure(house))).decision == "undone"
    assert house.clock.now() - began < timedelta(minutes=4)


def test_what_cannot_be_taken_back_is_escalated(house: House, dials: Dials) -> None:
    class Sealed(TurnDialsUp):
        seals: ClassVar = (BreakSeal, BreakSeal)

    dials.helps = False
    answer = (sealed := house.with_remediation(Sealed())).follow(sealed.deliver(pressure(house)))
    assert (answer.decision, dials.turns) == ("escalated", [("a", 2), ("b", 2)])
    stays = [f"turn dial {dial} from 1 to 2 stays (none: a broken seal stays broken)" for dial in "ab"]
    assert house.store.entries[-1].text == f"nothing could be taken back. {'; '.join(stays)}"


def test_a_refused_second_change_takes_the_first_one_back(house: House, dials: Dials) -> None:
    def refuse_b(dial: str) -> None:
        if dial == "b":
            raise Refused("no turning of b")

    dials.before_turn = refuse_b
    answer = house.follow(house.deliver(pressure(house)))
    assert (answer.decision, dials.turns) == ("undone", [("a", 2), ("a", 1)])


def test_a_refused_first_change_escalates_and_leaves_no_cooldown(house: House, dials: Dials) -> None:
    def refuse(dial: str) -> None:
        raise Refused("no")

    dials.before_turn = refuse
    assert house.deliver(pressure(house)).decision == "escalated"
    assert house.store.entries[-1].text == "nothing was changed, turn dial a from 1 to 2 was refused: no"
    assert not house.deliver(pressure(house, alarm="later")).text.startswith("cooldown")


def test_a_refusal_of_what_is_there_already_is_no_failure(house: House, dials: Dials) -> None:
    def there_before(dial: str) -> None:
        dials.value[dial] = 2
        raise Refused("it is being turned already")

    dials.before_turn = there_before
    assert house.follow(house.deliver(pressure(house))).decision == "recovered"
    assert dials.turns == []


def test_a_change_that_is_under_way_after_a_crash_is_not_made_again(house: House, dials: Dials) -> None:
    def crash(dial: str) -> None:
        dials.after_turn = lambda dial: None
        raise ConnectionError("the process is gone")

    dials.after_turn, dials.slow = crash, True
    event = pressure(house)
    with pytest.raises(ConnectionError):
        house.deliver(event, "delivery")
    assert house.deliver(event, "delivery").wait is not None
    house.clock.move(2 * INVOCATION_LASTS)
    assert house.deliver(event, "delivery").wait is not None
    assert dials.turns == [("a", 2)]


def test_a_change_that_never_takes_effect_is_given_up_and_taken_back(house: House, dials: Dials) -> None:
    dials.slow = True
    answer = house.deliver(pressure(house))
    house.clock.move(timedelta(minutes=11))
    answer = house.wake(answer)
    dials.slow = False
    assert house.follow(answer).decision == "undone"
    assert dials.value == {"a": 1, "b": 1}


def test_a_change_made_right_before_the_deadline_has_a_minute_to_show(house: House, dials: Dials) -> None:
    answer = house.deliver(pressure(house))
    house.clock.move(timedelta(hours=2, seconds=-1))
    answer = house.wake(answer)
    dials.slow = True
    house.clock.move(timedelta(seconds=15))
    assert house.wake(answer).decision == "acting"
    dials.slow = False
    assert house.follow(answer).decision == "recovered"


def test_a_change_that_aws_has_taken_is_not_made_again_while_it_does_not_show(house: House, dials: Dials) -> None:
    answer = house.deliver(pressure(house))
    dials.value["a"] = 1
    house.clock.move(timedelta(minutes=5))
    answer = house.wake(answer)
    assert (answer.decision, answer.wait is not None, dials.turns) == ("acting", True, [("a", 2)])
    dials.value["a"] = 2
    assert (house.follow(answer).decision, dials.turns) == ("recovered", [("a", 2), ("b", 2)])


def test_a_change_that_aws_calls_failed_is_taken_back_at_once(house: House, dials: Dials) -> None:
    @dataclass(frozen=True, kw_only=True)
    class Fails(TurnDial):
        def progress(self, aws: Any) -> Progress:
            there = super().progress(aws)
            return there if there.effect is Effect.ABSENT else Progress(Effect.FAILED, "it is stuck")

    class Failing(TurnDialsUp):
        actions: ClassVar = (TurnDial, Fails)
        seals: ClassVar = (TurnDial, Fails)

    failing, began = house.with_remediation(Failing()), house.clock.now()
    assert failing.follow(failing.deliver(pressure(house))).decision == "undone"
    assert (dials.value, house.clock.now() - began < Fails.patience) == ({"a": 1, "b": 1}, True)


def test_a_change_is_not_waited_for_beyond_the_deadline(house: House, dials: Dials) -> None:
    class Hurried(TurnDialsUp):
        limits: ClassVar = replace(TurnDialsUp.limits, deadline=timedelta(minutes=5))

    hurried, dials.slow = house.with_remediation(Hurried()), True
    answer = hurried.deliver(pressure(house))
    house.clock.move(timedelta(minutes=5))
    assert hurried.wake(answer).decision == "undoing"


def test_what_is_kept_on_purpose_is_told_to_a_person(house: House, dials: Dials) -> None:
    @dataclass(frozen=True, kw_only=True)
    class Contain(TurnDial):
        kept: ClassVar = True

    class Containing(TurnDialsUp):
        actions: ClassVar = (TurnDial, Contain)
        seals: ClassVar = (Contain, TurnDial)

    containing, dials.helps = house.with_remediation(Containing()), False
    assert containing.follow(containing.deliver(pressure(house))).decision == "escalated"
    assert dials.value == {"a": 2, "b": 1}
    text = "turn dial a from 1 to 2 stays (until a person takes this run back: turn dial a from 2 to 1)"
    assert house.store.entries[-1].text == f"taken back in part. {text}"


def test_nothing_is_changed_after_the_deadline(house: House, dials: Dials) -> None:
    answer = house.deliver(pressure(house))
    house.clock.move(timedelta(hours=3))
    answer = house.follow(house.wake(answer))
    assert (answer.decision, dials.turns) == ("undone", [("a", 2), ("a", 1)])


def test_the_stop_switch_stops_every_change(house: House, dials: Dials) -> None:
    house.store.switch = {"stopped": True, "reason": "maintenance"}
    answer = house.deliver(pressure(house))
    assert answer.text.startswith("stopped: all changes are stopped")
    assert "maintenance" in answer.text
    assert dials.turns == []


def test_the_switch_is_asked_before_every_change(house: House, dials: Dials) -> None:
    answer = house.deliver(pressure(house))
    house.store.switch = {"stopped": True, "reason": "now"}
    assert house.follow(answer).decision == "escalated"
    assert dials.turns == [("a", 2)]


def test_watching_changes_nothing_holds_nobody_up_and_decides_anew(house: House, dials: Dials) -> None:
    dials.answer = Watch(code="breaker", seen="at work", advice="wait", again_in=timedelta(minutes=5))
    answer = house.deliver(pressure(house))
    assert (answer.decision, answer.wait, dials.turns) == ("watching", timedelta(minutes=5), [])
    house.clock.move(timedelta(minutes=5))
    dials.answer = None
    assert house.follow(house.wake(answer)).decision == "recovered"


def test_watching_the_same_is_told_once(house: House, dials: Dials) -> None:
    dials.answer = Watch(code="breaker", seen="at work", advice="wait", again_in=timedelta(minutes=5))
    answer = house.deliver(pressure(house))
    house.clock.move(timedelta(minutes=5))
    house.wake(answer)
    dials.answer = Watch(code="breaker", seen="nearly done", advice="wait", again_in=timedelta(minutes=5))
    house.clock.move(timedelta(minutes=5))
    house.wake(answer)
    told = [entry.text for entry in house.store.entries if entry.kind == "watching"]
    assert told == ["breaker: at work", "breaker: nearly done"]


def test_watching_ends_as_a_decline_before_the_deadline(house: House, dials: Dials) -> None:
    dials.answer = Watch(code="breaker", seen="at work", advice="wait", again_in=timedelta(minutes=50))
    answer = house.follow(house.deliver(pressure(house)))
    assert (answer.decision, answer.text.split(":")[0]) == ("declined", "breaker")


def test_watching_never_decides_without_the_target(house: House, dials: Dials) -> None:
    dials.answer = Watch(code="breaker", seen="at work", advice="wait", again_in=timedelta(minutes=50))
    watching = house.deliver(pressure(house))
    house.clock.move(timedelta(minutes=50))
    dials.answer = None
    house.deliver(pressure(house, alarm="another"))
    reads = dials.reads
    assert house.wake(watching).wait == timedelta(minutes=1)
    house.clock.move(timedelta(minutes=71))
    assert house.wake(watching).decision == "declined"
    assert dials.reads == reads
    assert house.store.entries[-1].call_person


@pytest.mark.parametrize("mode", ["never", "observe", "propose"])
def test_what_may_not_be_given_back_any_more_is_handed_to_a_person(house: House, dials: Dials, mode: str) -> None:
    temporary, answer = recovered_for_a_while(house)
    dials.tags = {"first-responder:mode": mode}
    assert temporary.follow(answer).decision == "recovered"
    assert dials.value == {"a": 2, "b": 2}
    assert (house.store.entries[-1].kind, house.store.entries[-1].call_person) == ("kept", True)


def test_a_planners_decline_ends_the_run_with_its_code(house: House, dials: Dials) -> None:
    dials.answer = Decline(code="too_late", seen="it is late", advice="Go home")
    answer = house.deliver(pressure(house))
    assert answer.text == "too_late: it is late. Go home"
    assert house.run(answer).outcome is Outcome.DECLINED


def test_a_temporary_change_is_given_back_by_a_run_of_its_own(house: House, dials: Dials) -> None:
    temporary, answer = recovered_for_a_while(house)
    assert dials.value == {"a": 2, "b": 2}
    temporary.follow(answer)
    run_id, wait, _ = house.ctx.ports.follow_through.started[-1]  # type: ignore[attr-defined]
    back = house.store.load(answer.incident, run_id)
    assert (back.gives_back, wait is not None) == (answer.run, True)
    for _ in range(10):
        house.clock.move(timedelta(seconds=30))
        ended = temporary.wake(type(answer)(decision="", incident=answer.incident, run=run_id))
    assert ended.decision == "recovered"
    assert dials.value == {"a": 1, "b": 1}


def test_what_is_switched_off_is_given_back_later(house: House, dials: Dials) -> None:
    temporary, answer = recovered_for_a_while(house)
    house.store.switch = {"stopped": True, "reason": "sale"}
    house.clock.move(timedelta(hours=2))
    answer = temporary.wake(answer)
    assert (answer.wait, dials.value) == (timedelta(minutes=5), {"a": 2, "b": 2})
    assert house.deliver(pressure(house, alarm="other")).text.startswith("stopped")
    house.store.switch = {}
    temporary.follow(answer)
    run_id, _, _ = house.ctx.ports.follow_through.started[-1]  # type: ignore[attr-defined]
    assert run_id == f"{answer.run}-back"
    assert dials.turns[-1] == ("b", 1)


def test_what_stays_switched_off_for_a_day_is_handed_to_a_person(house: House, dials: Dials) -> None:
    temporary, answer = recovered_for_a_while(house)
    house.store.switch = {"stopped": True, "reason": "sale"}
    assert temporary.follow(answer).wait is None
    last = house.store.entries[-1]
    assert (last.kind, last.call_person, dials.value) == ("kept", True, {"a": 2, "b": 2})


def test_what_cannot_be_looked_at_any_more_is_handed_to_a_person(house: House, dials: Dials) -> None:
    temporary, answer = recovered_for_a_while(house)

    class Unreadable(type(temporary.ctx.remediation)):  # type: ignore[misc]
        def diagnose(self, *args: Any) -> Any:
            raise Refused("AccessDenied")

    assert house.with_remediation(Unreadable()).follow(answer).wait is None
    last = house.store.entries[-1]
    assert (last.kind, last.call_person, "AccessDenied" in last.text) == ("kept", True, True)


def test_a_way_back_that_ends_at_once_is_not_woken(house: House, dials: Dials) -> None:
    def refuse(dial: str) -> None:
        raise Refused("no turning back")

    temporary, answer = recovered_for_a_while(house)
    dials.before_turn = refuse
    temporary.follow(answer)
    back = house.store.load(answer.incident, f"{answer.run}-back")
    assert (back.outcome, house.store.entries[-2].call_person) == (Outcome.ESCALATED, True)
    assert all(run != back.id for run, *_ in house.ctx.ports.follow_through.started)  # type: ignore[attr-defined]


def test_a_request_can_lower_the_mode_and_never_raise_it(house: House, dials: Dials) -> None:
    request = {"target": "arn:aws:dial:eu-west-1:123456789012:dial/a", "reason": "drill", "requested_by": "ada"}
    assert house.deliver(request).decision == "observed"
    assert house.deliver({**request, "mode": "act"}).decision == "acting"
    dials.tags = {}
    house.clock.move(timedelta(days=1))
    assert house.deliver({**request, "mode": "act"}).decision == "observed"


def test_the_permit_counts_the_changes_of_an_hour(house: House, dials: Dials) -> None:
    for number in range(10):
        house.clock.move(timedelta(minutes=2))
        answer = house.deliver(pressure(house, dimensions={"Dial": f"d{number}"}, alarm=f"n{number}"))
        assert house.follow(answer).decision == "recovered"
    assert len(dials.turns) == house.ctx.ports.settings.changes_per_hour
    answer = house.deliver(pressure(house, dimensions={"Dial": "last"}, alarm="last"))
    assert answer.text.startswith("too_many_changes")


def test_the_first_action_type_is_a_dial(house: House, dials: Dials) -> None:
    run = house.run(house.deliver(pressure(house)))
    assert run.steps[0].action["action"] == TurnDial.__name__
