"""Each guard stops a run that would act without it, with its own code and the numbers that decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from functions.core.advance import Answer
from functions.core.arn import parse_arn
from functions.core.change import INVOCATION_LASTS
from functions.core.decision import Watch
from functions.core.ports import Ask
from functions.core.run import Run
from functions.core.switch import Switch, SwitchKind
from functions.core.switch_record import write_switch
from tests.conftest import NOON
from tests.events import ACCOUNT, REGION, alarm_arn, eventbridge
from tests.house import House
from tests.toy import Dials, Refused, TurnDialsUp

TARGET = f"arn:aws:dial:{REGION}:{ACCOUNT}:dial/a"
MINUTE = timedelta(minutes=1)


class OtherTurns(TurnDialsUp):
    """Another remediation of the same dials."""

    @property
    def name(self) -> str:
        return "other"


def pressure(house: House, dial: str = "a", **over: Any) -> dict[str, Any]:
    return eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": dial}, **over)


def code(answer: Answer) -> str:
    return answer.text.split(":")[0]


def calls(house: House) -> list[str]:
    return [entry.text for entry in house.store.entries if entry.call_person]


def request(house: House, mode: str = "act") -> dict[str, str]:
    return {"target": TARGET, "reason": "drill", "requested_by": "ada", "mode": mode}


def test_what_every_guard_saw_is_on_record_with_its_numbers(house: House) -> None:
    guards = house.run(house.deliver(pressure(house))).guards
    assert list(guards) == ["silence", "flapping", "own_echo", "budget", "cost"]
    assert "TurnDial: 2 of 2 hour; TurnDial: 2 of 6 day; TurnDial: 2 of 20 fortnight" in guards["budget"]
    assert guards["cost"] == "USD 0 a month at list prices, of 250 without approval"


# --- silence


def test_a_silenced_alarm_is_not_answered(house: House, dials: Dials) -> None:
    house.ctx.ports.alarms.silenced[alarm_arn()] = "its actions are disabled"  # type: ignore[attr-defined]
    answer = house.deliver(pressure(house))
    assert (code(answer), dials.turns, calls(house)) == ("alarm_silenced", [], [])


def test_whether_an_alarm_is_silenced_has_to_be_readable(
    house: House, dials: Dials, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(alarm: Any) -> str:
        raise Refused("AccessDenied")

    monkeypatch.setattr(house.ctx.ports.alarms, "silence", refuse)
    assert (code(house.deliver(pressure(house))), dials.turns) == ("cannot_read", [])


def test_a_guard_that_gets_no_answer_lets_nothing_through_and_is_asked_again(
    house: House, dials: Dials, monkeypatch: pytest.MonkeyPatch
) -> None:
    event = pressure(house)
    with monkeypatch.context() as broken, pytest.raises(ConnectionError):
        broken.setattr(house.ctx.ports.alarms, "silence", lost)
        house.deliver(event, "delivery")
    assert dials.turns == []
    assert house.deliver(event, "delivery").decision == "acting"


def lost(alarm: Any) -> str:
    raise ConnectionError("the connection is lost")


# --- flapping


def flap(house: House, times: int, every: timedelta = 5 * MINUTE) -> list[Answer]:
    answers = []
    for _ in range(times):
        answers.append(house.deliver(pressure(house)))
        house.clock.move(every)
    return answers


def test_an_alarm_that_flaps_is_held_with_one_notice(house: House, dials: Dials) -> None:
    dials.answer = None
    dials.tags = {"first-responder:mode": "observe"}
    answers = flap(house, 6)
    assert [code(one) for one in answers[3:]] == ["flapping"] * 3
    assert [answer.decision for answer in answers[:3]] == ["observed"] * 3
    assert len(calls(house)) == 1
    assert "4 transitions to ABC".replace("ABC", "ALARM") in calls(house)[0]


def test_a_resting_target_is_no_reason_to_call_for_every_flap(house: House) -> None:
    house.follow(house.deliver(pressure(house)))
    answers = flap(house, 6, every=3 * MINUTE)
    assert [code(one) for one in answers] == ["cooldown"] * 2 + ["flapping"] * 4
    assert [decline.call_person for decline in house.store.declines] == [True, True, True, False, False, False]


def test_a_flapping_alarm_is_held_until_it_has_been_quiet(house: House, dials: Dials) -> None:
    dials.tags = {"first-responder:mode": "observe"}
    flap(house, 4)
    house.clock.move(24 * MINUTE)
    assert code(house.deliver(pressure(house))) == "flapping"
    house.clock.move(30 * MINUTE)
    assert house.deliver(pressure(house)).decision == "observed"


def test_a_hold_lasts_longer_than_the_time_that_is_counted(house: House, dials: Dials) -> None:
    dials.tags = {"first-responder:mode": "observe"}
    answers = flap(house, 4) + flap(house, 8, every=25 * MINUTE)
    assert [code(one) for one in answers[3:]] == ["flapping"] * 9
    assert len(calls(house)) == 1


def test_a_run_that_has_waited_is_no_transition_of_its_own(house: House, dials: Dials) -> None:
    dials.tags = {"first-responder:mode": "observe"}
    flap(house, 2)
    dials.answer = Watch(code="breaker", seen="at work", advice="wait", again_in=MINUTE)
    answer = house.deliver(pressure(house))
    dials.answer = None
    assert house.follow(answer).decision == "observed"
    assert house.run(answer).guards["flapping"].startswith("3 transitions")


def test_a_person_may_ask_as_often_as_they_like(house: House, dials: Dials) -> None:
    dials.tags = {"first-responder:mode": "observe"}
    assert {house.deliver(request(house)).decision for _ in range(6)} == {"observed"}


# --- own echo


def finished(house: House) -> Run:
    answer = house.deliver(pressure(house))
    return house.run(house.follow(answer))


def test_an_alarm_after_our_own_change_is_attributed_to_it(house: House) -> None:
    first = finished(house)
    other = house.with_remediation(OtherTurns())
    run = other.run(other.deliver(pressure(house, alarm="later")))
    assert (run.caused_by, run.depth) == (first.id, 1)
    assert first.id in run.guards["own_echo"]


def test_a_chain_of_remediations_ends(house: House, dials: Dials) -> None:
    dials.tags |= {"first-responder:cooldown": "1m", "first-responder:at-most-per-hour": "100"}
    houses = [house, house.with_remediation(OtherTurns())]
    decisions = []
    for turn in range(4):
        house.clock.move(2 * MINUTE)
        now = houses[turn % 2]
        decisions.append(now.follow(now.deliver(pressure(house, alarm=f"n{turn}"))))
    assert [one.decision for one in decisions] == ["recovered", "recovered", "declined", "declined"]
    assert [code(one) for one in decisions[2:]] == ["chain_too_deep"] * 2
    assert "number 3 of a chain" in decisions[2].text


def test_a_chain_is_reckoned_from_the_end_of_the_run(house: House, dials: Dials) -> None:
    answer = house.deliver(pressure(house))
    house.clock.move(50 * MINUTE)
    first = house.run(house.follow(house.wake(answer)))
    house.clock.move(50 * MINUTE)
    other = house.with_remediation(OtherTurns())
    assert other.run(other.deliver(pressure(house, alarm="later"))).caused_by == first.id


def test_a_run_that_changed_nothing_is_no_cause(house: House, dials: Dials) -> None:
    finished(house)
    house.clock.move(40 * MINUTE)
    other, dials.breached = house.with_remediation(OtherTurns()), False
    assert code(other.deliver(pressure(house, alarm="cleared"))) == "condition_cleared"
    dials.breached = True
    house.clock.move(40 * MINUTE)
    run = other.run(other.deliver(pressure(house, alarm="later")))
    assert (run.caused_by, run.depth) == ("", 0)


def test_what_a_person_asks_for_is_no_echo(house: House) -> None:
    finished(house)
    other = house.with_remediation(OtherTurns())
    run = other.run(other.deliver(request(house)))
    assert (run.caused_by, run.guards["own_echo"]) == ("", "no change of ours came shortly before")


def test_a_chain_is_forgotten_after_a_while(house: House) -> None:
    finished(house)
    house.clock.move(62 * MINUTE)
    other = house.with_remediation(OtherTurns())
    run = other.run(other.deliver(pressure(house, alarm="later")))
    assert (run.caused_by, run.depth) == ("", 0)


# --- budget


@pytest.mark.parametrize(
    ("tag", "between"),
    [
        ("at-most-per-hour", 20 * MINUTE),
        ("at-most-per-day", timedelta(hours=10)),
        ("at-most-per-fortnight", timedelta(days=6)),
        ("at-most-ever", timedelta(days=100)),
    ],
)
def test_a_spent_budget_calls_a_person_and_changes_nothing(
    house: House, dials: Dials, tag: str, between: timedelta
) -> None:
    generous = ("at-most-per-hour", "at-most-per-day", "at-most-per-fortnight", "at-most-ever")
    dials.tags |= {f"first-responder:{name}": "100" for name in generous} | {"first-responder:cooldown": "1m"}
    dials.tags[f"first-responder:{tag}"] = "2"
    finished(house)
    house.clock.move(between)
    turns = len(dials.turns)
    answer = house.deliver(pressure(house))
    assert (code(answer), len(dials.turns)) == ("budget_spent", turns)
    when = "ever" if tag == "at-most-ever" else f"in one {tag.rpartition('-')[2]}"
    assert f"TurnDial would be made 4 times {when}" in answer.text
    assert f"the tag first-responder:{tag} allows more" in answer.text
    assert "budget_spent" in calls(house)[-1]


def test_a_budget_comes_back_with_time(house: House, dials: Dials) -> None:
    finished(house)
    house.clock.move(62 * MINUTE)
    assert house.deliver(pressure(house)).decision == "acting"


def test_a_fortnights_budget_comes_back_after_a_fortnight(house: House, dials: Dials) -> None:
    dials.tags |= {"first-responder:at-most-per-fortnight": "2"}
    finished(house)
    house.clock.move(timedelta(days=13))
    assert code(house.deliver(pressure(house))) == "budget_spent"
    house.clock.move(timedelta(days=2))
    assert house.deliver(pressure(house)).decision == "acting"


def test_what_a_tag_says_replaces_the_cards_limit(house: House, dials: Dials) -> None:
    dials.tags["first-responder:at-most-per-hour"] = "0"
    assert code(house.deliver(pressure(house))) == "budget_spent"
    dials.tags["first-responder:at-most-per-hour"] = "often"
    assert code(house.deliver(pressure(house, alarm="second"))) == "invalid_policy"


# --- cost


def test_what_is_dearer_than_the_budget_is_proposed_instead(house: House, dials: Dials) -> None:
    dials.cost = Decimal("250.01")
    assert (house.deliver(pressure(house)).decision, dials.turns) == ("waiting_for_answer", [])


def test_what_has_no_known_price_is_proposed_instead(house: House, dials: Dials) -> None:
    dials.cost = None
    answer = house.deliver(pressure(house))
    assert (answer.decision, dials.turns) == ("waiting_for_answer", [])
    assert "unknown cost" in calls(house)[-1]


def test_the_owners_budget_for_cost_is_a_tag(house: House, dials: Dials) -> None:
    dials.cost = Decimal(300)
    dials.tags["first-responder:max-cost-per-month"] = "300"
    assert house.deliver(pressure(house)).decision == "acting"


def test_what_is_never_done_unasked_is_proposed_whatever_the_mode(house: House, dials: Dials) -> None:
    class Outage(TurnDialsUp):
        ask_first: ClassVar = "it takes an outage"

    outage = house.with_remediation(Outage())
    answer = outage.deliver(pressure(house))
    assert (answer.decision, dials.turns) == ("waiting_for_answer", [])
    assert outage.run(answer).guards["cost"].startswith("it takes an outage: a person decides")


# --- switches, asked before every change


def switched(kind: SwitchKind, scope: str, **times: Any) -> dict[str, Any]:
    switch = Switch(kind=kind, scope=scope, reason="big sale", by="grace", since=NOON, **times)
    return {"switches": {scope: write_switch(switch)}}


def test_a_switch_that_was_set_between_a_crash_and_its_retry_holds(house: House, dials: Dials) -> None:
    def crash(dial: str) -> None:
        raise ConnectionError("the process is gone")

    dials.before_turn = crash
    event = pressure(house)
    with pytest.raises(ConnectionError):
        house.deliver(event, "delivery")
    dials.before_turn = lambda dial: None
    house.store.switch = switched(SwitchKind.STOP, "all")
    house.clock.move(INVOCATION_LASTS)
    assert (code(house.deliver(event, "delivery")), dials.turns) == ("stopped", [])


@pytest.mark.parametrize("scope", ["all", f"account/{ACCOUNT}", "remediation/toy", f"target/{TARGET}"])
@pytest.mark.parametrize(
    ("kind", "times", "says"),
    [(SwitchKind.STOP, {}, "stopped"), (SwitchKind.FREEZE, {"ends": NOON + timedelta(hours=4)}, "frozen")],
)
def test_a_switch_holds_at_admission_and_before_the_next_change(
    house: House, dials: Dials, scope: str, kind: SwitchKind, times: dict[str, Any], says: str
) -> None:
    answer = house.deliver(pressure(house))
    house.store.switch = switched(kind, scope, **times)
    ended = house.follow(answer)
    assert (ended.decision, code(ended), dials.turns) == ("escalated", says, [("a", 2)])
    assert calls(house)[-1].endswith("this stays as it is: turn dial a from 1 to 2")
    house.clock.move(2 * timedelta(hours=1))
    assert code(house.deliver(pressure(house))) == says
    assert len(dials.turns) == 1


@pytest.mark.parametrize("scope", ["account/210987654321", "remediation/other", f"target/{TARGET}b"])
def test_a_switch_for_others_holds_nobody_else(house: House, scope: str) -> None:
    house.store.switch = switched(SwitchKind.STOP, scope)
    assert house.deliver(pressure(house)).decision == "acting"


def test_a_window_holds_only_while_it_is_open(house: House, dials: Dials) -> None:
    starts = NOON + timedelta(hours=1)
    house.store.switch = switched(SwitchKind.FREEZE, "all", starts=starts, ends=starts + timedelta(hours=1))
    assert house.follow(house.deliver(pressure(house))).decision == "recovered"
    house.clock.move(70 * MINUTE)
    assert code(house.deliver(pressure(house))) == "frozen"
    house.clock.move(60 * MINUTE)
    assert house.deliver(pressure(house)).decision == "acting"


def test_a_switch_that_cannot_be_read_holds(house: House, dials: Dials) -> None:
    house.store.switch = {"switches": {"all": {"kind": "pause"}}}
    assert (code(house.deliver(pressure(house))), dials.turns) == ("stopped", [])


def test_observing_tells_of_a_switch_too(house: House, dials: Dials) -> None:
    dials.tags = {}
    house.store.switch = switched(SwitchKind.STOP, "all")
    assert code(house.deliver(pressure(house))) == "stopped"


def test_a_refused_permit_is_given_back(house: House, dials: Dials) -> None:
    house.store.switch = switched(SwitchKind.STOP, "all")
    for number in range(30):
        house.deliver(pressure(house, alarm=f"n{number}"))
    house.store.switch = {}
    assert house.deliver(pressure(house, alarm="last")).decision == "acting"


# --- storm


def storm(house: House, targets: int) -> list[Answer]:
    return [house.deliver(pressure(house, dial=f"d{number}", alarm=f"n{number}")) for number in range(targets)]


def test_in_a_storm_nothing_is_changed_and_one_p1_has_the_list(house: House, dials: Dials) -> None:
    answers = storm(house, 15)
    assert [code(answer) for answer in answers[10:]] == ["storm"] * 5
    assert len(dials.turns) == 10
    (notice,) = [text for text in calls(house) if text.startswith("storm")]
    assert all(f"dial/d{number}" in notice for number in range(11))
    declines = [house.run(answer).decline for answer in answers[10:]]
    assert [one.severity for one in declines if one] == ["P1", "", "", "", ""]
    assert f"See incident {answers[10].incident}" in answers[11].text


def test_a_notice_of_a_large_storm_says_that_its_list_is_not_whole(house: House) -> None:
    settings = replace(house.ctx.ports.settings, storm_targets=30, changes_per_hour=100)
    large = House(replace(house.ctx, ports=replace(house.ctx.ports, settings=settings)), house.clock)
    storm(large, 31)
    (notice,) = [text for text in calls(large) if text.startswith("storm")]
    assert (notice.count("dial/d"), " and more. " in notice) == (30, True)


def test_a_small_storm_is_listed_whole(house: House) -> None:
    storm(house, 11)
    assert "and more" not in calls(house)[-1]


def test_a_way_back_that_is_refused_is_no_part_of_a_storm(house: House) -> None:
    answer = house.deliver(pressure(house))
    house.follow(answer)
    house.clock.move(20 * MINUTE)
    house.store.switch = switched(SwitchKind.STOP, "all")
    undo = {
        "undo": {"incident": answer.incident, "run": answer.run},
        "reason": "r",
        "requested_by": "ada",
        "mode": "act",
    }
    assert code(house.deliver(undo)) == "stopped"
    assert house.store.permit(Ask(target=parse_arn(TARGET, "t"), now=house.clock.now(), alarmed=False)).alarmed == {}


def test_a_run_in_flight_stops_in_a_storm_and_takes_back_what_it_did(house: House, dials: Dials) -> None:
    answer = house.deliver(pressure(house))
    for number in range(10):
        other = replace(parse_arn(TARGET, "t"), resource=f"dial/d{number}")
        house.store.permit(Ask(target=other, now=house.clock.now()))
    assert house.follow(answer).decision == "undone"
    assert dials.turns == [("a", 2), ("a", 1)]


def test_a_storm_is_over_when_it_has_been_quiet(house: House) -> None:
    storm(house, 15)
    house.clock.move(11 * MINUTE)
    assert house.deliver(pressure(house, dial="late", alarm="late")).decision == "acting"


def test_the_same_target_again_and_again_is_no_storm(house: House, dials: Dials) -> None:
    dials.tags = {}
    answers = [house.deliver(pressure(house, alarm=f"n{number}")) for number in range(15)]
    assert {answer.decision for answer in answers} == {"observed"}


# --- the lease, once more before the change


def test_who_has_lost_the_lease_changes_nothing_more(house: House, dials: Dials) -> None:
    answer = house.deliver(pressure(house))
    run = house.run(answer)
    house.store._leases[run.target].holder = "another"
    assert house.follow(answer).decision == "escalated"
    assert dials.turns == [("a", 2)]
