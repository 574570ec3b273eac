"""The record: the table of incidents, and the bucket with the full story of each run. Both outlive the stack."""

from __future__ import annotations

from datetime import timedelta

from aws_cdk import Duration, RemovalPolicy
from aws_cdk.aws_dynamodb import (
    Attribute,
    AttributeType,
    BillingMode,
    PointInTimeRecoverySpecification,
    ProjectionType,
    StreamViewType,
    Table,
)
from aws_cdk.aws_iam import PolicyStatement
from aws_cdk.aws_s3 import BlockPublicAccess, Bucket, BucketEncryption, LifecycleRule, ObjectLockRetention
from constructs import Construct

from functions.adapters.dynamodb_journal import OPEN_INDEX
from infra.settings import DeploymentSettings

_NONCURRENT = timedelta(days=30)
"""At least: how long what has expired, or was written anew after a crash, can be brought back."""
REVIEWS = ("html", "md")
INVESTIGATIONS = ("investigations/*", "security/investigations/*")


class Record(Construct):
    """Encrypted with keys that AWS owns, without charge; the names are CDK's, so that stacks never get in each other's way."""

    def __init__(self, scope: Construct, settings: DeploymentSettings) -> None:
        super().__init__(scope, "Record")
        self.table = Table(
            self,
            "Table",
            partition_key=_text("pk"),
            sort_key=_text("sk"),
            billing_mode=BillingMode.PAY_PER_REQUEST,
            point_in_time_recovery_specification=PointInTimeRecoverySpecification(point_in_time_recovery_enabled=True),
            time_to_live_attribute="expires_at",
            stream=StreamViewType.NEW_IMAGE,
            deletion_protection=settings.deletion_protection,
            removal_policy=RemovalPolicy.RETAIN,
        )
        self.table.add_global_secondary_index(
            index_name=OPEN_INDEX,
            partition_key=_text("open"),
            sort_key=_text("due"),
            projection_type=ProjectionType.ALL,
        )
        self.bucket = Bucket(
            self,
            "Evidence",
            block_public_access=BlockPublicAccess.BLOCK_ALL,
            encryption=BucketEncryption.S3_MANAGED,
            enforce_ssl=True,
            versioned=True,
            object_lock_default_retention=ObjectLockRetention.governance(_days(settings.lock_evidence_for)),
            lifecycle_rules=[_expire(settings)],
            removal_policy=RemovalPolicy.RETAIN,
        )

    def write(self) -> PolicyStatement:
        """Keeping runs, leases and permits. A transaction is authorised as the writes that it consists of."""
        return _allow(self.table.table_arn, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")

    def on_incidents(self, *actions: str) -> PolicyStatement:
        """Incidents, their runs and timelines, and neither leases nor switches. `ForAllValues`, because a request may name
        several keys."""
        allowed = _allow(self.table.table_arn, *actions)
        allowed.add_condition("ForAllValues:StringLike", {"dynamodb:LeadingKeys": ["INCIDENT#*"]})
        return allowed

    def look_back(self) -> PolicyStatement:
        """Asking for the earlier transitions of an alarm."""
        query = _allow(self.table.table_arn, "dynamodb:Query")
        query.add_condition("ForAllValues:StringLike", {"dynamodb:LeadingKeys": ["ALARM#*"]})
        return query

    def append(self) -> PolicyStatement:
        """Writing down an alarm, and nothing else."""
        return _allow(self.table.table_arn, "dynamodb:PutItem")

    def find_open(self) -> PolicyStatement:
        """Asking for the runs that are not over."""
        return _allow(f"{self.table.table_arn}/index/{OPEN_INDEX}", "dynamodb:Query")

    def keep_evidence(self) -> PolicyStatement:
        return _allow(self.bucket.arn_for_objects("*"), "s3:PutObject")

    def keep_reviews(self) -> PolicyStatement:
        """The two forms of each incident's review, and no story of a run."""
        keys = [self.bucket.arn_for_objects(f"*/review.{form}") for form in REVIEWS]
        return PolicyStatement(actions=["s3:PutObject"], resources=keys)

    def keep_investigations(self) -> PolicyStatement:
        """The evidence around incidents, and no story of a run."""
        keys = [self.bucket.arn_for_objects(key) for key in INVESTIGATIONS]
        return PolicyStatement(actions=["s3:PutObject"], resources=keys)

    def follow(self) -> PolicyStatement:
        """Being called for each change of the table."""
        actions = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
        return _allow(str(self.table.table_stream_arn), *(f"dynamodb:{action}" for action in actions))


def _text(name: str) -> Attribute:
    return Attribute(name=name, type=AttributeType.STRING)


def _allow(resource: str, *actions: str) -> PolicyStatement:
    return PolicyStatement(actions=list(actions), resources=[resource])


def _days(time: timedelta) -> Duration:
    return Duration.days(time.days)


def _expire(settings: DeploymentSettings) -> LifecycleRule:
    """What is locked outlives its rule until the lock ends (S3 User Guide, "Object Lock considerations"): none promises less."""
    return LifecycleRule(
        expiration=_days(settings.keep_evidence_for),
        noncurrent_version_expiration=_days(max(settings.lock_evidence_for, _NONCURRENT)),
        abort_incomplete_multipart_upload_after=Duration.days(7),
    )
