from __future__ import annotations

import json
from typing import Any

from functions import catalogue
from functions.adapters.follow_through import function_name
from infra.follow_through import definition
from tests.infra.deployed import Deployed, allows, inside

MACHINE = "AWS::StepFunctions::StateMachine"


def _states(deployed: Deployed) -> dict[str, Any]:
    states: dict[str, Any] = json.loads(deployed.one(MACHINE)["DefinitionString"])["States"]
    return states


def test_it_waits_advances_and_goes_round_for_as_long_as_the_answer_names_a_wait(deployed: Deployed) -> None:
    states = _states(deployed)
    assert (states["Wait"]["SecondsPath"], states["Wait"]["Next"]) == ("$.wait", "Advance")
    assert states["Advance"]["Next"] == "Over?"
    assert [choice["Next"] for choice in states["Over?"]["Choices"]] == ["Wait again"]
    assert states["Over?"]["Default"] == "Done"
    assert states["Wait again"]["Next"] == "Advance"


def test_its_only_task_is_the_function_of_the_run(deployed: Deployed) -> None:
    tasks = [state for state in _states(deployed).values() if state["Type"] == "Task"]
    assert [task["Resource"] for task in tasks] == ["arn:aws:states:::lambda:invoke"]
    assert tasks[0]["Parameters"] == {"FunctionName.$": "$.function", "Payload": {"advance.$": "$.advance"}}


def test_a_function_that_keeps_failing_is_tried_for_minutes_and_then_left_to_the_sweep(deployed: Deployed) -> None:
    advance = _states(deployed)["Advance"]
    (retry,) = advance["Retry"]
    waits = [min(retry["IntervalSeconds"] * retry["BackoffRate"] ** n, 120) for n in range(retry["MaxAttempts"])]
    assert retry["ErrorEquals"] == ["States.ALL"]
    assert 120 < sum(waits) < 600
    assert _states(deployed)[advance["Catch"][0]["Next"]]["Type"] == "Fail"


def test_the_input_and_every_answer_have_the_fields_that_it_reads() -> None:
    written = json.dumps(definition())
    for path in ("$.wait", "$.function", "$.advance", "$.answer.Payload.wait"):
        assert f'"{path}"' in written


def test_it_may_invoke_the_remediations_and_what_ends_incidents_and_no_other_function(deployed: Deployed) -> None:
    role = f"<{inside(deployed.one(MACHINE)['RoleArn'])}>"
    allowed = {
        resource
        for policy in deployed.all("AWS::IAM::Policy").values()
        if role in policy["Roles"]
        for action, resource, _ in allows(policy["PolicyDocument"])
        if action == "lambda:InvokeFunction"
    }
    woken = [*catalogue.names(), "turn_dials", "resolve"]
    assert allowed == {deployed.function_arn(function_name(name)) for name in woken}


def test_it_logs_every_step_but_no_data_and_calls_people_when_it_fails(deployed: Deployed) -> None:
    logging = deployed.one(MACHINE)["LoggingConfiguration"]
    assert (logging["Level"], logging["IncludeExecutionData"]) == ("ALL", False)
    alarm = deployed.one("AWS::CloudWatch::Alarm", AlarmName="first-responder-follow-through-failed")
    assert alarm["MetricName"] == "ExecutionsFailed"
    assert alarm["Dimensions"] == [{"Name": "StateMachineArn", "Value": f"<{deployed.id_of(MACHINE)}>"}]
