"""A place that the lines of timelines go to: a function behind a queue of its own, so that one that is down holds up no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk.aws_iam import PolicyStatement
from aws_cdk.aws_lambda_event_sources import SqsEventSource
from aws_cdk.aws_sqs import DeadLetterQueue, Queue, QueueEncryption
from constructs import Construct

from functions.core.incident.places import PLACES
from functions.core.permission import Allow
from infra.foundation import Foundation
from infra.nag import accept_declared
from infra.permissions import statement
from infra.watched_function import WatchedFunction, call_people

_TRIES = 8
_BETWEEN = Duration.minutes(6)
"""How long a line is out of sight while it is tried: AWS asks for six times the function's time-out at least. So a place may be
down for three quarters of an hour before its lines are put aside."""


class Place(WatchedFunction):
    """`place` is its name in functions/core/incident/places.py; the handler is `functions.lifecycle.<module>.lambda_handler`.

    Its role may do what its code `declares`, and `may` do the rest.
    """

    def __init__(
        self,
        scope: Construct,
        place: str,
        foundation: Foundation,
        *,
        module: str,
        does: str,
        may: Sequence[PolicyStatement] = (),
        declares: Sequence[Allow] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        if place not in PLACES:
            raise LookupError(f"no place is called {place!r}; there are {', '.join(PLACES)}")
        name = f"first-responder-{module.replace('_', '-')}"
        self.place, self.put_aside = place, _queue(scope, f"{name}-put-aside", Duration.days(14))
        dead_letters = DeadLetterQueue(queue=self.put_aside, max_receive_count=_TRIES)
        self.queue = _queue(scope, f"{name}-lines", Duration.days(4), dead_letters)
        super().__init__(
            scope,
            name,
            foundation,
            handler=f"functions.lifecycle.{module}.lambda_handler",
            does=does,
            may=[_read(self.queue), *may, *(statement(allow, foundation.settings.mode) for allow in declares)],
            environment=environment,
        )
        accept_declared(self, declares)
        self.function.add_event_source(SqsEventSource(self.queue, batch_size=1))
        waiting = self.put_aside.metric_approximate_number_of_messages_visible(
            statistic="Maximum", period=Duration.minutes(1)
        )
        call_people(self, foundation.people, f"{name}-put-aside", waiting, f"{name} could not pass on a line")


def _queue(scope: Construct, name: str, kept: Duration, dead_letters: DeadLetterQueue | None = None) -> Queue:
    return Queue(
        scope,
        name,
        fifo=True,
        encryption=QueueEncryption.SQS_MANAGED,
        enforce_ssl=True,
        visibility_timeout=_BETWEEN,
        retention_period=kept,
        dead_letter_queue=dead_letters,
    )


def _read(queue: Queue) -> PolicyStatement:
    """What Lambda does in the function's name to feed it."""
    actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
    return PolicyStatement(actions=actions, resources=[queue.queue_arn])
