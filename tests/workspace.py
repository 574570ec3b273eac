"""Slack on the loopback, and the real client in front of it with its secret in Secrets Manager."""

from __future__ import annotations

import json
from typing import Any

import boto3

from drills.people_standin.slack import TOKEN, Slack
from drills.people_standin.slack_workspace import BOT, Channel
from functions.adapters.clock import FakeClock
from functions.adapters.slack_chat import SlackChat
from functions.adapters.slack_secret import SlackSecret
from functions.adapters.stored_secret import StoredSecret

HOME = "C0HOME0000"
SIGNING_SECRET = "s" * 32
SECRET = {"bot_token": TOKEN, "signing_secret": SIGNING_SECRET}


def slack_standing_in() -> Slack:
    """With one channel, HOME, and a clock that stands still on a day after all that the tests tell of."""
    return Slack(Channel(HOME, "incidents", members=[BOT, "UANN"]), now=lambda: 1_796_000_000)


def store_secret(value: Any = SECRET) -> str:
    """In the account of moto; its ARN."""
    made = boto3.client("secretsmanager").create_secret(Name="slack", SecretString=json.dumps(value))
    return str(made["ARN"])


def slack_secret(name: str, clock: FakeClock) -> SlackSecret:
    return SlackSecret(StoredSecret(boto3.client("secretsmanager"), name, clock))


def slack_chat(slack: Slack, name: str, clock: FakeClock) -> SlackChat:
    return SlackChat(slack_secret(name, clock), slack.api)
