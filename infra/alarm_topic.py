"""SNS topics that CloudWatch alarms publish to."""

from __future__ import annotations

from aws_cdk import Aws
from aws_cdk.aws_iam import PolicyStatement, ServicePrincipal
from aws_cdk.aws_sns import Topic
from constructs import Construct

ALARMS_OF_THIS_ACCOUNT = f"arn:{Aws.PARTITION}:cloudwatch:{Aws.REGION}:{Aws.ACCOUNT_ID}:alarm:*"


def alarm_topic(scope: Construct, name: str, topic_name: str) -> Topic:
    """A topic that takes messages over TLS only, from alarms of this account and from who has an IAM permission.

    CloudWatch has to be named: with a policy of its own, a topic no longer trusts the whole account. No KMS key: alarms
    cannot publish under the key that AWS manages for SNS, and the messages repeat what CloudWatch shows anyway.
    """
    topic = Topic(scope, name, topic_name=topic_name, enforce_ssl=True)
    topic.add_to_resource_policy(
        PolicyStatement(
            sid="AlarmsOfThisAccount",
            principals=[ServicePrincipal("cloudwatch.amazonaws.com")],
            actions=["sns:Publish"],
            resources=[topic.topic_arn],
            conditions={
                "StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID},
                "ArnLike": {"aws:SourceArn": ALARMS_OF_THIS_ACCOUNT},
            },
        )
    )
    return topic
