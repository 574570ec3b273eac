"""The functions of PagerDuty and of tickets as Lambda calls them: from their environment to the service, and back again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest

from drills.people_standin.jira import EMAIL, TOKEN, Jira
from drills.people_standin.pagerduty import ROUTING_KEY, PagerDuty
from functions.adapters.aws import Boto3Aws
from functions.adapters.dynamodb_delivery import DynamoDbDelivery
from functions.adapters.json_http import HttpRefused
from functions.adapters.ops_items import OpsItems
from functions.core.incident.news import News, write_news
from functions.core.remediation import Audience
from functions.lifecycle import announce_pagerduty, announce_ticket
from infra.place_settings import read_pagerduty, read_ticket
from tests.lifecycle.lines import HOSTILE, INCIDENT, line

KINDS = ("opened", "severity", "ticket", "resolved", "reviewed")


@pytest.fixture
def delivery(aws: Boto3Aws, table: str, monkeypatch: pytest.MonkeyPatch) -> DynamoDbDelivery:
    monkeypatch.setenv("FIRST_RESPONDER_TABLE", table)
    return DynamoDbDelivery(aws.client("dynamodb"), table)


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    """Each test wires the functions anew."""
    yield
    announce_pagerduty._switchboard.cache_clear()
    announce_ticket._office.cache_clear()


@pytest.fixture
def pagerduty(aws: Boto3Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[PagerDuty]:
    service = PagerDuty()
    service.routing_keys.add("9" * 32)
    for name, key in {"pagerduty": ROUTING_KEY, "own": "9" * 32}.items():
        aws.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps({"routing_key": key}))
    said = read_pagerduty({"secret": "pagerduty", "security-secret": "own", "url": service.address}, "pagerduty")
    assert said is not None
    monkeypatch.setenv("FIRST_RESPONDER_PAGERDUTY", said.for_functions())
    yield service
    service.close()


@pytest.fixture
def jira(aws: Boto3Aws, monkeypatch: pytest.MonkeyPatch) -> Iterator[Jira]:
    site = Jira("OPS", "SEC")
    aws.client("secretsmanager").create_secret(Name="jira", SecretString=json.dumps({"email": EMAIL, "token": TOKEN}))
    projects = {"project": "OPS", "security-project": "SEC"}
    said = read_ticket({"system": "jira", "url": site.address, "secret": "jira", **projects}, "ticket")
    assert said is not None
    monkeypatch.setenv("FIRST_RESPONDER_TICKET", said.for_functions())
    yield site
    site.close()


def batch(news: News) -> Mapping[str, Any]:
    return {"Records": [{"body": write_news(news)}]}


def test_pagerduty_from_the_queue_to_the_alert_and_back(delivery: DynamoDbDelivery, pagerduty: PagerDuty) -> None:
    for number, kind in enumerate(("opened", "acknowledged", "resolved")):
        for _ in range(2):
            announce_pagerduty.lambda_handler(batch(line(kind, number)), None)
    ((alert),) = pagerduty.alerts
    assert (alert.key, alert.status, pagerduty.count("enqueue")) == (INCIDENT, "resolved", 3)
    assert delivery.state("pagerduty", INCIDENT) == {"called": True, "over": True}


def test_security_is_paged_by_its_own_key(delivery: DynamoDbDelivery, pagerduty: PagerDuty) -> None:
    announce_pagerduty.lambda_handler(batch(line("opened", audience=Audience.SECURITY)), None)
    assert [alert.integration for alert in pagerduty.alerts] == ["9" * 32]


@pytest.mark.parametrize("what", ["limited", "broken", "garbled", "bad", "refused"])
def test_pagerduty_in_trouble_is_told_again_when_the_queue_gives_the_line_again(
    delivery: DynamoDbDelivery, pagerduty: PagerDuty, what: str
) -> None:
    pagerduty.orders.append(("enqueue", what))
    with pytest.raises(HttpRefused):
        announce_pagerduty.lambda_handler(batch(line("opened")), None)
    announce_pagerduty.lambda_handler(batch(line("opened")), None)
    assert len(pagerduty.alerts) == 1


@pytest.mark.parametrize("what", ["limited", "broken", "lost", "bad", "refused"])
@pytest.mark.parametrize(
    "route", ["search", "create", "edit", "comments", "comment", "read", "transitions", "transition"]
)
def test_jira_has_it_all_once_whatever_fails(delivery: DynamoDbDelivery, jira: Jira, route: str, what: str) -> None:
    jira.orders.append((route, what))
    for number, kind in enumerate(KINDS, 1):
        try:
            announce_ticket.lambda_handler(batch(line(kind, number)), None)
        except (HttpRefused, OSError):
            announce_ticket.lambda_handler(batch(line(kind, number)), None)
    assert jira.orders == []
    incident, work = jira.issues.values()
    assert [jira.statuses[one.status][0] for one in (incident, work)] == ["Done", "To Do"]
    assert (len(incident.comments), work.comments) == (3, [])
    kept = delivery.state("ticket", INCIDENT)
    assert (kept["key"], kept["url"]) == ("OPS-1", f"{jira.address}/browse/OPS-1")
    assert [other["key"] for other in kept["others"]] == ["OPS-2"]


def test_security_has_tickets_in_its_own_project(delivery: DynamoDbDelivery, jira: Jira) -> None:
    announce_ticket.lambda_handler(batch(line("opened", audience=Audience.SECURITY)), None)
    assert list(jira.issues) == ["SEC-1"]


def test_strangers_words_come_to_jira_as_texts_alone(delivery: DynamoDbDelivery, jira: Jira) -> None:
    announce_ticket.lambda_handler(batch(line("opened")), None)
    fields = jira.issues["OPS-1"].fields
    plain = "".join(char if char.isprintable() else " " for char in HOSTILE)
    assert fields["summary"] == f"{INCIDENT}: {plain}"
    texts = [text for paragraph in fields["description"]["content"] for text in paragraph["content"]]
    assert f"text of {plain}" in [text["text"] for text in texts if "marks" not in text]
    assert {mark["type"] for text in texts for mark in text.get("marks", [])} == {"strong"}


def test_ops_center_is_wired_without_a_secret(delivery: DynamoDbDelivery, monkeypatch: pytest.MonkeyPatch) -> None:
    said = read_ticket({"system": "opscenter", "severities": ["P1"]}, "ticket")
    assert said is not None
    monkeypatch.setenv("FIRST_RESPONDER_TICKET", said.for_functions())
    office = announce_ticket._office()
    assert {audience: type(tracker) for audience, tracker in office.trackers.items()} == {Audience.OPERATIONS: OpsItems}
    assert boto3.client("secretsmanager").list_secrets()["SecretList"] == []
