"""The function that lists and settles drifts, as it is deployed."""

from __future__ import annotations

import json

from tests.infra.deployed import Deployed

DRIFTS = "first-responder-drifts"
OWN = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"}


def test_it_has_its_handler_and_is_called_by_nothing_but_people(deployed: Deployed) -> None:
    assert deployed.function(DRIFTS)["Handler"] == "functions.lifecycle.drifts.lambda_handler"
    arn = deployed.function_arn(DRIFTS)
    assert deployed.rules_to(DRIFTS) == []
    assert arn not in [said["FunctionName"] for said in deployed.all("AWS::Lambda::Permission").values()]
    assert arn not in [said["Endpoint"] for said in deployed.all("AWS::SNS::Subscription").values()]


def test_it_may_read_and_extend_the_ledger_and_touch_no_other_item(deployed: Deployed) -> None:
    table = f"<{deployed.id_of('AWS::DynamoDB::Table')}.Arn>"
    only = json.dumps({"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["DRIFT"]}})
    assert {allowed for allowed in deployed.may(DRIFTS) if allowed[0] not in OWN} == {
        ("dynamodb:Query", table, only),
        ("dynamodb:PutItem", table, only),
    }
