"""The function that sets switches, as it is deployed."""

from __future__ import annotations

import json

from tests.infra.deployed import Deployed

SWITCHES = "first-responder-switches"
OWN = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"}


def test_it_has_its_handler_and_is_called_by_nothing_but_people(deployed: Deployed) -> None:
    assert deployed.function(SWITCHES)["Handler"] == "functions.lifecycle.switches.lambda_handler"
    arn = deployed.function_arn(SWITCHES)
    assert deployed.rules_to(SWITCHES) == []
    assert arn not in [said["FunctionName"] for said in deployed.all("AWS::Lambda::Permission").values()]
    assert arn not in [said["Endpoint"] for said in deployed.all("AWS::SNS::Subscription").values()]


def test_it_may_touch_the_switches_and_their_log_and_no_other_item(deployed: Deployed) -> None:
    table = f"<{deployed.id_of('AWS::DynamoDB::Table')}.Arn>"

    def only(partition: str) -> str:
        return json.dumps({"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [partition]}})

    assert {allowed for allowed in deployed.may(SWITCHES) if allowed[0] not in OWN} == {
        ("dynamodb:GetItem", table, only("SWITCH#all")),
        ("dynamodb:UpdateItem", table, only("SWITCH#all")),
        ("dynamodb:PutItem", table, only("SWITCH#log")),
        ("dynamodb:Query", table, only("SWITCH#log")),
    }
