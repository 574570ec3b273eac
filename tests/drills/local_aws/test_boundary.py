"""A permissions boundary limits a role: allowed is what its own policy and the boundary allow, and either may deny."""

import json
from typing import Any

import pytest

from infra.denials import denials

from .conftest import ACCOUNT, REGION, Aws, until

IAM = f"arn:aws:iam::{ACCOUNT}"
CALLER = """
import boto3
def handler(event, context):
    answer = getattr(boto3.client(event["service"]), event["call"])(**event["with"])
    return str(answer)[:200]
"""
CONTAIN = ["iam:PutUserPolicy", "iam:PutRolePolicy", "iam:AttachUserPolicy"]
QUARANTINE = "arn:aws:iam::aws:policy/AWSDenyAll"
BOUNDARY = [
    {"Effect": "Allow", "NotAction": "sqs:*", "Resource": "*"},
    {"Effect": "Deny", "Action": "sns:CreateTopic", "Resource": "*"},
    {
        "Effect": "Deny",
        "Action": ["rds:DeleteDBSnapshot", "ec2:DeleteSnapshot", "ec2:DeleteVolume"],
        "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:ResourceTag/created-by": "us"}},
    },
    {"Effect": "Deny", "Action": CONTAIN, "Resource": [f"{IAM}:role/bounded", f"{IAM}:*/break-glass/*"]},
    {"Effect": "Deny", "Action": CONTAIN, "Resource": "*", "Condition": {"Null": {"aws:ResourceTag/keep": "false"}}},
    {
        "Effect": "Deny",
        "Action": "iam:AttachUserPolicy",
        "Resource": "*",
        "Condition": {"ArnNotLike": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AWSDeny*"}},
    },
]
DENIES_ALL = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]})


def stack(aws: Aws) -> dict[str, Any]:
    """Boundary, role and user as a template has them; the role's own policy allows everything."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    everything = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    bounded = {"PermissionsBoundary": {"Ref": "Boundary"}}
    return {
        "Boundary": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {"PolicyDocument": {"Version": "2012-10-17", "Statement": BOUNDARY}},
        },
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "RoleName": "bounded",
                "AssumeRolePolicyDocument": {"Statement": [trust]},
                "Policies": [{"PolicyName": "all", "PolicyDocument": everything}],
                **bounded,
            },
        },
        "User": {"Type": "AWS::IAM::User", "Properties": {"UserName": "bounded-user", **bounded}},
    }


def deploy(aws: Aws, resources: dict[str, Any], verb: str = "create") -> str:
    stacks = aws("cloudformation")
    body = json.dumps({"Resources": resources})
    getattr(stacks, f"{verb}_stack")(StackName="bounds", TemplateBody=body, Capabilities=["CAPABILITY_NAMED_IAM"])
    found: list[str] = []

    def finished() -> bool:
        found[:] = [stacks.describe_stacks(StackName="bounds")["Stacks"][0]["StackStatus"]]
        return not found[0].endswith("IN_PROGRESS")

    until(finished, 20)
    return found[0]


@pytest.fixture(scope="module", autouse=True)
def bounded(aws: Aws) -> None:
    assert deploy(aws, stack(aws)) == "CREATE_COMPLETE"
    aws.function("bounded", CALLER, f"{IAM}:role/bounded")


def refusal(aws: Aws, api: str, operation: str, /, **arguments: Any) -> str:
    """Empty when it worked, otherwise the error message."""
    error, payload = aws.invoke("bounded", {"service": api, "call": operation, "with": arguments})
    return payload["errorMessage"] if error else ""


def test_a_template_puts_changes_and_takes_away_the_boundary(aws: Aws) -> None:
    iam = aws("iam")
    arn = iam.get_role(RoleName="bounded")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
    assert arn.startswith(f"{IAM}:policy/")
    assert iam.get_user(UserName="bounded-user")["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn
    free = stack(aws)
    del free["User"]["Properties"]["PermissionsBoundary"]
    assert deploy(aws, free, "update") == "UPDATE_COMPLETE"
    assert "PermissionsBoundary" not in iam.get_user(UserName="bounded-user")["User"]
    assert iam.get_role(RoleName="bounded")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == arn


def test_what_the_boundary_does_not_allow_is_refused(aws: Aws) -> None:
    assert refusal(aws, "ssm", "put_parameter", Name="p", Value="v", Type="String") == ""
    assert "sqs:CreateQueue" in refusal(aws, "sqs", "create_queue", QueueName="bounded")


def test_what_the_boundary_denies_is_refused(aws: Aws) -> None:
    assert "explicit deny" in refusal(aws, "sns", "create_topic", Name="bounded")


def test_the_boundary_grants_nothing(aws: Aws) -> None:
    policy = aws("iam").get_role(RoleName="bounded")["Role"]["PermissionsBoundary"]["PermissionsBoundaryArn"]
    aws.role("powerless")
    aws("iam").put_role_permissions_boundary(RoleName="powerless", PermissionsBoundary=policy)
    aws.function("powerless", CALLER, f"{IAM}:role/powerless")
    request = {"service": "ssm", "call": "put_parameter", "with": {"Name": "q", "Value": "v", "Type": "String"}}
    error, payload = aws.invoke("powerless", request)
    assert error
    assert "AccessDenied" in payload["errorMessage"]


def test_only_rds_snapshots_with_the_tag_are_deleted(aws: Aws) -> None:
    rds = aws("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="bounds",
        Engine="postgres",
        DBInstanceClass="db.t3.micro",
        MasterUsername="u",
        MasterUserPassword="password",
        AllocatedStorage=20,
    )
    until(
        lambda: (
            rds.describe_db_instances(DBInstanceIdentifier="bounds")["DBInstances"][0]["DBInstanceStatus"]
            == "available"
        )
    )
    for name, by in (("ours", "us"), ("theirs", "them"), ("nobodys", "")):
        tags = [{"Key": "created-by", "Value": by}] if by else []
        rds.create_db_snapshot(DBInstanceIdentifier="bounds", DBSnapshotIdentifier=name, Tags=tags)
        until(lambda: {s["Status"] for s in rds.describe_db_snapshots()["DBSnapshots"]} == {"available"})
    assert refusal(aws, "rds", "delete_db_snapshot", DBSnapshotIdentifier="ours") == ""
    for name in ("theirs", "nobodys"):
        assert "rds:DeleteDBSnapshot" in refusal(aws, "rds", "delete_db_snapshot", DBSnapshotIdentifier=name)


def test_only_volumes_and_their_snapshots_with_the_tag_are_deleted(aws: Aws) -> None:
    ec2 = aws("ec2")

    def tagged(kind: str) -> list[dict[str, Any]]:
        return [{"ResourceType": kind, "Tags": [{"Key": "created-by", "Value": "us"}]}]

    zone = {"AvailabilityZone": f"{REGION}a", "Size": 1}
    theirs = ec2.create_volume(**zone)["VolumeId"]
    ours = ec2.create_volume(**zone, TagSpecifications=tagged("volume"))["VolumeId"]
    copy = ec2.create_snapshot(VolumeId=ours, TagSpecifications=tagged("snapshot"))["SnapshotId"]
    foreign = ec2.create_snapshot(VolumeId=ours)["SnapshotId"]
    assert "UnauthorizedOperation" in refusal(aws, "ec2", "delete_snapshot", SnapshotId=foreign)
    assert "UnauthorizedOperation" in refusal(aws, "ec2", "delete_volume", VolumeId=theirs)
    assert refusal(aws, "ec2", "delete_snapshot", SnapshotId=copy) == ""
    assert refusal(aws, "ec2", "delete_volume", VolumeId=ours) == ""


def test_a_principal_is_kept_by_its_name_its_path_or_its_tag(aws: Aws) -> None:
    iam = aws("iam")
    for name, settings in (
        ("mallory", {}),
        ("by-path", {"Path": "/break-glass/"}),
        ("by-tag", {"Tags": [{"Key": "keep", "Value": ""}]}),
    ):
        iam.create_user(UserName=name, **settings)
    put = {"PolicyName": "contained", "PolicyDocument": DENIES_ALL}
    assert refusal(aws, "iam", "put_user_policy", UserName="mallory", **put) == ""
    for kept in ("by-path", "by-tag"):
        assert "iam:PutUserPolicy" in refusal(aws, "iam", "put_user_policy", UserName=kept, **put)
    assert "iam:PutRolePolicy" in refusal(aws, "iam", "put_role_policy", RoleName="bounded", **put)


def test_only_the_policies_that_the_boundary_names_are_attached(aws: Aws) -> None:
    aws("iam").create_user(UserName="eve")
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    assert "iam:AttachUserPolicy" in refusal(aws, "iam", "attach_user_policy", UserName="eve", PolicyArn=admin)
    assert refusal(aws, "iam", "attach_user_policy", UserName="eve", PolicyArn=QUARANTINE) == ""


def test_these_are_all_the_operators_of_the_deployed_boundary() -> None:
    played = {operator for statement in BOUNDARY for operator in statement.get("Condition", {})}  # type: ignore[union-attr]
    assert {operator for denial in denials("table", "bucket") for operator in denial.conditions} == played
