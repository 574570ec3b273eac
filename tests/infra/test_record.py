from __future__ import annotations

import boto3

from functions.core.ports import Settings
from functions.wiring import wire
from tests.conftest import create_table
from tests.infra.deployed import Deployed

TABLE, BUCKET = "AWS::DynamoDB::Table", "AWS::S3::Bucket"


def test_the_table_has_the_keys_and_the_index_that_the_tests_of_the_record_use(
    deployed: Deployed, aws_account: None
) -> None:
    client = boto3.client("dynamodb")
    create_table(client, "record")
    used = client.describe_table(TableName="record")["Table"]
    said = deployed.one(TABLE)
    assert said["KeySchema"] == used["KeySchema"]
    assert _by_name(said["AttributeDefinitions"]) == _by_name(used["AttributeDefinitions"])
    (index,), (used_index,) = said["GlobalSecondaryIndexes"], used["GlobalSecondaryIndexes"]
    assert {key: used_index[key] for key in index} == index


def _by_name(attributes: list[dict[str, str]]) -> dict[str, str]:
    return {attribute["AttributeName"]: attribute["AttributeType"] for attribute in attributes}


def test_the_table_can_be_brought_back_forgets_what_may_expire_and_tells_of_each_change(deployed: Deployed) -> None:
    said = deployed.one(TABLE)
    assert said["BillingMode"] == "PAY_PER_REQUEST"
    assert said["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert said["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert said["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"


def test_the_record_outlives_the_stack(deployed: Deployed) -> None:
    for kind in (TABLE, BUCKET):
        resource = deployed.resources[deployed.id_of(kind)]
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert deployed.one(TABLE)["DeletionProtectionEnabled"] is True


def test_the_evidence_is_private_encrypted_and_versioned_and_does_not_pile_up_for_ever(deployed: Deployed) -> None:
    said = deployed.one(BUCKET)
    assert set(said["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = said["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"SSEAlgorithm": "AES256"}
    assert said["VersioningConfiguration"] == {"Status": "Enabled"}
    (lifecycle,) = said["LifecycleConfiguration"]["Rules"]
    assert lifecycle["ExpirationInDays"] == 400
    assert lifecycle["NoncurrentVersionExpiration"] == {"NoncurrentDays": 90}
    (refused,) = deployed.one("AWS::S3::BucketPolicy")["PolicyDocument"]["Statement"]
    assert (refused["Effect"], refused["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})


def test_what_is_kept_as_evidence_is_locked_and_no_rule_promises_to_remove_it_sooner(deployed: Deployed) -> None:
    said = deployed.one(BUCKET)
    assert said["ObjectLockEnabled"] is True
    assert said["ObjectLockConfiguration"] == {
        "ObjectLockEnabled": "Enabled",
        "Rule": {"DefaultRetention": {"Days": 90, "Mode": "GOVERNANCE"}},
    }
    (rule,) = said["LifecycleConfiguration"]["Rules"]
    assert min(rule["ExpirationInDays"], rule["NoncurrentVersionExpiration"]["NoncurrentDays"]) >= 90


def test_the_functions_understand_the_environment_that_they_are_given(deployed: Deployed, aws_account: None) -> None:
    said = deployed.function("first-responder-sweep")["Environment"]["Variables"]
    assert wire(said).settings == Settings(policy={"mode": "observe"})
