"""PagerDuty through the real client over the loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from drills.people_standin.pagerduty import ROUTING_KEY, PagerDuty
from functions.adapters import json_http
from functions.adapters.clock import FakeClock
from functions.adapters.json_http import HttpRefused, JsonHttp
from functions.adapters.json_secret import JsonSecret
from functions.adapters.memory_pager import MemoryPager
from functions.adapters.pagerduty_events import SECRET_FIELDS, PagerDutyEvents
from functions.adapters.stored_secret import StoredSecret
from functions.core.errors import InvalidSetting
from functions.core.incident.incident import Severity
from functions.core.incident.pager import Page, Pager, Step


def a_page(step: Step = Step.TRIGGER, incident: str = "INC-1", severity: Severity = Severity.P1) -> Page:
    return Page(
        step=step,
        incident=incident,
        severity=severity,
        at=datetime(2026, 11, 23, 12, tzinfo=UTC),
        summary="disk <b>full</b>",
        source="arn:db",
        component="shop",
        details={"what": "it is full"},
    )


@pytest.fixture
def pagerduty() -> Iterator[PagerDuty]:
    service = PagerDuty()
    yield service
    service.close()


@pytest.fixture
def secrets(aws_account: None) -> Any:
    client = boto3.client("secretsmanager")
    client.create_secret(Name="pagerduty", SecretString=json.dumps({"routing_key": ROUTING_KEY}))
    return client


@pytest.fixture
def real(pagerduty: PagerDuty, secrets: Any, clock: FakeClock) -> PagerDutyEvents:
    stored = StoredSecret(secrets, "pagerduty", clock)
    return PagerDutyEvents(
        JsonHttp("PagerDuty", pagerduty.address), JsonSecret(stored, "the secret of PagerDuty", SECRET_FIELDS)
    )


@pytest.mark.parametrize("which", ["real", "memory"])
def test_all_pages_of_an_incident_are_one_call(which: str, request: pytest.FixtureRequest) -> None:
    pager: Pager = MemoryPager() if which == "memory" else request.getfixturevalue("real")
    for step in (Step.TRIGGER, Step.TRIGGER, Step.ACKNOWLEDGE, Step.RESOLVE, Step.RESOLVE):
        pager.send(a_page(step))
    pager.send(a_page(incident="INC-2"))
    if isinstance(pager, MemoryPager):
        assert (pager.calls, pager.open) == (2, {"INC-2"})
    else:
        service: PagerDuty = request.getfixturevalue("pagerduty")
        assert [(one.key, one.status) for one in service.alerts] == [("INC-1", "resolved"), ("INC-2", "triggered")]


@pytest.mark.parametrize(
    ("severity", "word"),
    [(Severity.P1, "critical"), (Severity.P2, "error"), (Severity.P3, "warning"), (Severity.P4, "info")],
)
def test_what_is_sent(real: PagerDutyEvents, pagerduty: PagerDuty, severity: Severity, word: str) -> None:
    real.send(a_page(severity=severity))
    ((_, event),) = pagerduty.calls
    assert event == {
        "routing_key": ROUTING_KEY,
        "event_action": "trigger",
        "dedup_key": "INC-1",
        "client": "First Responder",
        "payload": {
            "summary": "disk <b>full</b>",
            "source": "arn:db",
            "severity": word,
            "timestamp": "2026-11-23T12:00:00.000+00:00",
            "component": "shop",
            "custom_details": {"what": "it is full"},
        },
    }


def test_a_component_that_is_not_known_is_left_out(real: PagerDutyEvents, pagerduty: PagerDuty) -> None:
    real.send(replace(a_page(), component=""))
    ((_, event),) = pagerduty.calls
    assert "component" not in event["payload"]


def test_an_answer_and_an_end_name_the_incident_alone(real: PagerDutyEvents, pagerduty: PagerDuty) -> None:
    real.send(a_page(Step.ACKNOWLEDGE))
    ((_, event),) = pagerduty.calls
    assert event == {"routing_key": ROUTING_KEY, "event_action": "acknowledge", "dedup_key": "INC-1"}


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("limited", "PagerDuty has answered 429: .*too many requests.*; to be asked again after 30"),
        ("broken", "PagerDuty has answered 500"),
        ("garbled", "PagerDuty has answered 200: no JSON object but <html>"),
        ("bad", "PagerDuty has answered 400: .*no such field"),
        ("refused", "PagerDuty has answered 401"),
        ("moved", "PagerDuty has answered 302"),
    ],
)
def test_trouble_is_raised_and_nothing_is_tried_twice(
    real: PagerDutyEvents, pagerduty: PagerDuty, what: str, text: str
) -> None:
    pagerduty.orders.append(("enqueue", what))
    with pytest.raises(HttpRefused, match=text):
        real.send(a_page())
    assert (len(pagerduty.calls), pagerduty.alerts) == (1, [])


def test_an_answer_that_never_comes_is_not_waited_for(
    real: PagerDutyEvents, pagerduty: PagerDuty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_http, "_TIMEOUT", 0.1)
    pagerduty.orders.append(("enqueue", "hang"))
    with pytest.raises(OSError, match="timed out"):
        real.send(a_page())


def test_a_lost_answer_is_raised_and_the_second_page_is_the_same_call(
    real: PagerDutyEvents, pagerduty: PagerDuty
) -> None:
    pagerduty.orders.append(("enqueue", "lost"))
    with pytest.raises(OSError):
        real.send(a_page())
    real.send(a_page())
    assert len(pagerduty.alerts) == 1


def test_a_key_that_was_replaced_is_taken_up(
    real: PagerDutyEvents, pagerduty: PagerDuty, secrets: Any, clock: FakeClock
) -> None:
    real.send(a_page())
    pagerduty.routing_keys = {"1" * 32}
    secrets.put_secret_value(SecretId="pagerduty", SecretString=json.dumps({"routing_key": "1" * 32}))
    clock.move(timedelta(minutes=2))
    real.send(a_page(incident="INC-2"))
    assert [(one.key, one.integration) for one in pagerduty.alerts][1] == ("INC-2", "1" * 32)


def test_a_key_that_is_void_is_an_error_that_does_not_show_it(real: PagerDutyEvents, pagerduty: PagerDuty) -> None:
    pagerduty.routing_keys = set()
    with pytest.raises(HttpRefused, match=r"Invalid routing key \*\*\*") as raised:
        real.send(a_page())
    assert ROUTING_KEY not in str(raised.value)
    assert len(pagerduty.calls) == 1


@pytest.mark.parametrize("value", ["{}", "plain-key", '{"routing_key": 7}', '{"routing_key": " "}', '["routing_key"]'])
def test_a_secret_that_is_none_is_an_error_that_does_not_show_it(
    real: PagerDutyEvents, pagerduty: PagerDuty, secrets: Any, value: str
) -> None:
    secrets.put_secret_value(SecretId="pagerduty", SecretString=value)
    with pytest.raises(InvalidSetting, match=r'the secret of PagerDuty is .*\{"routing_key": "\.\.\."\}') as raised:
        real.send(a_page())
    assert "plain-key" not in str(raised.value)
    assert pagerduty.calls == []


def test_a_secret_that_is_missing_is_an_error(pagerduty: PagerDuty, aws_account: None, clock: FakeClock) -> None:
    stored = StoredSecret(boto3.client("secretsmanager"), "nowhere", clock)
    pager = PagerDutyEvents(JsonHttp("PagerDuty", pagerduty.address), JsonSecret(stored, "it", SECRET_FIELDS))
    with pytest.raises(ClientError, match="ResourceNotFound"):
        pager.send(a_page())


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "https://",
        "https://me:pw@example.org",
        "https://example.org?x=1",
        "https://example.org/#x",
        "https://exa mple.org",
        "https://example.org\n",
        "ftp://example.org",
        "file:///etc/passwd",
        "http://127.0.0.1.example.org",
        "https://example.org:port",
        "",
        None,
    ],
)
def test_an_address_that_is_not_safe_is_refused(url: object) -> None:
    with pytest.raises(InvalidSetting, match=r"the address is .*allowed: an address such as https://example\.org"):
        json_http.read_base(url, "the address")


@pytest.mark.parametrize(
    "url", ["https://example.org", "https://example.org/", "http://127.0.0.1:8080", "http://localhost:1"]
)
def test_an_address_that_is_safe_has_no_slash_at_its_end(url: str) -> None:
    assert json_http.read_base(url, "it") == url.rstrip("/")


def test_an_answer_that_is_too_long_is_refused(
    real: PagerDutyEvents, pagerduty: PagerDuty, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_http, "_LONGEST", 10)
    with pytest.raises(HttpRefused, match="more than 10 bytes"):
        real.send(a_page())
