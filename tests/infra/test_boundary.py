"""The permissions boundary as it is synthesised, evaluated as IAM evaluates it: a Deny that matches wins."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

import botocore.session
import pytest

from functions.actions.rds import CreateDbSnapshot
from functions.adapters.aws import Boto3Aws
from infra.denials import denials
from tests.infra.deployed import Deployed, allows, listed

HERE = "eu-west-1:123456789012"
IAM = "arn:aws:iam::123456789012"
SNAPSHOT = f"arn:aws:rds:{HERE}:snapshot:auto-orders"
READS_OF_IAM = ("Get", "List", "Generate", "Simulate")
CONTAINMENT = {f"{verb}{who}Policy" for verb in ("Put", "Delete", "Attach", "Detach") for who in ("User", "Role")} | {
    "UpdateAccessKey"
}
READS_OF_STACKS = ("Describe", "BatchDescribe", "Detect", "Estimate", "Get", "List", "Validate")
QUARANTINE = "arn:aws:iam::aws:policy/AWSCompromisedKeyQuarantineV3"
OURS = {"aws:ResourceTag/created-by": "first-responder"}
FORBIDDEN = [
    ("rds:DeleteDBInstance", f"arn:aws:rds:{HERE}:db:orders"),
    ("rds:DeleteDBInstanceAutomatedBackup", f"arn:aws:rds:{HERE}:auto-backup:ab-1"),
    ("rds:DeleteDBCluster", f"arn:aws:rds:{HERE}:cluster:orders"),
    ("rds:DeleteDBClusterAutomatedBackup", f"arn:aws:rds:{HERE}:cluster-auto-backup:ab-1"),
    ("rds:BacktrackDBCluster", f"arn:aws:rds:{HERE}:cluster:orders"),
    ("ec2:TerminateInstances", f"arn:aws:ec2:{HERE}:instance/i-1"),
    ("ec2:CreateReplaceRootVolumeTask", f"arn:aws:ec2:{HERE}:instance/i-1"),
    ("autoscaling:TerminateInstanceInAutoScalingGroup", "*"),
    ("ecs:DeleteService", f"arn:aws:ecs:{HERE}:service/prod/web"),
    ("ecs:DeleteCluster", f"arn:aws:ecs:{HERE}:cluster/prod"),
    ("kms:ScheduleKeyDeletion", f"arn:aws:kms:{HERE}:key/1"),
    ("kms:DisableKey", f"arn:aws:kms:{HERE}:key/1"),
    ("dynamodb:DeleteTable", f"arn:aws:dynamodb:{HERE}:table/orders"),
    ("s3:DeleteObjectVersion", "arn:aws:s3:::orders/1"),
    ("s3:DeleteBucket", "arn:aws:s3:::orders"),
    ("backup:DeleteRecoveryPoint", "*"),
    ("logs:DeleteLogGroup", f"arn:aws:logs:{HERE}:log-group:x"),
    ("cloudtrail:StopLogging", "*"),
    ("cloudtrail:DeleteTrail", "*"),
    ("cloudtrail:UpdateTrail", "*"),
    ("guardduty:DeleteDetector", "*"),
    ("cloudwatch:DisableAlarmActions", f"arn:aws:cloudwatch:{HERE}:alarm:x"),
    ("cloudwatch:SetAlarmState", f"arn:aws:cloudwatch:{HERE}:alarm:x"),
    ("lambda:UpdateFunctionCode", f"arn:aws:lambda:{HERE}:function:x"),
    ("lambda:UpdateFunctionConfiguration", f"arn:aws:lambda:{HERE}:function:x"),
    ("lambda:AddPermission", f"arn:aws:lambda:{HERE}:function:x"),
    ("organizations:LeaveOrganization", "*"),
    ("account:CloseAccount", "*"),
    ("sts:AssumeRole", f"{IAM}:role/admin"),
    ("iam:PassRole", f"{IAM}:role/admin"),
    ("dynamodb:DeleteItem", "TABLE"),
    ("dynamodb:BatchWriteItem", "TABLE"),
    ("dynamodb:UpdateTimeToLive", "TABLE"),
    ("s3:PutBucketPolicy", "BUCKET"),
    ("s3:PutLifecycleConfiguration", "BUCKET"),
    ("s3:BypassGovernanceRetention", "BUCKET/runs/1.json"),
    ("rds:DeleteGlobalCluster", "*"),
    ("rds:DeleteTenantDatabase", "*"),
    ("dynamodb:DeleteBackup", "*"),
    ("elasticfilesystem:DeleteFileSystem", "*"),
    ("secretsmanager:DeleteSecret", "*"),
    ("kms:DeleteImportedKeyMaterial", "*"),
    ("kms:PutKeyPolicy", "*"),
    ("kms:RevokeGrant", "*"),
    ("autoscaling:DeleteAutoScalingGroup", "*"),
    ("elasticloadbalancing:DeleteLoadBalancer", "*"),
    ("elasticloadbalancing:DeleteTargetGroup", "*"),
    ("eks:DeleteNodegroup", "*"),
    ("logs:DeleteLogStream", "*"),
    ("cloudtrail:PutEventSelectors", "*"),
    ("guardduty:UpdateDetector", "*"),
    ("guardduty:DisassociateMembers", "*"),
    ("guardduty:StopMonitoringMembers", "*"),
    ("guardduty:ArchiveFindings", "*"),
    ("config:DeleteConfigurationRecorder", "*"),
    ("config:StopConfigurationRecorder", "*"),
    ("securityhub:DeleteInsight", "*"),
    ("securityhub:DisableSecurityHub", "*"),
    ("ec2:UnlockSnapshot", "arn:aws:ec2:eu-west-1::snapshot/snap-1"),
    ("cloudwatch:DeleteAlarms", "*"),
    ("cloudwatch:PutAlarmMuteRule", "*"),
    ("lambda:CreateFunction", "*"),
    ("lambda:DeleteFunction", "*"),
    ("lambda:UpdateFunctionUrlConfig", "*"),
    ("states:CreateStateMachine", "*"),
    ("states:UpdateStateMachine", "*"),
    ("states:DeleteStateMachine", "*"),
    ("events:DeleteRule", "*"),
    ("events:DisableRule", "*"),
    ("events:RemoveTargets", "*"),
    ("sso:CreateAccountAssignment", "*"),
    ("sts:GetFederationToken", "*"),
    ("dynamodb:PartiQLDelete", "TABLE"),
    ("dynamodb:UpdateTable", "TABLE"),
    ("dynamodb:UpdateContinuousBackups", "TABLE"),
    ("dynamodb:PutResourcePolicy", "TABLE"),
    ("dynamodb:DeleteItem", "TABLE/index/open"),
    ("s3:DeleteBucketPolicy", "BUCKET"),
]
"""An action for each pattern of the denials, and what it would be done to."""
BY_OPERATION = {"Iam", "Stacks", "NeverContained", "BreakGlass", "OnlyQuarantine", "OthersCopies"}
"""Denials that are held against every operation that they are about."""
_OPERATORS = {
    "StringNotEquals": lambda value, wanted: value not in wanted,
    "ArnNotLike": lambda value, wanted: not any(fnmatchcase(value or "", pattern) for pattern in wanted),
    "Null": lambda value, wanted: str(value is None).lower() in wanted,
}


@pytest.fixture(scope="module")
def boundary(deployed: Deployed) -> dict[str, Any]:
    document: dict[str, Any] = deployed.one("AWS::IAM::ManagedPolicy")["PolicyDocument"]
    return document


@pytest.fixture(scope="module")
def record(deployed: Deployed) -> dict[str, str]:
    """The ARNs of the table and the bucket, as the template names them."""
    table, bucket = (next(iter(deployed.all(kind))) for kind in ("AWS::DynamoDB::Table", "AWS::S3::Bucket"))
    return {"TABLE": f"<{table}.Arn>", "BUCKET": f"<{bucket}.Arn>"}


def denied(boundary: dict[str, Any], action: str, resource: str = "*", **context: str) -> str:
    """The sid of the statement that denies, or nothing. `context` are condition keys."""
    for statement in boundary["Statement"]:
        if statement["Effect"] == "Deny" and _matches(statement, action, resource, context):
            return str(statement["Sid"])
    return ""


def _matches(statement: dict[str, Any], action: str, resource: str, context: dict[str, str]) -> bool:
    return (
        any(fnmatchcase(action.lower(), pattern.lower()) for pattern in listed(statement["Action"]))
        and any(fnmatchcase(resource, pattern) for pattern in listed(statement["Resource"]))
        and all(
            _OPERATORS[operator](context.get(key), listed(wanted))
            for operator, block in statement.get("Condition", {}).items()
            for key, wanted in block.items()
        )
    )


def test_every_role_has_it_also_those_that_constructs_bring_along(deployed: Deployed) -> None:
    policy = f"<{deployed.id_of('AWS::IAM::ManagedPolicy')}>"
    roles = deployed.all("AWS::IAM::Role")
    assert len(roles) > len(deployed.all("AWS::Lambda::Function"))
    assert {role.get("PermissionsBoundary") for role in roles.values()} == {policy}


def test_it_is_given_to_nobody_as_a_permission(deployed: Deployed) -> None:
    policy = deployed.one("AWS::IAM::ManagedPolicy")
    assert not {"Roles", "Users", "Groups"} & set(policy)


def test_it_fits_into_a_managed_policy_with_names_as_long_as_cloudformation_makes_them(
    boundary: dict[str, Any], record: dict[str, str]
) -> None:
    written = json.dumps(boundary, separators=(",", ":"))
    written = written.replace("arn:aws:", "arn:aws-us-gov:").replace("eu-west-1", "ap-northeast-1")
    written = written.replace(record["TABLE"], f"arn:aws-us-gov:dynamodb:us-gov-east-1:{'1' * 12}:table/{'t' * 60}")
    written = written.replace(record["BUCKET"], f"arn:aws-us-gov:s3:::{'b' * 63}")
    assert len(written) <= 6144


def test_each_denial_has_its_own_sid_and_its_reason(boundary: dict[str, Any]) -> None:
    forbidden = denials("table", "bucket")
    sids = [statement["Sid"] for statement in boundary["Statement"] if statement["Effect"] == "Deny"]
    assert sids == [denial.sid for denial in forbidden]
    assert len(set(sids)) == len(sids)
    assert all(len(denial.because.split()) > 5 for denial in forbidden)


def test_nothing_that_a_role_of_the_stack_is_given_is_denied(deployed: Deployed, boundary: dict[str, Any]) -> None:
    policies = [policy for role in deployed.all("AWS::IAM::Role").values() for policy in role.get("Policies", [])]
    policies += deployed.all("AWS::IAM::Policy").values()
    given = [one for policy in policies for one in allows(policy["PolicyDocument"])]
    assert given
    assert [(action, on) for action, on, when in given if denied(boundary, action, on, **wanted(when))] == []


def wanted(when: str) -> dict[str, str]:
    """The context of a request that a statement with these conditions allows."""
    equal: dict[str, Any] = json.loads(when).get("StringEquals", {})
    return {key: str(listed(values)[0]) for key, values in equal.items()}


@pytest.mark.parametrize("service", ["lambda.amazonaws.com", "ec2.amazonaws.com"])
def test_a_role_is_passed_to_nobody_else(boundary: dict[str, Any], service: str) -> None:
    assert denied(boundary, "iam:PassRole", f"{IAM}:role/admin", **{"iam:PassedToService": service})
    assert not denied(boundary, "iam:PassRole", f"{IAM}:role/x", **{"iam:PassedToService": "ecs-tasks.amazonaws.com"})


@pytest.mark.parametrize(("action", "on"), FORBIDDEN)
def test_what_must_never_happen_is_denied(
    boundary: dict[str, Any], record: dict[str, str], action: str, on: str
) -> None:
    for name, arn in record.items():
        on = on.replace(name, arn)
    assert denied(boundary, action, on)


def test_no_pattern_of_a_denial_is_without_an_action_that_needs_it(boundary: dict[str, Any]) -> None:
    patterns = {
        pattern
        for statement in boundary["Statement"]
        if statement["Effect"] == "Deny" and statement["Sid"] not in BY_OPERATION
        for pattern in listed(statement["Action"])
    }
    assert len(patterns) > 50
    needless = {one for one in patterns if not any(fnmatchcase(action, one) for action, _ in FORBIDDEN)}
    assert needless == set()


@pytest.mark.parametrize(
    "action",
    [
        "rds:ModifyDBInstance",
        "rds:RebootDBInstance",
        "rds:CreateDBSnapshot",
        "rds:RestoreDBInstanceToPointInTime",
        "ecs:UpdateService",
        "ec2:ModifyNetworkInterfaceAttribute",
        "ec2:CreateSnapshots",
        "ec2:LockSnapshot",
        "ec2:ModifyInstanceAttribute",
        "autoscaling:DetachInstances",
        "ec2:StopInstances",
        "secretsmanager:RotateSecret",
        "cloudformation:DescribeStacks",
        "s3:PutBucketPublicAccessBlock",
        "sts:GetCallerIdentity",
    ],
)
def test_what_a_remediation_may_do_one_day_is_left_to_its_own_policy(boundary: dict[str, Any], action: str) -> None:
    assert denied(boundary, action, f"arn:aws:any:{HERE}:thing/1") == ""


@pytest.mark.parametrize("operation", botocore.session.get_session().get_service_model("iam").operation_names)
def test_of_iam_only_reads_and_containment_are_left(boundary: dict[str, Any], operation: str) -> None:
    left = operation.startswith(READS_OF_IAM) or operation in CONTAINMENT
    context = {"iam:PolicyARN": QUARANTINE} if operation.startswith(("Attach", "Detach")) else {}
    for on in ("*", f"{IAM}:user/mallory", f"{IAM}:role/web", f"{IAM}:policy/any"):
        assert (denied(boundary, f"iam:{operation}", on, **context) == "") is left


@pytest.mark.parametrize(
    "operation", botocore.session.get_session().get_service_model("cloudformation").operation_names
)
def test_of_cloudformation_only_reads_are_left(boundary: dict[str, Any], operation: str) -> None:
    assert (denied(boundary, f"cloudformation:{operation}") == "") is operation.startswith(READS_OF_STACKS)


@pytest.mark.parametrize("operation", sorted(CONTAINMENT))
@pytest.mark.parametrize(
    "principal",
    [
        "role/<AWS::StackName>-firstresponderextendrdsstorageRole1234-ABC",
        "role/cdk-hnb659fds-deploy-role-123456789012-eu-west-1",
        "role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Admin_1",
        "role/break-glass/on-call",
        "user/break-glass/on-call",
    ],
)
def test_ourselves_and_the_way_in_are_never_contained(boundary: dict[str, Any], operation: str, principal: str) -> None:
    context = {"iam:PolicyARN": QUARANTINE}
    assert denied(boundary, f"iam:{operation}", f"{IAM}:{principal}", **context) == "NeverContained"


@pytest.mark.parametrize("operation", sorted(CONTAINMENT))
@pytest.mark.parametrize("value", ["true", ""])
def test_a_tag_of_any_value_keeps_a_principal_from_being_contained(
    boundary: dict[str, Any], operation: str, value: str
) -> None:
    context = {"iam:PolicyARN": QUARANTINE, "aws:ResourceTag/first-responder:break-glass": value}
    assert denied(boundary, f"iam:{operation}", f"{IAM}:user/ann", **context) == "BreakGlass"


@pytest.mark.parametrize("verb", ["Attach", "Detach"])
@pytest.mark.parametrize("policy", [f"{IAM}:policy/FirstResponder-Boundary", "arn:aws:iam::aws:policy/ReadOnlyAccess"])
def test_only_policies_of_aws_that_deny_are_attached(boundary: dict[str, Any], verb: str, policy: str) -> None:
    assert denied(boundary, f"iam:{verb}UserPolicy", f"{IAM}:user/mallory", **{"iam:PolicyARN": policy})


@pytest.mark.parametrize(
    ("action", "on"),
    [
        ("rds:DeleteDBSnapshot", SNAPSHOT),
        ("rds:DeleteDBClusterSnapshot", f"arn:aws:rds:{HERE}:cluster-snapshot:orders"),
        ("ec2:DeleteSnapshot", "arn:aws:ec2:eu-west-1::snapshot/snap-1"),
        ("ec2:DeleteVolume", f"arn:aws:ec2:{HERE}:volume/vol-1"),
    ],
)
def test_only_copies_with_our_tag_can_be_deleted(boundary: dict[str, Any], action: str, on: str) -> None:
    assert denied(boundary, action, on) == "OthersCopies"
    assert denied(boundary, action, on, **{"aws:ResourceTag/created-by": "ann"}) == "OthersCopies"
    assert denied(boundary, action, on, **OURS) == ""


def test_the_tag_is_the_one_that_our_snapshots_get(boundary: dict[str, Any], aws: Boto3Aws) -> None:
    rds = aws.client("rds")
    rds.create_db_instance(DBInstanceIdentifier="orders", DBInstanceClass="db.t3.micro", Engine="postgres")
    CreateDbSnapshot(db="orders", snapshot="auto-orders", run="r", expires_on="2026-12-23").do(aws)
    (snapshot,) = rds.describe_db_snapshots(DBSnapshotIdentifier="auto-orders")["DBSnapshots"]
    tags = {f"aws:ResourceTag/{tag['Key']}": tag["Value"] for tag in snapshot["TagList"]}
    assert denied(boundary, "rds:DeleteDBSnapshot", SNAPSHOT, **tags) == ""
