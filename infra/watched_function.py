"""A Lambda function with all that keeps it from failing in silence, and a role that may do what it is told and no more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Duration, RemovalPolicy
from aws_cdk.aws_cloudwatch import ComparisonOperator, Metric, TreatMissingData
from aws_cdk.aws_cloudwatch_actions import SnsAction
from aws_cdk.aws_iam import IRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal
from aws_cdk.aws_lambda import Architecture, Function, LoggingFormat, Runtime
from aws_cdk.aws_logs import LogGroup, RetentionDays
from aws_cdk.aws_sns import Topic
from aws_cdk.aws_sqs import Queue, QueueEncryption
from constructs import Construct

from functions.core.change import INVOCATION_LASTS
from infra.foundation import Foundation

EVENT_AGE = Duration.hours(1)
"""How long an event is tried before it goes to the dead-letter queue: an older alarm is history, and a person is called."""


class WatchedFunction(Construct):
    """A function, its log group, its dead-letter queue for every hop, its role, and an alarm on errors and on dead letters."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        foundation: Foundation,
        *,
        handler: str,
        does: str,
        may: Sequence[PolicyStatement],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(scope, name)
        self.dead_letters = Queue(
            self,
            "DeadLetters",
            encryption=QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        self.log = LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/lambda/{name}",
            retention=RetentionDays.THREE_MONTHS,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.role = self._role(may)
        self.function = Function(
            self,
            "Function",
            function_name=name,
            description=does,
            runtime=Runtime.PYTHON_3_13,
            architecture=Architecture.ARM_64,
            memory_size=512,
            timeout=Duration.seconds(int(INVOCATION_LASTS.total_seconds())),
            handler=handler,
            code=foundation.code,
            environment={**foundation.environment, **(environment or {})},
            role=self._as_given(),
            log_group=self.log,
            logging_format=LoggingFormat.JSON,
            retry_attempts=2,
            max_event_age=EVENT_AGE,
            dead_letter_queue=self.dead_letters,
        )
        failed = self.function.metric_errors(statistic="Sum", period=Duration.minutes(1))
        call_people(self, foundation.people, f"{name}-errors", failed, f"{name} failed")
        waiting = self.dead_letters.metric_approximate_number_of_messages_visible(
            statistic="Maximum", period=Duration.minutes(1)
        )
        call_people(self, foundation.people, f"{name}-dead-letters", waiting, f"{name} could not handle an event")

    def _role(self, may: Sequence[PolicyStatement]) -> Role:
        own = [
            PolicyStatement(actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[self.log.log_group_arn]),
            PolicyStatement(actions=["sqs:SendMessage"], resources=[self.dead_letters.queue_arn]),
        ]
        return Role(
            self,
            "Role",
            assumed_by=ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={"may": PolicyDocument(statements=[*own, *may])},
        )

    def _as_given(self) -> IRole:
        """The role, closed: CDK's constructs would add permissions of their own to it, wider than needed."""
        return self.role.without_policy_updates()


def call_people(scope: Construct, people: Topic, name: str, metric: Metric, seen: str) -> None:
    """An alarm on the first occurrence. Its namespace is none that a remediation answers."""
    alarm = metric.create_alarm(
        scope,
        name,
        alarm_name=name,
        alarm_description=f"{seen}. See the README, section Operating it.",
        threshold=1,
        evaluation_periods=1,
        comparison_operator=ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        treat_missing_data=TreatMissingData.NOT_BREACHING,
    )
    alarm.add_alarm_action(SnsAction(people))
