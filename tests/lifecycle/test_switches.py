"""Switches by manual invocation: set, listed, lifted, refused with one sentence, and people are called."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest

from functions.adapters.clock import FakeClock
from functions.adapters.dynamodb_store import DynamoDbStore
from functions.adapters.dynamodb_switches import LOG, Switches
from functions.adapters.dynamodb_table import from_item
from functions.core.arn import parse_arn
from functions.core.errors import InvalidEvent
from functions.core.incident.news import notice_of
from functions.core.ports import Ask
from functions.core.switches import holding, refusal
from functions.lifecycle import announce_mail, switches
from tests.events import ACCOUNT, REGION

FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:first-responder-switches"
TARGET = f"arn:aws:rds:{REGION}:{ACCOUNT}:db:orders"
WHO = {"scope": "all", "reason": "audit", "by": "alice"}


@pytest.fixture
def ask(dynamodb_store: DynamoDbStore, clock: FakeClock) -> Any:
    board = Switches(dynamodb_store.client, dynamodb_store.name)
    here, requests = parse_arn(FUNCTION, "function"), count()

    def asked(**event: Any) -> Any:
        return json.loads(json.dumps(switches.answer(board, event, here, clock.now(), f"request-{next(requests)}")))

    return asked


def test_a_stop_is_set_seen_by_a_change_and_lifted(ask: Any, dynamodb_store: DynamoDbStore, clock: FakeClock) -> None:
    target = parse_arn(TARGET, "target")

    def refused() -> str:
        item = dynamodb_store.permit(Ask(target=target, now=clock.now())).switches
        switch = holding(item, target=target, remediation="extend_rds_storage", now=clock.now())
        return refusal(switch).code if switch else ""

    assert ask(switch="stop", **WHO)["text"] == "all changes are stopped by alice until somebody lifts it: audit"
    assert refused() == "stopped"
    assert ask(switch="lift", **{**WHO, "reason": "done"})["text"].startswith("alice lifted a switch: done.")
    assert refused() == ""
    ask(switch="freeze", **{**WHO, "scope": "remediation/extend_rds_storage"}, **{"for": "90m"})
    assert refused() == "frozen"
    clock.move(timedelta(minutes=90))
    assert refused() == ""


def test_the_list_tells_what_holds_and_what_will(ask: Any) -> None:
    assert ask(switch="list") == {"switches": []}
    ask(
        switch="freeze",
        **{**WHO, "scope": f"target/{TARGET}"},
        starts="2026-11-24T12:00:00Z",
        ends="2026-11-24T13:00:00Z",
    )
    ask(switch="stop", **WHO)
    first, second = ask(switch="list")["switches"]
    assert first == {
        "scope": "all",
        "kind": "stop",
        "reason": "audit",
        "by": "alice",
        "since": "2026-11-23T12:00:00+00:00",
        "holds": True,
        "text": "all changes are stopped by alice until somebody lifts it: audit",
    }
    assert (second["scope"], second["holds"], second["ends"]) == (
        f"target/{TARGET}",
        False,
        "2026-11-24T13:00:00+00:00",
    )


def test_the_log_tells_who_did_what_and_why(ask: Any, clock: FakeClock) -> None:
    ask(switch="stop", **WHO)
    clock.move(timedelta(hours=1))
    ask(switch="lift", **{**WHO, "by": "bob", "reason": "done"})
    found = ask(switch="log")["log"]
    assert [(line["kind"], line["by"], line["reason"]) for line in found] == [
        ("switch_set", "alice", "audit"),
        ("switch_lifted", "bob", "done"),
    ]
    assert ask(switch="log", since="2026-11-23T12:30:00Z")["log"] == found[1:]


def test_people_read_what_was_switched(ask: Any, dynamodb_store: DynamoDbStore) -> None:
    ask(switch="stop", **WHO)
    items = [from_item(item) for item in dynamodb_store.client.scan(TableName=dynamodb_store.name)["Items"]]
    (line,) = [item for item in items if item["pk"] == LOG]
    assert line["call_person"] is True
    news = notice_of(line)
    assert announce_mail.subject(news) == "[P3] switches switch_set"
    text = announce_mail.message(news)
    assert "What: all changes are stopped by alice until somebody lifts it: audit" in text
    assert "Target: all" in text


@pytest.mark.parametrize("scope", ["remediation/nonsense", "account/210987654321", "target/orders", "", None])
def test_a_switch_that_would_stop_nothing_here_is_refused_and_nothing_is_written(
    ask: Any, dynamodb_store: DynamoDbStore, scope: Any
) -> None:
    with pytest.raises(InvalidEvent, match="scope is"):
        ask(switch="stop", **{**WHO, "scope": scope})
    assert dynamodb_store.client.scan(TableName=dynamodb_store.name)["Items"] == []


def test_lambda_calls_it_with_the_real_time(dynamodb_store: DynamoDbStore, monkeypatch: pytest.MonkeyPatch) -> None:
    switches._switches.cache_clear()
    monkeypatch.setenv("FIRST_RESPONDER_TABLE", dynamodb_store.name)
    context = SimpleNamespace(invoked_function_arn=FUNCTION, aws_request_id="request")
    answer = switches.lambda_handler({"switch": "stop", **WHO}, context)
    since = datetime.fromisoformat(answer["changes"][0]["switch"]["since"])
    assert since.tzinfo == UTC
    assert switches.lambda_handler({"switch": "list"}, context)["switches"][0]["scope"] == "all"
    switches._switches.cache_clear()
