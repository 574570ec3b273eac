"""A function's URL is served over HTTP, in payload format 2.0, to whom the function's resource policy lets in."""

import json
import urllib.error
import urllib.request
from typing import Any

from .conftest import ACCOUNT, REGION, Aws, until

ANSWERER = """
import json
def handler(event, context):
    if event["rawPath"] == "/fail":
        raise LookupError("no")
    return {"statusCode": 201, "headers": {"content-type": "text/plain", "x-own": "1"}, "cookies": ["a=1"],
            "body": json.dumps({"event": event, "function": context.function_name})}
"""


def template(*permissions: dict[str, Any]) -> dict[str, Any]:
    function = {"Fn::GetAtt": ["Function", "Arn"]}
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    return {
        "Resources": {
            "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}}},
            "Function": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "Runtime": "python3.13",
                    "Handler": "index.handler",
                    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                    "Code": {"ZipFile": ANSWERER},
                },
            },
            "Url": {"Type": "AWS::Lambda::Url", "Properties": {"AuthType": "NONE", "TargetFunctionArn": function}},
            **{
                f"Permission{number}": {
                    "Type": "AWS::Lambda::Permission",
                    "Properties": {"FunctionName": function, "Principal": "*", **permission},
                }
                for number, permission in enumerate(permissions)
            },
        },
        "Outputs": {
            "Url": {"Value": {"Fn::GetAtt": ["Url", "FunctionUrl"]}},
            "Function": {"Value": {"Ref": "Function"}},
        },
    }


USE = {"Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"}
INVOKE = {"Action": "lambda:InvokeFunction", "InvokedViaFunctionUrl": True}


def deploy(aws: Aws, name: str, *permissions: dict[str, Any]) -> dict[str, str]:
    stacks = aws("cloudformation")
    stacks.create_stack(
        StackName=name, TemplateBody=json.dumps(template(*permissions)), Capabilities=["CAPABILITY_IAM"]
    )

    def outputs() -> dict[str, str]:
        (stack,) = stacks.describe_stacks(StackName=name)["Stacks"]
        assert "ROLLBACK" not in stack["StackStatus"], stacks.describe_stack_events(StackName=name)["StackEvents"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    return dict(until(outputs, 20))


def fetch(url: str, data: bytes | None = None, **headers: str) -> tuple[int, Any, str]:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=data, headers=headers)) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read().decode()


def test_it_is_the_functions_own_answer_to_an_event_in_format_2(aws: Aws) -> None:
    made = deploy(aws, "url-open", USE, INVOKE)
    assert made["Url"].startswith(aws.endpoint)
    assert made["Url"].endswith("/")
    status, headers, body = fetch(f"{made['Url']}answer/yes?token=a%2Fb&run=1", **{"User-Agent": "a person"})
    assert (status, headers["content-type"], headers["x-own"], headers["set-cookie"]) == (201, "text/plain", "1", "a=1")
    told = json.loads(body)
    event = told["event"]
    assert told["function"] == made["Function"]
    assert (event["version"], event["rawPath"], event["rawQueryString"]) == ("2.0", "/answer/yes", "token=a%2Fb&run=1")
    assert event["queryStringParameters"] == {"token": "a/b", "run": "1"}
    http = event["requestContext"]["http"]
    assert (http["method"], http["path"], http["userAgent"]) == ("GET", "/answer/yes", "a person")
    assert event["requestContext"]["accountId"] == "anonymous"
    assert event["requestContext"]["domainName"].endswith(f".lambda-url.{REGION}.on.aws")
    assert (event["isBase64Encoded"], "body" in event) == (False, False)


def test_a_form_that_is_posted_arrives_encoded(aws: Aws) -> None:
    made = deploy(aws, "url-form", USE, INVOKE)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    event = json.loads(fetch(made["Url"], b"answer=yes", **form)[2])["event"]
    assert (event["requestContext"]["http"]["method"], event["isBase64Encoded"]) == ("POST", True)
    assert event["body"] == "YW5zd2VyPXllcw=="


def test_a_function_that_fails_is_a_502_without_its_reason(aws: Aws) -> None:
    made = deploy(aws, "url-fail", USE, INVOKE)
    status, _, body = fetch(f"{made['Url']}fail")
    assert status == 502
    assert "LookupError" not in body


def test_it_is_forbidden_without_both_permissions(aws: Aws) -> None:
    for name, permissions in (
        ("none", []),
        ("use", [USE]),
        ("invoke", [INVOKE]),
        ("iam", [{**USE, "FunctionUrlAuthType": "AWS_IAM"}, INVOKE]),
    ):
        made = deploy(aws, f"url-{name}", *permissions)
        assert fetch(made["Url"])[0] == 403, name


def test_what_opens_the_url_opens_the_function_to_no_service(aws: Aws) -> None:
    made = deploy(aws, "url-only", USE, INVOKE)
    arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{made['Function']}"
    queue = aws("sqs").create_queue(QueueName="url-dead")["QueueUrl"]
    aws("events").put_rule(Name="url", EventPattern=json.dumps({"source": ["url"]}))
    dead = {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:url-dead"}
    aws("events").put_targets(Rule="url", Targets=[{"Id": "1", "Arn": arn, "DeadLetterConfig": dead}])
    aws("events").put_events(Entries=[{"Source": "url", "DetailType": "d", "Detail": "{}"}])
    until(lambda: aws("sqs").receive_message(QueueUrl=queue).get("Messages"))


def test_the_api_tells_the_same_address_and_a_deleted_url_is_gone(aws: Aws) -> None:
    made = deploy(aws, "url-api", USE, INVOKE)
    assert aws("lambda").get_function_url_config(FunctionName=made["Function"])["FunctionUrl"] == made["Url"]
    aws("lambda").delete_function_url_config(FunctionName=made["Function"])
    assert fetch(made["Url"])[0] == 404
