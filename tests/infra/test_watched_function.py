"""Every function, those around an incident included."""

from __future__ import annotations

import pytest

from functions import catalogue
from functions.adapters.follow_through import function_name
from tests.infra.deployed import Deployed, inside

FUNCTIONS = sorted(
    [function_name(name) for name in [*catalogue.names(), "turn_dials"]]
    + [
        f"first-responder-{name}"
        for name in (
            "sweep",
            "incidents",
            "announce-mail",
            "answer",
            "intake",
            "report",
            "review",
            "switches",
            "drifts",
        )
    ]
)
each_function = pytest.mark.parametrize("name", FUNCTIONS)


@each_function
def test_it_runs_on_the_runtime_that_it_is_bundled_for(deployed: Deployed, name: str) -> None:
    function = deployed.function(name)
    assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])
    assert (function["MemorySize"], function["Timeout"]) == (512, 60)


def test_all_share_one_asset(deployed: Deployed) -> None:
    assert len({function["Code"]["S3Key"] for function in deployed.all("AWS::Lambda::Function").values()}) == 1


@each_function
def test_its_log_is_its_own_in_json_and_does_not_last_for_ever(deployed: Deployed, name: str) -> None:
    log = deployed.id_of("AWS::Logs::LogGroup", LogGroupName=f"/aws/lambda/{name}")
    assert deployed.function(name)["LoggingConfig"] == {"LogFormat": "JSON", "LogGroup": f"<{log}>"}
    assert deployed.resources[log]["Properties"]["RetentionInDays"] == 90


@each_function
def test_what_it_cannot_handle_is_tried_again_and_then_kept(deployed: Deployed, name: str) -> None:
    invoke = deployed.one("AWS::Lambda::EventInvokeConfig", FunctionName=f"<{inside(deployed.function_arn(name))}>")
    assert (invoke["MaximumRetryAttempts"], invoke["MaximumEventAgeInSeconds"]) == (2, 3600)
    queue = deployed.resources[inside(deployed.dead_letters(name))]["Properties"]
    assert queue["SqsManagedSseEnabled"] is True
    assert queue["MessageRetentionPeriod"] == 14 * 24 * 3600


@each_function
def test_its_errors_and_its_dead_letters_call_people(deployed: Deployed, name: str) -> None:
    people = deployed.id_of("AWS::SNS::Topic", TopicName="first-responder-people")
    errors = deployed.one("AWS::CloudWatch::Alarm", AlarmName=f"{name}-errors")
    letters = deployed.one("AWS::CloudWatch::Alarm", AlarmName=f"{name}-dead-letters")
    assert errors["Dimensions"] == [{"Name": "FunctionName", "Value": f"<{inside(deployed.function_arn(name))}>"}]
    queue = f"<{inside(deployed.dead_letters(name))}.QueueName>"
    assert letters["Dimensions"] == [{"Name": "QueueName", "Value": queue}]
    for alarm, metric in ((errors, "Errors"), (letters, "ApproximateNumberOfMessagesVisible")):
        assert (alarm["MetricName"], alarm["Threshold"], alarm["AlarmActions"]) == (metric, 1, [f"<{people}>"])
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert alarm["TreatMissingData"] == "notBreaching"


def test_no_rule_of_ours_answers_an_alarm_of_ours(deployed: Deployed) -> None:
    ours = {alarm["Namespace"] for alarm in deployed.all("AWS::CloudWatch::Alarm").values()}
    patterns = [rule.get("EventPattern", {}) for rule in deployed.all("AWS::Events::Rule").values()]
    configurations = [pattern.get("detail", {}).get("configuration") for pattern in patterns]
    watched = [said["metrics"]["metricStat"]["metric"]["namespace"] for said in configurations if said]
    assert watched
    assert ours.isdisjoint(namespace for namespaces in watched for namespace in namespaces)
