from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.core.advance import Answer
from functions.core.run import Phase
from functions.remediations.relieve_rds_cpu import RelieveRdsCpu
from tests.approved import approve, approved, proposed
from tests.conftest import NOON
from tests.events import eventbridge
from tests.house import House, in_memory
from tests.rds_account import RdsAccount, arn

MINUTE = timedelta(minutes=1)
SNAPSHOT = "auto-orders-class-20261123t120000"
REQUEST = {"target": arn("orders"), "reason": "the sale", "requested_by": "ada", "mode": "act"}


@pytest.fixture
def rds(clock: FakeClock) -> RdsAccount:
    return RdsAccount(clock)


@pytest.fixture
def house(rds: RdsAccount, clock: FakeClock) -> House:
    return in_memory(RelieveRdsCpu(), rds, clock)


def alarm() -> dict[str, Any]:
    return eventbridge(NOON, "AWS/RDS", "CPUUtilization", {"DBInstanceIdentifier": "orders"}, alarm="orders-cpu")


def made(house: House) -> list[tuple[str, Any]]:
    return [(call, asked.get("DBInstanceClass")) for call, asked in house.aws.calls]


def plan_of(house: House, answer: Answer) -> Any:
    return house.run(answer).plan


def test_a_larger_class_is_proposed_whatever_the_mode_with_its_price_and_its_outage(house: House) -> None:
    answer = proposed(house, alarm())
    plan = plan_of(house, answer)
    assert plan["lines"] == [
        f"take the snapshot {SNAPSHOT} of orders, kept until 2026-12-07",
        "change orders from db.m6g.large to db.m6g.xlarge at once, with an outage",
    ]
    assert "an outage of typically 2 minutes (a failover)" in plan["ask_first"]
    assert float(plan["cost_per_month_usd"]) > 100
    assert house.aws.calls == []


def test_what_is_approved_is_done_after_a_snapshot_and_proved_by_the_alarm(house: House) -> None:
    house.aws.then["modify_db_instance"] = lambda: setattr(house.aws, "alarm_state", "OK")
    end = house.follow(house.deliver(approved(house, alarm())))
    assert end.decision == "recovered"
    assert made(house) == [("CreateDBSnapshot", None), ("ModifyDBInstance", "db.m6g.xlarge")]
    assert house.aws.calls[1][1]["ApplyImmediately"] is True


def test_a_class_that_did_not_help_stays_until_a_person_takes_it_back(house: House) -> None:
    house.aws.alarm_state = "ALARM"
    end = house.follow(house.deliver(approved(house, alarm())))
    assert (end.decision, len(house.aws.calls)) == ("escalated", 2)
    undo = {
        "undo": {"incident": end.incident, "run": end.run},
        "reason": "no use",
        "requested_by": "ada",
        "mode": "act",
    }
    house.clock.move(timedelta(days=1))
    assert house.follow(house.deliver(undo)).decision == "undone"
    assert made(house)[-1] == ("ModifyDBInstance", "db.m6g.large")


@pytest.mark.parametrize(
    ("tags", "said", "at_once"),
    [
        ({}, {}, True),
        ({"first_responder__max_outage_minutes": "1"}, {}, False),
        ({"first_responder__max_outage_minutes": "1"}, {"when": "now"}, True),
        ({}, {"when": "window"}, False),
    ],
)
def test_the_owner_and_who_asks_say_when(
    house: House, tags: dict[str, str], said: dict[str, str], at_once: bool
) -> None:
    house.aws.tag("orders", **tags)
    plan = plan_of(house, proposed(house, {**REQUEST, "parameters": said}))
    assert plan["actions"][-1]["at_once"] is at_once


def test_what_is_down_for_the_window_is_done_with_that(house: House) -> None:
    def pend() -> None:
        orders = house.aws.instances["orders"]
        orders.update(DBInstanceClass="db.m6g.large", PendingModifiedValues={"DBInstanceClass": "db.m6g.xlarge"})

    house.aws.then["modify_db_instance"] = pend
    house.aws.alarm_state = "ALARM"
    end = house.follow(house.deliver(approved(house, {**REQUEST, "parameters": {"when": "window"}})))
    assert end.decision == "recovered"
    assert house.aws.calls[-1][1]["ApplyImmediately"] is False
    assert "maintenance window" in house.store.entries[-1].text


def instance(**over: Any) -> Callable[[RdsAccount], Any]:
    return lambda rds: rds.instances["orders"].update(over)


def under(group: str, **load: float) -> Callable[[RdsAccount], Any]:
    """A load of ten, of which these parts are named."""
    return lambda rds: rds.load[group].update({**load, "other": 10 - sum(load.values())})


def typed(kind: str, name: str) -> Callable[[RdsAccount], Any]:
    """Six tenths of the load wait for it; Performance Insights tells name and type apart."""
    return lambda rds: (rds.kinds.update({name: kind}), under("db.wait_event", **{name: 6})(rds))


def deployed(ago: timedelta) -> Callable[[RdsAccount], Any]:
    return lambda rds: rds.deployments.append((NOON - ago, "shop/web"))


CAUSES: dict[str, tuple[Callable[[RdsAccount], Any], str]] = {
    "a lock": (under("db.wait_event", **{"Lock:transactionid": 6}), "waits_for_locks"),
    "a latch of InnoDB": (under("db.wait_event", **{"synch/mutex/innodb/x": 6}), "waits_for_locks"),
    "a mutex by its whole path": (under("db.wait_event", **{"wait/synch/mutex/innodb/x": 6}), "waits_for_locks"),
    "a lock of SQL Server": (under("db.wait_event", LCK_M_X=6), "waits_for_locks"),
    "a row lock of Oracle": (under("db.wait_event", **{"enq: TX - row lock contention": 6}), "waits_for_locks"),
    "a lock by its type": (typed("Lock", "transactionid"), "waits_for_locks"),
    "the disk by its type": (typed("IO", "RelationMapRead"), "waits_for_io"),
    "a page that is read": (typed("Buffer IO", "PAGEIOLATCH_SH"), "waits_for_io"),
    "the log of SQL Server": (under("db.wait_event", WRITELOG=6), "waits_for_io"),
    "the disk by its whole path": (under("db.wait_event", **{"wait/io/file/innodb/x": 6}), "waits_for_io"),
    "the disk": (under("db.wait_event", **{"IO:DataFileRead": 6}), "waits_for_io"),
    "a deep queue": (lambda rds: rds.metrics.update(DiskQueueDepth=25.0), "waits_for_io"),
    "a volume without credits": (lambda rds: rds.metrics.update(BurstBalance=4.0), "io_credits_spent"),
    "an instance without credits": (lambda rds: rds.metrics.update({"EBSIOBalance%": 0.0}), "io_credits_spent"),
    "swapping": (lambda rds: rds.metrics.update(SwapUsage=512.0 * 1024**2), "short_of_memory"),
    "a deployment": (deployed(20 * MINUTE), "deployed_before"),
    "one statement": (under("db.sql_tokenized", **{"UPDATE t SET a = ?": 7}), "one_statement"),
    "reads, with a replica": (
        lambda rds: (
            instance(ReadReplicaDBInstanceIdentifiers=["orders-read"])(rds),
            under("db.sql_tokenized", **{"SELECT a": 4, "SELECT b": 4})(rds),
        ),
        "replica_can_read",
    ),
}
PITFALLS: dict[str, tuple[Callable[[RdsAccount], Any], str]] = {
    **CAUSES,
    "gone": (lambda rds: rds.instances.clear(), "target_not_found"),
    "Aurora": (instance(Engine="aurora-postgresql", DBClusterIdentifier="c"), "aurora_cluster"),
    "cluster": (instance(DBClusterIdentifier="c"), "cluster_member"),
    "RDS Custom": (instance(Engine="custom-sqlserver-se"), "rds_custom"),
    "backing up": (instance(DBInstanceStatus="backing-up"), "instance_not_available"),
    "pending": (instance(PendingModifiedValues={"EngineVersion": "16.6"}), "pending_modifications"),
    "backups to be turned off": (instance(PendingModifiedValues={"BackupRetentionPeriod": 0}), "pending_modifications"),
    "stack at work": (lambda rds: setattr(rds, "stack", "UPDATE_IN_PROGRESS"), "stack_in_progress"),
    "nothing larger": (lambda rds: setattr(rds, "classes", ("db.m6g.large", "db.r6g.xlarge")), "no_larger_class"),
    "not in its zones": (lambda rds: rds.offered.update(zones=("eu-west-1a",)), "no_larger_class"),
    "not with a standby": (lambda rds: rds.offered.update(multi_az=False), "no_larger_class"),
    "Oracle's own cores": (
        instance(Engine="oracle-ee", ProcessorFeatures=[{"Name": "coreCount", "Value": "1"}]),
        "processor_features",
    ),
    "a size of no ladder": (instance(DBInstanceClass="db.m6g.metal"), "no_larger_class"),
    "the CPU has calmed down": (
        lambda rds: (rds.metrics.update(CPUUtilization=1.0), setattr(rds, "alarm_state", "OK")),
        "condition_cleared",
    ),
    "waits may not be read": (lambda rds: rds.refuses.update(describe_dimension_keys="AccessDenied"), "cannot_read"),
    "never": (lambda rds: rds.tag("orders", first_responder__mode="never"), "policy_never"),
}


@pytest.mark.parametrize("pitfall", PITFALLS)
def test_each_cause_and_pitfall_is_declined_with_its_own_code(house: House, pitfall: str) -> None:
    turn, code = PITFALLS[pitfall]
    turn(house.aws)
    answer = house.deliver(alarm())
    assert (answer.decision, answer.text.split(":")[0]) == ("declined", code), answer
    assert house.aws.calls == []


def test_the_next_size_is_the_next_that_the_family_has_whatever_its_name(house: House) -> None:
    instance(DBInstanceClass="db.z1d.2xlarge")(house.aws)
    house.aws.classes = ("db.z1d.2xlarge", "db.z1d.6xlarge", "db.z1d.3xlarge", "db.z1d.metal", "db.z1d.large")
    assert plan_of(house, proposed(house, alarm()))["actions"][-1]["instance_class"] == "db.z1d.3xlarge"


def test_what_a_larger_class_does_not_take_along_is_said(house: House) -> None:
    instance(ReadReplicaDBInstanceIdentifiers=["orders-read"])(house.aws)
    house.aws.maintenance.append({"Action": "os-upgrade"})
    reason = plan_of(house, proposed(house, alarm()))["reason"]
    assert "look in its parameter group for values that are fixed for the present memory (orders-16)" in reason
    assert "its replicas keep their class and may lag (orders-read)" in reason
    assert "RDS has maintenance waiting for it (os-upgrade)" in reason


def test_that_the_snapshot_pauses_a_single_az_instance_is_said(house: House) -> None:
    assert "snapshot" not in plan_of(house, proposed(house, alarm()))["ask_first"]
    instance(MultiAZ=False)(house.aws)
    asks = plan_of(house, proposed(house, {**REQUEST, "mode": "propose"}))["ask_first"]
    assert "a snapshot that stops its I/O for seconds to minutes" in asks


def test_a_class_that_is_offered_outside_a_vpc_only_is_none(house: House) -> None:
    house.aws.classes, house.aws.outside_vpc = ("db.m6g.large", "db.m6g.2xlarge"), ("db.m6g.xlarge",)
    assert plan_of(house, proposed(house, alarm()))["actions"][-1]["instance_class"] == "db.m6g.2xlarge"


@pytest.mark.parametrize(
    ("asked", "deploys"),
    [
        ('{"requestParameters": {"cluster": "shop", "service": "web", "desiredCount": 9}}', False),
        ('{"requestParameters": {"cluster": "shop", "service": "web", "forceNewDeployment": true}}', True),
        ('{"requestParameters": {"service": "web", "taskDefinition": "web:8", "desiredCount": 9}}', True),
        ('{"requestParameters": null}', True),
        ("not JSON", True),
    ],
)
def test_a_service_that_was_only_scaled_was_not_deployed(house: House, asked: str, deploys: bool) -> None:
    deployed(20 * MINUTE)(house.aws)
    house.aws.trail["CloudTrailEvent"] = asked
    answer = house.deliver(alarm())
    assert answer.text.startswith("deployed_before") is deploys, answer


def test_a_deployment_of_hours_ago_explains_nothing(house: House) -> None:
    deployed(timedelta(hours=3))(house.aws)
    proposed(house, alarm())


def test_a_statement_is_shown_without_what_could_break_a_line_and_cut(house: House) -> None:
    under("db.sql_tokenized", **{"SELECT ?\n\x1b[31m" + "x" * 400: 7})(house.aws)
    text = house.deliver(alarm()).text
    assert "\n" not in text and "\x1b" not in text and "x" * 201 not in text


def test_a_proposal_says_what_was_found(house: House) -> None:
    under("db.wait_event", CPU=4, **{"IO:DataFileRead": 1})(house.aws)
    under("db.sql_tokenized", **{"SELECT a": 4, "UPDATE b": 3})(house.aws)
    house.aws.metrics.update(CPUUtilization=96.0, DatabaseConnections=120.0, BurstBalance=100.0)
    house.aws.events.append(("orders", NOON - 20 * MINUTE, "DB instance\nrestarted"))
    reason = plan_of(house, proposed(house, alarm()))["reason"]
    assert "the CPU of orders is busy (96 %)" in reason and "120 connections" in reason
    assert "largest waits: 50% other, 40% CPU, 10% IO:DataFileRead" in reason
    assert "largest statements: 40% SELECT a, 30% UPDATE b, 30% other" in reason
    assert "RDS said before: 11:40 UTC DB instance restarted" in reason


def test_a_decline_says_what_was_found_as_well(house: House) -> None:
    under("db.wait_event", **{"Lock:transactionid": 6})(house.aws)
    text = house.deliver(alarm()).text
    assert text.startswith("waits_for_locks") and "/aws/rds/instance/orders/postgresql" in text
    assert "no statements were sampled" in text


def test_without_insights_or_exported_logs_it_says_so(house: House) -> None:
    instance(PerformanceInsightsEnabled=False, EnabledCloudwatchLogsExports=[])(house.aws)
    reason = plan_of(house, proposed(house, alarm()))["reason"]
    assert "Performance Insights is off" in reason and "no log of slow statements is exported" in reason


def test_all_metrics_of_the_load_are_one_call(house: House) -> None:
    asked: list[str] = []
    house.aws.then["get_metric_data"] = lambda: asked.append("get_metric_data")
    house.deliver({**REQUEST, "mode": "observe"})
    assert asked == ["get_metric_data"]


def test_logs_of_slow_statements_are_named_and_not_read(house: House) -> None:
    assert "/aws/rds/instance/orders/postgresql" in plan_of(house, proposed(house, alarm()))["reason"]


def test_spent_credits_are_said(house: House) -> None:
    house.aws.metrics["CPUCreditBalance"] = 0.0
    assert "its CPU credits are spent" in plan_of(house, proposed(house, alarm()))["reason"]


def test_a_deployment_between_proposal_and_approval_stops_it(house: House) -> None:
    answer = proposed(house, alarm())
    house.clock.move(10 * MINUTE)
    deployed(5 * MINUTE)(house.aws)
    assert house.deliver(approve(house, answer)).text.startswith("deployed_before")
    assert house.aws.calls == []


def test_a_plain_instance_of_moto_gets_a_proposal(aws: Boto3Aws, clock: FakeClock) -> None:
    aws.client("rds").create_db_instance(
        DBInstanceIdentifier="orders", Engine="postgres", DBInstanceClass="db.m5.large", AllocatedStorage=100,
        MasterUsername="admin1", MasterUserPassword="not-a-secret",
        Tags=[{"Key": "first-responder:mode", "Value": "act"}],
    )  # fmt: skip
    house = in_memory(RelieveRdsCpu(), aws, clock)
    answer = house.deliver(alarm())
    assert answer.decision == "waiting_for_answer" or answer.text.startswith("no_larger_class"), answer


@contextmanager
def _busy() -> Iterator[House]:
    clock = FakeClock(NOON)
    yield in_memory(RelieveRdsCpu(), RdsAccount(clock), clock)


@contextmanager
def an_approved_class_helps() -> Iterator[tuple[House, Any]]:
    with _busy() as house:
        house.aws.then["modify_db_instance"] = lambda: setattr(house.aws, "alarm_state", "OK")
        yield house, approved(house, alarm())


@contextmanager
def a_class_that_did_not_help_is_taken_back_by_a_person() -> Iterator[tuple[House, Any]]:
    with _busy() as house:
        house.aws.alarm_state = "OK"
        answer = house.deliver(approved(house, REQUEST))
        while house.run(answer).phase is not Phase.ENDED:
            house.clock.move(answer.wait or MINUTE)
            answer = house.wake(answer)
        which = {"incident": answer.incident, "run": answer.run}
        yield house, {"undo": which, "reason": "no use", "requested_by": "ann", "mode": "act"}


SCENES = {
    scene.__name__: scene for scene in (an_approved_class_helps, a_class_that_did_not_help_is_taken_back_by_a_person)
}
