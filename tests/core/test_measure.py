"""What an invocation counts: each end once, its decline by code, and how long the alarm waited for its first change."""

from __future__ import annotations

from datetime import timedelta

from functions.adapters.clock import FakeClock
from functions.core.advance import Answer
from functions.core.decision import Decline
from functions.core.measure import Measure, of_answer
from tests.core.test_respond import recovered_for_a_while
from tests.events import ACCOUNT, REGION, eventbridge
from tests.house import House
from tests.toy import Dials

TOY = {"remediation": "toy"}


def deliver(house: House, dial: str = "a") -> Answer:
    return house.deliver(eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": dial}, alarm=dial))


def late(house: House, by: timedelta) -> Answer:
    event = eventbridge(house.clock.now(), "Toy", "Pressure", {"Dial": "a"})
    house.clock.move(by)
    return house.deliver(event)


def test_the_first_change_says_how_long_its_alarm_waited(house: House) -> None:
    answer = late(house, timedelta(seconds=3.5))
    assert answer.reacted_in == timedelta(seconds=3.5)
    assert Measure(name="reaction_time", value=3500, unit="Milliseconds", dimensions=TOY) in of_answer(answer, "toy")


def test_what_comes_after_the_first_change_says_it_no_more(house: House) -> None:
    answer = late(house, timedelta(seconds=3))
    after = []
    while answer.wait is not None:
        house.clock.move(answer.wait)
        answer = house.wake(answer)
        after.append(answer.reacted_in)
    assert answer.decision == "recovered"
    assert set(after) == {None}


def test_what_a_person_was_asked_for_is_no_reaction_of_ours(house: House, dials: Dials) -> None:
    dials.tags = {"first-responder:mode": "observe"}
    assert late(house, timedelta(seconds=3)).reacted_in is None
    dials.tags = {"first-responder:mode": "act"}
    target = f"arn:aws:dial:{REGION}:{ACCOUNT}:dial/b"
    asked = house.deliver({"target": target, "reason": "r", "requested_by": "ada", "mode": "act"})
    assert (house.run(asked).changed, asked.reacted_in) == (True, None)


def test_a_decline_is_counted_by_its_code_and_its_remediation(house: House, dials: Dials) -> None:
    dials.answer = Decline(code="too_hot", seen="it is hot", advice="Wait")
    assert of_answer(deliver(house), "toy") == [
        Measure(name="declined", value=1),
        Measure(name="declined", value=1, dimensions=TOY),
        Measure(name="declined", value=1, dimensions={"code": "too_hot"}),
    ]


def test_an_alarm_that_came_to_no_run_is_counted_by_its_code(house: House, clock: FakeClock) -> None:
    assert deliver(house).code == ""
    busy = house.deliver(eventbridge(clock.now(), "Toy", "Pressure", {"Dial": "a"}, alarm="other"))
    assert (busy.decision, busy.code) == ("declined", "target_busy")
    copy = house.deliver(eventbridge(clock.now(), "Toy", "Pressure", {"Dial": "a"}, alarm="other"))
    assert (copy.decision, copy.code) == ("duplicate", "")


def test_an_end_is_counted_once_though_the_run_is_looked_after_for_longer(house: House) -> None:
    _, answer = recovered_for_a_while(house)
    end = house.run(answer)
    assert end.give_back_at is not None
    house.clock.move(timedelta(minutes=1))
    again = house.wake(answer)
    assert (again.decision, of_answer(again, "toy")) == ("recovered", [])


def test_what_only_waits_is_counted_without_its_remediation() -> None:
    assert of_answer(Answer(decision="proving"), "toy") == [Measure(name="proving", value=1)]
