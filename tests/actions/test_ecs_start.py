"""Services that are brought back: done only when they are up, and taken back to where they began."""

from __future__ import annotations

from dataclasses import replace

import pytest

from functions.actions.ecs_start import LowerFloorAgain, StartScaledService, StartService, StopTasksAgain
from functions.adapters.clock import FakeClock
from functions.core.action import Action, Effect, Irreversible, PropertyChange, decode, encode
from tests.cluster_account import ClusterAccount, group_arn, service_arn

WEB = service_arn("web")
START = StartService(service_arn=WEB, count=2, was=0, last=2, health_checked=False)
HALF = replace(START, last=4)
REST = replace(START, count=4, was=2, last=4)
SCALED = StartScaledService(
    cluster="prod", service="web", minimum=2, was_minimum=0, service_arn=WEB, last=2, health_checked=False
)
KNOWN = (StartService, StopTasksAgain, StartScaledService, LowerFloorAgain)


@pytest.fixture
def account(clock: FakeClock) -> ClusterAccount:
    return ClusterAccount(clock)


def effect(action: Action, account: ClusterAccount) -> Effect:
    return action.progress(account).effect


@pytest.mark.parametrize("action", [START, SCALED])
def test_it_is_absent_then_under_way_until_the_tasks_run_and_then_done(account: ClusterAccount, action: Action) -> None:
    account.scale("web", 0)
    account.stuck.add("web")
    assert effect(action, account) is Effect.ABSENT
    action.do(account)
    assert effect(action, account) is Effect.UNDER_WAY
    account.come_up("web")
    assert effect(action, account) is Effect.DONE


@pytest.mark.parametrize("action", [START, SCALED])
@pytest.mark.parametrize("state", ["initial", "unhealthy", "draining", "unused"])
def test_tasks_that_run_are_not_enough_where_a_target_is_not_healthy(
    account: ClusterAccount, action: Action, state: str
) -> None:
    account.scale("web", 0)
    action.do(account)
    account.states[group_arn("web")][1] = state
    assert effect(action, account) is Effect.UNDER_WAY


@pytest.mark.parametrize("action", [START, SCALED])
@pytest.mark.parametrize(
    ("state", "there"), [("HEALTHY", Effect.DONE), ("UNHEALTHY", Effect.UNDER_WAY), ("UNKNOWN", Effect.UNDER_WAY)]
)
def test_containers_count_where_ecs_checks_their_health(
    account: ClusterAccount, action: StartService | StartScaledService, state: str, there: Effect
) -> None:
    account.scale("web", 0)
    action.do(account)
    account.check_health("web", state)
    assert effect(replace(action, health_checked=True), account) is there
    assert effect(action, account) is Effect.DONE


@pytest.mark.parametrize("action", [START, SCALED])
def test_a_deployment_that_runs_is_waited_for_and_one_that_failed_is_a_failure(
    account: ClusterAccount, action: Action
) -> None:
    account.scale("web", 0)
    action.do(account)
    account.services["web"]["deployments"][0]["rolloutState"] = "IN_PROGRESS"
    assert effect(action, account) is Effect.UNDER_WAY
    account.services["web"]["deployments"][0]["rolloutState"] = "FAILED"
    assert effect(action, account) is Effect.FAILED


def test_another_count_is_somebody_elses(account: ClusterAccount) -> None:
    account.want("web", 3)
    assert effect(START, account) is Effect.FAILED
    assert effect(StopTasksAgain(service_arn=WEB, count=0, was=2), account) is Effect.FAILED


def test_other_bounds_are_somebody_elses_and_a_target_that_is_gone_fails(account: ClusterAccount) -> None:
    account.scale("web", 5)
    assert effect(SCALED, account) is Effect.FAILED
    account.scaling.clear()
    assert effect(SCALED, account) is Effect.FAILED


@pytest.mark.parametrize("action", [START, START.undo(), SCALED])
def test_a_service_that_is_gone_fails_the_change(account: ClusterAccount, action: Action) -> None:
    account.scale("web", 2)
    account.services.pop("web")
    assert effect(action, account) is Effect.FAILED


def test_more_tasks_than_the_floor_are_application_auto_scalings_and_count(account: ClusterAccount) -> None:
    account.scale("web", 0)
    SCALED.do(account)
    account.want("web", 5)
    assert effect(SCALED, account) is Effect.DONE


def test_a_floor_that_stays_is_registered_anew_because_that_moves_the_count(account: ClusterAccount) -> None:
    same = replace(SCALED, was_minimum=2)
    account.scale("web", 2)
    assert effect(same, account) is Effect.ABSENT
    same.do(account)
    assert (effect(same, account), account.services["web"]["desiredCount"]) == (Effect.DONE, 2)
    assert isinstance(same.undo(), Irreversible)


def test_a_service_that_wants_its_tasks_already_is_waited_for_and_the_call_changes_nothing(
    account: ClusterAccount,
) -> None:
    account.want("web", 2)
    wait = replace(START, was=2)
    account.services["web"]["runningCount"] = 1
    assert effect(wait, account) is Effect.UNDER_WAY
    wait.do(account)
    assert effect(wait, account) is Effect.DONE
    assert isinstance(wait.undo(), Irreversible) and wait.properties() == ()


def test_the_first_half_still_stands_when_the_rest_is_there_and_the_way_back_has_as_many_steps(
    account: ClusterAccount,
) -> None:
    HALF.do(account)
    assert (effect(HALF, account), effect(REST, account)) == (Effect.DONE, Effect.ABSENT)
    REST.do(account)
    assert (effect(HALF, account), effect(REST, account)) == (Effect.DONE, Effect.DONE)
    for action, left in ((REST, 2), (HALF, 0)):
        back = action.undo()
        assert isinstance(back, StopTasksAgain) and effect(back, account) is Effect.ABSENT
        back.do(account)
        assert (effect(back, account), account.services["web"]["desiredCount"]) == (Effect.DONE, left)


def test_the_floor_comes_up_in_halves_too(account: ClusterAccount) -> None:
    half, rest = replace(SCALED, last=4), replace(SCALED, minimum=4, was_minimum=2, last=4)
    account.scale("web", 0)
    half.do(account)
    rest.do(account)
    assert (effect(half, account), effect(rest, account)) == (Effect.DONE, Effect.DONE)
    for action, left in ((rest, 2), (half, 0)):
        back = action.undo()
        assert isinstance(back, LowerFloorAgain)
        back.do(account)
        assert (effect(back, account), account.scaling["web"]["MinCapacity"]) == (Effect.DONE, left)


def test_what_was_taken_back_is_not_brought_up_by_its_own_way_back() -> None:
    for action in (START, SCALED):
        back = action.undo()
        assert isinstance(back, Action) and isinstance(back.undo(), Irreversible)


def test_the_property_that_changes_is_the_services_not_the_clusters() -> None:
    forth, back = START.properties(), START.undo().properties()  # type: ignore[union-attr]
    changed = {"resource_type": "AWS::ECS::Service", "property": "DesiredCount", "resource": WEB, "literal": False}
    assert forth == (PropertyChange(old="0 tasks", new="2 tasks", **changed),)  # type: ignore[arg-type]
    assert [(one.old, one.new) for one in back] == [("2 tasks", "0 tasks")]


def test_what_came_up_stays_when_a_later_one_does_not() -> None:
    assert StartService.kept and StartScaledService.kept


@pytest.mark.parametrize("action", [START, REST, SCALED, START.undo(), SCALED.undo()])
def test_an_action_survives_the_journal_and_reads_as_one_line(action: Action) -> None:
    assert decode(encode(action), KNOWN) == action
    assert "prod/web" in str(action) and "\n" not in str(action)
