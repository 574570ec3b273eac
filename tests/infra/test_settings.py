from __future__ import annotations

from datetime import timedelta

import pytest

from functions import catalogue
from functions.core.errors import InvalidSetting
from functions.core.policy import Mode
from infra.owners_secret import read_secret
from infra.settings import read_settings


def test_without_a_word_everything_is_only_observed() -> None:
    settings = read_settings(None)
    assert settings.mode is Mode.OBSERVE
    assert settings.policy == {"mode": "observe"}
    assert (settings.fresh_within, settings.answer_within) == (timedelta(minutes=15), timedelta(hours=1))
    assert (settings.changes_per_hour, settings.deletion_protection, settings.notify_email) == (20, True, None)
    assert settings.answer_links is False
    assert (settings.keep_evidence_for, settings.lock_evidence_for) == (timedelta(days=400), timedelta(days=90))


def test_a_deployment_may_have_targets_of_its_own() -> None:
    own = {"P1": {"response": "5m"}}
    assert read_settings({"targets": own}).targets == own
    assert read_settings(None).targets == {}


def test_evidence_may_be_locked_for_as_long_as_it_is_kept() -> None:
    settings = read_settings({"keep-evidence-for": "30d", "lock-evidence-for": "30d"})
    assert settings.lock_evidence_for == settings.keep_evidence_for


def test_the_command_line_can_say_it_as_json() -> None:
    settings = read_settings(
        '{"mode": "act", "cooldown": "2h", "fresh-within": "5m", "notify-email": "ops@example.org"}'
    )
    assert settings.mode is Mode.ACT
    assert settings.policy["cooldown"] == "2h"
    assert settings.fresh_within == timedelta(minutes=5)
    assert settings.notify_email == "ops@example.org"


@pytest.mark.parametrize("cap", sorted({cap.name for row in catalogue.load_all() for cap in row.caps}))
def test_a_cap_of_the_catalogue_is_a_setting_as_number_or_text(cap: str) -> None:
    assert read_settings({cap: 7}).policy[cap] == read_settings({cap: "7"}).policy[cap] == "7"


@pytest.mark.parametrize(
    ("said", "name", "allowed"),
    [
        ({"mode": "Act"}, "first-responder:mode", "never | observe | propose | act"),
        ({"mode": True}, "first-responder:mode", "a text or a whole number"),
        ({"cooldown": "soon"}, "first-responder:cooldown", "e.g. 90m, 6h, 2d"),
        ({"fresh-within": "0m"}, "first-responder:fresh-within", "e.g. 90m, 6h, 2d"),
        ({"answer-within": ["1h"]}, "first-responder:answer-within", "a text or a whole number"),
        ({"changes-per-hour": 0}, "first-responder:changes-per-hour", "a whole number from 1 to 10000"),
        ({"changes-per-hour": "20"}, "first-responder:changes-per-hour", "a whole number from 1 to 10000"),
        ({"changes-per-hour": True}, "first-responder:changes-per-hour", "a whole number from 1 to 10000"),
        ({"keep-evidence-for": "36h"}, "first-responder:keep-evidence-for", "whole days, e.g. 400d"),
        ({"lock-evidence-for": "36h"}, "first-responder:lock-evidence-for", "whole days, e.g. 400d"),
        ({"lock-evidence-for": "401d"}, "first-responder:lock-evidence-for", "at most 400d"),
        ({"keep-evidence-for": "89d"}, "first-responder:lock-evidence-for", "at most 89d"),
        ({"deletion-protection": "no"}, "first-responder:deletion-protection", "true | false"),
        ({"answer-links": "true"}, "first-responder:answer-links", "true | false"),
        ({"notify-email": "ops"}, "first-responder:notify-email", "an e-mail address"),
        ({"targets": "5m"}, "first-responder:targets", "an object"),
        ({"targets": {"P1": {"response": "soon"}}}, "functions/runbook/targets.toml: P1.response", "e.g. 15m"),
        ({"targets": {"P1": "5m"}}, "targets: P1", "a table of response"),
        ({"mod": "act"}, "first-responder", "mode | cooldown"),
        (["act"], "first-responder", "an object of settings"),
        ("act", "first-responder", "an object of settings"),
    ],
)
def test_what_cannot_be_understood_is_named_with_what_is_allowed(said: object, name: str, allowed: str) -> None:
    with pytest.raises(InvalidSetting) as error:
        read_settings(said)
    assert error.value.name == name
    assert allowed in error.value.allowed


SLACK = {"channel": "C0123456789", "secret": "first-responder/slack"}
WHOLE_ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack-AbCdEf"


def test_slack_needs_a_channel_and_where_its_secret_is() -> None:
    assert read_settings({}).slack is None
    said = read_settings({"slack": SLACK}).slack
    assert said is not None
    assert said.channels == {"operations": "C0123456789"}
    assert said.api == "https://slack.com/api/"
    assert read_secret(said.secret).resources[0].endswith(":secret:first-responder/slack-??????")


def test_a_secret_of_slack_may_be_named_by_its_whole_arn() -> None:
    said = read_settings({"slack": {**SLACK, "secret": WHOLE_ARN, "security-channel": "G0987654321"}}).slack
    assert said is not None
    assert read_secret(said.secret).resources == [WHOLE_ARN]
    assert said.channels == {"operations": "C0123456789", "security": "G0987654321"}


@pytest.mark.parametrize(
    "said",
    [
        "C0123456789",
        {},
        {"channel": "C0123456789"},
        {"secret": "slack"},
        {**SLACK, "token": "xoxb-1"},
        {**SLACK, "channel": "#incidents"},
        {**SLACK, "channel": 7},
        {**SLACK, "secret": "*"},
        {**SLACK, "secret": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:slack"},
        {**SLACK, "secret": "name?"},
        {**SLACK, "security-channel": None},
        {**SLACK, "security-channel": "C0123456789"},
        {**SLACK, "api": "http://slack.com/api/"},
        {**SLACK, "api": "https://slack.com/"},
    ],
)
def test_what_is_no_setting_of_slack_is_refused(said: object) -> None:
    with pytest.raises(InvalidSetting, match="first-responder:slack"):
        read_settings({"slack": said})
