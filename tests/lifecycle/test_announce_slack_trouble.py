"""Slack in trouble, through its unmodified client: a line is raised, given again by its queue, and then there once."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from drills.people_standin.slack import Slack
from functions.adapters import slack_chat as adapter
from functions.adapters.clock import FakeClock
from functions.adapters.dynamodb_delivery import DynamoDbDelivery
from functions.adapters.dynamodb_incidents import DynamoDbIncidents
from functions.adapters.dynamodb_store import DynamoDbStore
from functions.core.incident.incident import Severity
from functions.core.incident.news import write_news
from functions.core.incident.turns import note
from functions.core.ports import Settings
from functions.lifecycle import announce_slack
from functions.lifecycle.announce_slack import Announcer, post_line
from functions.lifecycle.slack_room import Rooms
from tests.told import INCIDENT, NOON, line
from tests.workspace import HOME, SECRET, slack_chat, store_secret


@pytest.fixture
def announcer(slack: Slack, dynamodb_store: DynamoDbStore, clock: FakeClock) -> Announcer:
    incidents = DynamoDbIncidents(dynamodb_store.client, dynamodb_store.name)
    incidents.open(note(INCIDENT, "opened", "a disk is full", NOON))
    return Announcer(
        rooms=Rooms(
            chat=slack_chat(slack, store_secret(), clock),
            delivery=DynamoDbDelivery(dynamodb_store.client, dynamodb_store.name),
        ),
        channels={"operations": HOME},
        incidents=incidents,
        run=dynamodb_store.load,
        clock=clock,
        settings=Settings(policy={}),
    )


def keys(slack: Slack) -> list[str]:
    """All that was said, by its key, in each channel's order."""
    messages = [message for channel in slack.channels.values() for message in channel.messages]
    return [message["metadata"]["event_payload"]["key"] for message in messages]


def story(announcer: Announcer) -> None:
    for news in (line(1), line(2)):
        try:
            post_line(announcer, news)
        except (adapter.SlackRefused, OSError):
            post_line(announcer, news)


TROUBLE = ("limited", "broken", "garbled", "invalid_auth", "lost", "hang")
METHODS = ("conversations.create", "chat.postMessage", "chat.update")


@pytest.mark.parametrize("what", TROUBLE)
@pytest.mark.parametrize("method", METHODS)
def test_each_line_is_there_once(
    announcer: Announcer, slack: Slack, method: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "_TIMEOUT", 1)
    slack.orders.append((method, what))
    story(announcer)
    (made,) = set(slack.channels) - {HOME}
    assert slack.orders == []
    assert keys(slack) == [f"channel-{made}", f"status-{INCIDENT.id}-{made}", "news1", "news2"]
    assert "line 2" in json.dumps(slack.channels[made].messages[0])


def test_a_lost_answer_to_each_message_leaves_one_of_each(announcer: Announcer, slack: Slack) -> None:
    slack.orders += [("chat.postMessage", "lost")] * 4
    for news in (line(1), line(1), line(1), line(1), line(2), line(2)):
        try:
            post_line(announcer, news)
        except OSError:
            continue  # the queue gives it again
    assert slack.orders == []
    assert [key.partition("-")[0] for key in keys(slack)] == ["channel", "status", "news1", "news2"]


def test_where_no_channel_may_be_made_it_is_told_in_the_shared_one_and_stays_there(
    announcer: Announcer, slack: Slack
) -> None:
    slack.orders.append(("conversations.create", "missing_scope"))
    for news in (line(1), line(2), line(2)):
        post_line(announcer, news)
    assert set(slack.channels) == {HOME}
    assert keys(slack) == [f"status-{INCIDENT.id}-{HOME}", "news1", "news2"]


def test_a_status_that_people_have_deleted_holds_up_no_line(announcer: Announcer, slack: Slack) -> None:
    post_line(announcer, line(1))
    (made,) = set(slack.channels) - {HOME}
    del slack.channels[made].messages[0]
    for news in (line(2), line(2)):
        post_line(announcer, news)
    assert keys(slack) == [f"channel-{made}", "news1", "news2"]


def test_a_secret_that_is_lost_is_an_error_until_it_is_back(announcer: Announcer, slack: Slack) -> None:
    slack.tokens = set()
    with pytest.raises(adapter.SlackRefused, match="look at the secret"):
        post_line(announcer, line(1))
    slack.tokens = {SECRET["bot_token"]}
    post_line(announcer, line(1))
    assert keys(slack)[-1] == "news1"


def test_what_is_said_keeps_to_the_limits_of_slack(announcer: Announcer, slack: Slack) -> None:
    calm = replace(line(1), severity=Severity.P3, text="&<>" * 3000, title="x" * 3000)
    post_line(announcer, calm)
    assert keys(slack) == [f"status-{INCIDENT.id}-{HOME}", "news1"]


def test_incidents_that_share_a_channel_never_take_each_others_message_for_their_own(
    announcer: Announcer, slack: Slack
) -> None:
    other = replace(INCIDENT, id="INC-20261129-00000002", severity=Severity.P3, version=0)
    announcer.incidents.open(note(other, "opened", "another one", NOON))
    shared = replace(INCIDENT, severity=Severity.P3)
    post_line(announcer, line(1, shared))
    slack.orders.append(("chat.postMessage", "limited"))
    with pytest.raises(adapter.SlackRefused):
        post_line(announcer, line(2, other))
    post_line(announcer, line(2, other))
    roots = [message for message in slack.channels[HOME].messages if "thread_ts" not in message]
    assert keys(slack) == [f"status-{INCIDENT.id}-{HOME}", "news1", f"status-{other.id}-{HOME}", "news2"]
    assert [INCIDENT.id in json.dumps(roots[0]), other.id in json.dumps(roots[1])] == [True, True]


def test_the_function_says_what_its_queue_hands_it(
    announcer: Announcer,
    slack: Slack,
    dynamodb_store: DynamoDbStore,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    said = {"channels": announcer.channels, "secret": "slack", "api": slack.api}
    for name, value in {
        "TABLE": dynamodb_store.name,
        "BUCKET": "evidence",
        "FOLLOW_THROUGH": "arn:aws:states:eu-west-1:123456789012:stateMachine:follow-through",
        "SLACK": json.dumps(said),
    }.items():
        monkeypatch.setenv(f"FIRST_RESPONDER_{name}", value)
    announce_slack._announcer.cache_clear()
    request.addfinalizer(announce_slack._announcer.cache_clear)
    announce_slack.lambda_handler({"Records": [{"body": write_news(line(1))}]}, None)
    assert keys(slack)[-1] == "news1"
