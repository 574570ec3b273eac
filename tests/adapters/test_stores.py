"""The record in DynamoDB and its fake keep the same promises."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.adapters.dynamodb_permits import SWITCH
from functions.adapters.dynamodb_store import DynamoDbStore
from functions.adapters.dynamodb_table import stamp, to_item
from functions.adapters.memory_store import MemoryStore
from functions.core.alarm import Alarm, Kind, Metric, Via
from functions.core.arn import Arn
from functions.core.decision import Decline
from functions.core.errors import AlreadyRecorded, Fenced, LeaseLost
from functions.core.ledger import Ledger
from functions.core.ports import Ask, Claim, Lost, Release, Taken, Unreadable
from functions.core.run import Entry, Outcome, Phase, Run, Step, StepState
from tests.events import ACCOUNT, REGION, alarm_arn

TARGET = Arn("aws", "rds", REGION, ACCOUNT, "db:orders")
HOUR = timedelta(hours=1)


@pytest.fixture(params=["memory", "dynamodb"])
def store(request: pytest.FixtureRequest) -> Any:
    return MemoryStore() if request.param == "memory" else request.getfixturevalue("dynamodb_store")


def claim(clock: FakeClock, run: str = "r1", delivery: str = "d1", remediation: str = "grow") -> Claim:
    now = clock.now()
    return Claim(
        target=TARGET,
        remediation=remediation,
        run=run,
        incident=f"INC-{run}",
        delivery=delivery,
        now=now,
        until=now + HOUR,
    )


def a_run(clock: FakeClock, name: str = "r1", minute: int = 0) -> Run:
    now = clock.now()
    alarm = Alarm(
        kind=Kind.METRIC,
        via=Via.SNS,
        arn=alarm_arn(),
        name="disk <b>",
        account=ACCOUNT,
        region=REGION,
        state="ALARM",
        at=now + timedelta(minutes=minute),
        metrics=(Metric(namespace="AWS/RDS", name="FreeStorageSpace", dimensions={"DBInstanceIdentifier": "orders"}),),
        reason_data={"threshold": 0.1, "recentDatapoints": [1.5, 2]},
    )
    return Run(
        id=name,
        incident="INC-1",
        remediation="grow",
        target=str(TARGET),
        alarm=alarm,
        opened_at=now,
        deadline=now + HOUR,
        due=now + timedelta(minutes=5),
        phase=Phase.ACTING,
        phase_since=now,
        found={"free": 1.25, "none": None, "empty": "", "list": [1, {"x": True}]},
        steps=(Step(action={"action": "Grow", "gib": 20}, state=StepState.INTENDED, at=now),),
        decline=Decline(code="c", seen="s", advice="a"),
    )


def test_one_taker_wins_and_the_loser_learns_who_holds(store: Any, clock: FakeClock) -> None:
    assert store.take(claim(clock)) == Taken(incident="INC-r1", reentered=False)
    lost = store.take(claim(clock, run="r2"))
    assert (lost.code, lost.run, lost.incident, lost.unconfirmed) == ("target_busy", "r1", "INC-r1", False)


def test_a_retry_of_the_same_delivery_reenters_and_a_copy_does_not(store: Any, clock: FakeClock) -> None:
    store.take(claim(clock))
    again = store.take(claim(clock))
    assert (again.incident, again.reentered) == ("INC-r1", True)
    assert store.take(claim(clock, delivery="copy")).code == "duplicate"


def test_a_released_lease_rests_only_for_its_own_remediation(store: Any, clock: FakeClock) -> None:
    store.take(claim(clock))
    store.release(TARGET, "r1", "grow", Release(cooldown_until=clock.now() + HOUR))
    assert store.take(claim(clock, run="r2")).code == "cooldown"
    assert isinstance(store.take(claim(clock, run="r3", remediation="other")), Taken)


def test_a_rest_ends(store: Any, clock: FakeClock) -> None:
    store.take(claim(clock))
    store.release(TARGET, "r1", "grow", Release(cooldown_until=clock.now() + HOUR))
    clock.move(HOUR)
    assert isinstance(store.take(claim(clock, run="r2")), Taken)


def test_the_last_run_of_a_target_is_not_answered_again(store: Any, clock: FakeClock) -> None:
    store.take(claim(clock))
    store.release(TARGET, "r1", "grow", Release())
    assert store.take(claim(clock, delivery="copy")).code == "duplicate"


def test_an_expired_lease_is_free(store: Any, clock: FakeClock) -> None:
    store.take(claim(clock))
    clock.move(HOUR + timedelta(seconds=1))
    assert isinstance(store.take(claim(clock, run="r2")), Taken)


def test_only_the_holder_releases(store: Any, clock: FakeClock) -> None:
    store.take(claim(clock))
    store.release(TARGET, "r2", "grow", Release())
    assert isinstance(store.take(claim(clock, run="r2")), Lost)


def test_who_has_lost_the_lease_still_leaves_its_rest_and_shortens_no_other(store: Any, clock: FakeClock) -> None:
    store.take(claim(clock))
    clock.move(HOUR + timedelta(seconds=1))
    store.take(claim(clock, run="r2", remediation="other"))
    store.release(TARGET, "r1", "grow", Release(cooldown_until=clock.now() + HOUR))
    store.release(TARGET, "r1", "grow", Release(cooldown_until=clock.now()))
    assert store.take(claim(clock, run="r3")).run == "r2"
    store.release(TARGET, "r2", "other", Release())
    assert store.take(claim(clock, run="r3")).code == "cooldown"


def test_a_silent_holder_is_reported_after_its_retries(store: Any, clock: FakeClock) -> None:
    store.take(claim(clock))
    clock.move(timedelta(minutes=11))
    assert store.take(claim(clock, run="r2")).unconfirmed
    store.release(TARGET, "r1", "grow", Release(forget=True))
    assert isinstance(store.take(claim(clock, delivery="copy")), Taken)


def test_alarms_of_a_target_join_its_open_incident_until_it_is_resolved(store: Any, clock: FakeClock) -> None:
    store.take(claim(clock))
    store.release(TARGET, "r1", "grow", Release())
    assert store.take(claim(clock, run="r2")).incident == "INC-r1"
    store.release(TARGET, "r2", "grow", Release(resolved=True))
    assert store.take(claim(clock, run="r3")).incident == "INC-r3"


def test_a_waiting_run_takes_its_target_again(store: Any, clock: FakeClock) -> None:
    store.take(claim(clock))
    store.release(TARGET, "r1", "grow", Release())
    assert isinstance(store.retake(claim(clock)), Taken)
    assert store.retake(claim(clock, run="r2")).code == "target_busy"


@pytest.mark.parametrize("rested", [True, False])
def test_who_holds_a_target_may_take_it_again_and_nobody_else_may(store: Any, clock: FakeClock, rested: bool) -> None:
    store.retake(replace(claim(clock), rested=rested))
    assert store.retake(replace(claim(clock), rested=rested)).reentered
    assert store.retake(replace(claim(clock, run="r2"), rested=rested)).code == "target_busy"


def ask(clock: FakeClock, name: str = "orders", **over: Any) -> Ask:
    return Ask(target=replace(TARGET, resource=f"db:{name}"), now=clock.now(), **over)


def test_who_holds_a_target_that_rests_may_take_it_again(store: Any, clock: FakeClock) -> None:
    store.take(claim(clock))
    store.release(TARGET, "r1", "grow", Release(cooldown_until=clock.now() + HOUR))
    store.retake(replace(claim(clock, run="r2"), rested=False))
    assert store.retake(claim(clock, run="r2")).reentered


def test_permits_are_counted_by_the_hour(store: Any, clock: FakeClock) -> None:
    assert [store.permit(ask(clock)).changes for _ in range(3)] == [1, 2, 3]
    assert store.permit(ask(clock, counts=0)).changes == 3
    assert store.permit(ask(clock, counts=-1)).changes == 2
    clock.move(HOUR)
    assert store.permit(ask(clock)).changes == 1


def test_the_changes_of_the_hour_are_told_without_counting(store: Any, clock: FakeClock) -> None:
    assert store.changes(clock.now()) == 0
    store.permit(ask(clock))
    store.permit(ask(clock, "b"))
    assert [store.changes(clock.now()) for _ in range(2)] == [2, 2]
    clock.move(timedelta(hours=1))
    assert store.changes(clock.now()) == 0
    assert store.permit(ask(clock)).changes == 1


def test_the_targets_that_are_to_be_changed_are_listed_for_a_while(store: Any, clock: FakeClock) -> None:
    store.permit(ask(clock, "a"))
    clock.move(timedelta(minutes=6))
    store.permit(ask(clock, "b"))
    names = [target.rsplit(":")[-1] for target in store.permit(ask(clock, "b", alarmed=False)).alarmed]
    assert sorted(names) == ["a", "b"]
    clock.move(timedelta(minutes=6))
    assert len(store.permit(ask(clock, "c")).alarmed) == 2


def test_the_list_of_targets_reaches_over_the_full_hour(store: Any, clock: FakeClock) -> None:
    clock.move(timedelta(minutes=58))
    store.permit(ask(clock, "a"))
    clock.move(timedelta(minutes=4))
    assert len(store.permit(ask(clock, "b")).alarmed) == 2


def test_the_list_of_targets_is_bounded(dynamodb_store: DynamoDbStore, clock: FakeClock) -> None:
    listed = {f"target {number}": stamp(clock.now()) for number in range(199)}
    item = {**SWITCH, "hour": f"{clock.now():%Y-%m-%dT%H}", "changes": 199, "alarmed": listed}
    dynamodb_store.client.put_item(TableName=dynamodb_store.name, Item=to_item(item))
    gates = [dynamodb_store.permit(ask(clock, f"d{number}")) for number in (0, 1, 2, 0)]
    assert [(len(gate.alarmed), gate.changes) for gate in gates] == [(200, 200 + n) for n in range(4)]


@pytest.mark.parametrize("old", [{"stopped": True, "reason": "maintenance"}, {"hour": "2026-11-23T11", "changes": 7}])
def test_a_permit_keeps_what_else_stands_on_its_item(
    dynamodb_store: DynamoDbStore, clock: FakeClock, old: dict[str, Any]
) -> None:
    dynamodb_store.client.put_item(
        TableName=dynamodb_store.name, Item=to_item({**SWITCH, **old, "switches": {"x": {}}})
    )
    for _ in range(2):
        gate = dynamodb_store.permit(ask(clock))
        assert (gate.switches["switches"], gate.switches.get("stopped")) == ({"x": {}}, old.get("stopped"))
    assert gate.changes == 2


def test_one_run_marks_a_storm_until_it_has_been_quiet(store: Any, clock: FakeClock) -> None:
    quiet = timedelta(minutes=10)
    store.permit(ask(clock))
    assert store.mark_storm("r1", "INC-1", clock.now(), quiet) == "INC-1"
    assert store.mark_storm("r1", "INC-1", clock.now(), quiet) == "INC-1"
    for _ in range(3):
        clock.move(timedelta(minutes=8))
        assert store.mark_storm("r2", "INC-2", clock.now(), quiet) == "INC-1"
    clock.move(timedelta(minutes=11))
    assert store.mark_storm("r3", "INC-3", clock.now(), quiet) == "INC-3"


def with_ledger(run: Run, clock: FakeClock) -> Run:
    return replace(run, ledger=run.ledger.then(["Grow", "Copy"], at=clock.now(), run=run.id, depth=1))


def test_a_change_is_noted_on_the_lease_before_it_is_made(store: Any, clock: FakeClock) -> None:
    assert store.take(claim(clock)).ledger == Ledger()
    store.save(with_ledger(a_run(clock), clock), [], changing=True)
    store.release(TARGET, "r1", "grow", Release(changed_at=clock.now() + timedelta(minutes=5)))
    ledger = store.take(claim(clock, run="r2")).ledger
    assert [act.action for act in ledger.acts] == ["Grow", "Copy"]
    assert (ledger.made("Grow", None), ledger.changed_by, ledger.depth) == (1, "r1", 1)
    assert ledger.changed_at == ledger.active_at == clock.now() + timedelta(minutes=5)


def test_the_seal_of_the_last_change_outlives_the_runs_that_change_nothing(store: Any, clock: FakeClock) -> None:
    store.take(claim(clock))
    store.save(with_ledger(a_run(clock), clock), [], changing=True)
    store.release(TARGET, "r1", "grow", Release(changed_at=clock.now(), seal="a1b2"))
    store.take(claim(clock, run="r2"))
    store.release(TARGET, "r2", "grow", Release())
    store.release(TARGET, "r1", "grow", Release(seal="c3d4"))
    ledger = store.take(claim(clock, run="r3")).ledger
    assert (ledger.sealed_by, ledger.seal) == ("r1", "a1b2")


def test_who_has_lost_the_lease_changes_nothing_and_writes_nothing(store: Any, clock: FakeClock) -> None:
    store.take(claim(clock))
    run = store.save(a_run(clock), [])
    clock.move(timedelta(hours=2))
    store.take(claim(clock, run="r2"))
    with pytest.raises(LeaseLost):
        store.save(with_ledger(run, clock), [], changing=True)
    assert store.load("INC-1", "r1") == run


def test_a_rest_counts_as_activity(store: Any, clock: FakeClock) -> None:
    store.take(claim(clock))
    store.release(TARGET, "r1", "grow", Release(cooldown_until=clock.now() + HOUR))
    clock.move(3 * HOUR)
    assert store.take(claim(clock, run="r2")).ledger.active_at == clock.now() - 2 * HOUR


def test_a_person_need_not_wait_until_a_target_has_rested(store: Any, clock: FakeClock) -> None:
    store.take(claim(clock))
    store.release(TARGET, "r1", "grow", Release(cooldown_until=clock.now() + HOUR))
    assert store.retake(claim(clock, run="r2")).code == "cooldown"
    assert isinstance(store.retake(replace(claim(clock, run="r2"), rested=False)), Taken)


def test_transitions_are_found_with_what_became_of_them(store: Any, clock: FakeClock) -> None:
    why = Decline(code="flapping", seen="s", advice="a")
    began = clock.now()
    store.save(a_run(clock), [])
    store.record(a_run(clock, minute=1).alarm, "grow", why, "INC-1")
    store.record(replace(a_run(clock, minute=2).alarm, state="OK"), "grow", why, None)
    store.record(replace(a_run(clock, minute=3).alarm, arn=alarm_arn("other")), "grow", why, None)
    found = store.transitions(alarm_arn(), began)
    assert [(one.at - began, one.code) for one in found] == [(timedelta(), "c"), (timedelta(minutes=1), "flapping")]
    assert len(store.transitions(alarm_arn(), began + timedelta(seconds=30))) == 1


def test_an_unreadable_run_hides_no_other_and_can_be_given_up(dynamodb_store: DynamoDbStore, clock: FakeClock) -> None:
    run = dynamodb_store.save(a_run(clock), [])
    item = {"pk": "INCIDENT#INC-9", "sk": "RUN#old", "open": "RUN", "due": "2026-01-01", "record": {"id": "old"}}
    dynamodb_store.client.put_item(TableName=dynamodb_store.name, Item=to_item(item))
    clock.move(timedelta(minutes=6))
    broken, found = dynamodb_store.overdue(clock.now())
    assert isinstance(broken, Unreadable)
    assert (broken.incident, broken.run, found) == ("INC-9", "old", run)
    dynamodb_store.abandon(broken, Entry(at=clock.now(), kind="escalated", text="t", call_person=True))
    assert dynamodb_store.overdue(clock.now()) == [run]


def test_a_run_comes_back_as_it_was_written(store: Any, clock: FakeClock) -> None:
    written = store.save(a_run(clock), [])
    assert written.version == 1
    assert store.load("INC-1", "r1") == written
    assert store.load("INC-1", "nobody") is None


def test_an_overtaken_writer_is_stopped(store: Any, clock: FakeClock) -> None:
    first = store.save(a_run(clock), [])
    store.save(first, [])
    with pytest.raises(Fenced):
        store.save(first, [])


def test_the_run_that_gives_a_change_back_answers_no_alarm_anew(store: Any, clock: FakeClock) -> None:
    run = store.save(a_run(clock), [])
    back = replace(a_run(clock, name="r1-back"), gives_back="r1")
    assert (store.save(back, []).version, store.load("INC-1", "r1")) == (1, run)


def test_an_alarm_transition_is_answered_once(store: Any, clock: FakeClock) -> None:
    store.save(a_run(clock), [])
    with pytest.raises(AlreadyRecorded):
        store.save(a_run(clock, name="r2"), [])
    why = Decline(code="cooldown", seen="s", advice="a")
    assert store.record(a_run(clock).alarm, "grow", why, "INC-1") is False
    assert store.record(a_run(clock, minute=1).alarm, "grow", why, "INC-1") is True
    assert store.record(a_run(clock, minute=1).alarm, "grow", why, None) is False


def test_the_sweep_finds_what_is_overdue_and_open(store: Any, clock: FakeClock) -> None:
    run = store.save(a_run(clock), [])
    ended = store.save(a_run(clock, name="r2", minute=1), [])
    store.save(replace(ended.to(Phase.ENDED, clock.now()), outcome=Outcome.RECOVERED), [])
    assert store.overdue(clock.now()) == []
    clock.move(timedelta(minutes=6))
    assert store.overdue(clock.now()) == [run]


def test_a_timeline_keeps_every_line(dynamodb_store: DynamoDbStore, clock: FakeClock) -> None:
    run = dynamodb_store.save(a_run(clock), [Entry(at=clock.now(), kind="plan", text="<script>")] * 2)
    dynamodb_store.save(run, [Entry(at=clock.now(), kind="change", text="t", call_person=True)])
    items = dynamodb_store.client.scan(TableName=dynamodb_store.name)["Items"]
    kinds = sorted(item["kind"]["S"] for item in items if item["sk"]["S"].startswith("AT#"))
    assert kinds == ["change", "plan", "plan"]
    assert {item["sk"]["S"] for item in items} >= {"RUN#r1"}


def test_a_declined_alarm_stands_in_the_timeline_of_the_incident_that_it_joins(
    dynamodb_store: DynamoDbStore, clock: FakeClock
) -> None:
    why = Decline(code="cooldown", seen="it rests", advice="Look")
    dynamodb_store.record(a_run(clock).alarm, "grow", why, "INC-1")
    items = dynamodb_store.client.scan(TableName=dynamodb_store.name)["Items"]
    (line,) = [item for item in items if item["pk"]["S"] == "INCIDENT#INC-1"]
    assert (line["kind"]["S"], line["text"]["S"]) == ("declined", "disk <b>: cooldown: it rests. Look")
    assert [item["call_person"]["BOOL"] for item in items if "call_person" in item] == [True]
