"""Functions run under AWS's runtime client, in Lambda's environment, and fail the way Lambda says."""

import json

from .conftest import ACCOUNT, REGION, Aws, Ear, until

PROBE = """
import os, sys, time
def handler(event, context):
    if "raise" in event:
        raise PermissionError(event["raise"])
    if "sleep" in event:
        time.sleep(event["sleep"])
    try:
        import drills
    except ImportError:
        drills = None
    print("told", event.get("say"))
    return {"environ": dict(os.environ), "path": sys.path, "drills": drills is not None, "pid": os.getpid(),
            "request": context.aws_request_id, "left": context.get_remaining_time_in_millis()}
"""


def test_environment_is_lambdas_and_nothing_of_the_host(aws: Aws) -> None:
    role = aws.role("probe")
    aws.function(
        "probe",
        PROBE,
        role,
        Environment={"Variables": {"OWN": "1"}},
        MemorySize=512,
        LoggingConfig={"LogGroup": "/own/group"},
    )
    error, seen = aws.invoke("probe", {"say": "hello"})
    assert error is None
    environ = seen["environ"]
    assert environ["OWN"] == "1"
    assert environ["AWS_LAMBDA_FUNCTION_NAME"] == "probe"
    assert environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "512"
    assert environ["AWS_LAMBDA_LOG_GROUP_NAME"] == "/own/group"
    assert environ["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"
    assert environ["_HANDLER"] == "index.handler"
    assert environ["AWS_REGION"] == REGION
    assert environ["AWS_ENDPOINT_URL"] == aws.endpoint
    assert environ["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert "HOST_SECRET" not in environ
    assert "PYTHONPATH" not in environ
    assert seen["path"][0] == environ["LAMBDA_TASK_ROOT"]
    assert seen["drills"] is False
    assert 0 < seen["left"] <= 10_000
    logged = [e["message"] for e in aws("logs").filter_log_events(logGroupName="/own/group")["events"]]
    assert "told hello" in logged


def test_error_names_its_type_and_does_not_cost_the_environment(aws: Aws) -> None:
    aws.function("failing", PROBE, aws.role("failing"), MemorySize=512)
    before = aws.invoke("failing", {})[1]["pid"]
    error, payload = aws.invoke("failing", {"raise": "no"})
    assert error == "Unhandled"
    assert (payload["errorType"], payload["errorMessage"]) == ("PermissionError", "no")
    assert payload["stackTrace"]
    assert aws.invoke("failing", {})[1]["pid"] == before


def test_timeout_is_enforced(aws: Aws) -> None:
    aws.function("slow", PROBE, aws.role("slow"))
    aws("lambda").update_function_configuration(FunctionName="slow", Timeout=1)
    error, payload = aws.invoke("slow", {"sleep": 30})
    assert error == "Unhandled"
    assert "Task timed out after 1.00 seconds" in payload["errorMessage"]


def test_asynchronous_failure_is_retried_twice_and_ends_in_the_dead_letter_queue(aws: Aws, ear: Ear) -> None:
    event = {"fail": "always"}
    aws("lambda").invoke(FunctionName="recorder", InvocationType="Event", Payload=json.dumps(event))
    queue = aws("sqs").get_queue_url(QueueName="dead")["QueueUrl"]
    message = until(lambda: aws("sqs").receive_message(QueueUrl=queue, MessageAttributeNames=["All"]).get("Messages"))[
        0
    ]
    attempts = [h["request_id"] for h in ear.listen() if h["event"] == event]
    assert len(attempts) == 3
    assert len(set(attempts)) == 1
    assert json.loads(message["Body"]) == event
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert attributes == {"RequestID": attempts[0], "ErrorCode": "200", "ErrorMessage": "always"}


def test_rule_without_permission_on_the_function_ends_in_the_rules_dead_letter_queue(aws: Aws) -> None:
    arn = aws.function("closed", PROBE, aws.role("closed"))
    queue = aws("sqs").create_queue(QueueName="rule-dead")["QueueUrl"]
    rule = aws("events").put_rule(Name="own", EventPattern=json.dumps({"source": ["own"]}))["RuleArn"]
    aws("events").put_targets(
        Rule="own",
        Targets=[{"Id": "1", "Arn": arn, "DeadLetterConfig": {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:rule-dead"}}],
    )
    aws("events").put_events(Entries=[{"Source": "own", "DetailType": "d", "Detail": '{"a": 1}'}])
    message = until(lambda: aws("sqs").receive_message(QueueUrl=queue, MessageAttributeNames=["All"]).get("Messages"))[
        0
    ]
    attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
    assert json.loads(message["Body"])["detail"] == {"a": 1}
    assert (attributes["RULE_ARN"], attributes["TARGET_ARN"]) == (rule, arn)
    assert attributes["ERROR_CODE"] == "NO_PERMISSIONS"


def test_table_stream_reaches_its_function(aws: Aws, ear: Ear) -> None:
    ddb = aws("dynamodb")
    stream = ddb.create_table(
        TableName="streamed",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )["TableDescription"]["LatestStreamArn"]
    aws("lambda").create_event_source_mapping(
        FunctionName="recorder",
        EventSourceArn=stream,
        StartingPosition="TRIM_HORIZON",
        FilterCriteria={"Filters": [{"Pattern": json.dumps({"eventName": ["INSERT"]})}]},
    )
    ddb.put_item(TableName="streamed", Item={"id": {"S": "1"}})
    ddb.delete_item(TableName="streamed", Key={"id": {"S": "1"}})
    ddb.put_item(TableName="streamed", Item={"id": {"S": "2"}})

    def keys() -> list[str]:
        return [
            r["dynamodb"]["Keys"]["id"]["S"]
            for h in ear.listen()
            for r in h["event"].get("Records", [])
            if r.get("eventSource") == "aws:dynamodb"
        ]

    assert until(lambda: keys() if len(keys()) > 1 else []) == ["1", "2"]
