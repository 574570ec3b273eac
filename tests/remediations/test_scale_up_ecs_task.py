"""Larger tasks that a person asks for: proposed with their size and price, registered as a copy and deployed; or declined."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.core.run import Outcome
from functions.remediations.scale_up_ecs_task import ScaleUpEcsTask
from tests.approved import approve, approved, proposed
from tests.conftest import NOON
from tests.ecs_account import SERVICE, EcsAccount, definition_arn
from tests.events import ACCOUNT, REGION
from tests.house import House, in_memory
from tests.scenes import Reacting

CPU, MEMORY = "CPUUtilization", "MemoryUtilization"
OURS = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/web"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/web"
KILLED = "OutOfMemoryError: Container killed due to memory usage"
Turn = Callable[[EcsAccount], Any]


@pytest.fixture
def account(clock: FakeClock) -> EcsAccount:
    account = EcsAccount(clock)
    account.settled()
    return account


@pytest.fixture
def house(clock: FakeClock, account: EcsAccount) -> House:
    return house_of(account, clock)


def house_of(aws: Any, clock: FakeClock) -> House:
    return in_memory(ScaleUpEcsTask(), aws, clock)


def request(short_of: str = "", mode: str = "act") -> dict[str, Any]:
    parameters = {"short_of": short_of} if short_of else {}
    return {
        "target": SERVICE, "reason": "one task cannot hold a whole report", "requested_by": "ann", "mode": mode,
        "parameters": parameters,
    }  # fmt: skip


def define(**over: Any) -> Turn:
    """Version 9 as it was registered."""

    def turn(account: EcsAccount) -> None:
        account.definitions[definition_arn(9)].update(over)

    return turn


def container(**over: Any) -> Turn:
    return define(containerDefinitions=[{"name": "web", "image": "registry.invalid/web:1.9", **over}])


def measured(cpu: float, memory: float) -> Turn:
    return lambda account: account.metrics.update({CPU: [cpu] * 20, MEMORY: [memory] * 20})


def killed(account: EcsAccount) -> None:
    account.stop_task(9, "EssentialContainerExited", KILLED, 137)


def size_proposed(house: House, body: dict[str, Any]) -> tuple[int, int]:
    run = house.run(proposed(house, body))
    assert run.plan is not None
    register = run.plan["actions"][0]
    return register["cpu_units"], register["memory_mib"]


# It asks, then acts


def test_it_never_acts_without_being_agreed_to_and_shows_size_and_price(house: House, account: EcsAccount) -> None:
    run = house.run(proposed(house, request("memory")))
    assert account.calls == [] and run.plan is not None
    assert run.plan["lines"][0].startswith("register web:10: a copy of web:9 with 0.25 vCPU and 1 GiB a task")
    assert Decimal(run.plan["cost_per_month_usd"]) == Decimal("3.24")  # 2 * 0.5 GiB * 0.004445 * 730


def test_a_copy_of_what_runs_is_registered_in_the_same_family_and_deployed_by_its_full_arn(
    house: House, account: EcsAccount
) -> None:
    define(
        executionRoleArn=ROLE,
        requiresAttributes=[{"name": "ecs.capability.task-eni"}],
        compatibilities=["FARGATE"],
        registeredAt=NOON,
        registeredBy="arn:aws:iam::123456789012:user/ann",
        containerDefinitions=[
            {"name": "web", "image": "registry.invalid/web:1.9", "memory": 400, "memoryReservation": 300, "cpu": 200},
            {"name": "log", "image": "registry.invalid/log:3", "cpu": 0},
        ],
        tags=[{"key": "team", "value": "shop"}, {"key": "aws:cloudformation:stack-name", "value": "web"}],
    )(account)
    answer = house.deliver(approved(house, request("memory")))
    (name, sent), *_ = account.calls
    assert name == "RegisterTaskDefinition" and sent["family"] == "web"
    assert (sent["cpu"], sent["memory"], sent["executionRoleArn"]) == ("256", "1024", ROLE)
    web, log = sent["containerDefinitions"]
    assert (web["memory"], web["memoryReservation"], web["cpu"]) == (800, 600, 200)
    assert log == {"name": "log", "image": "registry.invalid/log:3", "cpu": 0}
    assert not {"taskDefinitionArn", "revision", "status", "requiresAttributes", "compatibilities"} & set(sent)
    tags = {tag["key"]: tag["value"] for tag in sent["tags"]}
    assert tags.keys() == {"team", "created-by", "first-responder:made-for"}
    answer = settle(house, account, answer, 10)
    assert account.calls[1:] == [("UpdateService", {"taskDefinition": definition_arn(10)})]
    assert house.run(answer).outcome is Outcome.RECOVERED


def settle(house: House, account: EcsAccount, answer: Any, revision: int) -> Any:
    """Follow to the end; what is asked for is in place once it was asked for."""
    while answer.wait is not None:
        if account.primary["rolloutState"] == "IN_PROGRESS":
            account.finish(revision)
        house.clock.move(answer.wait)
        answer = house.wake(answer)
    return answer


def test_a_number_that_somebody_else_takes_before_it_is_agreed_to_makes_the_proposal_stale(
    house: House, account: EcsAccount
) -> None:
    answer = proposed(house, request("memory"))
    account.definitions[definition_arn(10)] = account.definition(10, "registry.invalid/web:2.0")
    assert house.deliver(approve(house, answer)).decision == "waiting_for_answer"
    assert account.calls == []


def test_a_number_that_somebody_else_takes_in_the_same_moment_is_never_deployed(
    clock: FakeClock, account: EcsAccount
) -> None:
    """Their registration comes first, ours gets the number after it."""

    def overtake() -> None:
        theirs, ours = definition_arn(10), definition_arn(11)
        account.definitions[ours] = {**account.definitions[theirs], "taskDefinitionArn": ours, "revision": 11}
        account.definitions[theirs] = account.definition(10, "registry.invalid/web:2.0")

    house = house_of(Reacting(account, {"register_task_definition": overtake}), clock)
    answer = house.follow(house.deliver(approved(house, request("memory"))))
    assert house.run(answer).outcome is Outcome.ESCALATED
    assert [name for name, _ in account.calls] == ["RegisterTaskDefinition"]


def test_larger_tasks_that_do_not_come_up_are_replaced_by_those_before(house: House, account: EcsAccount) -> None:
    answer = house.deliver(approved(house, request("memory")))
    answer = house.wake(answer)
    account.primary["rolloutState"] = "FAILED"
    while answer.wait is not None:
        if len(account.calls) == 3:
            account.finish(9)
        house.clock.move(answer.wait)
        answer = house.wake(answer)
    assert house.run(answer).outcome is Outcome.UNDONE
    assert account.calls[-1] == ("UpdateService", {"taskDefinition": definition_arn(9)})


def test_larger_tasks_that_are_stopped_for_their_memory_too_have_not_helped(house: House, account: EcsAccount) -> None:
    answer = house.deliver(approved(house, request("memory")))
    account.stop_task(10, "EssentialContainerExited", KILLED, 137)
    answer = settle_in_turn(house, account, answer)
    assert house.run(answer).outcome is Outcome.UNDONE
    assert account.calls[-1] == ("UpdateService", {"taskDefinition": definition_arn(9)})


def test_larger_tasks_that_are_no_healthy_targets_have_not_helped(house: House, account: EcsAccount) -> None:
    account.behind()
    answer = house.deliver(approved(house, request("memory")))
    account.unhealthy = 1
    answer = settle_in_turn(house, account, answer)
    assert house.run(answer).outcome is Outcome.UNDONE


def settle_in_turn(house: House, account: EcsAccount, answer: Any) -> Any:
    """Whatever is deployed comes up."""
    while answer.wait is not None:
        if account.primary["rolloutState"] == "IN_PROGRESS":
            account.finish(int(account.service["taskDefinition"].rpartition(":")[2]))
        house.clock.move(answer.wait)
        answer = house.wake(answer)
    return answer


# What is short


@pytest.mark.parametrize(
    ("turn", "short_of", "size"),
    [
        (lambda a: None, "", (512, 1024)),
        (lambda a: None, "cpu", (512, 1024)),
        (lambda a: None, "memory", (256, 1024)),
        (measured(95.0, 40.0), "", (512, 1024)),
        (measured(30.0, 95.0), "", (256, 1024)),
        (measured(30.0, 40.0), "memory", (256, 1024)),
        (measured(30.0, 95.0), "cpu", (512, 1024)),
        (killed, "", (256, 1024)),
        (lambda a: a.stop_task(9, "EssentialContainerExited", "Essential container in task exited", 137), "", (256, 1024)),
    ],
)  # fmt: skip
def test_what_is_short_gets_the_next_valid_size(
    house: House, account: EcsAccount, turn: Turn, short_of: str, size: tuple[int, int]
) -> None:
    turn(account)
    assert size_proposed(house, request(short_of)) == size


def test_arm_costs_less_and_windows_has_no_known_price(house: House, account: EcsAccount) -> None:
    define(runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"})(account)
    run = house.run(proposed(house, request("memory")))
    assert run.plan is not None and Decimal(run.plan["cost_per_month_usd"]) == Decimal("2.60")
    define(runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}, cpu="1024", memory="2048")(account)
    run = house.run(proposed(house, request("memory")))
    assert run.plan is not None and run.plan["cost_per_month_usd"] is None


def test_where_all_tasks_may_stop_at_once_the_proposal_says_so(house: House, account: EcsAccount) -> None:
    account.service["deploymentConfiguration"]["minimumHealthyPercent"] = 0
    run = house.run(proposed(house, request("memory")))
    assert "stop all 2 tasks at once" in run.guards["cost"]


def test_a_fixed_heap_is_no_obstacle_to_more_cpu(house: House, account: EcsAccount) -> None:
    container(command=["java", "-Xmx300m", "-jar", "web.jar"])(account)
    assert size_proposed(house, request("cpu")) == (512, 1024)


def test_nothing_of_the_containers_variables_is_written_down(house: House, account: EcsAccount) -> None:
    container(environment=[{"name": "PASSWORD", "value": "hunter2"}])(account)
    answer = proposed(house, request("memory"))
    assert "hunter2" not in str(house.run(answer)) and "hunter2" not in str(house.store.entries)


# What stops it


def leak(account: EcsAccount) -> None:
    account.metrics[MEMORY] = [50.0 + minute for minute in range(45)]


def platform(version: str) -> Turn:
    def turn(account: EcsAccount) -> None:
        define(cpu="4096", memory="8192")(account)
        account.primary["platformVersion"] = version

    return turn


STOPS: list[tuple[str, str, Turn]] = [
    ("service_not_active", "", lambda a: a.service.update(status="DRAINING")),
    ("desired_zero", "", lambda a: a.service.update(desiredCount=0)),
    ("code_deploy_controller", "", lambda a: a.service.update(deploymentController={"type": "CODE_DEPLOY"})),
    ("external_controller", "", lambda a: a.service.update(deploymentController={"type": "EXTERNAL"})),
    ("stack_in_progress", "", lambda a: (a.tag("aws:cloudformation:stack-name", "web"), setattr(a, "stack", "UPDATE_IN_PROGRESS"))),
    ("deployment_in_progress", "", lambda a: a.primary.update(rolloutState="IN_PROGRESS")),
    ("cannot_replace_tasks", "", lambda a: a.service["deploymentConfiguration"].update(maximumPercent=100)),
    ("mutable_image_tag", "", container(image="registry.invalid/web:latest")),
    ("image_replaced", "", container(image=f"{OURS}:1.9")),
    ("secrets_or_network", "", lambda a: a.stop_task(9, "TaskFailedToStart", "ResourceInitializationError: no secrets")),
    ("no_free_addresses", "", lambda a: setattr(a, "free_addresses", 0)),
    ("memory_leak_pattern", "", leak),
    ("memory_leak_pattern", "memory", leak),
    ("nothing_short", "", measured(30.0, 40.0)),
    ("not_on_fargate", "", lambda a: a.service.update(launchType="EC2")),
    ("unknown_task_size", "", define(cpu="300", memory="512")),
    ("unknown_task_size", "", define(runtimePlatform={"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"})),
    ("fixed_heap", "memory", container(command=["java", "-Xmx300m", "-jar", "web.jar"])),
    ("fixed_heap", "memory", container(environment=[{"name": "NODE_OPTIONS", "value": "--max-old-space-size=400"}])),
    ("fixed_heap", "", lambda a: (killed(a), container(entryPoint=["java", "-XX:MaxHeapSize=1g"])(a))),
    ("largest_task", "", define(cpu="16384", memory="122880")),
    ("platform_too_old", "cpu", platform("1.3.0")),
]  # fmt: skip


@pytest.mark.parametrize(("code", "short_of", "turn"), STOPS, ids=[f"{i}-{stop[0]}" for i, stop in enumerate(STOPS)])
def test_each_guard_declines_with_its_own_code_and_changes_nothing(
    house: House, account: EcsAccount, code: str, short_of: str, turn: Turn
) -> None:
    turn(account)
    run = house.run(house.deliver(request(short_of)))
    assert run.outcome is Outcome.DECLINED and run.decline is not None
    assert run.decline.code == code, run.decline
    assert run.decline.seen and run.decline.advice
    assert account.calls == []


def test_a_new_platform_version_runs_the_largest_tasks(house: House, account: EcsAccount) -> None:
    platform("LATEST")(account)
    assert size_proposed(house, request("cpu")) == (8192, 16384)


def test_a_service_that_is_not_there_is_declined(house: House) -> None:
    assert house.deliver({**request(), "target": f"{SERVICE}x"}).text.startswith("target_not_found:")


def test_no_alarm_and_no_event_starts_it() -> None:
    assert ScaleUpEcsTask.triggers == ()


# Under moto


def test_boto3_shapes_a_plain_service_gets_a_larger_task(
    aws: Boto3Aws, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_ECS_SERVICE_RUNNING", "2")
    ecs = aws.client("ecs")
    ecs.create_cluster(clusterName="prod")
    ecs.register_task_definition(
        family="web", requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="512",
        executionRoleArn=ROLE,
        containerDefinitions=[{"name": "web", "image": "registry.invalid/web:1.0", "memory": 512}],
    )  # fmt: skip
    ecs.create_service(
        cluster="prod", serviceName="web", taskDefinition="web:1", desiredCount=2, launchType="FARGATE",
        tags=[{"key": "first-responder:mode", "value": "act"}],
    )  # fmt: skip
    house = house_of(aws, clock)
    answer = house.deliver(approved(house, request("memory")))
    for _ in range(3):
        answer = house.wake(answer)
    made = ecs.describe_task_definition(taskDefinition="web:2")["taskDefinition"]
    assert (made["cpu"], made["memory"], made["containerDefinitions"][0]["memory"]) == ("256", "1024", 1024)
    assert made["executionRoleArn"] == ROLE
    service = ecs.describe_services(cluster="prod", services=["web"])["services"][0]
    assert service["taskDefinition"].endswith(":task-definition/web:2")


# Scenes


@contextmanager
def _small_tasks(kills: int = 0) -> Iterator[tuple[EcsAccount, House]]:
    """Tasks of the first size were stopped for their memory; what is deployed comes up, and `kills` of it go the same way."""
    clock = FakeClock(NOON)
    account = EcsAccount(clock)
    account.settled()
    account.tag("aws:cloudformation:stack-name", "web")
    account.behind()
    define(executionRoleArn=ROLE)(account)
    container(image=f"{OURS}:1.9")(account)
    account.images["1.9"] = "sha256:nine"
    killed(account)

    def comes_up() -> None:
        account.finish(int(account.service["taskDefinition"].rpartition(":")[2]))
        for _ in range(kills):
            account.stop_task(10, "EssentialContainerExited", KILLED, 137)

    yield account, house_of(Reacting(account, {"update_service": comes_up}), clock)


@contextmanager
def larger_tasks_are_agreed_to_and_help() -> Iterator[tuple[House, Any]]:
    with _small_tasks() as (_, house):
        yield house, approved(house, request())


@contextmanager
def larger_tasks_do_not_help_and_the_size_before_is_deployed_again() -> Iterator[tuple[House, Any]]:
    with _small_tasks(kills=1) as (_, house):
        yield house, approved(house, request())


SCENES = {
    scene.__name__: scene
    for scene in (
        larger_tasks_are_agreed_to_and_help,
        larger_tasks_do_not_help_and_the_size_before_is_deployed_again,
    )
}
