"""The safety nets: a sweep that finds runs which nobody moves on, and a listener for alarms that nobody claims."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk.aws_events import EventPattern, Rule, Schedule
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


def intake(scope: Construct, foundation: Foundation, alarms: Topic) -> WatchedFunction:
    """Takes every alarm and every message of the alarm topic; those of our own functions call the people's topic themselves."""
    function = WatchedFunction(
        scope,
        "first-responder-intake",
        foundation,
        handler="functions.lifecycle.intake.lambda_handler",
        does="Writes down the alarms that no remediation takes, and what AWS Health says, so that none is lost",
        may=[foundation.record.append()],
    )
    alarms.add_subscription(LambdaSubscription(function.function, dead_letter_queue=function.dead_letters))
    for name, pattern in _EVERYTHING.items():
        rule = Rule(function, name, description=f"{name} for the intake", event_pattern=pattern)
        rule.add_target(reliably(function))
    return function


_EVERYTHING = {
    "Alarms": EventPattern(
        source=["aws.cloudwatch"],
        detail_type=["CloudWatch Alarm State Change"],
        detail={"state": {"value": ["ALARM"]}, "alarmName": [{"anything-but": {"prefix": "first-responder-"}}]},
    ),
    "Health": EventPattern(source=["aws.health"], detail_type=["AWS Health Event", "AWS Health Abuse Event"]),
}
