"""A function may do what its role allows, on resources that carry the tag, and nothing else."""

from typing import Any

import pytest

from .conftest import ACCOUNT, REGION, Aws, until

CALLER = """
import boto3
def handler(event, context):
    answer = getattr(boto3.client(event["service"]), event["call"])(**event["with"])
    return str(answer)[:200]
"""
TAGGED = {"StringEquals": {"aws:ResourceTag/remediate": "yes"}}


@pytest.fixture(scope="module", autouse=True)
def resources(aws: Aws) -> None:
    for name, tags in (("tagged", [{"Key": "remediate", "Value": "yes"}]), ("plain", [])):
        aws("rds").create_db_instance(
            DBInstanceIdentifier=name,
            Engine="postgres",
            DBInstanceClass="db.t3.micro",
            MasterUsername="u",
            MasterUserPassword="password",
            AllocatedStorage=20,
            Tags=tags,
        )
    ecs = aws("ecs")
    ecs.create_cluster(clusterName="iam")
    definition = ecs.register_task_definition(family="iam", containerDefinitions=[{"name": "a", "image": "a:1"}])[
        "taskDefinition"
    ]["taskDefinitionArn"]
    for name, tags in (("tagged", [{"key": "remediate", "value": "yes"}]), ("plain", [])):
        ecs.create_service(cluster="iam", serviceName=name, taskDefinition=definition, desiredCount=1, tags=tags)
    role = aws.role(
        "mender",
        {"Action": "rds:ModifyDBInstance", "Resource": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:*", "Condition": TAGGED},
        {"Action": "rds:CreateDBSnapshot", "Resource": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:*"},
        {"Action": "ecs:UpdateService", "Resource": f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/*", "Condition": TAGGED},
        {"Action": "rds:DescribeDBInstances", "Resource": f"arn:aws:rds:{REGION}:{ACCOUNT}:db:*"},
        {"Action": "ecs:DescribeClusters", "Resource": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/iam"},
        {
            "Action": "application-autoscaling:RegisterScalableTarget",
            "Resource": f"arn:aws:application-autoscaling:{REGION}:{ACCOUNT}:scalable-target/*",
            "Condition": {"StringEquals": {"application-autoscaling:service-namespace": "ecs"}},
        },
    )
    aws.function("mender", CALLER, role)
    aws.function("outsider", CALLER, aws.role("outsider"))
    until(
        lambda: all(
            d["DBInstanceStatus"] == "available"
            for d in aws("rds").describe_db_instances()["DBInstances"]
            if d["DBInstanceIdentifier"] in ("tagged", "plain")
        )
    )


def call(aws: Aws, who: str, api: str, operation: str, /, **arguments: Any) -> str:
    """Empty when it worked, otherwise the error message."""
    error, payload = aws.invoke(who, {"service": api, "call": operation, "with": arguments})
    return payload["errorMessage"] if error else ""


def grow(aws: Aws, who: str, name: str) -> str:
    return call(
        aws, who, "rds", "modify_db_instance", DBInstanceIdentifier=name, AllocatedStorage=40, ApplyImmediately=True
    )


def test_resource_tag_decides(aws: Aws) -> None:
    assert grow(aws, "mender", "tagged") == ""
    refused = grow(aws, "mender", "plain")
    assert "AccessDenied" in refused
    assert "assumed-role/mender/mender is not authorized to perform: rds:ModifyDBInstance" in refused
    assert call(aws, "mender", "ecs", "update_service", cluster="iam", service="tagged", desiredCount=2) == ""
    assert "ecs:UpdateService" in call(
        aws, "mender", "ecs", "update_service", cluster="iam", service="plain", desiredCount=2
    )


def test_role_without_permission_is_refused_by_name_and_recorded(aws: Aws) -> None:
    refused = grow(aws, "outsider", "tagged")
    assert "assumed-role/outsider/outsider" in refused
    [recorded] = aws.calls(role="outsider", service="rds")
    assert (recorded["action"], recorded["error"]) == ("ModifyDBInstance", "AccessDenied")
    assert recorded["resource"] == f"arn:aws:rds:{REGION}:{ACCOUNT}:db:tagged"


def test_snapshot_needs_permission_on_the_snapshot_too(aws: Aws) -> None:
    refused = call(aws, "mender", "rds", "create_db_snapshot", DBInstanceIdentifier="plain", DBSnapshotIdentifier="s")
    assert "rds:CreateDBSnapshot" in refused


def test_all_instances_are_read_by_a_permission_on_all_and_a_cluster_by_one_on_it(aws: Aws) -> None:
    for who, refused in (("mender", False), ("outsider", True)):
        assert ("AccessDenied" in call(aws, who, "rds", "describe_db_instances")) is refused
        assert ("AccessDenied" in call(aws, who, "ecs", "describe_clusters", clusters=["iam"])) is refused
    assert "ecs:DescribeClusters" in call(aws, "mender", "ecs", "describe_clusters", clusters=["iam", "other"])


def test_application_autoscaling_has_its_condition_keys(aws: Aws) -> None:
    target = {
        "ServiceNamespace": "ecs",
        "ResourceId": "service/iam/tagged",
        "ScalableDimension": "ecs:service:DesiredCount",
        "MinCapacity": 1,
        "MaxCapacity": 2,
    }
    refused = call(aws, "outsider", "application-autoscaling", "register_scalable_target", **target)
    assert "AccessDenied" in refused
    assert call(aws, "mender", "application-autoscaling", "register_scalable_target", **target) == ""


@pytest.fixture(scope="module")
def ledger(aws: Aws) -> str:
    """A table with items of two partitions, and a function that may touch those of one."""
    keys = [("pk", "HASH"), ("sk", "RANGE")]
    aws("dynamodb").create_table(
        TableName="ledger",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "open")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "open",
                "KeySchema": [{"AttributeName": "open", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    for partition in ("OURS", "THEIRS"):
        aws("dynamodb").put_item(TableName="ledger", Item=item(partition))
    arn = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/ledger"
    calls = ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "BatchGetItem", "BatchWriteItem")
    only = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["OURS"]}}
    may = {"Action": [f"dynamodb:{call}" for call in calls], "Resource": [arn, f"{arn}/index/*"], "Condition": only}
    aws.function("clerk", CALLER, aws.role("clerk", may))
    return "ledger"


def item(partition: str, row: str = "1") -> dict[str, Any]:
    return {"pk": {"S": partition}, "sk": {"S": row}}


def query(partition: str, condition: str = "pk = :p", **more: Any) -> dict[str, Any]:
    return {"KeyConditionExpression": condition, "ExpressionAttributeValues": {":p": {"S": partition}}, **more}


@pytest.mark.parametrize(
    ("operation", "request_for"),
    [
        ("get_item", lambda partition: {"Key": item(partition)}),
        ("put_item", lambda partition: {"Item": item(partition, "2")}),
        ("update_item", lambda partition: {"Key": item(partition), "UpdateExpression": "REMOVE a"}),
        ("delete_item", lambda partition: {"Key": item(partition, "3")}),
        ("query", query),
        ("query", lambda p: query(p, "sk = :s AND #k = :p", ExpressionAttributeNames={"#k": "pk"}) | both(p)),
        ("query", lambda p: query(p, "#o = :p", ExpressionAttributeNames={"#o": "open"}, IndexName="open")),
    ],
)
def test_a_call_on_items_is_held_to_the_partition_keys_of_the_role(
    aws: Aws, ledger: str, operation: str, request_for: Any
) -> None:
    assert call(aws, "clerk", "dynamodb", operation, TableName=ledger, **request_for("OURS")) == ""
    refused = call(aws, "clerk", "dynamodb", operation, TableName=ledger, **request_for("THEIRS"))
    named = "".join(word.capitalize() for word in operation.split("_"))
    assert f"not authorized to perform: dynamodb:{named}" in refused


def both(partition: str) -> dict[str, Any]:
    """Values in which the role's own key stands beside the one that is asked for."""
    return {"ExpressionAttributeValues": {":s": {"S": "OURS"}, ":p": {"S": partition}}}


def transaction(partition: str) -> dict[str, Any]:
    update = {"TableName": "ledger", "Key": item(partition), "UpdateExpression": "REMOVE a"}
    return {"TransactItems": [{"Put": {"TableName": "ledger", "Item": item("OURS", "4")}}, {"Update": update}]}


def batch(partition: str) -> dict[str, Any]:
    wanted = [{"PutRequest": {"Item": item("OURS", "5")}}, {"DeleteRequest": {"Key": item(partition, "6")}}]
    return {"RequestItems": {"ledger": wanted}}


@pytest.mark.parametrize(
    ("operation", "request_for"),
    [
        ("transact_write_items", transaction),
        ("batch_write_item", batch),
        ("batch_get_item", lambda p: {"RequestItems": {"ledger": {"Keys": [item("OURS"), item(p, "7")]}}}),
    ],
)
def test_one_foreign_partition_key_among_several_spoils_the_call(
    aws: Aws, ledger: str, operation: str, request_for: Any
) -> None:
    assert call(aws, "clerk", "dynamodb", operation, **request_for("OURS")) == ""
    assert "not authorized to perform: dynamodb:" in call(aws, "clerk", "dynamodb", operation, **request_for("THEIRS"))
