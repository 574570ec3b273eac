"""A secret in a template: generated as asked, known by its ARN, readable for whom a policy names that ARN."""

import json
from typing import Any

from .conftest import Aws, until

READER = """
import boto3, os
def handler(event, context):
    return boto3.client("secretsmanager").get_secret_value(SecretId=event["secret"])["SecretString"]
"""


def secret(**asked: Any) -> dict[str, Any]:
    return {"Type": "AWS::SecretsManager::Secret", "Properties": {"GenerateSecretString": asked}}


def template(**changed: Any) -> dict[str, Any]:
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    read = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": {"Ref": "Key"}}
    resources = {
        "Key": secret(ExcludePunctuation=True, PasswordLength=64),
        "Plain": secret(),
        "Login": secret(SecretStringTemplate='{"user": "ann"}', GenerateStringKey="password", PasswordLength="20"),
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {"Statement": [trust]},
                "Policies": [{"PolicyName": "read", "PolicyDocument": {"Version": "2012-10-17", "Statement": [read]}}],
            },
        },
        **changed,
    }
    outputs = {name: {"Value": {"Ref": name}} for name in ("Key", "Plain", "Login")}
    return {"Resources": resources, "Outputs": {**outputs, "Role": {"Value": {"Fn::GetAtt": ["Role", "Arn"]}}}}


def outputs_of(aws: Aws, status: str) -> dict[str, str]:
    def reached() -> Any:
        (stack,) = aws("cloudformation").describe_stacks(StackName="secrets")["Stacks"]
        return stack if stack["StackStatus"] == status else None

    return {output["OutputKey"]: output["OutputValue"] for output in until(reached, 20)["Outputs"]}


def test_a_secret_lives_with_its_stack(aws: Aws) -> None:
    def value(name: str) -> str:
        return str(aws("secretsmanager").get_secret_value(SecretId=made[name])["SecretString"])

    capabilities = {"StackName": "secrets", "Capabilities": ["CAPABILITY_IAM"]}
    aws("cloudformation").create_stack(**capabilities, TemplateBody=json.dumps(template()))
    made = outputs_of(aws, "CREATE_COMPLETE")
    assert all(made[name].startswith("arn:aws:secretsmanager:") for name in ("Key", "Plain", "Login"))
    key = value("Key")
    assert (len(key), key.isalnum(), len(value("Plain"))) == (64, True, 32)
    login = json.loads(value("Login"))
    assert (login["user"], len(login["password"])) == ("ann", 20)

    aws.function("reader", READER, made["Role"])
    assert aws.invoke("reader", {"secret": made["Key"]}) == (None, key)
    error, payload = aws.invoke("reader", {"secret": made["Plain"]})
    assert error
    assert "secretsmanager:GetSecretValue" in payload["errorMessage"]

    shorter = template(Plain=secret(PasswordLength=8))
    aws("cloudformation").update_stack(**capabilities, TemplateBody=json.dumps(shorter))
    assert outputs_of(aws, "UPDATE_COMPLETE") == made
    assert (value("Key"), len(value("Plain"))) == (key, 8)

    aws("cloudformation").delete_stack(StackName="secrets")
    until(lambda: made["Key"] not in {one["ARN"] for one in aws("secretsmanager").list_secrets()["SecretList"]})
