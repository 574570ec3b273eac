"""The doors to a chat service: SlackChat, through Slack's unmodified client over the loopback, and the fake are held to the same."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from drills.people_standin.slack import TOKEN, Slack
from drills.people_standin.slack_workspace import BOT, Channel
from functions.adapters import slack_chat as adapter
from functions.adapters.clock import FakeClock
from functions.adapters.memory_chat import MemoryChat
from functions.adapters.slack_chat import SlackChat, SlackRefused
from functions.core.errors import InvalidSetting
from functions.core.incident.chat import Chat, Gone, Message, NotAllowed
from tests.workspace import HOME, SECRET, slack_chat, slack_secret, store_secret

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def hello(text: str = "hello") -> Message:
    return Message(text=text, blocks=({"type": "section", "text": {"type": "plain_text", "text": text}},))


@pytest.fixture
def secret(aws_account: None) -> str:
    return store_secret()


@pytest.fixture
def real(slack: Slack, secret: str, clock: FakeClock) -> SlackChat:
    return slack_chat(slack, secret, clock)


@pytest.fixture(params=["slack", "memory"])
def chat(request: pytest.FixtureRequest) -> Chat:
    if request.param == "slack":
        real: Chat = request.getfixturevalue("real")
        return real
    fake = MemoryChat(members={HOME: {"UANN"}})
    fake.channels[HOME] = ("incidents", False)
    return fake


def test_a_channel_is_made_once_and_found_by_its_name_afterwards(chat: Chat) -> None:
    made = chat.channel("inc-1", private=False)
    assert chat.channel("inc-1", private=False) == made
    assert chat.channel("inc-2", private=False) != made


def test_a_private_channel_is_never_the_public_one_of_that_name(chat: Chat) -> None:
    public = chat.channel("inc-1", private=False)
    private = chat.channel("inc-1", private=True)
    assert private != public
    assert chat.channel("inc-1", private=True) == private


def test_a_message_is_found_by_its_key_where_it_was_said(chat: Chat) -> None:
    home, other = chat.channel("inc-1", private=False), chat.channel("inc-2", private=False)
    first = chat.post(home, hello(), key="one")
    below = chat.post(home, hello(), key="two", thread=first)
    assert chat.find(home, key="one", since=LONG_AGO) == first
    assert chat.find(home, key="two", since=LONG_AGO, thread=first) == below
    assert chat.find(home, key="two", since=LONG_AGO) == ""
    assert chat.find(other, key="one", since=LONG_AGO) == ""
    assert chat.find(home, key="three", since=LONG_AGO, thread=first) == ""


def test_what_is_said_in_its_place_is_still_found(chat: Chat) -> None:
    home = chat.channel("inc-1", private=False)
    first = chat.post(home, hello(), key="one")
    chat.update(home, first, hello("goodbye"), key="one")
    assert chat.find(home, key="one", since=LONG_AGO) == first


def test_what_is_not_there_any_more_is_told_from_trouble(chat: Chat) -> None:
    with pytest.raises(Gone):
        chat.update(chat.channel("inc-1", private=False), "1.000000", hello(), key="one")


def test_who_is_in_one_channel_can_be_let_into_another_and_again(chat: Chat) -> None:
    made = chat.channel("inc-1", private=True)
    for _ in range(2):
        chat.invite(made, like=HOME)


def test_slack_has_let_them_in_and_the_bot_not_twice(real: SlackChat, slack: Slack) -> None:
    made = real.channel("inc-1", private=True)
    real.invite(made, like=HOME)
    assert slack.channels[made].members == [BOT, "UANN"]


def test_an_archived_channel_is_closed_and_its_name_gets_a_number(real: SlackChat, slack: Slack) -> None:
    made = real.channel("inc-1", private=False)
    slack.channels[made].is_archived = True
    with pytest.raises(Gone):
        real.post(made, hello(), key="one")
    assert slack.channels[real.channel("inc-1", private=False)].name == "inc-1-2"


@pytest.mark.parametrize("method", ["conversations.create", "conversations.invite"])
def test_what_the_workspace_does_not_allow_is_told_from_trouble(real: SlackChat, slack: Slack, method: str) -> None:
    slack.orders.append((method, "restricted_action"))
    with pytest.raises(NotAllowed, match="restricted_action"):
        real.invite(real.channel("inc-1", private=True), like=HOME)


def test_a_name_that_stays_taken_is_an_error(real: SlackChat, slack: Slack) -> None:
    for number, name in enumerate(("inc-1", "inc-1-2", "inc-1-3")):
        slack.channels[f"CX{number}"] = Channel(f"CX{number}", name, is_private=True, members=["USTRANGER"])
    with pytest.raises(NotAllowed, match="inc-1 is taken"):
        real.channel("inc-1", private=True)


def test_a_channel_that_somebody_else_has_made_is_joined(real: SlackChat, slack: Slack) -> None:
    slack.channels["CX"] = Channel("CX", "inc-1", members=["USTRANGER"])
    real.post(real.channel("inc-1", private=False), hello(), key="one")
    assert slack.channels["CX"].messages[0]["text"] == "hello"


def test_it_reads_on_through_all_pages(real: SlackChat) -> None:
    ids = [real.post(HOME, hello(), key=f"k{number}") for number in range(205)]
    assert real.find(HOME, key="k0", since=LONG_AGO) == ids[0]


def test_nothing_older_than_it_can_be_is_looked_at(real: SlackChat, slack: Slack) -> None:
    sent = real.post(HOME, hello(), key="one")
    at = datetime.fromtimestamp(float(sent), UTC)
    assert real.find(HOME, key="one", since=at + timedelta(minutes=4)) == sent
    assert real.find(HOME, key="one", since=at + timedelta(minutes=6)) == ""


def test_no_message_of_another_app_is_taken_for_ours(real: SlackChat, slack: Slack) -> None:
    forged = {"ts": "1796000000.1", "text": "", "metadata": {"event_type": "theirs", "event_payload": {"key": "one"}}}
    slack.channels[HOME].messages.append(forged)
    assert real.find(HOME, key="one", since=LONG_AGO) == ""


def test_links_are_not_unfurled_and_text_is_no_markup_of_its_own(real: SlackChat, slack: Slack) -> None:
    real.post(HOME, hello(), key="one")
    ((_, said),) = [call for call in slack.calls if call[0] == "chat.postMessage"]
    assert (said["unfurl_links"], said["unfurl_media"]) == (False, False)


@pytest.mark.parametrize(
    ("what", "code"), [("limited", "ratelimited"), ("broken", "internal_error"), ("garbled", "non-JSON")]
)
def test_trouble_is_raised_and_nothing_is_tried_twice(real: SlackChat, slack: Slack, what: str, code: str) -> None:
    slack.orders.append(("chat.postMessage", what))
    with pytest.raises(SlackRefused, match=code):
        real.post(HOME, hello(), key="one")
    assert len(slack.calls) == 1


def test_how_long_to_wait_is_told(real: SlackChat, slack: Slack) -> None:
    slack.orders.append(("chat.postMessage", "limited"))
    with pytest.raises(SlackRefused, match="ratelimited; to be asked again after 30 s"):
        real.post(HOME, hello(), key="one")


def test_an_answer_that_never_comes_is_not_waited_for(
    real: SlackChat, slack: Slack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "_TIMEOUT", 0.1)
    slack.orders.append(("chat.postMessage", "hang"))
    with pytest.raises(OSError, match="timed out"):
        real.post(HOME, hello(), key="one")


def test_a_lost_answer_is_raised_and_the_message_can_be_found(real: SlackChat, slack: Slack) -> None:
    slack.orders.append(("chat.postMessage", "lost"))
    with pytest.raises(OSError):
        real.post(HOME, hello(), key="one")
    assert len(slack.channels[HOME].messages) == 1
    assert real.find(HOME, key="one", since=LONG_AGO) != ""


def test_a_rotated_token_is_taken_up(real: SlackChat, slack: Slack, secret: str, clock: FakeClock) -> None:
    real.post(HOME, hello(), key="one")
    slack.tokens = {"xoxb-new"}
    boto3.client("secretsmanager").put_secret_value(
        SecretId=secret, SecretString=json.dumps({**SECRET, "bot_token": "xoxb-new"})
    )
    clock.move(timedelta(minutes=2))
    real.post(HOME, hello(), key="two")
    assert len(slack.channels[HOME].messages) == 2


def test_a_token_that_is_void_is_an_error_that_says_where_to_look(real: SlackChat, slack: Slack) -> None:
    slack.tokens = set()
    with pytest.raises(SlackRefused, match="invalid_auth; look at the secret of the Slack app") as raised:
        real.post(HOME, hello(), key="one")
    assert TOKEN not in str(raised.value)


@pytest.mark.parametrize(
    "value", ["{}", "xoxb-plain", '{"bot_token": "xoxb-1"}', '{"bot_token": 1, "signing_secret": " "}']
)
def test_a_secret_that_is_none_is_an_error_that_does_not_show_it(real: SlackChat, secret: str, value: str) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId=secret, SecretString=value)
    with pytest.raises(InvalidSetting, match="the secret of the Slack app") as raised:
        real.post(HOME, hello(), key="one")
    assert "xoxb-1" not in str(raised.value) and "plain" not in str(raised.value)


def test_credentials_are_not_printed(real: SlackChat, secret: str, clock: FakeClock) -> None:
    found = slack_secret(secret, clock).read()
    assert TOKEN not in repr(found) and "sss" not in repr(found)


def test_a_missing_secret_is_an_error(slack: Slack, aws_account: None, clock: FakeClock) -> None:
    chat = slack_chat(slack, "nowhere", clock)
    with pytest.raises(Exception, match="ResourceNotFound"):
        chat.post(HOME, hello(), key="one")
    assert slack.calls == []
