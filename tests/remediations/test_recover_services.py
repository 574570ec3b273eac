"""Services come back in the order of what they need, each healthy before the next; or nothing is started."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.core.advance import Answer
from functions.core.run import Outcome, Run
from functions.core.run_record import write_run
from functions.remediations.recover_services import RecoverServices
from tests.approved import approve, approved, proposed
from tests.cluster_account import CLUSTER, SECRET, ClusterAccount, database, group_arn
from tests.conftest import NOON
from tests.house import House, in_memory

Turn = Callable[[ClusterAccount], Any]
API, WEB = (("UpdateService", {"cluster": "prod", "service": name, "desiredCount": 2}) for name in ("api", "web"))


@pytest.fixture
def account(clock: FakeClock) -> ClusterAccount:
    return ClusterAccount(clock)


@pytest.fixture
def house(clock: FakeClock, account: ClusterAccount) -> House:
    return in_memory(RecoverServices(), account, clock)


def request(mode: str = "act", target: str = CLUSTER) -> dict[str, Any]:
    return {"target": target, "reason": "the outage is over", "requested_by": "ann", "mode": mode}


def recover(house: House) -> Run:
    """To its end, approved."""
    return house.run(house.follow(house.deliver(approved(house, request()))))


def text(house: House, kind: str) -> str:
    return next(entry.text for entry in house.store.entries if entry.kind == kind)


def registered(name: str, minimum: int) -> tuple[str, dict[str, Any]]:
    dimension = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
    return "RegisterScalableTarget", {**dimension, "ResourceId": f"service/prod/{name}", "MinCapacity": minimum}


# It acts


def test_each_comes_after_what_it_needs(house: House, account: ClusterAccount) -> None:
    assert recover(house).outcome is Outcome.RECOVERED
    assert account.calls == [API, WEB]


def test_a_person_always_agrees_first(house: House, account: ClusterAccount) -> None:
    answer = proposed(house, request())
    plan = house.run(answer).plan
    assert plan is not None and account.calls == []
    assert "has to know why" in plan["ask_first"] and plan["cost_per_month_usd"] == "36.04"
    assert plan["way_back"][0] == "set the desired count of prod/api back from 2 to 0 tasks"


def test_the_next_one_waits_until_the_targets_of_the_last_are_healthy(house: House, account: ClusterAccount) -> None:
    account.add("edge", tags={"first-responder:needs": "web", "first-responder:desired-count": "1"})
    account.stuck.add("web")
    answer = house.deliver(approved(house, request()))
    answer = waited(house, answer, timedelta(minutes=2))
    assert account.calls == [API, WEB]
    account.come_up("web")
    account.states[group_arn("web")] = ["healthy", "initial"]
    answer = waited(house, answer, timedelta(minutes=2))
    assert account.calls == [API, WEB]
    account.come_up("web")
    assert house.run(house.follow(answer)).outcome is Outcome.RECOVERED
    assert [said["service"] for _, said in account.calls] == ["api", "web", "edge"]


def waited(house: House, answer: Answer, time: timedelta) -> Answer:
    """Woken up as often as it wants to be in that time."""
    end = house.clock.now() + time
    while answer.wait is not None and house.clock.now() < end:
        house.clock.move(answer.wait)
        answer = house.wake(answer)
    return answer


def test_the_first_that_does_not_come_up_ends_it_and_what_came_up_stays(house: House, account: ClusterAccount) -> None:
    account.add("edge", tags={"first-responder:needs": "web", "first-responder:desired-count": "1"})
    account.stuck.add("web")
    run = recover(house)
    assert (run.outcome, account.calls) == (Outcome.ESCALATED, [API, WEB])
    assert "prod/api from 0 to 2 tasks, and wait until it is up stays" in text(house, "escalated")
    assert account.services["api"]["desiredCount"] == 2


def test_asked_again_it_leaves_alone_what_is_up_and_goes_on(house: House, account: ClusterAccount) -> None:
    account.stuck.add("web")
    recover(house)
    account.come_up("web")
    account.want("web", 0)
    account.calls.clear()
    house.clock.move(timedelta(minutes=11))
    assert recover(house).outcome is Outcome.RECOVERED
    assert account.calls == [WEB]


def test_one_that_has_its_count_and_is_not_healthy_is_waited_for_in_its_turn(
    house: House, account: ClusterAccount
) -> None:
    account.want("api", 2)
    account.services["api"]["runningCount"] = 1
    account.stuck.add("api")
    answer = waited(house, house.deliver(approved(house, request())), timedelta(minutes=2))
    assert account.calls == [API]
    account.come_up("api")
    assert house.run(house.follow(answer)).outcome is Outcome.RECOVERED
    assert account.calls == [API, WEB]


def test_a_count_is_not_enough_where_the_containers_are_not_healthy(house: House, account: ClusterAccount) -> None:
    account.want("api", 2)
    account.check_health("api", "UNHEALTHY")
    answer = waited(house, house.deliver(approved(house, request())), timedelta(minutes=2))
    assert account.calls == [API]
    account.containers["api"] = "HEALTHY"
    assert house.run(house.follow(answer)).outcome is Outcome.RECOVERED


def test_four_tasks_and_more_come_in_halves(house: House, account: ClusterAccount) -> None:
    account.tag("api", desired_count="5")
    assert recover(house).outcome is Outcome.RECOVERED
    assert [(said["service"], said["desiredCount"]) for _, said in account.calls] == [
        ("api", 3),
        ("api", 5),
        ("web", 2),
    ]


def test_nothing_is_ever_lowered(house: House, account: ClusterAccount) -> None:
    account.want("api", 7)
    account.services["api"]["runningCount"] = 6
    recover(house)
    assert account.calls[0] == ("UpdateService", {"cluster": "prod", "service": "api", "desiredCount": 7})


def test_what_scales_by_itself_gets_a_higher_floor_and_no_count(house: House, account: ClusterAccount) -> None:
    account.scale("api", 0)
    account.scale("web", 3)
    account.tag("web", desired_count="")
    assert recover(house).outcome is Outcome.RECOVERED
    assert account.calls == [registered("api", 2), registered("web", 3)]
    assert account.services["web"]["desiredCount"] == 3


def test_a_floor_comes_in_halves_and_never_below_what_it_was(house: House, account: ClusterAccount) -> None:
    account.scale("api", 0)
    account.scale("web", 3)
    account.tag("api", desired_count="4")
    account.tag("web", desired_count="5")
    assert recover(house).outcome is Outcome.RECOVERED
    assert account.calls == [registered("api", 2), registered("api", 4), registered("web", 5)]


def test_a_name_that_the_owner_has_given_to_several_means_all_of_them(house: House, account: ClusterAccount) -> None:
    for name in ("zeta", "yota"):
        account.add(name, tags={"first-responder:service": "store", "first-responder:desired-count": "1"})
    account.tag("yota", needs="store")  # of which it is one itself
    account.tag("api", needs="store db:orders")
    recover(house)
    assert [said["service"] for _, said in account.calls] == ["zeta", "yota", "api", "web"]


def test_services_without_a_tag_are_left_alone(house: House, account: ClusterAccount) -> None:
    account.add("batch", tags={"first-responder:desired-count": "3"})
    recover(house)
    assert account.calls == [API, WEB]


def test_as_many_services_as_may_be_looked_at_fit_into_one_item_of_the_record(
    house: House, account: ClusterAccount
) -> None:
    message = (
        f"(service web) was unable to place a task because no container instance met all of its needs. {'x' * 100}"
    )
    for n in range(18):
        account.add(f"s{n}", tags={"first-responder:service": "many", "first-responder:desired-count": "1"})
    for service in account.services.values():
        service["events"] = [{"id": str(n), "createdAt": NOON, "message": message} for n in range(100)]
    answer = house.deliver(request("observe"))
    assert answer.decision == "observed"
    assert len(json.dumps(write_run(house.run(answer)))) < 200_000


def test_observing_changes_nothing(house: House, account: ClusterAccount) -> None:
    assert house.deliver(request("observe")).decision == "observed"
    assert account.calls == []


def test_no_alarm_and_no_event_starts_it() -> None:
    assert RecoverServices.triggers == ()


@pytest.mark.parametrize("code", ["SubscriptionRequiredException", "AccessDeniedException"])
def test_where_aws_health_tells_nothing_that_is_said_and_nobody_waits(
    house: House, account: ClusterAccount, code: str
) -> None:
    account.refuses["describe_events"] = code
    assert recover(house).outcome is Outcome.RECOVERED
    assert "AWS Health could not be asked" in text(house, "plan")


# Whether it helped


def test_a_quota_that_nobody_tells_stops_nothing(house: House, account: ClusterAccount) -> None:
    account.vcpus = None
    assert recover(house).outcome is Outcome.RECOVERED


def test_services_on_instances_have_no_quota_of_vcpus(house: House, account: ClusterAccount) -> None:
    account.vcpus = (100.0, 100.0)
    for name in ("api", "web"):
        account.services[name]["launchType"] = "EC2"
    assert recover(house).outcome is Outcome.RECOVERED


def test_without_a_check_the_proof_says_that_nobody_checked_end_to_end(house: House) -> None:
    recover(house)
    assert "nobody has checked them end to end" in text(house, "recovered")


@pytest.mark.parametrize("state", ["ALARM", "INSUFFICIENT_DATA"])
def test_only_an_alarm_that_is_ok_is_a_proof(house: House, account: ClusterAccount, state: str) -> None:
    account.cluster_tags["first-responder:service-check"] = "canary"
    account.alarms["canary"] = state
    answer = waited(house, house.deliver(approved(house, request())), timedelta(minutes=10))
    assert answer.decision == "proving"
    account.alarms["canary"] = "OK"
    assert house.run(house.follow(answer)).outcome is Outcome.RECOVERED
    assert "canary is OK" in text(house, "recovered")


def test_where_the_check_stays_in_alarm_a_person_is_called_and_all_stays_up(
    house: House, account: ClusterAccount
) -> None:
    account.cluster_tags["first-responder:service-check"] = "canary"
    account.alarms["canary"] = "ALARM"
    assert recover(house).outcome is Outcome.ESCALATED
    assert account.calls == [API, WEB]


def test_a_service_that_goes_down_again_before_the_proof_is_no_recovery(house: House, account: ClusterAccount) -> None:
    account.cluster_tags["first-responder:service-check"] = "canary"
    account.alarms["canary"] = "ALARM"
    answer = waited(house, house.deliver(approved(house, request())), timedelta(minutes=2))
    account.alarms["canary"] = "OK"
    account.want("api", 0)
    assert house.run(house.follow(answer)).outcome is Outcome.ESCALATED


# The way back


def test_a_person_takes_it_back_in_reverse_to_the_counts_of_before(house: House, account: ClusterAccount) -> None:
    account.tag("api", desired_count="4")
    account.scale("web", 0)
    answer = house.follow(house.deliver(approved(house, request())))
    account.calls.clear()
    back = house.deliver(taken_back(answer))
    assert house.run(house.follow(back)).outcome is Outcome.UNDONE
    down = [("UpdateService", {"cluster": "prod", "service": "api", "desiredCount": count}) for count in (2, 0)]
    assert account.calls == [registered("web", 0), *down]


def taken_back(answer: Answer) -> dict[str, Any]:
    which = {"incident": answer.incident, "run": answer.run}
    return {"undo": which, "reason": "it hurts the database", "requested_by": "ann", "mode": "act"}


def test_what_came_up_and_is_not_healthy_any_more_can_be_taken_back(house: House, account: ClusterAccount) -> None:
    answer = house.follow(house.deliver(approved(house, request())))
    account.states[group_arn("web")] = ["unhealthy", "unhealthy"]
    account.calls.clear()
    assert house.run(house.follow(house.deliver(taken_back(answer)))).outcome is Outcome.UNDONE
    assert [(said["service"], said["desiredCount"]) for _, said in account.calls] == [("web", 0), ("api", 0)]


def test_one_that_did_not_come_up_is_taken_back_with_those_that_did(house: House, account: ClusterAccount) -> None:
    account.stuck.add("web")
    answer = house.follow(house.deliver(approved(house, request())))
    account.calls.clear()
    assert house.run(house.follow(house.deliver(taken_back(answer)))).outcome is Outcome.UNDONE
    assert [(said["service"], said["desiredCount"]) for _, said in account.calls] == [("web", 0), ("api", 0)]


def test_what_somebody_has_changed_since_is_theirs(house: House, account: ClusterAccount) -> None:
    answer = house.follow(house.deliver(approved(house, request())))
    account.want("web", 3)
    account.calls.clear()
    assert house.deliver(taken_back(answer)).text.startswith("changed_since")
    assert account.calls == []


# What stops it


def rollout(state: str) -> Turn:
    return lambda a: a.services["web"]["deployments"][0].update(rolloutState=state)


def many(account: ClusterAccount) -> None:
    for n in range(20):
        account.add(f"s{n}", tags={"first-responder:service": "many"})


STOPS: list[tuple[str, Turn]] = [
    ("no_declared_services", lambda a: (a.tag("api", needs=""), a.tag("web", needs=""))),
    ("too_many_services", many),
    ("invalid_service_tag", lambda a: a.tag("web", needs="api,login")),
    ("target_group_not_found", lambda a: a.groups.clear()),
    ("service_not_allowed", lambda a: a.tag("web", mode="never")),
    ("service_not_allowed", lambda a: a.tag("web", mode="observe")),
    ("service_not_allowed", lambda a: a.tag("web", mode="")),
    ("service_not_allowed", lambda a: a.tag("web", mode="atc")),
    ("not_a_rolling_service", lambda a: a.services["web"].update(status="DRAINING")),
    ("not_a_rolling_service", lambda a: a.services["web"].update(deploymentController={"type": "CODE_DEPLOY"})),
    ("not_a_rolling_service", lambda a: a.services["web"].update(schedulingStrategy="DAEMON")),
    ("not_a_rolling_service", lambda a: a.services["web"]["deploymentConfiguration"].update(strategy="BLUE_GREEN")),
    ("stack_in_progress", lambda a: a.of_stack("web", "shop", "UPDATE_IN_PROGRESS")),
    ("stack_failed", lambda a: a.of_stack("web", "shop", "UPDATE_ROLLBACK_FAILED")),
    ("deployment_in_progress", rollout("IN_PROGRESS")),
    ("deployment_failed", rollout("FAILED")),
    ("scaling_suspended", lambda a: a.scale("web", 2, DynamicScalingInSuspended=True)),
    ("no_order", lambda a: a.tag("web", needs="web")),
    ("no_order", lambda a: a.tag("web", needs="payments")),
    ("no_order", lambda a: a.tag("api", needs="web")),
    ("no_recorded_count", lambda a: a.tag("web", desired_count="")),
    ("no_recorded_count", lambda a: (a.tag("web", desired_count=""), a.scale("web", 0))),
    ("invalid_desired_count", lambda a: a.tag("web", desired_count="two")),
    ("invalid_desired_count", lambda a: a.tag("web", desired_count="0")),
    ("invalid_policy", lambda a: a.tag("web", max_tasks="many")),
    ("above_cap", lambda a: a.tag("web", desired_count="21")),
    ("above_cap", lambda a: a.tag("web", max_tasks="1")),
    ("above_maximum", lambda a: a.scale("web", 0, 1)),
    ("database_not_available", lambda a: a.databases.clear()),
    ("database_not_available", lambda a: a.databases["orders"].update(DBInstanceStatus="stopped")),
    (
        "database_not_available",
        lambda a: a.databases.update(m=database("m", DBInstanceStatus="failed", MasterUserSecret={"SecretArn": SECRET})),
    ),
    ("secret_not_there", lambda a: a.secrets.clear()),
    ("secret_not_there", lambda a: a.secrets[SECRET].update(DeletedDate=NOON)),
    ("aws_health_issue", lambda a: a.issues.append("AWS_ECS_OPERATIONAL_ISSUE")),
    ("no_free_addresses", lambda a: setattr(a, "free_addresses", 3)),
    ("quota_reached", lambda a: setattr(a, "vcpus", (99.5, 100.0))),
    ("endpoint_not_available", lambda a: a.endpoints.update({"ecr.api": "pendingAcceptance"})),
    ("endpoint_not_available", lambda a: a.endpoints.update(logs="Failed")),
    ("cannot_read", lambda a: a.refuses.update(describe_vpc_endpoints="UnauthorizedOperation")),
    ("service_check_not_found", lambda a: a.cluster_tags.update({"first-responder:service-check": "canary"})),
    ("nothing_to_recover", lambda a: (a.want("api", 2), a.want("web", 2))),
    ("policy_never", lambda a: a.cluster_tags.update({"first-responder:mode": "never"})),
    ("cannot_read", lambda a: a.refuses.update(describe_secret="AccessDeniedException")),
]  # fmt: skip


@pytest.mark.parametrize(("code", "turn"), STOPS, ids=[f"{i}-{stop[0]}" for i, stop in enumerate(STOPS)])
def test_each_guard_declines_with_its_own_code_and_starts_nothing(
    house: House, account: ClusterAccount, code: str, turn: Turn
) -> None:
    turn(account)
    run = house.run(house.deliver(request()))
    assert run.outcome is Outcome.DECLINED and run.decline is not None
    assert run.decline.code == code, run.decline
    assert run.decline.seen and run.decline.advice
    assert account.calls == []


@pytest.mark.parametrize("field", ["first-responder:mode = 'never'", "web has"])
def test_the_service_that_may_not_be_changed_is_named(house: House, account: ClusterAccount, field: str) -> None:
    account.tag("web", mode="never")
    assert field in house.deliver(request()).text


def test_what_is_up_needs_nothing_more(house: House, account: ClusterAccount) -> None:
    account.want("api", 2)
    account.secrets.clear()
    account.databases["orders"]["DBInstanceStatus"] = "backing-up"
    assert recover(house).outcome is Outcome.RECOVERED
    assert account.calls == [WEB]


def test_what_comes_between_the_proposal_and_its_approval_stops_it(house: House, account: ClusterAccount) -> None:
    event = approved(house, request())
    account.databases["orders"]["DBInstanceStatus"] = "rebooting"
    assert house.deliver(event).text.startswith("database_not_available")
    assert account.calls == []


@pytest.mark.parametrize("target", [f"{CLUSTER}-x", CLUSTER.replace("cluster/", "service/prod/")])
def test_a_target_that_is_no_cluster_or_not_there_is_declined(house: House, target: str) -> None:
    assert house.deliver(request(target=target)).text.split(":")[0] in ("not_a_cluster", "target_not_found")


# Scenes


@contextmanager
def _stopped() -> Iterator[tuple[ClusterAccount, House]]:
    """`api` is of a stack and checks its container, `web` scales by itself and is down to nothing; the whole is checked."""
    clock = FakeClock(NOON)
    account = ClusterAccount(clock)
    account.of_stack("api", "shop")
    account.check_health("api", "HEALTHY")
    account.scale("web", 0)
    account.cluster_tags["first-responder:service-check"] = "canary"
    account.alarms["canary"] = "OK"
    yield account, in_memory(RecoverServices(), account, clock)


@contextmanager
def an_approved_recovery_brings_both_back() -> Iterator[tuple[House, Any]]:
    with _stopped() as (_, house):
        yield house, approved(house, request())


@contextmanager
def a_person_takes_the_recovery_back() -> Iterator[tuple[House, Any]]:
    with _stopped() as (_, house):
        yield house, taken_back(house.follow(house.deliver(approve(house, proposed(house, request())))))


SCENES = {scene.__name__: scene for scene in (an_approved_recovery_brings_both_back, a_person_takes_the_recovery_back)}
