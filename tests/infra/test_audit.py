"""The function that looks through the backups: when it is called, and that it can change nothing."""

from __future__ import annotations

import json

from functions.adapters.follow_through import function_name
from functions.readings.backup_gaps import DETAIL_TYPE, HOURS, SOURCE
from tests.infra.deployed import Deployed

AUDIT = "first-responder-audit"
HERE = "eu-west-1:123456789012"


def test_it_is_called_in_each_of_the_hours_in_which_a_database_has_its_turn(deployed: Deployed) -> None:
    (rule,) = deployed.rules_to(AUDIT)
    assert rule["ScheduleExpression"] == "cron(0 8-17 * * ? *)"
    assert list(HOURS) == list(range(8, 18))
    assert rule["Targets"][0]["DeadLetterConfig"] == {"Arn": deployed.dead_letters(AUDIT)}
    assert deployed.function(AUDIT)["Handler"] == "functions.lifecycle.audit.lambda_handler"


def test_it_may_read_rds_and_tell_the_default_bus_in_our_name_and_nothing_else(deployed: Deployed) -> None:
    own = {"logs:CreateLogStream", "logs:PutLogEvents", "sqs:SendMessage"}
    ours = json.dumps({"StringEquals": {"events:source": SOURCE}})
    assert {allowed for allowed in deployed.may(AUDIT) if allowed[0] not in own} == {
        ("rds:DescribeDBInstances", f"arn:aws:rds:{HERE}:db:*", "{}"),
        ("rds:DescribeDBClusters", f"arn:aws:rds:{HERE}:cluster:*", "{}"),
        ("rds:DescribeDBSnapshots", f"arn:aws:rds:{HERE}:db:*", "{}"),
        ("rds:DescribeDBSnapshots", f"arn:aws:rds:{HERE}:snapshot:*", "{}"),
        ("events:PutEvents", f"arn:aws:events:{HERE}:event-bus/default", ours),
    }


def test_what_it_tells_reaches_the_remediation(deployed: Deployed) -> None:
    (rule,) = deployed.rules_to(function_name("audit_backups"))
    assert rule["EventPattern"] == {
        "source": [SOURCE],
        "detail-type": [DETAIL_TYPE],
        "detail": {"gap": ["retention", "restore_window"]},
    }
    assert "EventBusName" not in rule
