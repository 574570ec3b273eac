"""The people's side: a topic, and the function that carries what needs a person from the record to it."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk.aws_iam import PolicyStatement
from aws_cdk.aws_lambda import EventSourceMapping, FilterCriteria, StartingPosition
from aws_cdk.aws_lambda_event_sources import SqsDlq
from aws_cdk.aws_sns import Topic
from aws_cdk.aws_sns_subscriptions import EmailSubscription
from constructs import Construct

from functions.wiring import PREFIX
from infra.alarm_topic import alarm_topic
from infra.answer import AnswerLinks
from infra.foundation import Foundation
from infra.settings import DeploymentSettings
from infra.watched_function import WatchedFunction


def people_topic(scope: Construct, settings: DeploymentSettings) -> Topic:
    """Where people subscribe."""
    topic = alarm_topic(scope, "People", "first-responder-people")
    if settings.notify_email:
        topic.add_subscription(EmailSubscription(settings.notify_email))
    return topic


def announce(scope: Construct, foundation: Foundation, links: AnswerLinks | None) -> WatchedFunction:
    """Hangs on the table's stream, so that a slow mail never holds up a remediation."""
    record, people = foundation.record, foundation.people
    function = WatchedFunction(
        scope,
        "first-responder-announce",
        foundation,
        handler="functions.lifecycle.announce.lambda_handler",
        does="Calls people: passes timeline entries that ask for a person on to the people's topic",
        may=[
            record.follow(),
            PolicyStatement(actions=["sns:Publish"], resources=[people.topic_arn]),
            *(links.may if links else []),
        ],
        environment={f"{PREFIX}PEOPLE_TOPIC": people.topic_arn, **(links.environment if links else {})},
    )
    asks_for_person = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"call_person": {"BOOL": [True]}}}}
    EventSourceMapping(
        function,
        "Stream",
        target=function.function,
        event_source_arn=record.table.table_stream_arn,
        starting_position=StartingPosition.TRIM_HORIZON,
        filters=[FilterCriteria.filter(asks_for_person)],
        batch_size=10,
        bisect_batch_on_error=True,
        retry_attempts=5,
        max_record_age=Duration.hours(6),
        on_failure=SqsDlq(function.dead_letters),
    )
    return function
