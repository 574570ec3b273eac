"""One investigation on an account in memory: what each part finds, and that none holds up or hides another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.adapters.crew import InTurn
from functions.core.arn import parse_alarm_arn, parse_arn
from functions.core.incident.inquiry.counts import counts, sentence
from functions.core.incident.inquiry.findings import Findings
from functions.core.incident.inquiry.page import page
from functions.core.incident.inquiry.subject import Subject
from functions.core.permission import EVERYTHING
from functions.core.remediation import Audience
from functions.lifecycle.investigation import PERMISSIONS, SERVICES, investigate
from tests.conftest import NOON
from tests.inquired import HOSTILE, PNG, SUBJECT
from tests.inquiry_account import ALARM, BALANCER, DATABASE, GROUP, SECRET, SERVICE, InquiryAccount
from tests.remediations.test_permissions import iam_actions

OF_DATABASE = replace(
    SUBJECT, since=NOON, targets=(parse_arn(DATABASE, "t"),), alarms=(parse_alarm_arn(ALARM, "a"),), stacks=("shop",)
)  # fmt: skip
LIMIT = timedelta(seconds=60)
PARTS = ("alarms", "changes", "logs", "health", "pictures")


@pytest.fixture
def account(clock: FakeClock) -> InquiryAccount:
    return InquiryAccount(clock)


def look(account: InquiryAccount, subject: Subject = OF_DATABASE) -> Findings:
    return investigate(account, InTurn(account.clock), account.clock, subject)


def health(found: Findings) -> dict[str, tuple[int, int]]:
    return {one.kind: (one.good, one.wanted) for one in found.health.items}


def test_all_parts_are_found_and_counted(account: InquiryAccount) -> None:
    found = look(account)
    assert found.missing == ()
    assert sentence(found, "p") == (
        "3 other alarms fire, it began 12 min after a deployment of shop/web, 1 of 2 tasks healthy,"
        " 2 of 3 targets healthy, 1 of 1 databases healthy, 1 of 1 secrets healthy; evidence: p"
    )
    assert all(word in page(found) for word in ("web-5xx", "shop-down", "shop-log", "Target.Timeout", "restarted"))


def test_of_the_alarms_all_three_types_are_asked_for_and_its_own_is_not_counted(account: InquiryAccount) -> None:
    assert [(one.name, one.kind) for one in look(account).alarms.items] == [
        ("web-5xx", "metric"), ("shop-down", "composite"), ("shop-log", "log"),
    ]  # fmt: skip


def test_a_storm_of_alarms_is_bounded_and_says_so(account: InquiryAccount) -> None:
    many = [{"AlarmName": f"a{n}", "StateValue": "ALARM", "StateUpdatedTimestamp": NOON} for n in range(100)]
    account.said["describe_alarms"] = lambda asked: {
        "MetricAlarms": many,
        "NextToken": f"{asked.get('NextToken', '')}+",
    }
    found = look(account, replace(OF_DATABASE, alarms=()))
    assert len(found.alarms.items) == 50
    assert len([named for named in account.calls("describe_alarms") if "StateValue" in named]) == 3
    assert found.alarms.notes == (
        "250 more alarms fire that are not listed here",
        "there are more alarms that fire than were looked at",
    )


def test_changes_of_the_last_hours_come_from_four_sources(account: InquiryAccount) -> None:
    found = {(one.kind, one.what, one.on) for one in look(account).changes.items}
    assert found == {
        ("deployment", "a deployment", "shop/web"),
        ("stack", "an update", "the stack shop"),
        ("event", "UPDATE_COMPLETE", "Web of shop"),
        ("event", "DB instance restarted", "orders"),
        ("call", "ModifyDBInstance", "orders"),
        ("call", "ModifyDBInstance", "web"),
    }


@pytest.mark.parametrize(
    ("status", "told"),
    [
        ("CREATE_IN_PROGRESS", ("stack", "the creation")),
        ("UPDATE_ROLLBACK_IN_PROGRESS", ("stack", "a rollback")),
        ("REVIEW_IN_PROGRESS", None),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", None),
        ("UPDATE_ROLLBACK_FAILED", ("event", "UPDATE_ROLLBACK_FAILED")),
    ],
)
def test_of_a_stack_it_is_told_what_began_and_how_it_ended(
    account: InquiryAccount, status: str, told: tuple[str, str] | None
) -> None:
    account.said["describe_stack_events"] = {
        "StackEvents": [
            {
                "StackId": "s", "EventId": "e", "StackName": "shop", "LogicalResourceId": "shop", "Timestamp": NOON,
                "ResourceType": "AWS::CloudFormation::Stack", "ResourceStatus": status,
            },
            {
                "StackId": "s", "EventId": "e", "StackName": "shop", "LogicalResourceId": "Web", "Timestamp": NOON,
                "ResourceType": "AWS::ECS::Service", "ResourceStatus": "UPDATE_IN_PROGRESS",
            },
        ]
    }  # fmt: skip
    found = [
        (one.kind, one.what) for one in look(account).changes.items if "shop" in one.on and one.kind != "deployment"
    ]
    assert found == ([told] if told else [])


def test_cloudtrail_is_asked_for_one_attribute_at_a_time_and_less_than_twice_a_second(account: InquiryAccount) -> None:
    events = account.said["lookup_events"]
    account.said["lookup_events"] = lambda asked: {**events, "NextToken": f"{asked.get('NextToken', '')}+"}
    found = look(account)
    asked = account.calls("lookup_events")
    assert len(asked) == 4 and all(len(named["LookupAttributes"]) == 1 for named in asked)
    times = account.times["lookup_events"]
    assert min(later - before for before, later in pairwise(times)) > timedelta(seconds=0.5)
    assert "proves nothing" in page(found) and found.missing == ()


def test_a_service_without_a_history_is_read_by_what_is_deployed(account: InquiryAccount) -> None:
    account.refuses["list_service_deployments"] = "UnsupportedFeatureException"
    found = look(account)
    assert [one.on for one in found.changes.items if one.kind == "deployment"] == ["shop/web"]
    assert found.missing == ()


def test_log_lines_are_masked_even_in_the_evidence_and_never_in_the_sentence(account: InquiryAccount) -> None:
    found = look(account)
    assert {one.group for one in found.logs.items} == {"/shop/web", "/aws/rds/instance/orders/postgresql"}
    assert {one.text for one in found.logs.items} == {"ERROR login of [e-mail] with password=[secret] refused"}
    assert "refused" not in sentence(found, "p")
    assert found.logs.notes == ("5.0 MB of logs were scanned",)
    (first, _) = account.calls("start_query")
    assert "| limit 20" in first["queryString"] and first["endTime"] - first["startTime"] == 1800


def test_a_query_that_takes_too_long_is_stopped(account: InquiryAccount) -> None:
    account.said["get_query_results"] = {"status": "Running"}
    found = look(account)
    assert found.logs.missing[0] == "the log /shop/web could not be read in time; its query was stopped"
    assert {named["queryId"] for named in account.calls("stop_query")} == {
        "of /shop/web", "of /aws/rds/instance/orders/postgresql",
    }  # fmt: skip
    assert account.clock.now() - NOON < LIMIT


def test_a_query_that_fails_or_cannot_be_stopped_is_told(account: InquiryAccount) -> None:
    account.said["get_query_results"] = {"status": "Failed"}
    assert "its query ended as Failed" in look(account).logs.missing[0]
    account.said["get_query_results"] = {"status": "Running"}
    account.refuses["stop_query"] = "AccessDenied"
    assert "could not be stopped: AccessDenied" in look(account).logs.missing[0]


def test_no_more_than_four_log_groups_are_scanned(account: InquiryAccount) -> None:
    database = account.said["describe_db_instances"]["DBInstances"][0]
    database["EnabledCloudwatchLogsExports"] = ["a", "b", "c", "d"]
    found = look(account)
    assert len(account.calls("start_query")) == 4
    assert "/aws/rds/instance/orders/d was not looked at" in " ".join(found.logs.notes)


def test_the_metric_is_drawn_now_and_a_week_ago(account: InquiryAccount) -> None:
    found = look(account)
    assert [one.png for one in found.pictures.items] == [PNG, PNG]
    now, before = (named["MetricWidget"] for named in account.calls("get_metric_widget_image"))
    assert '"end": "2026-11-23T12:00:00+00:00"' in now and '"end": "2026-11-16T12:00:00+00:00"' in before
    assert '["AWS/RDS", "CPUUtilization", "DBInstanceIdentifier", "orders"]' in now


@pytest.mark.parametrize(
    "turned",
    [{"refuses": "AccessDenied"}, {"image": b"<svg onload=alert(1)>"}, {"image": PNG + b"x" * 300_000}, {"image": b""}],
)
def test_where_aws_draws_nothing_fit_its_points_are_drawn(account: InquiryAccount, turned: Mapping[str, Any]) -> None:
    if "refuses" in turned:
        account.refuses["get_metric_widget_image"] = turned["refuses"]
    account.said["get_metric_widget_image"] = {"MetricWidgetImage": turned.get("image", b"")}
    found = look(account)
    assert all(one.curve and len(one.curve.points) == 2 and not one.png for one in found.pictures.items)
    assert page(found).count("<svg") == 2 and "onload" not in page(found)
    assert all(note.startswith("drawn from its points, as ") for note in found.pictures.notes) and found.pictures.notes


def test_an_alarm_that_nobody_answers_leads_to_its_resource(account: InquiryAccount) -> None:
    found = look(account, replace(SUBJECT, targets=(), alarms=(parse_alarm_arn(ALARM, "a"),), service="", since=NOON))
    assert health(found)["databases"] == (1, 1)


def test_a_load_balancer_is_looked_at_by_its_target_groups(account: InquiryAccount) -> None:
    found = look(account, replace(SUBJECT, targets=(parse_arn(BALANCER, "t"),), service=""))
    assert [(one.on, one.good, one.wanted) for one in found.health.items] == [(GROUP.split(":", 5)[-1], 2, 3)]


def test_a_service_is_its_own_way_to_what_belongs_to_it(account: InquiryAccount) -> None:
    found = look(account, replace(SUBJECT, targets=(parse_arn(SERVICE, "t"),), service=""))
    assert health(found) == {"tasks": (1, 2), "targets": (2, 3), "databases": (1, 1), "secrets": (1, 1)}
    assert account.calls("get_resources") == []


def test_security_is_looked_at_alone(account: InquiryAccount) -> None:
    secret = replace(OF_DATABASE, audience=Audience.SECURITY, service="")
    assert health(look(account, secret)) == {"databases": (1, 1)}
    assert not {"get_resources", "describe_services", "describe_secret"} & {called for _, called, _ in account.asked}


def test_a_secret_that_goes_or_is_gone_is_not_healthy(account: InquiryAccount) -> None:
    account.said["describe_secret"] = {"ARN": SECRET, "Name": "orders", "DeletedDate": NOON}
    assert health(look(account))["secrets"] == (0, 1)
    account.refuses["describe_secret"] = "ResourceNotFoundException"
    assert health(look(account))["secrets"] == (0, 1)


METHODS = {
    "describe_alarms": "other alarms could not be read: AccessDenied",
    "get_resources": "which services belong to shop could not be read: AccessDenied",
    "describe_services": "the service shop/web could not be read: AccessDenied",
    "describe_task_definition": "the service shop/web could not be read: AccessDenied",
    "describe_db_instances": "the database orders could not be read: AccessDenied",
    "list_service_deployments": "deployments of shop/web could not be read: AccessDenied",
    "describe_stack_events": "events of the stack shop could not be read: AccessDenied",
    "describe_events": "events of orders could not be read: AccessDenied",
    "lookup_events": "calls on orders could not be read: AccessDenied",
    "start_query": "the log /shop/web could not be read: AccessDenied",
    "get_query_results": "the log /shop/web could not be read: AccessDenied",
    "describe_target_health": "targets of targetgroup/web/73e2d6bc24d8a067 could not be read: AccessDenied",
    "describe_secret": "the secret secret:orders-a1B2c3 could not be read: AccessDenied",
}


@pytest.mark.parametrize("method", METHODS)
def test_what_is_refused_is_told_and_the_rest_is_found(account: InquiryAccount, method: str) -> None:
    account.refuses[method] = "AccessDenied"
    found = look(account)
    assert any(sentence.startswith(METHODS[method]) for sentence in found.missing), found.missing
    assert METHODS[method] in page(found)
    assert sum(bool(getattr(found, part).items) for part in PARTS) >= 3


def test_all_refused_is_still_a_page(account: InquiryAccount) -> None:
    account.refuses = dict.fromkeys(account.said, "AccessDenied")
    found = look(account)
    assert not any(getattr(found, part).items for part in PARTS)
    assert counts(found)[:2] == ("other alarms could not be read", "changes could not all be read")
    assert "No other alarm fires." not in page(found)


def test_what_breaks_is_told_too(account: InquiryAccount) -> None:
    account.said["describe_alarms"] = lambda _: {}["gone"]
    found = look(account)
    assert "other alarms could not be read: KeyError: 'gone'" in found.missing


@pytest.mark.parametrize("method", sorted(METHODS))
def test_a_slow_part_holds_up_neither_the_page_nor_the_others(account: InquiryAccount, method: str) -> None:
    account.takes[method] = timedelta(minutes=10)
    found = look(account)
    assert account.clock.now() - NOON <= timedelta(seconds=43)
    assert any("time" in sentence for sentence in found.missing), found.missing
    others = [part for part in PARTS if getattr(found, part).items]
    assert others, "one slow call has hidden everything"


def test_everything_slow_is_a_page_in_time(account: InquiryAccount) -> None:
    account.takes = dict.fromkeys(account.said, timedelta(seconds=30))
    found = look(account)
    assert account.clock.now() - NOON <= timedelta(seconds=43)
    assert found.missing and page(found)


def test_strangers_words_are_text_everywhere(account: InquiryAccount) -> None:
    alarm = {"AlarmName": HOSTILE, "StateReason": HOSTILE, "StateValue": "ALARM"}
    ours = account.said["describe_alarms"]
    account.said["describe_alarms"] = lambda asked: ours(asked) if "AlarmNames" in asked else {"MetricAlarms": [alarm]}
    account.said["describe_events"] = {"Events": [{"Message": HOSTILE, "Date": NOON}]}
    account.said["lookup_events"] = {"Events": [{"EventName": HOSTILE, "EventTime": NOON, "Username": HOSTILE}]}
    row = [{"field": "@timestamp", "value": HOSTILE}, {"field": "@message", "value": HOSTILE}]
    account.said["get_query_results"] = {"status": "Complete", "results": [row]}
    found = look(account)
    assert "<script" not in page(found) and "\x1b" not in page(found)
    assert "alert" not in sentence(found, "p")


def test_what_it_may_is_what_it_does_and_nothing_else(clock: FakeClock) -> None:
    used: set[str] = set()
    for subject in (OF_DATABASE, replace(SUBJECT, targets=(parse_arn(BALANCER, "t"),))):
        account = InquiryAccount(clock)
        account.refuses["get_metric_widget_image"] = "AccessDenied"
        look(account, subject)
        account.said["get_query_results"] = {"status": "Running"}
        look(account, subject)
        used |= {action for service, method, named in account.asked for action in iam_actions(service, method, named)}
    granted = {allow.action for allow in PERMISSIONS}
    assert used - granted == set(), "missing"
    assert granted - used == set(), "unused"


def test_it_may_only_read(account: InquiryAccount) -> None:
    look(account)
    reading = ("Describe", "Get", "List", "Lookup", "StartQuery", "StopQuery")
    for allow in PERMISSIONS:
        assert allow.action.partition(":")[2].startswith(reading), allow
        assert allow.on != EVERYTHING or len(allow.because) > 20, allow
    assert "GetSecretValue" not in str(PERMISSIONS)
    assert {service for service, _, _ in account.asked} == set(SERVICES), "a client would be made in a thread"
