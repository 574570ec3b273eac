"""The dashboard draws what is really measured, by our code or by AWS of what is deployed, and leaves no function out."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from functions import catalogue
from functions.core.advance import Answer
from functions.core.incident.incident import Severity
from functions.core.measure import NAMESPACE, SERVICE, of_answer, of_changes, of_incidents
from functions.core.run import Outcome
from infra.settings import read_settings
from tests.infra.deployed import Deployed

CONSOLE, ANSWER = "first-responder-console", "first-responder-answer"
OWN = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"}
Drawn = tuple[str, str, tuple[tuple[str, str], ...]]
"""Namespace, name, and dimensions in order."""


@pytest.fixture(scope="module")
def board(deployed: Deployed) -> list[dict[str, Any]]:
    """The widgets."""
    body: dict[str, Any] = json.loads(deployed.one("AWS::CloudWatch::Dashboard")["DashboardBody"])
    widgets: list[dict[str, Any]] = body["widgets"]
    return widgets


def rows(board: list[dict[str, Any]]) -> Iterator[list[Any]]:
    for widget in board:
        yield from widget["properties"].get("metrics", [])


def drawn(board: list[dict[str, Any]]) -> set[Drawn]:
    found = set()
    for namespace, name, *rest in (row for row in rows(board) if isinstance(row[0], str)):
        names = [part for part in rest if isinstance(part, str)]
        found.add((namespace, name, tuple(sorted(zip(names[::2], names[1::2], strict=True)))))
    return found


def emitted() -> set[Drawn]:
    """What our code can write into its log, with the remediations of the catalogue and the one that was dropped in."""
    measures = [*of_incidents([]), of_changes(0)]
    for name in [*catalogue.names(), "turn_dials"]:
        for outcome in Outcome:
            measures += of_answer(Answer(decision=outcome.value, reacted_in=timedelta()), name)
    return {(NAMESPACE, one.name, tuple(sorted({"service": SERVICE, **one.dimensions}.items()))) for one in measures}


def of_aws(deployed: Deployed) -> set[Drawn]:
    functions = [("FunctionName", f"<{name}>") for name in deployed.all("AWS::Lambda::Function")]
    queues = [("QueueName", f"<{name}.QueueName>") for name in deployed.all("AWS::SQS::Queue")]
    (machine,) = deployed.all("AWS::StepFunctions::StateMachine")
    executions = ("ExecutionsFailed", "ExecutionsTimedOut", "ExecutionThrottled")
    return {
        *(("AWS/Lambda", name, (one,)) for one in functions for name in ("Errors", "Throttles")),
        *(("AWS/SQS", "ApproximateNumberOfMessagesVisible", (one,)) for one in queues),
        *(("AWS/States", name, (("StateMachineArn", f"<{machine}>"),)) for name in executions),
    }


def test_every_metric_is_one_that_exists(board: list[dict[str, Any]], deployed: Deployed) -> None:
    assert drawn(board) - emitted() - of_aws(deployed) == set()


def test_what_is_searched_for_is_what_a_decline_is_counted_by(board: list[dict[str, Any]]) -> None:
    expressions = [row[0]["expression"] for row in rows(board) if isinstance(row[0], dict)]
    (search,) = [text for text in expressions if text.startswith("SEARCH")]
    found = re.fullmatch(r"""SEARCH\('\{(\w+),(\w+),(\w+)\} MetricName="(\w+)"', 'Sum', 3600\)""", search)
    assert found is not None
    (counted,) = [one for one in of_answer(Answer(decision="declined", code="x"), "toy") if "code" in one.dimensions]
    assert found.groups() == (NAMESPACE, *sorted({"service", *counted.dimensions}), counted.name)


def test_no_function_no_dead_letter_and_no_remediation_is_left_out(
    board: list[dict[str, Any]], deployed: Deployed
) -> None:
    seen = drawn(board)
    aside = {
        f"<{name}.QueueName>" for name, said in deployed.all("AWS::SQS::Queue").items() if "RedrivePolicy" not in said
    }
    assert {one[2][0][1] for one in seen if one[0] == "AWS/SQS"} == aside
    for metric in ("Errors", "Throttles"):
        functions = {one[2][0][1] for one in seen if one[:2] == ("AWS/Lambda", metric)}
        assert functions == {f"<{name}>" for name in deployed.all("AWS::Lambda::Function")}
    everything = {*catalogue.names(), "turn_dials"}
    for metric in ("recovered", "escalated", "reaction_time"):
        assert {dict(one[2]).get("remediation") for one in seen if one[1] == metric} - {None} == everything


def test_severities_outcomes_and_the_budget_are_drawn(board: list[dict[str, Any]]) -> None:
    seen = drawn(board)
    assert {dict(one[2])["severity"] for one in seen if one[1] == "open_incidents"} == set(Severity)
    assert {one[1] for one in seen if one[2] == (("service", SERVICE),)} == {*Outcome, "changes_this_hour"}
    limit = read_settings(None).changes_per_hour
    (left,) = [row[0] for row in rows(board) if isinstance(row[0], dict) and "made" in row[0]["expression"]]
    assert left["expression"] == f"{limit} - made"


def test_a_graph_and_the_dashboard_stay_below_cloudwatchs_quotas(board: list[dict[str, Any]]) -> None:
    counts = [len(widget["properties"].get("metrics", [])) for widget in board]
    assert max(counts) <= 500
    assert sum(counts) <= 2500


def test_the_widget_is_the_consoles_and_its_buttons_call_the_answer_function(
    board: list[dict[str, Any]], deployed: Deployed
) -> None:
    (widget,) = [one for one in board if one["type"] == "custom"]
    assert widget["properties"]["endpoint"] == deployed.function_arn(CONSOLE)
    said = deployed.function(CONSOLE)
    assert said["Handler"] == "functions.lifecycle.console_widget.lambda_handler"
    answers = said["Environment"]["Variables"]["FIRST_RESPONDER_ANSWERS"]
    assert answers == f"arn:aws:lambda:eu-west-1:123456789012:function:{deployed.function(ANSWER)['FunctionName']}"


def test_it_may_look_at_incidents_and_change_nothing_and_nobody_may_invoke_it_but_by_their_own_rights(
    deployed: Deployed,
) -> None:
    table = f"<{deployed.id_of('AWS::DynamoDB::Table')}.Arn>"
    incidents = json.dumps({"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["INCIDENT#*"]}})
    assert {allowed for allowed in deployed.may(CONSOLE) if allowed[0] not in OWN} == {
        ("dynamodb:Query", table, incidents),
        ("dynamodb:Query", f"{table}/index/open", "{}"),
    }
    permitted = [said["FunctionName"] for said in deployed.all("AWS::Lambda::Permission").values()]
    assert deployed.function_arn(CONSOLE) not in permitted
