from __future__ import annotations

from typing import Any

import pytest

from functions.core.errors import InvalidSetting
from infra.place_settings import JiraSettings, OpsCenterSettings, PagerDutySettings
from infra.settings import read_settings

ARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:pagerduty-a1B2c3"
JIRA = {"system": "jira", "url": "https://example.atlassian.net/", "project": "OPS", "secret": "jira"}


def jira(**over: Any) -> dict[str, Any]:
    said = {**JIRA, **over}
    return {"ticket": {name: value for name, value in said.items() if value is not None}}


@pytest.mark.parametrize("said", [None, {}, {"pagerduty": None, "ticket": None}])
def test_neither_is_there_unless_it_is_wanted(said: object) -> None:
    settings = read_settings(said)
    assert (settings.pagerduty, settings.ticket) == (None, None)


def test_pagerduty_pages_for_what_is_urgent_and_not_for_security() -> None:
    assert read_settings({"pagerduty": {"secret": "pagerduty"}}).pagerduty == PagerDutySettings(
        secrets={"operations": "pagerduty"}, severities=("P1", "P2"), url="https://events.pagerduty.com"
    )


def test_pagerduty_can_page_security_by_a_key_of_its_own_and_for_other_severities() -> None:
    said = {
        "secret": ARN,
        "security-secret": "own",
        "severities": ["P1", "P1"],
        "url": "https://events.eu.pagerduty.com",
    }
    assert read_settings({"pagerduty": said}).pagerduty == PagerDutySettings(
        secrets={"operations": ARN, "security": "own"}, severities=("P1",), url="https://events.eu.pagerduty.com"
    )


def test_tickets_are_for_all_severities_in_ops_center() -> None:
    settings = read_settings({"ticket": {"system": "opscenter"}})
    assert settings.ticket == OpsCenterSettings(severities=("P1", "P2", "P3", "P4"))


def test_jira_has_its_usual_names_unless_others_are_said() -> None:
    usual = JiraSettings(
        severities=("P1", "P2", "P3", "P4"),
        url="https://example.atlassian.net",
        projects={"operations": "OPS"},
        secret="jira",
        issue_type="Task",
        done="Done",
    )
    assert read_settings(jira()).ticket == usual
    said = {"security-project": "SEC", "issue-type": "Störung", "done": "Won't do", "severities": ["P4"]}
    other = read_settings(jira(**said)).ticket
    assert isinstance(other, JiraSettings)
    assert (other.projects, other.issue_type, other.done, other.severities) == (
        {"operations": "OPS", "security": "SEC"},
        "Störung",
        "Won't do",
        ("P4",),
    )


@pytest.mark.parametrize(
    ("said", "name", "allowed"),
    [
        ({"pagerduty": "key"}, "pagerduty", "an object of secret, security-secret, severities, url, or null"),
        ({"pagerduty": {}}, "pagerduty.secret", "the name or the whole ARN of a secret"),
        ({"pagerduty": {"secret": "a*"}}, "pagerduty.secret", "the name or the whole ARN of a secret"),
        ({"pagerduty": {"secret": ARN[:-7]}}, "pagerduty.secret", "the name or the whole ARN of a secret"),
        (
            {"pagerduty": {"secret": "a", "security-secret": ""}},
            "pagerduty.security-secret",
            "the name or the whole ARN",
        ),
        ({"pagerduty": {"secret": "a", "severities": []}}, "pagerduty.severities", "a list of P1 | P2 | P3 | P4"),
        ({"pagerduty": {"secret": "a", "severities": "P1"}}, "pagerduty.severities", "a list of P1 | P2 | P3 | P4"),
        ({"pagerduty": {"secret": "a", "severities": [["P1"]]}}, "pagerduty.severities", "a list of P1 | P2 | P3 | P4"),
        ({"pagerduty": {"secret": "a", "url": "http://x.org"}}, "pagerduty.url", "an address such as https://"),
        (
            {"pagerduty": {"secret": "a", "routing_key": "b"}},
            "pagerduty",
            "secret | security-secret | severities | url",
        ),
        (
            {"pagerduty": {"secret": "a", "security-secret": "a"}},
            "pagerduty.security-secret",
            "another one than secret",
        ),
        (jira(**{"security-project": "OPS"}), "ticket.security-project", "another one than project"),
        ({"ticket": "jira"}, "ticket", "an object whose system is opscenter | jira"),
        ({"ticket": {"system": "trello"}}, "ticket", "an object whose system is opscenter | jira"),
        ({"ticket": {"system": "opscenter", "security-project": "SEC"}}, "ticket", "system | severities"),
        (jira(url=None), "ticket.url", "an address such as https://"),
        (jira(project=None), "ticket.project", "the key of a project"),
        (jira(project='OPS" OR "a'), "ticket.project", "the key of a project"),
        (jira(**{"security-project": "sec"}), "ticket.security-project", "the key of a project"),
        (jira(secret=7), "ticket.secret", "the name or the whole ARN of a secret"),
        (jira(done=""), "ticket.done", "a name as the project has it"),
        (jira(**{"issue-type": ["Task"]}), "ticket.issue-type", "a name as the project has it"),
        (jira(token="x"), "ticket", "system | severities | url | project"),
    ],
)
def test_what_cannot_be_understood_is_named_with_what_is_allowed(said: object, name: str, allowed: str) -> None:
    with pytest.raises(InvalidSetting) as error:
        read_settings(said)
    assert error.value.name == f"first-responder:{name}"
    assert allowed in error.value.allowed
