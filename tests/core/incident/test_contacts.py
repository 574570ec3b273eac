"""Who is called one after the other, by the file that is deployed; and that a file with a mistake is refused."""

from __future__ import annotations

from typing import Any

import pytest

from functions.adapters.runbook_files import contacts
from functions.core.errors import InvalidSetting
from functions.core.incident.contacts import called_for, read_contacts
from functions.core.incident.incident import Severity
from functions.core.remediation import Audience

CONTACTS = contacts()


@pytest.mark.parametrize(
    ("severity", "audience", "names"),
    [
        (Severity.P1, Audience.OPERATIONS, ["on-call engineer", "DevOps lead", "AWS Support"]),
        (Severity.P2, Audience.OPERATIONS, ["on-call engineer", "DevOps lead", "AWS Support"]),
        (Severity.P3, Audience.OPERATIONS, ["on-call engineer"]),
        (Severity.P4, Audience.OPERATIONS, ["on-call engineer"]),
        (Severity.P1, Audience.SECURITY, ["security team", "AWS Support"]),
        (Severity.P3, Audience.SECURITY, ["security team"]),
    ],
)
def test_the_line_of_the_runbook(severity: Severity, audience: Audience, names: list[str]) -> None:
    assert [contact.name for contact in called_for(CONTACTS, severity, audience)] == names


def test_no_address_of_anybody_is_deployed() -> None:
    assert all("@" not in contact.how and not contact.slack for contact in CONTACTS)


ROW: dict[str, Any] = {
    "name": "all",
    "severities": ["P1", "P2", "P3", "P4"],
    "audiences": ["operations", "security"],
    "how": "by shouting",
}


@pytest.mark.parametrize("slack", ["", "<@U0123ABCD>", "<!subteam^S0123ABCD>"])
def test_whom_slack_is_to_mention(slack: str) -> None:
    assert read_contacts({"contact": [{**ROW, "slack": slack}]})[0].slack == slack


@pytest.mark.parametrize(
    ("said", "named"),
    [
        ({}, "contacts.toml"),
        ({"contact": {}}, "contacts.toml"),
        ({"contact": []}, "contacts.toml"),
        ({"contact": [ROW], "contacts": []}, "contacts.toml"),
        ({"contact": [{**ROW, "severities": ["P1", "P2", "P3"]}]}, "contacts.toml"),
        ({"contact": [{**ROW, "audiences": ["operations"]}]}, "contacts.toml"),
        ({"contact": [ROW, {**ROW, "severities": ["P0"]}]}, "contact 2.severities"),
        ({"contact": [{**ROW, "severities": "P1"}]}, "contact 1.severities"),
        ({"contact": [{**ROW, "audiences": []}]}, "contact 1.audiences"),
        ({"contact": [{**ROW, "name": " "}]}, "contact 1.name"),
        ({"contact": [{**ROW, "how": 1}]}, "contact 1.how"),
        ({"contact": [{**ROW, "phone": "1"}]}, "contact 1"),
        ({"contact": [{name: value for name, value in ROW.items() if name != "how"}]}, "contact 1"),
        ({"contact": [{**ROW, "slack": "@ann"}]}, "contact 1.slack"),
        ({"contact": [{**ROW, "slack": "<!channel>"}]}, "contact 1.slack"),
    ],
)
def test_a_mistake_in_the_file_is_named(said: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidSetting) as error:
        read_contacts(said)
    assert error.value.name.endswith(named)
