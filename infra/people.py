"""The people's side: the stream's function that keeps incidents, and the places that it passes their lines on to."""

from __future__ import annotations

from collections.abc import Sequence

from aws_cdk import Duration, Stack
from aws_cdk.aws_iam import PolicyStatement
from aws_cdk.aws_kms import Key
from aws_cdk.aws_lambda import EventSourceMapping, FilterCriteria, StartingPosition
from aws_cdk.aws_lambda_event_sources import SqsDlq
from aws_cdk.aws_sns import Topic
from aws_cdk.aws_sns_subscriptions import EmailSubscription
from constructs import Construct

from functions.adapters.alarm_tags import AlarmTags
from functions.core.incident.incident import Severity
from functions.core.remediation import Audience
from functions.wiring import PREFIX
from infra.alarm_topic import alarm_topic
from infra.answer import AnswerLinks
from infra.foundation import Foundation
from infra.nag import accept_declared
from infra.permissions import statement
from infra.place import Place
from infra.settings import DeploymentSettings
from infra.watched_function import WatchedFunction


def people_topic(scope: Construct, settings: DeploymentSettings) -> Topic:
    """Where First Responder itself calls for help: a function failed, or an event could not be handled."""
    topic = alarm_topic(scope, "People", "first-responder-people")
    if settings.notify_email:
        topic.add_subscription(EmailSubscription(settings.notify_email))
    return topic


def incidents(scope: Construct, foundation: Foundation, places: Sequence[Place]) -> WatchedFunction:
    """Hangs on the table's stream, so that whatever it takes never holds up a remediation."""
    record = foundation.record
    queues = [place.queue.queue_arn for place in places]
    function = WatchedFunction(
        scope,
        "first-responder-incidents",
        foundation,
        handler="functions.lifecycle.incidents.lambda_handler",
        does="Opens incidents and keeps them, and passes each line of a timeline on to the places",
        may=[
            record.follow(),
            record.write(),
            PolicyStatement(actions=["sqs:SendMessage"], resources=queues),
            *(statement(allow, foundation.settings.mode) for allow in AlarmTags.PERMISSIONS),
        ],
        environment={
            f"{PREFIX}PLACES": Stack.of(scope).to_json_string({place.place: place.queue.queue_url for place in places})
        },
    )
    EventSourceMapping(
        function,
        "Stream",
        target=function.function,
        event_source_arn=record.table.table_stream_arn,
        starting_position=StartingPosition.TRIM_HORIZON,
        filters=[FilterCriteria.filter(wanted) for wanted in (_LINE, _UNCLAIMED)],
        batch_size=10,
        bisect_batch_on_error=True,
        retry_attempts=10,
        max_record_age=Duration.hours(6),
        on_failure=SqsDlq(function.dead_letters),
    )
    accept_declared(function, AlarmTags.PERMISSIONS)
    return function


_LINE = {"eventName": ["INSERT"], "dynamodb": {"Keys": {"sk": {"S": [{"prefix": "AT#"}]}}}}
_UNCLAIMED = {
    "eventName": ["INSERT"],
    "dynamodb": {"Keys": {"pk": {"S": [{"prefix": "ALARM#"}]}}, "NewImage": {"call_person": {"BOOL": [True]}}},
}


def mail(scope: Construct, foundation: Foundation, links: AnswerLinks | None) -> Place:
    """A topic for each severity; security has one that only its own people subscribe to, with a key of its own."""
    settings = foundation.settings
    topics = {severity.value: _topic(scope, severity.value, settings.notify_email) for severity in Severity}
    key = Key(scope, "SecurityKey", description="Encrypts what security is told", enable_key_rotation=True)
    security = _topic(scope, Audience.SECURITY.value, settings.security_email, key)
    arns = {**topics, Audience.SECURITY.value: security}
    return Place(
        scope,
        "mail",
        foundation,
        module="announce_mail",
        does="Publishes the lines that people have to hear to the topic of their severity",
        may=[
            foundation.record.on_incidents("dynamodb:UpdateItem"),
            PolicyStatement(actions=["sns:Publish"], resources=[topic.topic_arn for topic in arns.values()]),
            PolicyStatement(actions=["kms:GenerateDataKey", "kms:Decrypt"], resources=[key.key_arn]),
            *(links.may if links else []),
        ],
        environment={
            f"{PREFIX}TOPICS": Stack.of(scope).to_json_string({name: topic.topic_arn for name, topic in arns.items()}),
            **(links.environment if links else {}),
        },
    )


def _topic(scope: Construct, name: str, email: str | None, key: Key | None = None) -> Topic:
    topic = Topic(
        scope, f"Topic-{name}", topic_name=f"first-responder-{name.lower()}", enforce_ssl=True, master_key=key
    )
    if email:
        topic.add_subscription(EmailSubscription(email))
    return topic
