"""A load balancer that answers with errors: the first thing that explains them is named, and mended where that is narrow."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.core.run import Outcome
from functions.remediations.triage_alb_errors import TriageAlbErrors
from tests.alb_account import (
    BALANCER,
    GROUP,
    OF_BALANCER,
    OF_TASKS,
    PORT,
    SERVICE,
    AlbAccount,
    removal,
    shift,
    task_arn,
)
from tests.answered import approved
from tests.conftest import NOON
from tests.events import REGION, eventbridge
from tests.house import House, in_memory
from tests.scenes import Reacting

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OF_LB = {"LoadBalancer": "app/web/50dc6c495c0c9188"}
OF_TG = {**OF_LB, "TargetGroup": "targetgroup/web/73e2d6bc24d8a067"}
ZONE = {"AvailabilityZone": f"{REGION}a"}
UNHEALTHY, TARGET_5XX, ELB_5XX = "UnHealthyHostCount", "HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count"
ELB_504 = "HTTPCode_ELB_504_Count"
RULE = {"group": OF_TASKS, "port": PORT, "peer": OF_BALANCER}
Turn = Callable[[AlbAccount], Any]


@pytest.fixture
def account(clock: FakeClock) -> AlbAccount:
    return AlbAccount(clock)


@pytest.fixture
def house(account: AlbAccount, clock: FakeClock) -> House:
    return house_of(account, clock)


def house_of(aws: Any, clock: FakeClock) -> House:
    return in_memory(TriageAlbErrors(), aws, clock)


def alarm(
    house: House, metric: str = UNHEALTHY, dimensions: Mapping[str, str] | None = None, **over: Any
) -> dict[str, Any]:
    of = dimensions or (OF_TG if metric == UNHEALTHY else OF_LB)
    data = {"threshold": 1.0, "recentDatapoints": [1.0]}
    return eventbridge(
        house.clock.now(), "AWS/ApplicationELB", metric, dict(of), alarm="web-errors", reason_data=data, **over
    )


def request(mode: str = "act", target: str = BALANCER) -> dict[str, Any]:
    return {"target": target, "reason": "customers see errors", "requested_by": "ann", "mode": mode}


def actions(house: House, answer: Any) -> list[dict[str, Any]]:
    return [dict(step.action) for step in house.run(answer).steps]


def errors(metric: str, *ago_and_count: tuple[int, float]) -> Turn:
    def turn(account: AlbAccount) -> None:
        account.points[metric] = [(ago * MINUTE, count) for ago, count in ago_and_count]

    return turn


# It acts


def test_one_stuck_task_among_healthy_ones_is_stopped_and_nothing_else(house: House, account: AlbAccount) -> None:
    account.fail(2)
    answer = house.deliver(alarm(house))
    assert answer.decision == "acting", answer
    ((name, asked),) = account.calls
    assert (name, asked["task"]) == ("StopTask", task_arn(2))


def test_stuck_tasks_are_stopped_one_after_the_other_when_the_service_is_whole_again(clock: FakeClock) -> None:
    account = AlbAccount(clock)
    account.grow(8)
    account.fail(2, 5)
    house = house_of(account, clock)
    answer = house.deliver(alarm(house))
    account.service["runningCount"] = 7
    clock.move(MINUTE)
    answer = house.wake(answer)
    assert [name for name, _ in account.calls] == ["StopTask"]
    account.service["runningCount"] = 8
    clock.move(MINUTE)
    house.wake(answer)
    assert [asked["task"] for _, asked in account.calls] == [task_arn(2), task_arn(5)]


def test_it_ends_well_when_all_targets_are_healthy_and_the_alarm_is_calm(clock: FakeClock) -> None:
    account = AlbAccount(clock)
    account.fail(2)
    account.alarm_is("ALARM")
    house = house_of(Reacting(account, {"stop_task": account.heal}), clock)
    answer = house.follow(house.deliver(alarm(house)))
    assert house.run(answer).outcome is Outcome.RECOVERED


def test_a_stopped_task_that_did_not_help_calls_a_person(house: House, account: AlbAccount) -> None:
    account.fail(2)
    account.alarm_is("ALARM")
    answer = house.follow(house.deliver(alarm(house)))
    assert house.run(answer).outcome is Outcome.ESCALATED
    assert len(account.calls) == 1


def test_a_stopped_task_whose_place_is_not_taken_by_a_healthy_one_did_not_help(clock: FakeClock) -> None:
    """No target fails any more where none is left, and then the alarm is calm as well."""
    account = AlbAccount(clock)
    account.fail(2)

    def nobody_comes(_: Any = None) -> None:
        account.groups[GROUP].pop(1)
        account.alarm_is("OK")

    house = house_of(Reacting(account, {"stop_task": nobody_comes}), clock)
    answer = house.follow(house.deliver(alarm(house)))
    assert house.run(answer).outcome is Outcome.ESCALATED
    assert any("3 of 4 targets are healthy in web" in entry.text for entry in house.store.entries)


@pytest.mark.parametrize("by_id", [False, True])
def test_a_rule_that_was_removed_is_put_back_only_after_a_person_agreed(
    house: House, account: AlbAccount, by_id: bool
) -> None:
    account.remove_rule(by_id=by_id)
    wake = approved(house, alarm(house))
    assert account.calls == []
    house.deliver(wake)
    ((name, asked),) = account.calls
    assert (name, asked["GroupId"]) == ("AuthorizeSecurityGroupIngress", OF_TASKS)
    assert asked["IpPermissions"] == [
        {"IpProtocol": "tcp", "FromPort": PORT, "ToPort": PORT, "UserIdGroupPairs": [{"GroupId": OF_BALANCER}]}
    ]


def test_the_person_is_told_who_removed_the_rule(house: House, account: AlbAccount) -> None:
    account.remove_rule()
    house.deliver(alarm(house))
    assert any("user/bob" in entry.text for entry in house.store.entries if entry.kind == "proposed")


def test_traffic_is_taken_away_from_the_only_failing_zone_only_after_a_person_agreed(
    house: House, account: AlbAccount
) -> None:
    account.fail(1, 3)
    wake = approved(house, alarm(house))
    assert account.calls == []
    house.deliver(wake)
    ((name, asked),) = account.calls
    assert name == "StartZonalShift"
    assert (asked["resourceIdentifier"], asked["awayFrom"], asked["expiresIn"]) == (BALANCER, "euw1-az1", "2h")


def test_a_shift_that_helped_is_cancelled_by_a_person_who_asks(house: House, account: AlbAccount) -> None:
    account.fail(1, 3)
    answer = house.deliver(approved(house, alarm(house)))
    answer = house.follow(answer)
    assert house.run(answer).outcome is Outcome.RECOVERED
    undo = {"incident": answer.incident, "run": answer.run}
    house.follow(house.deliver({"undo": undo, "reason": "the zone is well", "requested_by": "ann", "mode": "act"}))
    assert [name for name, _ in account.calls] == ["StartZonalShift", "CancelZonalShift"]


@pytest.mark.parametrize(
    ("metric", "dimensions"),
    [
        (UNHEALTHY, OF_TG),
        (UNHEALTHY, {**OF_TG, **ZONE}),
        (TARGET_5XX, OF_LB),
        (TARGET_5XX, OF_TG),
        (TARGET_5XX, {**OF_LB, **ZONE}),
        ("TargetConnectionErrorCount", OF_TG),
        (ELB_5XX, OF_LB),
        (ELB_5XX, {**OF_LB, **ZONE}),
        ("HTTPCode_ELB_502_Count", OF_LB),
        ("RejectedConnectionCount", OF_LB),
    ],
)
def test_every_alarm_on_it_is_about_the_load_balancer(
    house: House, account: AlbAccount, metric: str, dimensions: dict[str, str]
) -> None:
    account.fail(2)
    answer = house.deliver(alarm(house, metric, dimensions))
    assert answer.decision == "acting", answer
    assert house.run(answer).target == BALANCER


def test_an_alarm_with_other_dimensions_is_declined(house: House, account: AlbAccount) -> None:
    account.fail(2)
    assert house.deliver(alarm(house, ELB_5XX, OF_TG)).text.startswith("unexpected_dimensions:")
    assert house.deliver(alarm(house, UNHEALTHY, OF_LB)).text.startswith("unexpected_dimensions:")
    assert account.calls == []


def test_an_alarm_on_a_target_group_that_is_not_there_any_more_is_declined(house: House, account: AlbAccount) -> None:
    account.fail(2)
    gone = {**OF_LB, "TargetGroup": "targetgroup/gone/73e2d6bc24d8a067"}
    reaches("target_group_not_attached", account, house, alarm(house, TARGET_5XX, gone))


# Whose word counts


@pytest.mark.parametrize(
    ("balancer", "service", "decision"),
    [
        ("act", "act", "acting"),
        (None, "act", "acting"),
        ("act", None, "observed"),
        ("act", "observe", "observed"),
        ("observe", "act", "observed"),
        ("act", "propose", "waiting_for_answer"),
        ("propose", "act", "waiting_for_answer"),
        ("act", "never", "declined"),
        ("never", "act", "declined"),
        ("act", "atc", "declined"),
    ],
)
def test_a_task_is_stopped_only_where_the_owners_of_service_and_load_balancer_let_it(
    house: House, account: AlbAccount, balancer: str | None, service: str | None, decision: str
) -> None:
    account.fail(2)
    account.balancer_tags = {} if balancer is None else {"first-responder:mode": balancer}
    account.tag({} if service is None else {"first-responder:mode": service})
    assert house.deliver(alarm(house)).decision == decision
    assert bool(account.calls) is (decision == "acting")


def test_a_rule_is_not_put_into_the_group_of_an_owner_who_does_not_let_it(house: House, account: AlbAccount) -> None:
    account.remove_rule()
    account.security_groups[OF_TASKS]["Tags"] = []
    assert house.deliver(alarm(house)).decision == "observed"
    account.security_groups[OF_TASKS]["Tags"] = [{"Key": "first-responder:mode", "Value": "never"}]
    house.clock.move(MINUTE)
    assert house.deliver(alarm(house)).text.startswith("policy_never:")


# It names what is broken, and changes nothing


def reaches(code: str, account: AlbAccount, house: House, event: Any = None) -> str:
    answer = house.deliver(event or alarm(house))
    assert answer.text.startswith(f"{code}:"), answer
    assert account.calls == []
    return answer.text


def all_timeout(account: AlbAccount) -> None:
    account.fail(1, 2, 3, 4, reason="Target.Timeout")


def acl(**rule: Any) -> Turn:
    def turn(account: AlbAccount) -> None:
        all_timeout(account)
        account.acl.insert(
            0, {"RuleNumber": 50, "Protocol": "6", "RuleAction": "deny", "CidrBlock": "0.0.0.0/0", **rule}
        )

    return turn


def with_other_group(account: AlbAccount) -> None:
    account.fail(2)
    account.groups[GROUP.replace("/web/", "/api/")] = [account.target(9, "unhealthy", "Target.Timeout")]


def no_targets(desired: int) -> Turn:
    def turn(account: AlbAccount) -> None:
        account.groups[GROUP] = []
        account.service.update(desiredCount=desired, runningCount=0)

    return turn


def with_shift(account: AlbAccount) -> None:
    account.fail(1, 3)
    account.shifts.append(shift(NOON, "theirs", "euw1-az2", "bob's"))


def busy(account: AlbAccount) -> None:
    account.fail(2, reason="Target.Timeout")
    account.points["CPUUtilization"] = [(2 * MINUTE, 97.0)]


def removed_otherwise(**over: Any) -> Turn:
    def turn(account: AlbAccount) -> None:
        account.remove_rule(recorded=False)
        said = {"group": OF_TASKS, "port": PORT, "peer": OF_BALANCER, "error": "", "ago": HOUR, **over}
        ago = said.pop("ago")
        account.trail.append(removal(NOON - ago, **said))

    return turn


def two_rules_removed(account: AlbAccount) -> None:
    other = "sg-0dddddddddddddddd"
    account.balancer["SecurityGroups"].append(other)
    account.security_groups[other] = account.security_group(other)
    account.remove_rule()
    account.trail.append(removal(NOON - HOUR, OF_TASKS, PORT, other))


def only_target(account: AlbAccount) -> None:
    account.fail(2)
    account.groups[GROUP] = account.groups[GROUP][1:2]


def unknown_state(account: AlbAccount) -> None:
    account.groups[GROUP][1] = account.target(2, "poorly", "Target.FailedHealthChecks")


FINDINGS: dict[str, tuple[Turn, str]] = {
    "a deployment began half an hour before": (
        lambda a: (a.fail(2), a.deployed(30 * MINUTE)), "deployment_before_errors",
    ),
    "a deployment runs since before": (
        lambda a: (a.fail(2), a.deployed(HOUR, "IN_PROGRESS")), "deployment_in_progress",
    ),
    "all targets are unhealthy": (lambda a: a.fail(1, 2, 3, 4), "all_targets_unhealthy"),
    "the only target is unhealthy": (only_target, "all_targets_unhealthy"),
    "it fails for a reason of no known kind": (lambda a: a.fail(2, reason="Target.Novel"), "unhealthy_targets"),
    "it is in a state that is not known": (unknown_state, "unhealthy_targets"),
    "all are unhealthy and drain": (
        lambda a: a.groups.update({GROUP: [a.target(n, "unhealthy.draining") for n in (1, 2, 3, 4)]}), "all_targets_unhealthy",
    ),
    "another target is new": (
        lambda a: (a.fail(2), a.groups[GROUP].append(a.target(5, "initial", "Elb.InitialHealthChecking"))),
        "unhealthy_targets",
    ),
    "of two unhealthy targets one is no task": (
        lambda a: (a.grow(8), a.fail(2, 5), a.tasks.pop(task_arn(5))), "unhealthy_targets",
    ),
    "nobody says in which zone the healthy ones are": (
        lambda a: (a.fail(1, 3), a.tasks.pop(task_arn(2)), a.tasks.pop(task_arn(4))), "unhealthy_targets",
    ),
    "a target of the failing zone is healthy": (lambda a: (a.grow(6), a.fail(1, 3)), "unhealthy_targets"),
    "two rules were removed": (two_rules_removed, "security_group_blocks_targets"),
    "more than a few are unhealthy": (lambda a: a.fail(1, 2), "unhealthy_targets"),
    "the unhealthy target is no task": (
        lambda a: (a.fail(2), a.tasks.pop(task_arn(2))), "unhealthy_targets",
    ),
    "the task is young": (
        lambda a: (a.fail(2), a.tasks[task_arn(2)].update(startedAt=NOON - 4 * MINUTE)), "unhealthy_targets",
    ),
    "the task is within its grace period": (
        lambda a: (
            a.fail(2), a.tasks[task_arn(2)].update(startedAt=NOON - 20 * MINUTE),
            a.service.update(healthCheckGracePeriodSeconds=1200),
        ),
        "unhealthy_targets",
    ),
    "ECS is stopping the task already": (
        lambda a: (a.fail(2), a.tasks[task_arn(2)].update(desiredStatus="STOPPED")), "unhealthy_targets",
    ),
    "tasks are on their way already": (lambda a: (a.fail(2), a.service.update(runningCount=3)), "unhealthy_targets"),
    "the service has one task": (
        lambda a: (a.fail(2), a.service.update(desiredCount=1, runningCount=1)), "unhealthy_targets",
    ),
    "it is a daemon service": (lambda a: (a.fail(2), a.service.update(schedulingStrategy="DAEMON")), "unhealthy_targets"),
    "another controller deploys it": (
        lambda a: (a.fail(2), a.service.update(deploymentController={"type": "CODE_DEPLOY"})), "unhealthy_targets",
    ),
    "no service stands behind": (lambda a: (a.fail(2), a.service.update(loadBalancers=[])), "no_ecs_service"),
    "the service is being deleted": (lambda a: (a.fail(2), a.service.update(status="DRAINING")), "no_ecs_service"),
    "the fault is the load balancer's": (lambda a: a.fail(2, reason="Elb.InternalError"), "load_balancer_internal_error"),
    "the service is at its limit": (busy, "service_saturated"),
    "two target groups are in trouble": (with_other_group, "several_target_groups"),
    "the service is switched off": (no_targets(0), "no_targets"),
    "no task starts": (no_targets(4), "no_targets"),
    "the load balancer is impaired": (
        lambda a: (a.fail(2), a.balancer.update(State={"Code": "active_impaired"})), "load_balancer_impaired",
    ),
    "nothing is routed to a group": (lambda a: a.groups.clear(), "no_target_groups"),
    "a stack is at work": (
        lambda a: (
            a.fail(2), a.tag({"first-responder:mode": "act", "aws:cloudformation:stack-name": "web"}),
            setattr(a, "stack", "UPDATE_IN_PROGRESS"),
        ),
        "stack_in_progress",
    ),
    "a shift is active": (with_shift, "zonal_shift_active"),
    "zonal shift is not enabled": (lambda a: (a.fail(1, 3), a.attributes.clear()), "one_zone_fails"),
    "the rule was never there": (lambda a: a.remove_rule(recorded=False), "security_group_blocks_targets"),
    "the rule was removed long ago": (removed_otherwise(ago=25 * HOUR), "security_group_blocks_targets"),
    "its removal was refused": (removed_otherwise(error="AccessDenied"), "security_group_blocks_targets"),
    "a rule for the world was removed": (removed_otherwise(peer="0.0.0.0/0"), "security_group_blocks_targets"),
    "a rule for another port was removed": (removed_otherwise(port=22), "security_group_blocks_targets"),
    "a rule of another group was removed": (removed_otherwise(group="sg-0cccccccccccccccc"), "security_group_blocks_targets"),
    "the load balancer's own group lets nothing out": (
        lambda a: (all_timeout(a), a.security_groups[OF_BALANCER].update(IpPermissionsEgress=[])),
        "security_group_blocks_load_balancer",
    ),
    "an ACL keeps requests out": (acl(Egress=False, PortRange={"From": PORT, "To": PORT}), "network_acl_blocks_targets"),
    "an ACL keeps answers in": (acl(Egress=True, PortRange={"From": 40000, "To": 65535}), "network_acl_blocks_targets"),
}  # fmt: skip


@pytest.mark.parametrize("name", FINDINGS)
def test_it_names_the_first_thing_that_explains_it(name: str, house: House, account: AlbAccount) -> None:
    turn, code = FINDINGS[name]
    turn(account)
    reaches(code, account, house, alarm(house, ELB_5XX) if code == "several_target_groups" else None)


def test_a_group_without_any_health_check_reason_of_a_path_is_not_looked_at_on_the_network(
    house: House, account: AlbAccount
) -> None:
    account.fail(2)
    house.deliver(alarm(house))
    assert "describe_security_groups" not in account.reads


def test_a_deployment_after_the_errors_is_no_cause(house: House, account: AlbAccount, clock: FakeClock) -> None:
    account.fail(2)
    event = alarm(house)
    clock.move(10 * MINUTE)
    account.deployed(5 * MINUTE)
    assert house.deliver(event).decision == "acting"


def test_the_finding_names_service_and_deployment_for_the_row_that_mends_it(house: House, account: AlbAccount) -> None:
    account.fail(2)
    account.deployed(20 * MINUTE)
    text = reaches("deployment_before_errors", account, house)
    assert "ecs-svc/7" in text and f"roll_back_ecs_deployment with {SERVICE}" in text


def test_a_saturated_service_is_handed_to_the_row_that_scales_it(house: House, account: AlbAccount) -> None:
    busy(account)
    assert f"scale_out_ecs_service with {SERVICE}" in reaches("service_saturated", account, house)


@pytest.mark.parametrize(
    ("metric", "code"),
    [
        ("HTTPCode_ELB_500_Count", "errors_elb_500"),
        ("HTTPCode_ELB_502_Count", "errors_elb_502"),
        ("HTTPCode_ELB_503_Count", "errors_elb_503"),
        (ELB_504, "errors_elb_504"),
        (TARGET_5XX, "errors_target_5xx"),
    ],
)
def test_errors_of_healthy_targets_are_told_by_their_code(
    house: House, account: AlbAccount, metric: str, code: str
) -> None:
    errors(metric, (1, 60.0), (2, 40.0))(account)
    text = reaches(code, account, house, alarm(house, metric if metric == TARGET_5XX else ELB_5XX))
    assert f"100 {metric}" in text


def test_targets_that_get_no_traffic_are_told_beside_the_errors(house: House, account: AlbAccount) -> None:
    errors("HTTPCode_ELB_503_Count", (1, 60.0))(account)
    account.groups[GROUP][3] = account.target(4, "unused", "Target.NotInUse")
    assert "but 1 get no traffic (Target.NotInUse)" in reaches("errors_elb_503", account, house, alarm(house, ELB_5XX))


def test_what_elb_remarks_of_targets_is_told_and_decides_nothing(house: House, account: AlbAccount) -> None:
    account.fail(1, 2, 3, 4)
    account.groups[GROUP][0]["AnomalyDetection"] = {"Result": "anomalous", "MitigationInEffect": "no"}
    account.groups[GROUP][1]["AnomalyDetection"] = {"Result": "normal"}
    account.groups[GROUP][2]["AdministrativeOverride"] = {"State": "zonal_shift_active"}
    account.groups[GROUP][3]["AdministrativeOverride"] = {"State": "no_override"}
    assert "1 (anomalous), 1 (zonal_shift_active)" in reaches("all_targets_unhealthy", account, house)


def test_the_path_is_looked_at_where_healthy_targets_answer_too_late(house: House, account: AlbAccount) -> None:
    errors(ELB_504, (1, 60.0))(account)
    account.security_groups[OF_TASKS]["IpPermissions"] = []
    reaches("security_group_blocks_targets", account, house, alarm(house, ELB_504))


def test_nothing_found_is_said_too(house: House, account: AlbAccount) -> None:
    reaches("nothing_found", account, house, request())


def test_targets_that_warm_up_are_waited_for(house: House, account: AlbAccount) -> None:
    account.groups[GROUP] = [account.target(n, "initial", "Elb.InitialHealthChecking") for n in (1, 2, 3, 4)]
    answer = house.deliver(alarm(house, TARGET_5XX))
    assert answer.decision == "watching" and account.calls == []
    account.heal()
    errors(TARGET_5XX, (0, 0.0))(account)
    assert house.follow(answer).decision == "declined"


def test_a_zone_with_one_failing_target_is_a_stuck_task(house: House, account: AlbAccount) -> None:
    account.fail(1)
    account.groups[GROUP].pop(2)  # the other one of zone a
    assert actions(house, house.deliver(alarm(house)))[0]["action"] == "StopTask"


def test_traffic_stays_where_another_group_has_nobody_left_in_other_zones(house: House, account: AlbAccount) -> None:
    account.fail(1, 3)
    other = account.target(1)
    account.groups[GROUP.replace("/web/", "/api/")] = [other]
    reaches("unhealthy_targets", account, house)


def test_targets_that_leave_or_are_never_checked_are_no_fault(house: House, account: AlbAccount) -> None:
    account.groups[GROUP][0] = account.target(1, "draining", "Target.DeregistrationInProgress")
    reaches("condition_cleared", account, house)


# Stale news


def test_an_alarm_whose_hosts_are_well_again_is_over(house: House, account: AlbAccount) -> None:
    reaches("condition_cleared", account, house)


def test_errors_that_have_stopped_are_over_though_nothing_reports_a_zero(house: House, account: AlbAccount) -> None:
    account.fail(2)
    errors(ELB_5XX, (14, 50.0), (12, 50.0))(account)
    reaches("condition_cleared", account, house, alarm(house, ELB_5XX))


def test_the_period_and_comparison_are_the_alarms_own(house: House, account: AlbAccount) -> None:
    account.fail(2)
    account.alarm_is("ALARM", Period=900, Statistic="Sum", ComparisonOperator="GreaterThanThreshold", Threshold=100.0)
    errors(ELB_5XX, (20, 101.0))(account)
    event = eventbridge(
        house.clock.now(), "AWS/ApplicationELB", ELB_5XX, OF_LB, alarm="web-errors", reason_data={"threshold": 100.0}
    )
    assert house.deliver(event).decision == "acting"


def test_an_old_alarm_without_data_is_stale(house: House, account: AlbAccount, clock: FakeClock) -> None:
    account.fail(2)
    event = alarm(house, ELB_5XX)
    clock.move(30 * MINUTE)
    reaches("stale", account, house, event)


# What cannot be read stops it


@pytest.mark.parametrize("call", ["describe_target_health", "describe_tasks", "list_services", "get_metric_data"])
def test_a_refused_read_changes_nothing(house: House, account: AlbAccount, call: str) -> None:
    account.fail(2)
    account.refuses[call] = "AccessDenied"
    reaches("cannot_read", account, house)


@pytest.mark.parametrize(
    ("target", "code"),
    [
        (BALANCER.replace("50dc", "60dc"), "target_not_found"),
        (BALANCER.replace("/app/", "/net/"), "not_an_alb"),
        (GROUP, "not_an_alb"),
    ],
)
def test_what_is_no_load_balancer_is_declined(house: House, account: AlbAccount, target: str, code: str) -> None:
    reaches(code, account, house, request(target=target))


def test_nothing_is_changed_that_is_only_to_be_looked_at(house: House, account: AlbAccount) -> None:
    account.fail(2)
    assert house.deliver(request("observe")).decision == "observed"
    assert account.calls == []


@pytest.mark.parametrize(("others", "code"), [(990, "all_targets_unhealthy"), (1000, "too_many_services")])
def test_no_more_than_a_thousand_services_are_looked_through(
    house: House, account: AlbAccount, others: int, code: str
) -> None:
    account.other_services = others
    account.fail(2) if code == "too_many_services" else account.fail(1, 2, 3, 4)
    reaches(code, account, house)


def test_boto3_shapes_what_is_asked_of_a_plain_load_balancer(aws: Boto3Aws, clock: FakeClock) -> None:
    """Everything on the common path is served by moto through real clients."""
    elb, ec2 = aws.client("elbv2"), aws.client("ec2")
    subnets = [one["SubnetId"] for one in ec2.describe_subnets()["Subnets"]][:2]
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    made = elb.create_load_balancer(Name="web", Subnets=subnets, Tags=[{"Key": "first-responder:mode", "Value": "act"}])
    arn = made["LoadBalancers"][0]["LoadBalancerArn"]
    house = house_of(aws, clock)
    assert house.deliver(request(target=arn)).text.startswith("no_target_groups:")
    group = elb.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="ip")["TargetGroups"][0]
    forward = {"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}
    elb.create_listener(LoadBalancerArn=arn, Protocol="HTTP", Port=80, DefaultActions=[forward])
    clock.move(MINUTE)
    assert house.deliver(request(target=arn)).text.startswith("no_targets:")
    elb.register_targets(TargetGroupArn=group["TargetGroupArn"], Targets=[{"Id": "172.31.0.5", "Port": 80}])
    clock.move(MINUTE)
    assert house.deliver(request(target=arn)).text.startswith(("nothing_found:", "no_targets:", "targets_warming_up:"))


# Scenes


@contextmanager
def _account(turn: Turn, then: dict[str, Turn] | None = None) -> Iterator[House]:
    """A load balancer in this trouble, of a stack, and what follows after a call."""
    clock = FakeClock(NOON)
    account = AlbAccount(clock)
    account.tag({"first-responder:mode": "act", "aws:cloudformation:stack-name": "web"})
    account.alarm_is("ALARM")
    turn(account)
    after = {call: partial(follows, account) for call, follows in (then or {}).items()}
    yield house_of(Reacting(account, after), clock)


@contextmanager
def a_stuck_task_is_stopped_and_all_is_well() -> Iterator[tuple[House, Any]]:
    with _account(lambda account: account.fail(2), {"stop_task": AlbAccount.heal}) as house:
        yield house, alarm(house)


@contextmanager
def a_rule_is_put_back_and_does_not_help() -> Iterator[tuple[House, Any]]:
    with _account(AlbAccount.remove_rule) as house:
        yield house, approved(house, alarm(house))


@contextmanager
def a_zone_is_left_and_does_not_help() -> Iterator[tuple[House, Any]]:
    with _account(lambda account: account.fail(1, 3)) as house:
        yield house, approved(house, alarm(house))


@contextmanager
def answers_are_late_and_an_acl_is_named() -> Iterator[tuple[House, Any]]:
    with _account(acl(Egress=True, PortRange={"From": 40000, "To": 65535})) as house:
        yield house, alarm(house)


SCENES = {
    scene.__name__: scene
    for scene in (
        a_stuck_task_is_stopped_and_all_is_well,
        a_rule_is_put_back_and_does_not_help,
        a_zone_is_left_and_does_not_help,
        answers_are_late_and_an_acl_is_named,
    )
}
