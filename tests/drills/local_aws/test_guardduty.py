"""A finding that is raised is on record and on the bus; who is contained for it can do nothing more."""

import json
import time
import urllib.error
import urllib.request
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from .conftest import ACCOUNT, REGION, Aws, Ear

TYPE = "UnauthorizedAccess:IAMUser/MaliciousIPCaller.Custom"
DENY_ALL = "arn:aws:iam::aws:policy/AWSDenyAll"
READER = """
import boto3
def handler(event, context):
    guardduty = boto3.client("guardduty")
    (detector,) = guardduty.list_detectors()["DetectorIds"]
    return guardduty.get_findings(DetectorId=detector, FindingIds=[event["finding"]])["Findings"][0]["Type"]
"""
LAST_USED = """
import boto3
def handler(event, context):
    return boto3.client("iam").get_access_key_last_used(AccessKeyId=event["key"])["UserName"]
"""


@pytest.fixture
def key(aws: Aws) -> dict[str, Any]:
    """The access key of a user who may look at users."""
    name = f"eve-{time.monotonic_ns()}"
    aws("iam").create_user(UserName=name)
    allow = {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    aws("iam").put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
    made: dict[str, Any] = aws("iam").create_access_key(UserName=name)["AccessKey"]
    return made


def raised(aws: Aws, **asked: Any) -> str:
    body = json.dumps({"type": TYPE, "severity": 9, **asked}).encode()
    with urllib.request.urlopen(f"{aws.endpoint}/_local_aws/findings", body) as answer:
        return str(json.load(answer)["id"])


def refusal(aws: Aws, key: dict[str, Any]) -> str:
    """What IAM says to who looks at users with that key; empty where it is allowed."""
    client = boto3.client(
        "iam",
        endpoint_url=aws.endpoint,
        region_name=REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    try:
        client.list_users()
    except ClientError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("sample", [False, True])
def test_a_finding_is_on_record_and_on_the_bus(aws: Aws, ear: Ear, key: dict[str, Any], sample: bool) -> None:
    user = key["UserName"]
    finding = raised(aws, user=user, access_key=key["AccessKeyId"], sample=sample)
    event = ear.event("GuardDuty Finding", id=finding)
    detector = event["detail"]["service"]["detectorId"]
    assert aws("guardduty").list_detectors()["DetectorIds"] == [detector]
    (kept,) = aws("guardduty").get_findings(DetectorId=detector, FindingIds=[finding, "0" * 32])["Findings"]
    assert (kept["Id"], kept["Type"], kept["Severity"], kept["AccountId"]) == (finding, TYPE, 9, ACCOUNT)
    assert kept["Resource"]["AccessKeyDetails"] == {
        "AccessKeyId": key["AccessKeyId"],
        "PrincipalId": aws("iam").get_user(UserName=user)["User"]["UserId"],
        "UserName": user,
        "UserType": "IAMUser",
    }
    assert (kept["Service"]["Archived"], kept["Title"].startswith("[SAMPLE]")) == (False, sample)
    assert json.loads(event["detail"]["service"]["additionalInfo"]["value"]) == {"sample": sample}


def test_a_detector_of_somebody_else_is_refused(aws: Aws) -> None:
    with pytest.raises(ClientError, match="BadRequestException"):
        aws("guardduty").get_findings(DetectorId="0" * 32, FindingIds=["0" * 32])


def test_a_finding_about_nobody_is_not_raised(aws: Aws) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        raised(aws, user="nobody", access_key="AKIA")
    assert json.load(refused.value) == {"message": "there is no user nobody"}


def test_findings_are_read_with_a_permission_for_it(aws: Aws, key: dict[str, Any]) -> None:
    finding = raised(aws, user=key["UserName"], access_key=key["AccessKeyId"])
    listing = {"Action": "guardduty:ListDetectors", "Resource": "*"}
    aws.function("half-a-reader", READER, aws.role("half-a-reader", listing))
    aws.function(
        "finding-reader", READER, aws.role("finding-reader", listing, {**listing, "Action": "guardduty:GetFindings"})
    )
    assert aws.invoke("finding-reader", {"finding": finding}) == (None, TYPE)
    error, payload = aws.invoke("half-a-reader", {"finding": finding})
    assert error
    assert "guardduty:GetFindings" in payload["errorMessage"]


def test_who_is_denied_everything_is(aws: Aws, key: dict[str, Any]) -> None:
    assert refusal(aws, key) == ""
    aws("iam").attach_user_policy(UserName=key["UserName"], PolicyArn=DENY_ALL)
    assert "AccessDenied" in refusal(aws, key)
    aws("iam").detach_user_policy(UserName=key["UserName"], PolicyArn=DENY_ALL)
    assert refusal(aws, key) == ""
    aws("iam").update_access_key(UserName=key["UserName"], AccessKeyId=key["AccessKeyId"], Status="Inactive")
    assert "InvalidClientTokenId" in refusal(aws, key)


def test_the_trail_names_the_user_of_a_key(aws: Aws, key: dict[str, Any]) -> None:
    refusal(aws, key)
    by_name = [{"AttributeKey": "Username", "AttributeValue": key["UserName"]}]
    (event,) = aws("cloudtrail").lookup_events(LookupAttributes=by_name)["Events"]
    record = json.loads(event["CloudTrailEvent"])
    assert (event["EventName"], event["AccessKeyId"]) == ("ListUsers", key["AccessKeyId"])
    assert record["userIdentity"]["userName"] == key["UserName"]


def test_when_a_key_was_used_is_told_by_a_permission_on_its_owner(aws: Aws, key: dict[str, Any]) -> None:
    asked = {"Action": "iam:GetAccessKeyLastUsed", "Resource": f"arn:aws:iam::{ACCOUNT}:user/{key['UserName']}"}
    aws.function("key-reader", LAST_USED, aws.role("key-reader", asked))
    other = aws("iam").create_user(UserName=f"{key['UserName']}-other")["User"]["UserName"]
    foreign = aws("iam").create_access_key(UserName=other)["AccessKey"]
    assert aws.invoke("key-reader", {"key": key["AccessKeyId"]}) == (None, key["UserName"])
    error, payload = aws.invoke("key-reader", {"key": foreign["AccessKeyId"]})
    assert error
    assert "iam:GetAccessKeyLastUsed" in payload["errorMessage"]
