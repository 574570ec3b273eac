"""The safety nets: a sweep that finds runs which nobody moves on, and a listener for alarms that nobody claims."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk.aws_events import Rule, Schedule
from aws_cdk.aws_sns import Topic
from aws_cdk.aws_sns_subscriptions import LambdaSubscription
from constructs import Construct

from infra.foundation import Foundation
from infra.rules import reliably
from infra.watched_function import WatchedFunction


def sweep(scope: Construct, foundation: Foundation) -> WatchedFunction:
    """Every five minutes."""
    record = foundation.record
    function = WatchedFunction(
        scope,
        "first-responder-sweep",
        foundation,
        handler="functions.lifecycle.sweep.lambda_handler",
        does="Sees to it that every started run ends: wakes overdue runs, ends those that cannot go on",
        may=[record.find_open(), record.write(), foundation.start_follow_through()],
    )
    every = Rule(
        function,
        "Schedule",
        description="Looks for overdue runs",
        schedule=Schedule.rate(Duration.minutes(5)),
    )
    every.add_target(reliably(function))
    return function


def record_unclaimed(scope: Construct, foundation: Foundation, alarms: Topic) -> WatchedFunction:
    """Takes every message of the alarm topic, without a filter: a filter on the body drops what it cannot read."""
    function = WatchedFunction(
        scope,
        "first-responder-record-unclaimed",
        foundation,
        handler="functions.lifecycle.record_unclaimed.lambda_handler",
        does="Writes down the alarms on the topic that no remediation claims, so that none is lost",
        may=[foundation.record.append()],
    )
    alarms.add_subscription(LambdaSubscription(function.function, dead_letter_queue=function.dead_letters))
    return function
