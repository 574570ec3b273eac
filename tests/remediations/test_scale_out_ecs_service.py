"""A busy ECS service: more tasks within bounds, for a while; or declined."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.ec2.models import ec2_backends
from moto.ecs.models import ecs_backends

from functions.actions.application_autoscaling import RaiseScalingFloor
from functions.actions.ecs import SetDesiredCount
from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.core.decision import Decline, Plan, Watch
from functions.core.policy import Mode, Policy
from functions.core.run import Outcome
from functions.readings.application_autoscaling import ScalableTarget
from functions.readings.ecs import Deployment, Service
from functions.readings.ecs_pressure import Pressure
from functions.readings.ecs_utilization import Utilization
from functions.remediations.scale_out_ecs_service import BusyService, ScaleOutEcsService
from tests.conftest import NOON
from tests.ecs_account import EcsAccount
from tests.events import ACCOUNT, REGION, eventbridge
from tests.house import House, in_memory
from tests.scenes import OwnedBy, Reacting, moto_account

ARN = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/prod/web"
SERVICE = {"ClusterName": "prod", "ServiceName": "web"}
TARGET = {
    "ServiceNamespace": "ecs",
    "ResourceId": "service/prod/web",
    "ScalableDimension": "ecs:service:DesiredCount",
}
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
CPU, MEMORY = "CPUUtilization", "MemoryUtilization"
CAPS = {"max-tasks": 20, "max-database-connections": 0}
Turn = Callable[[Boto3Aws], Any]


@pytest.fixture
def house(aws: Boto3Aws, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> House:
    """A Fargate service of two tasks whose owner says act; moto says with this variable that its tasks run."""
    monkeypatch.setenv("MOTO_ECS_SERVICE_RUNNING", "2")
    open_service(aws)
    return in_memory(ScaleOutEcsService(), aws, clock)


def open_service(aws: Boto3Aws) -> None:
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName="prod")
    ecs.register_task_definition(
        family="web",
        requiresCompatibilities=["FARGATE"],
        networkMode="awsvpc",
        cpu="256",
        memory="512",
        containerDefinitions=[{"name": "web", "image": "registry.invalid/web:1.0", "essential": True}],
    )
    create(aws)


def create(aws: Boto3Aws, **more: Any) -> None:
    tags = [{"key": "first-responder:mode", "value": "act"}]
    aws.client("ecs").create_service(**{
        "cluster": "prod", "serviceName": "web", "taskDefinition": "web:1", "desiredCount": 2, "launchType": "FARGATE",
        "tags": tags, **more,
    })  # fmt: skip


def alarm(house: House, metric: str = CPU, **over: Any) -> dict[str, Any]:
    return eventbridge(
        house.clock.now(), "AWS/ECS", metric, SERVICE, alarm="web-busy", reason_data={"threshold": 85.0}, **over
    )


def request(mode: str = "act") -> dict[str, Any]:
    return {"target": ARN, "reason": "a sale begins", "requested_by": "ann", "mode": mode}


def publish(aws: Boto3Aws, values: list[float], metric: str = CPU) -> None:
    """One value a minute, the last one now."""
    now = aws.now()
    for ago, value in enumerate(reversed(values)):
        datum = {"MetricName": metric, "Value": value, "Timestamp": now - ago * MINUTE}
        datum["Dimensions"] = [{"Name": key, "Value": said} for key, said in SERVICE.items()]
        aws.client("cloudwatch").put_metric_data(Namespace="AWS/ECS", MetricData=[datum])


def alarm_is(aws: Boto3Aws, state: str) -> None:
    cloudwatch = aws.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="web-busy", Namespace="AWS/ECS", MetricName=CPU, Statistic="Average", Period=60, EvaluationPeriods=1,
        Threshold=85.0, ComparisonOperator="GreaterThanOrEqualToThreshold",
        Dimensions=[{"Name": key, "Value": value} for key, value in SERVICE.items()],
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName="web-busy", StateValue=state, StateReason="a test says so")


def register(aws: Boto3Aws, low: int, high: int, **more: Any) -> None:
    aws.client("application-autoscaling").register_scalable_target(**TARGET, MinCapacity=low, MaxCapacity=high, **more)


def wanted(aws: Boto3Aws) -> int:
    found = aws.client("ecs").describe_services(cluster="prod", services=["web"])["services"][0]
    return int(found["desiredCount"])


def bounds(aws: Boto3Aws) -> tuple[int, int]:
    found = aws.client("application-autoscaling").describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
    return found[0]["MinCapacity"], found[0]["MaxCapacity"]


def set_count(aws: Boto3Aws, count: int) -> None:
    aws.client("ecs").update_service(cluster="prod", service="web", desiredCount=count)


# It acts


def test_a_service_without_scaling_gets_a_quarter_more_tasks_and_no_deployment(house: House) -> None:
    before = house.aws.client("ecs").describe_services(cluster="prod", services=["web"])["services"][0]
    answer = house.deliver(alarm(house))
    assert (answer.decision, wanted(house.aws)) == ("acting", 3)
    after = house.aws.client("ecs").describe_services(cluster="prod", services=["web"])["services"][0]
    assert [one["id"] for one in after["deployments"]] == [one["id"] for one in before["deployments"]]
    assert after["taskDefinition"] == before["taskDefinition"]


def test_a_service_that_scales_by_itself_gets_a_higher_floor_and_its_count_is_left_to_it(house: House) -> None:
    register(house.aws, 1, 6)
    house.deliver(alarm(house))
    assert (bounds(house.aws), wanted(house.aws)) == ((3, 6), 2)


def test_the_maximum_is_raised_only_where_it_stands_in_the_way(house: House) -> None:
    register(house.aws, 1, 2)
    house.deliver(alarm(house))
    assert bounds(house.aws) == (3, 3)


def test_it_has_helped_when_the_tasks_run_and_the_alarm_is_ok(house: House) -> None:
    alarm_is(house.aws, "ALARM")
    answer = house.deliver(alarm(house))
    house.clock.move(MINUTE)
    answer = house.wake(answer)
    assert answer.decision == "proving"
    alarm_is(house.aws, "OK")
    house.clock.move(MINUTE)
    run = house.run(house.wake(answer))
    assert (run.outcome, wanted(house.aws)) == (Outcome.RECOVERED, 3)
    assert run.give_back_at == house.clock.now() + HOUR


def test_it_has_not_helped_while_tasks_are_missing(house: House) -> None:
    alarm_is(house.aws, "OK")
    answer = house.deliver(alarm(house))
    ecs_backends[ACCOUNT][REGION].services["prod:web"].running_count = 2
    run = house.run(house.follow(answer))
    assert (run.outcome, wanted(house.aws)) == (Outcome.UNDONE, 2)


def test_more_tasks_that_do_not_help_are_taken_back(house: House) -> None:
    alarm_is(house.aws, "ALARM")
    run = house.run(house.follow(house.deliver(alarm(house))))
    assert (run.outcome, wanted(house.aws)) == (Outcome.UNDONE, 2)


def test_a_raised_floor_that_does_not_help_is_lowered_with_the_maximum(house: House) -> None:
    register(house.aws, 1, 2)
    alarm_is(house.aws, "ALARM")
    run = house.run(house.follow(house.deliver(alarm(house))))
    assert (run.outcome, bounds(house.aws)) == (Outcome.UNDONE, (1, 2))


def test_the_plan_shows_what_the_added_tasks_cost(house: House) -> None:
    run = house.run(house.deliver(request("observe")))
    assert run.plan is not None and Decimal(run.plan["cost_per_month_usd"]) == Decimal("9.01")
    assert wanted(house.aws) == 2


def test_a_second_alarm_within_the_hour_meets_the_rest(house: House) -> None:
    answer = recovered(house, wait=False)
    assert house.run(answer).outcome is Outcome.RECOVERED
    house.clock.move(30 * MINUTE)
    assert house.deliver(alarm(house)).text.startswith("cooldown")
    assert wanted(house.aws) == 3


@pytest.mark.parametrize(("values", "code"), [([90.0, 40.0, 41.0], "condition_cleared"), ([40.0, 90.0, 84.0], "")])
def test_two_minutes_below_the_threshold_count_as_cleared_and_one_does_not(
    house: House, values: list[float], code: str
) -> None:
    publish(house.aws, values)
    answer = house.deliver(alarm(house))
    assert answer.text.partition(":")[0] == code
    assert wanted(house.aws) == (2 if code else 3)


# What stops it


def again(**more: Any) -> Turn:
    def turn(aws: Boto3Aws) -> None:
        aws.client("ecs").delete_service(cluster="prod", service="web", force=True)
        create(aws, **more)

    return turn


def suspend(aws: Boto3Aws) -> None:
    register(aws, 1, 6, SuspendedState={"DynamicScalingOutSuspended": True})


def small_subnet(aws: Boto3Aws) -> None:

    ec2 = aws.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/28")["Subnet"]["SubnetId"]
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    again(networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}})(aws)
    ec2_backends[ACCOUNT][REGION].get_subnet(subnet)._available_ip_addresses = 0


STOPS: list[tuple[str, str, Turn]] = [
    ("service_not_active", CPU, lambda aws: aws.client("ecs").delete_service(cluster="prod", service="web", force=True)),
    ("daemon_service", CPU, again(schedulingStrategy="DAEMON")),
    ("desired_zero", CPU, again(desiredCount=0)),
    ("deployment_in_progress", CPU, again(desiredCount=3)),
    ("scaling_suspended", CPU, suspend),
    ("below_floor", CPU, lambda aws: register(aws, 3, 6)),
    ("memory_leak_pattern", MEMORY, lambda aws: publish(aws, [50.0 + minute for minute in range(45)], MEMORY)),
    ("at_cap", CPU, again(tags=[{"key": "first-responder:mode", "value": "act"}, {"key": "first-responder:max-tasks", "value": "2"}])),
    ("no_free_addresses", CPU, small_subnet),
]  # fmt: skip


@pytest.mark.parametrize(("code", "metric", "turn"), STOPS, ids=[stop[0] for stop in STOPS])
def test_each_guard_declines_with_its_own_code_and_changes_nothing(
    house: House, code: str, metric: str, turn: Turn
) -> None:
    turn(house.aws)
    before = wanted(house.aws)
    run = house.run(house.deliver(alarm(house, metric)))
    assert run.outcome is Outcome.DECLINED and run.decline is not None
    assert run.decline.code == code, run.decline
    assert run.decline.seen and run.decline.advice
    assert not run.changed and wanted(house.aws) == before


def test_memory_that_comes_in_a_step_is_load_and_no_leak(house: House) -> None:
    publish(house.aws, [50.0] * 20 + [95.0] * 20, MEMORY)
    assert house.deliver(alarm(house, MEMORY)).decision == "acting"


def test_rising_cpu_is_no_memory_leak(house: House) -> None:
    publish(house.aws, [50.0 + minute for minute in range(45)])
    assert house.deliver(alarm(house)).decision == "acting"


def test_room_in_the_subnets_is_no_obstacle(house: House) -> None:
    small_subnet(house.aws)

    for subnet in ec2_backends[ACCOUNT][REGION].describe_subnets():
        subnet._available_ip_addresses = 11
    assert house.deliver(alarm(house)).decision == "acting"


def test_a_cluster_alarm_is_about_capacity_and_names_no_service(house: House) -> None:
    body = eventbridge(house.clock.now(), "AWS/ECS", CPU, {"ClusterName": "prod"})
    assert house.deliver(body).text.startswith("unexpected_dimensions:")


@pytest.mark.parametrize("dimensions", [{**SERVICE, "ServiceName": "gone"}, {**SERVICE, "ClusterName": "gone"}])
def test_a_service_or_cluster_that_is_gone_is_declined(house: House, dimensions: dict[str, str]) -> None:
    body = eventbridge(house.clock.now(), "AWS/ECS", CPU, dimensions)
    assert house.deliver(body).text.startswith("target_not_found:")


# Where more tasks would not help, or do harm

HELD_BY_LOAD = "RequestCount", "HTTPCode_Target_5XX_Count", "TargetResponseTime"


@pytest.fixture
def account(clock: FakeClock) -> EcsAccount:
    """The service behind a load balancer, its two tasks busy with three times the requests, all of them answered."""
    account = EcsAccount(clock)
    surge(account)
    return account


@pytest.fixture
def balanced(account: EcsAccount, clock: FakeClock) -> House:
    return in_memory(ScaleOutEcsService(), account, clock)


def surge(account: EcsAccount) -> None:
    account.settled()
    account.behind()
    for metric in (CPU, MEMORY):
        account.metrics[metric] = then(40.0, 95.0)
    comes_in(account, requests=(100, 300))


def then(before: float, now: float) -> list[float]:
    """Three hours, the last ten minutes different."""
    return [before] * 170 + [now] * 10


def comes_in(
    account: EcsAccount,
    requests: tuple[float, float] = (100, 100),
    errors: tuple[float, float] = (0, 0),
    seconds: tuple[float, float] = (0.05, 0.05),
) -> None:
    for name, values in zip(HELD_BY_LOAD, (requests, errors, seconds), strict=True):
        account.metrics[name] = then(*values)


def killed(account: EcsAccount) -> None:
    account.stop_task(9, "EssentialContainerExited", "OutOfMemoryError: Container killed due to memory usage", 137)


def leak(account: EcsAccount) -> None:
    """Slowly, over three hours."""
    account.metrics[MEMORY] = leak_values()
    comes_in(account)


def leak_since_an_hour(account: EcsAccount) -> None:
    """After two calm hours: since a deployment, say."""
    account.metrics[MEMORY] = [35.0] * 119 + [35.0 + minute for minute in range(61)]
    comes_in(account)


def tagged_database(account: EcsAccount, connections: float, most: str = "100") -> None:
    account.tag("first-responder:database", "orders")
    account.tag("first-responder:max-database-connections", most)
    account.metrics["DatabaseConnections"] = [connections]


def quota(account: EcsAccount, used: float, of: float) -> None:
    account.metrics |= {"ResourceCount": [used], "SERVICE_QUOTA(used)": [of]}


def too_small(account: EcsAccount) -> None:
    killed(account)
    comes_in(account)


UNHELPED: list[tuple[str, str, Callable[[EcsAccount], Any], str]] = [
    ("memory_leak_pattern", MEMORY, leak, "from 80 to 95 %"),
    ("memory_leak_pattern", MEMORY, leak_since_an_hour, "from 35 to 95 %"),
    ("retry_storm", CPU, lambda account: comes_in(account, (100, 300), (0, 200)), "66.7 % of them 5XX"),
    ("dependency_sick", CPU, lambda account: comes_in(account, errors=(0, 40)), "40.0 % of them 5XX"),
    ("dependency_sick", CPU, lambda account: comes_in(account, seconds=(0.05, 2.0)), "answered in 2.00 s"),
    ("task_too_small", MEMORY, too_small, "1 tasks were killed"),
    ("task_too_small", MEMORY, comes_in, "no more comes in than before"),
    ("task_too_small", MEMORY, lambda account: (killed(account), unbalanced(account)), "nothing tells of a surge"),
    ("database_connections", CPU, lambda account: tagged_database(account, 60), "60 of 100 connections"),
    ("invalid_policy", CPU, lambda account: account.tag("first-responder:database", "not:one"), "'not:one'"),
    ("invalid_policy", CPU, lambda account: tagged_database(account, 1, "many"), "'many'"),
    ("quota_reached", CPU, lambda account: quota(account, 5.8, 6.0), "leaves 0.2"),
]


@pytest.mark.parametrize(("code", "metric", "turn", "seen"), UNHELPED)
def test_what_more_tasks_would_not_help_is_declined_with_the_numbers(
    account: EcsAccount, balanced: House, code: str, metric: str, turn: Callable[[EcsAccount], None], seen: str
) -> None:
    turn(account)
    run = balanced.run(balanced.deliver(alarm(balanced, metric)))
    assert run.outcome is Outcome.DECLINED and run.decline is not None
    assert run.decline.code == code and seen in run.decline.seen, run.decline
    assert run.decline.advice and account.calls == []


@pytest.mark.parametrize(
    ("turn", "row"),
    [
        (leak, 'restart_ecs_service: {"target"'),
        (too_small, 'scale_up_ecs_task: {"target"'),
        (lambda account: account.tag("first-responder:max-tasks", "2"), 'scale_up_ecs_task: {"target"'),
    ],
)
def test_the_row_that_helps_instead_is_named_with_the_ready_request(
    account: EcsAccount, balanced: House, turn: Callable[[EcsAccount], None], row: str
) -> None:
    turn(account)
    run = balanced.run(balanced.deliver(alarm(balanced, MEMORY)))
    assert run.decline is not None and f"Hand over to {row}" in run.decline.advice


def unbalanced(account: EcsAccount) -> None:
    """No load balancer, no database, no quota on record."""
    account.service["loadBalancers"] = []
    for name in HELD_BY_LOAD:
        del account.metrics[name]


def just_begun(account: EcsAccount) -> None:
    account.metrics["RequestCount"] = [100.0] * 178 + [300.0, 200.0]


def killed_before(account: EcsAccount) -> None:
    unbalanced(account)
    account.stop_task(8, "EssentialContainerExited", "OutOfMemoryError", 137)


SURGES: list[tuple[str, Callable[[EcsAccount], None]]] = [
    ("behind a load balancer", lambda account: None),
    ("it has just begun", just_begun),
    ("nothing is known", unbalanced),
    ("a group that is gone", lambda account: account.balancers.clear()),
    ("memory climbs with the load", lambda account: account.metrics.update({MEMORY: leak_values()})),
    ("tasks are killed in it", killed),
    ("tasks of the version before were killed", killed_before),
    ("the database has room", lambda account: tagged_database(account, 59)),
    ("how many connections it may have is not known", lambda account: tagged_database(account, 5000, "0")),
    ("a database without data", lambda account: account.tag("first-responder:database", "orders")),
    ("the quota leaves just enough", lambda account: quota(account, 5.75, 6.0)),
]


def leak_values() -> list[float]:
    return [80.0 + minute / 12 for minute in range(180)]


@pytest.mark.parametrize("metric", [CPU, MEMORY])
@pytest.mark.parametrize("turn", [turn for _, turn in SURGES], ids=[name for name, _ in SURGES])
def test_a_surge_gets_more_tasks(
    account: EcsAccount, balanced: House, metric: str, turn: Callable[[EcsAccount], None]
) -> None:
    turn(account)
    assert balanced.deliver(alarm(balanced, metric)).decision == "acting"
    assert account.calls == [("UpdateService", {"desiredCount": 3})]


def test_more_tasks_that_are_no_healthy_targets_are_taken_back(account: EcsAccount, balanced: House) -> None:
    answer = balanced.deliver(alarm(balanced))
    settle(account)
    account.unhealthy = 1
    assert balanced.run(balanced.follow(answer)).outcome is Outcome.UNDONE
    assert account.calls[-1] == ("UpdateService", {"desiredCount": 2})


def test_what_is_not_known_is_said_so_in_the_facts(account: EcsAccount, balanced: House) -> None:
    unbalanced(account)
    run = balanced.run(balanced.deliver(alarm(balanced)))
    told = run.found["pressure"]["not_known"]
    assert [one.partition(":")[0] for one in told] == ["load", "database", "Fargate quota"]


def test_all_that_is_known_leaves_nothing_unsaid(account: EcsAccount, balanced: House) -> None:
    tagged_database(account, 10)
    quota(account, 1.0, 6.0)
    run = balanced.run(balanced.deliver(alarm(balanced)))
    assert run.found["pressure"]["not_known"] == []
    assert run.found["pressure"]["load"]["now"]["requests"] == 300


@pytest.mark.parametrize(
    "turn",
    [
        lambda account: account.refuses.update(get_metric_data="AccessDenied"),
        lambda account: account.refuses.update(describe_target_groups="AccessDenied"),
        lambda account: account.refuses.update(list_tasks="AccessDeniedException"),
        lambda account: account.statuses.update(RequestCount="Forbidden"),
    ],
)
def test_a_guard_that_cannot_be_asked_stops_it(
    account: EcsAccount, balanced: House, turn: Callable[[EcsAccount], None]
) -> None:
    turn(account)
    run = balanced.run(balanced.deliver(alarm(balanced, MEMORY)))
    assert run.decline is not None and run.decline.code == "cannot_read" and account.calls == []


def test_all_metrics_are_read_by_one_call_and_tasks_only_where_memory_is_high(
    account: EcsAccount, balanced: House
) -> None:
    tagged_database(account, 10)
    balanced.deliver(alarm(balanced))
    assert account.reads.count("get_metric_data") == 1 and "list_tasks" not in account.reads
    before = account.reads[: account.reads.index("update_service")]
    assert before == [
        "describe_services", "describe_target_groups", "get_metric_data", "describe_task_definition",
        "describe_scalable_targets", "describe_subnets",
    ]  # fmt: skip


# Its own scaling goes first


def tracked(aws: Boto3Aws) -> None:
    """Target tracking on CPU, with room for four more tasks."""
    register(aws, 1, 6)
    tracking = {
        "TargetValue": 60.0,
        "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
    }
    aws.client("application-autoscaling").put_scaling_policy(
        **TARGET,
        PolicyName="cpu",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration=tracking,
    )


def scheduled(aws: Boto3Aws) -> None:
    """More tasks from 12:10 UTC on, every day."""
    register(aws, 1, 6)
    bounds = {"MinCapacity": 2, "MaxCapacity": 8}
    aws.client("application-autoscaling").put_scheduled_action(
        **TARGET, ScheduledActionName="noon", Schedule="cron(10 12 * * ? *)", ScalableTargetAction=bounds
    )


@pytest.mark.parametrize(("turn", "code"), [(tracked, "scaling_policy_at_work"), (scheduled, "scheduled_scaling_due")])
def test_tasks_are_added_only_where_its_own_scaling_has_not(house: House, turn: Turn, code: str) -> None:
    turn(house.aws)
    answer = house.deliver(alarm(house))
    run = house.run(answer)
    assert answer.decision == "watching" and run.decline is not None and run.decline.code == code
    while answer.decision == "watching":
        assert bounds(house.aws) == (1, 6) and wanted(house.aws) == 2
        assert house.clock.now() <= NOON + 12 * MINUTE
        house.clock.move(answer.wait)
        answer = house.wake(answer)
    assert answer.decision == "acting" and house.clock.now() >= NOON + 10 * MINUTE
    assert bounds(house.aws) == (3, 6)


def test_a_policy_at_its_maximum_gets_more_room_at_once(house: House) -> None:
    tracked(house.aws)
    register(house.aws, 1, 2)
    assert house.deliver(alarm(house)).decision == "acting"
    assert bounds(house.aws) == (3, 3)


# Giving back


def recovered(house: House, *, wait: bool = True) -> Any:
    """Scaled out, and it has helped; then, the time to give back has come."""
    alarm_is(house.aws, "OK")
    answer = house.deliver(alarm(house))
    set_count(house.aws, 3)
    while house.run(answer).outcome is None:
        house.clock.move(answer.wait or MINUTE)
        answer = house.wake(answer)
    house.clock.move(answer.wait if wait and answer.wait else MINUTE)
    return answer


def give_back(house: House, answer: Any) -> Any:
    """Wake the run past the rest that its own change has left behind."""
    for _ in range(3):
        answer = house.wake(answer)
        if answer.wait is None or house.run(answer).give_back_at is None or answer.wait > timedelta(minutes=5):
            return answer
        house.clock.move(answer.wait)
    return answer


def back(house: House, answer: Any) -> Any:
    return house.store.load(answer.incident, f"{answer.run}-back")


def test_what_helped_is_given_back_when_it_has_been_calm_for_half_an_hour(house: House) -> None:
    answer = recovered(house)
    publish(house.aws, [30.0] * 40)
    answer = give_back(house, answer)
    assert wanted(house.aws) == 2
    following = house.follow(replace(answer, run=f"{answer.run}-back", wait=MINUTE))
    assert house.run(following).outcome is Outcome.RECOVERED


def test_a_floor_is_given_back_with_its_maximum(house: House) -> None:
    register(house.aws, 1, 2)
    answer = recovered(house)
    publish(house.aws, [30.0] * 40)
    give_back(house, answer)
    assert bounds(house.aws) == (1, 2)


@pytest.mark.parametrize("values", [[30.0] * 39 + [55.0], [30.0] * 5, []])
def test_nothing_is_given_back_while_it_is_busy_or_unknown(house: House, values: list[float]) -> None:
    answer = recovered(house)
    publish(house.aws, values)
    answer = give_back(house, answer)
    assert (answer.wait, wanted(house.aws), back(house, answer)) == (timedelta(minutes=10), 3, None)


def test_a_count_that_somebody_has_changed_since_is_left_to_them(house: House) -> None:
    answer = recovered(house)
    set_count(house.aws, 5)
    publish(house.aws, [30.0] * 40)
    answer = give_back(house, answer)
    assert (answer.wait, wanted(house.aws)) == (None, 5)
    assert any(entry.call_person and "which is not what was set" in entry.text for entry in house.store.entries)


# The planner, over all facts


def busy(desired: int, scaling: ScalableTarget | None) -> BusyService:
    service = Service(
        cluster="prod", name="web", status="ACTIVE", controller="ECS", scheduling="REPLICA", strategy="ROLLING",
        task_definition="web:1", desired=desired, running=desired, minimum_healthy_percent=100, maximum_percent=200,
        rolls_back_by_itself=False, on_fargate=True, task_sets=0, subnets=(), deployments=(), events=(), tags={},
    )  # fmt: skip
    use = Utilization(metric=CPU, latest=95.0, breached=True, highest=95.0)
    return BusyService(
        tags={}, breached=True, service_arn=ARN, service=service, scaling=scaling, pressure=Pressure(use=use), stack="",
        free_addresses=None, cpu_units=256, memory_mib=512,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("on_fargate", "cpu_units", "cost"), [(True, 256, Decimal("9.01")), (True, 0, None), (False, 0, Decimal(0))]
)
def test_tasks_are_free_on_instances_only_and_never_for_want_of_a_size(
    on_fargate: bool, cpu_units: int, cost: Decimal | None
) -> None:
    found = busy(2, None)
    found = replace(found, cpu_units=cpu_units, service=replace(found.service, on_fargate=on_fargate))
    plan = ScaleOutEcsService().plan(found, Policy(mode=Mode.ACT, cooldown=HOUR, caps=CAPS))
    assert isinstance(plan, Plan) and plan.cost_per_month_usd == cost


@st.composite
def targets(draw: st.DrawFn) -> ScalableTarget | None:
    low = draw(st.integers(0, 300))
    high = low + draw(st.integers(0, 300))
    return draw(st.none() | st.just(ScalableTarget(minimum=low, maximum=high, suspended=())))


@given(desired=st.integers(0, 500), cap=st.integers(0, 600), scaling=targets())
def test_it_never_plans_above_the_cap_never_lowers_and_at_most_doubles(
    desired: int, cap: int, scaling: ScalableTarget | None
) -> None:
    found, policy = busy(desired, scaling), Policy(mode=Mode.ACT, cooldown=HOUR, caps={**CAPS, "max-tasks": cap})
    plan = ScaleOutEcsService().plan(found, policy)
    assert isinstance(plan, Plan | Decline | Watch)
    if not isinstance(plan, Plan):
        assert desired == 0 or desired >= cap or (scaling is not None and desired < scaling.minimum)
        return
    (action,) = plan.actions
    same = ScaleOutEcsService().plan(busy(desired, scaling), policy)
    assert isinstance(same, Plan) and same.hash == plan.hash
    if isinstance(action, SetDesiredCount):
        assert scaling is None and action.was == desired < action.count <= min(cap, 2 * desired)
        return
    assert isinstance(action, RaiseScalingFloor) and scaling is not None
    assert scaling.minimum <= desired < action.minimum <= min(cap, 2 * desired)
    assert action.was_minimum == scaling.minimum
    assert (action.maximum is None) == (action.minimum <= scaling.maximum)
    assert action.maximum is None or scaling.maximum < action.maximum <= cap


@given(desired=st.integers(1, 500))
def test_the_step_is_a_quarter_and_at_least_one(desired: int) -> None:
    plan = ScaleOutEcsService().plan(
        busy(desired, None), Policy(mode=Mode.ACT, cooldown=HOUR, caps={**CAPS, "max-tasks": 10_000})
    )
    assert isinstance(plan, Plan) and isinstance(plan.actions[0], SetDesiredCount)
    assert desired + max(1, desired / 4) <= plan.actions[0].count < desired + max(1, desired / 4) + 1


def test_tasks_that_are_on_their_way_are_waited_for() -> None:
    found = busy(4, None)
    found = replace(found, service=replace(found.service, running=3))
    answer = ScaleOutEcsService().plan(found, Policy(mode=Mode.ACT, cooldown=HOUR, caps=CAPS))
    assert isinstance(answer, Watch) and answer.code == "tasks_pending"


POLICY = Policy(mode=Mode.ACT, cooldown=HOUR, caps=CAPS)


def test_a_stack_at_work_stops_it() -> None:
    answer = ScaleOutEcsService().plan(replace(busy(4, None), stack="UPDATE_IN_PROGRESS"), POLICY)
    assert isinstance(answer, Decline) and answer.code == "stack_in_progress"


@pytest.mark.parametrize(
    ("stack", "task_sets", "code"),
    [("", 0, None), ("UPDATE_IN_PROGRESS", 0, "stack_in_progress"), ("", 2, "deployment_in_progress")],
)
def test_the_way_back_is_left_while_others_are_at_work_too(stack: str, task_sets: int, code: str | None) -> None:
    found = busy(4, None)
    found = replace(found, stack=stack, service=replace(found.service, task_sets=task_sets))
    refused = ScaleOutEcsService().blocked(found)
    assert (refused.code if refused else None) == code


def test_ecs_starts_no_tasks_of_a_failed_deployment() -> None:
    found = busy(4, None)
    failed = Deployment(
        id="ecs-svc/1", status="PRIMARY", rollout="FAILED", task_definition="web:2", desired=4, running=4, failed_tasks=0,
        created_at=NOON,
    )  # fmt: skip
    answer = ScaleOutEcsService().plan(replace(found, service=replace(found.service, deployments=(failed,))), POLICY)
    assert isinstance(answer, Decline) and answer.code == "deployment_failed"


def test_a_stuck_stack_stops_it() -> None:
    answer = ScaleOutEcsService().plan(replace(busy(4, None), stack="UPDATE_ROLLBACK_FAILED"), POLICY)
    assert isinstance(answer, Decline) and answer.code == "stack_failed"


@pytest.mark.parametrize(("part", "value"), [("stack", "UPDATE_IN_PROGRESS"), ("task_sets", 2)])
def test_nothing_is_given_back_during_a_deployment(part: str, value: Any) -> None:
    action = SetDesiredCount(service_arn=ARN, count=4, was=3)
    found = replace(
        busy(4, None), pressure=Pressure(use=Utilization(metric=CPU, latest=20.0, breached=False, highest=20.0))
    )
    assert isinstance(
        ScaleOutEcsService().give_back(found, Plan(actions=(action,), reason="", cost_per_month_usd=Decimal(0))), Plan
    )
    deploying = (
        replace(found, stack=value)
        if part == "stack"
        else replace(found, service=replace(found.service, task_sets=value))
    )
    assert isinstance(
        ScaleOutEcsService().give_back(deploying, Plan(actions=(action,), reason="", cost_per_month_usd=Decimal(0))),
        Watch,
    )


def test_a_service_that_has_come_to_scale_by_itself_is_left_to_it() -> None:
    found = busy(4, ScalableTarget(minimum=1, maximum=8, suspended=()))
    action = SetDesiredCount(service_arn=ARN, count=4, was=3)
    answer = ScaleOutEcsService().give_back(found, Plan(actions=(action,), reason="", cost_per_month_usd=Decimal(0)))
    assert isinstance(answer, Decline) and answer.code == "changed_since"


# Scenes


@contextmanager
def _surge(then: dict[str, Turn] | None = None, scaled: tuple[int, int] | None = None, **more: Any) -> Iterator[House]:
    """A Fargate service of two tasks, whose alarm is on, and what follows after a call."""
    clock = FakeClock(NOON)
    with moto_account(clock, MOTO_ECS_SERVICE_RUNNING="2") as aws:
        open_service(aws)
        if more:
            again(**more)(aws)
        if scaled:
            register(aws, *scaled)
        alarm_is(aws, "ALARM")
        after = {call: partial(follows, aws) for call, follows in (then or {}).items()}
        yield in_memory(ScaleOutEcsService(), Reacting(OwnedBy(aws, "UPDATE_COMPLETE"), after), clock)


def _grows_calm(house: House) -> None:
    """From a quarter of an hour later on."""
    calm = [
        {
            "MetricName": CPU, "Value": 30.0, "Timestamp": NOON + minutes * MINUTE,
            "Dimensions": [{"Name": key, "Value": said} for key, said in SERVICE.items()],
        }
        for minutes in range(15, 8 * 60, 5)
    ]  # fmt: skip
    house.aws.client("cloudwatch").put_metric_data(Namespace="AWS/ECS", MetricData=calm)


@contextmanager
def more_tasks_help_and_are_given_back() -> Iterator[tuple[House, Any]]:
    with _surge({"update_service": lambda aws: alarm_is(aws, "OK")}) as house:
        _grows_calm(house)
        yield house, alarm(house)


@contextmanager
def more_tasks_that_have_helped_are_taken_back_by_a_person() -> Iterator[tuple[House, Any]]:
    with _surge({"update_service": lambda aws: alarm_is(aws, "OK")}) as house:
        _grows_calm(house)
        answer = house.deliver(alarm(house))
        while house.run(answer).outcome is None:
            house.clock.move(answer.wait or MINUTE)
            answer = house.wake(answer)
        which = {"incident": answer.incident, "run": answer.run}
        yield house, {"undo": which, "reason": "the sale is off", "requested_by": "ann", "mode": "act"}


@contextmanager
def more_tasks_in_a_subnet_do_not_help() -> Iterator[tuple[House, Any]]:
    with _surge() as house:
        small_subnet(house.aws)
        for subnet in ec2_backends[ACCOUNT][REGION].describe_subnets():
            subnet._available_ip_addresses = 11
        yield house, alarm(house)


@contextmanager
def a_higher_floor_does_not_help_a_service_of_a_stack() -> Iterator[tuple[House, Any]]:
    act, owner = (
        {"key": "first-responder:mode", "value": "act"},
        {"key": "aws:cloudformation:stack-name", "value": "web"},
    )
    with _surge(scaled=(1, 2), tags=[act, owner]) as house:
        yield house, alarm(house)


@contextmanager
def a_surge_of_memory_behind_a_load_balancer_in_which_a_task_is_killed() -> Iterator[tuple[House, Any]]:
    clock = FakeClock(NOON)
    account = EcsAccount(clock)
    surge(account)
    killed(account)
    house = in_memory(ScaleOutEcsService(), Reacting(account, {"update_service": partial(settle, account)}), clock)
    yield house, alarm(house, MEMORY)


def settle(account: EcsAccount) -> None:
    """As many tasks run as are wanted, and all is calm."""
    account.service["runningCount"] = account.service["desiredCount"]
    account.metrics[MEMORY] = [30.0] * 180


@contextmanager
def somebody_else_sets_another_count_right_after() -> Iterator[tuple[House, Any]]:
    with _surge({"update_service": lambda aws: set_count(aws, 5)}) as house:
        yield house, alarm(house)


@contextmanager
def somebody_else_sets_other_bounds_right_after() -> Iterator[tuple[House, Any]]:
    with _surge({"register_scalable_target": lambda aws: register(aws, 5, 9)}, scaled=(1, 6)) as house:
        yield house, alarm(house)


SCENES = {
    scene.__name__: scene
    for scene in (
        a_surge_of_memory_behind_a_load_balancer_in_which_a_task_is_killed,
        somebody_else_sets_another_count_right_after,
        somebody_else_sets_other_bounds_right_after,
        more_tasks_help_and_are_given_back,
        more_tasks_that_have_helped_are_taken_back_by_a_person,
        more_tasks_in_a_subnet_do_not_help,
        a_higher_floor_does_not_help_a_service_of_a_stack,
    )
}
