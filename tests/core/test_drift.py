"""The IaC ledger: which rows a run leaves behind, what is left open of them, and what it says about the template."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from functions.actions.application_autoscaling import RaiseScalingFloor
from functions.actions.ecs import SetDesiredCount, StopDeployment
from functions.actions.rds import CreateDbSnapshot, GrowVolume, SetMaxAllocatedStorage
from functions.core.action import Action, encode
from functions.core.alarm import Alarm, Kind, Via
from functions.core.drift import Drift, Owner, drift_rows, open_drifts, owner_of, settle
from functions.core.run import Run, Step, StepState
from functions.core.template_patch import template_line, template_patch
from tests.conftest import NOON
from tests.ecs_account import SERVICE, definition_arn, deployment_arn
from tests.events import ACCOUNT, REGION, alarm_arn

DB = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:orders"
STACK_ID = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/shop/1a2b"
TAGS = {
    "first-responder:mode": "act",
    "aws:cloudformation:stack-name": "shop",
    "aws:cloudformation:logical-id": "Orders",
    "aws:cloudformation:stack-id": STACK_ID,
}
GROW = GrowVolume(db="orders", gib=150, was=100, max_gib=189, was_max_gib=120)
RAISE = SetMaxAllocatedStorage(db="orders", gib=252, was=200)
LOWER = RAISE.undo()
FLOOR = RaiseScalingFloor(cluster="prod", service="web", minimum=3, was_minimum=1)
PLANNED, INTENDED, CALLED, DONE, FAILED, REFUSED = (
    StepState.PLANNED, StepState.INTENDED, StepState.CALLED, StepState.DONE, StepState.FAILED, StepState.REFUSED,
)  # fmt: skip


def a_run(*steps: Step, name: str = "r1", target: str = DB, tags: dict[str, str] = TAGS, **more: Any) -> Run:
    alarm = Alarm(
        kind=Kind.METRIC, via=Via.SNS, arn=alarm_arn(), name="disk", account=ACCOUNT, region=REGION, state="ALARM", at=NOON
    )  # fmt: skip
    later = NOON + timedelta(hours=1)
    return Run(
        id=name, incident="INC-1", remediation="grow", target=target, alarm=alarm, opened_at=NOON, deadline=later,
        due=later, phase_since=NOON, found={"tags": tags}, steps=steps, **more,
    )  # fmt: skip


def a_step(action: Action, state: StepState = INTENDED, undoes: int | None = None) -> Step:
    return Step(action=encode(action), state=state, undoes=undoes)


def minutes(count: int) -> datetime:
    return NOON + timedelta(minutes=count)


def rows_of(action: Action, minute: int = 0, name: str = "r1", **more: Any) -> tuple[Drift, ...]:
    return drift_rows(a_run(a_step(action), name=name, **more), 0, DONE, action, minutes(minute))


def test_a_change_leaves_one_row_for_each_property_with_its_stack_and_its_run() -> None:
    size, maximum = rows_of(GROW)
    assert size == Drift(
        stack="shop", stack_id=STACK_ID, logical_id="Orders", resource=DB, resource_type="AWS::RDS::DBInstance",
        property="AllocatedStorage", old="100", new="150", literal=True, incident="INC-1", run="r1", step=0, at=NOON,
    )  # fmt: skip
    assert (maximum.property, maximum.old, maximum.new) == ("MaxAllocatedStorage", 120, 189)


def test_what_no_stack_declares_leaves_no_row() -> None:
    assert rows_of(GROW, tags={"first-responder:mode": "act"}) == ()
    assert drift_rows(replace(a_run(a_step(GROW)), found={}), 0, DONE, GROW, NOON) == ()


def test_a_snapshot_leaves_no_row() -> None:
    assert rows_of(CreateDbSnapshot(db="orders", snapshot="auto-1", run="r1", expires_on="2026-12-07")) == ()


@pytest.mark.parametrize(
    ("was", "becomes", "recorded"),
    [
        (INTENDED, CALLED, True),
        (INTENDED, DONE, True),  # it crashed after the call, and found the change in effect
        (INTENDED, FAILED, True),  # it may have had an effect
        (CALLED, DONE, False),
        (CALLED, FAILED, False),
        (INTENDED, REFUSED, False),
        (PLANNED, INTENDED, False),
    ],
)
def test_a_change_is_written_down_once_with_the_first_state_in_which_it_may_be_there(
    was: StepState, becomes: StepState, recorded: bool
) -> None:
    assert bool(drift_rows(a_run(a_step(RAISE, was)), 0, becomes, RAISE, NOON)) is recorded


WAYS_BACK = [
    a_run(a_step(RAISE, DONE), a_step(LOWER, undoes=0)),
    a_run(a_step(RAISE, DONE), a_step(LOWER), gives_back="r0"),
    a_run(a_step(RAISE, DONE), a_step(LOWER), undoes="r0"),
]


@pytest.mark.parametrize("run", WAYS_BACK, ids=["undo step", "give back", "undo by id"])
@pytest.mark.parametrize(
    ("was", "becomes", "recorded"),
    [(INTENDED, CALLED, False), (CALLED, DONE, True), (INTENDED, DONE, True), (CALLED, FAILED, False)],
)
def test_a_way_back_closes_nothing_before_it_is_seen_in_effect(
    run: Run, was: StepState, becomes: StepState, recorded: bool
) -> None:
    back = run.with_step(1, was, NOON)
    assert bool(drift_rows(back, 1, becomes, LOWER, NOON)) is recorded


def test_what_is_taken_back_is_open_no_more_and_its_rows_stay() -> None:
    there, back = rows_of(RAISE), rows_of(LOWER, minute=5)
    (left,) = open_drifts(there)
    assert (left.old, left.new) == (200, 252)
    assert open_drifts((*back, *there)) == ()


def test_a_row_is_open_from_the_templates_value_to_the_last_one() -> None:
    once, twice = (
        SetMaxAllocatedStorage(db="orders", gib=252, was=200),
        SetMaxAllocatedStorage(db="orders", gib=300, was=252),
    )
    (left,) = open_drifts((*rows_of(twice, minute=9, name="r0"), *rows_of(once)))
    assert (left.old, left.new, left.run, left.at) == (200, 300, "r0", minutes(9))


def test_steps_of_one_moment_count_in_the_order_of_the_plan() -> None:
    further = SetMaxAllocatedStorage(db="orders", gib=300, was=252)
    run = a_run(a_step(RAISE), a_step(further))
    (left,) = open_drifts([*drift_rows(run, 1, DONE, further, NOON), *drift_rows(run, 0, DONE, RAISE, NOON)])
    assert (left.old, left.new) == (200, 300)


def test_changes_of_one_second_count_in_the_order_of_their_fractions() -> None:
    (first,), (second,) = rows_of(RAISE, name="r2"), rows_of(LOWER, name="r1")
    second = replace(second, new=300, at=NOON + timedelta(microseconds=4))
    (left,) = open_drifts((second, first))
    assert (left.old, left.new) == (200, 300)


def test_resources_stacks_and_properties_are_told_apart() -> None:
    other_stack = rows_of(GROW, tags={**TAGS, "aws:cloudformation:stack-name": "shop2"})
    other_target = rows_of(RAISE, target=DB.replace("orders", "bills"))
    assert len(open_drifts((*rows_of(GROW), *other_stack, *other_target))) == 5


def test_a_settled_difference_is_closed_and_the_next_one_counts_from_there() -> None:
    first = rows_of(RAISE)
    settled = settle(first, first[0], by="ann", reason="merged", at=minutes(30))
    assert settled is not None and (settled.by, settled.reason) == ("ann", "merged")
    assert open_drifts((*first, settled)) == ()
    next_one = rows_of(SetMaxAllocatedStorage(db="orders", gib=300, was=252), minute=40, name="r2")
    (left,) = open_drifts((*next_one, settled, *first))
    assert (left.old, left.new) == (252, 300)


def test_what_came_in_before_a_person_had_settled_stays_open() -> None:
    first, unseen = rows_of(RAISE), rows_of(SetMaxAllocatedStorage(db="orders", gib=300, was=252), minute=10, name="r2")
    settled = settle(first, first[0], by="ann", reason="merged", at=minutes(30))
    assert settled is not None
    (left,) = open_drifts((*first, *unseen, settled))
    assert (left.old, left.new) == (252, 300)


def test_only_what_is_open_and_as_it_was_seen_can_be_settled() -> None:
    there, back = rows_of(RAISE), rows_of(LOWER, minute=5)
    more = rows_of(SetMaxAllocatedStorage(db="orders", gib=300, was=252), minute=5)
    for rows in ((*there, *back), (*there, *more), rows_of(RAISE, target=SERVICE), ()):
        assert settle(rows, there[0], by="ann", reason="merged", at=minutes(30)) is None


def test_the_owner_is_read_from_cloudformations_tags() -> None:
    assert owner_of(TAGS) == Owner(stack="shop", logical_id="Orders", stack_id=STACK_ID)
    assert owner_of({"aws:cloudformation:stack-name": "shop"}) == Owner(stack="shop", logical_id="", stack_id="")
    assert owner_of({"stack-name": "shop"}) is None


def test_the_patch_of_a_property_is_json_patch_with_the_templates_types() -> None:
    size, _ = rows_of(GROW)
    count = rows_of(SetDesiredCount(service_arn=SERVICE, count=3, was=2), target=SERVICE)[0]
    new = rows_of(GrowVolume(db="orders", gib=400, was=300, iops=12000))[1]
    gone = replace(new, old=12000, new=None)
    orders = "/Resources/Orders/Properties"
    assert [template_patch(drift) for drift in (size, count, new, gone)] == [
        [{"op": "replace", "path": f"{orders}/AllocatedStorage", "value": "150"}],
        [{"op": "replace", "path": f"{orders}/DesiredCount", "value": 3}],
        [{"op": "add", "path": f"{orders}/Iops", "value": 12000}],
        [{"op": "remove", "path": f"{orders}/Iops"}],
    ]
    assert (
        template_line(size)
        == 'Orders: {Type: AWS::RDS::DBInstance, Properties: {AllocatedStorage: "150"}}  # was "100"'
    )


def test_no_path_is_guessed_for_a_resource_beside_the_target() -> None:
    (bound,) = rows_of(FLOOR, target=SERVICE)
    assert (bound.stack, bound.logical_id, bound.resource) == (
        "shop",
        "",
        "service/prod/web|ecs:service:DesiredCount|ecs",
    )
    assert template_patch(bound) == []
    assert template_line(bound) == (
        "<logical id>: {Type: AWS::ApplicationAutoScaling::ScalableTarget, Properties: {MinCapacity: 3}}"
        "  # was 1; service/prod/web|ecs:service:DesiredCount|ecs, declared in shop or beside it"
    )


def test_no_value_is_guessed_for_a_configuration_that_is_only_known_by_name() -> None:
    stop = StopDeployment(
        deployment=deployment_arn(9), task_definition=definition_arn(7), instead_of=definition_arn(9),
        besides="networkConfiguration",
    )  # fmt: skip
    version, network = rows_of(stop, target=SERVICE)
    assert template_patch(version)[0]["value"] == definition_arn(7)
    assert template_patch(network) == []
    assert "NetworkConfiguration: <value>}}  # as before" in template_line(network)


def test_a_difference_that_began_with_an_unknown_value_stays_without_a_patch_when_it_ends_with_a_known_one() -> None:
    (first,) = rows_of(RAISE)
    words = replace(first, old="as before", new="as deployed", literal=False, at=NOON - timedelta(minutes=1))
    (left,) = open_drifts((words, first))
    assert (left.old, left.literal, template_patch(left)) == ("as before", False, [])
