"""Buttons in Slack: believed for Slack's signature alone, carried out once, and told to the person who has pressed."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import boto3
import pytest
from moto.core.config import default_user_config

from drills.people_standin.slack import Slack
from functions.adapters.clock import FakeClock, SystemClock
from functions.adapters.dynamodb_delivery import DynamoDbDelivery
from functions.adapters.follow_through import function_name
from functions.adapters.lambda_start import MemoryStart
from functions.adapters.slack_reply import SlackReply
from functions.adapters.slack_signature import SlackSignature
from functions.core.advance import Answer
from functions.core.incident.approvers import Approvers
from functions.core.incident.turns import note
from functions.handler import handle
from functions.lifecycle import answer as function
from functions.lifecycle.answer_slack import SlackDesk, carry_out_press, take_press
from functions.lifecycle.slack_press import LONGEST_BODY, hooks_of
from tests.desk import Desk
from tests.events import FUNCTION
from tests.told import INCIDENT, NOON
from tests.workspace import SECRET, SIGNING_SECRET, slack_secret, store_secret

NAME = "first-responder-answer"


class Buttons:
    """Slack's side of it: what is sent when a button is pressed, and what comes back."""

    def __init__(self, desk: Desk, slack: Slack) -> None:
        self.desk, self.slack, self.started = desk, slack, MemoryStart()
        self.secret = store_secret()
        self.slack_desk = SlackDesk(
            desk=desk.answers,
            delivery=DynamoDbDelivery(desk.store.client, desk.store.name),
            genuine=SlackSignature(slack_secret(self.secret, desk.clock), desk.clock),
            start=self.started,
            reply=SlackReply(),
            hooks=hooks_of(slack.api),
        )

    def payload(self, verb: str, value: Any, **over: Any) -> dict[str, Any]:
        action = {"type": "button", "action_id": verb, "action_ts": "1796000000.000100", "value": json.dumps(value)}
        user = {"id": "U0ANN", "username": "ann", "team_id": "T1"}
        return {
            "type": "block_actions",
            "user": user,
            "actions": [action],
            "response_url": f"{self.slack.address}actions/T1/2/3",
            **over,
        }

    def sent(self, payload: Any, **over: Any) -> dict[str, Any]:
        """The request of the function URL."""
        return self.raw(urlencode({"payload": json.dumps(payload)}), **over)

    def raw(
        self, body: str, *, secret: str = SIGNING_SECRET, age: int = 0, encoded: bool = False, **headers: str
    ) -> Any:
        at = str(int(self.desk.clock.now().timestamp()) - age)
        signed = hmac.new(secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
        said = {"x-slack-request-timestamp": at, "x-slack-signature": f"v0={signed}"}
        said |= {f"x-slack-{name.replace('_', '-')}": value for name, value in headers.items()}
        return {
            "rawPath": "/slack",
            "requestContext": {"http": {"method": "POST"}},
            "headers": said,
            "body": b64encode(body.encode()).decode() if encoded else body,
            "isBase64Encoded": encoded,
        }

    def take(self, request: dict[str, Any]) -> int:
        """The status of the answer; there is never more in it."""
        answered = take_press(request, self.slack_desk, NAME)
        assert answered["body"] == ""
        return int(answered["statusCode"])

    def press(self, verb: str, value: Any, **over: Any) -> str:
        """Press and have it carried out; what the person reads."""
        assert self.take(self.sent(self.payload(verb, value, **over))) == 200
        to, event = self.started.started[-1]
        assert to == NAME
        carry_out_press(json.loads(json.dumps(event))["slack"], self.slack_desk)
        return str(self.slack.responses[-1][1]["text"])

    def undos(self) -> list[tuple[str, Any]]:
        return [(to, event) for to, event in self.started.started if to != NAME]

    def which(self, run: Answer) -> dict[str, str]:
        return {"incident": run.incident, "run": run.run, "plan": self.desk.plan_of(run)}


@pytest.fixture
def buttons(desk: Desk, slack: Slack) -> Buttons:
    return Buttons(desk, slack)


def test_a_plan_is_approved_by_the_one_who_has_pressed_and_carried_out(buttons: Buttons, desk: Desk) -> None:
    run = desk.propose()
    assert buttons.press("approve", buttons.which(run)).startswith("approved by slack:U0ANN: plan ")
    assert len(desk.wakes()) == 1
    assert desk.house.follow(desk.wake()).decision == "recovered"
    assert [line for line in desk.said(run) if "slack:U0ANN approved plan" in line] != []


def test_a_plan_is_declined(buttons: Buttons, desk: Desk) -> None:
    run = desk.propose()
    assert buttons.press("decline", buttons.which(run)).startswith("declined by slack:U0ANN")
    assert desk.dials.turns == []


def test_the_reply_is_for_the_person_alone_and_leaves_the_message(buttons: Buttons, desk: Desk) -> None:
    buttons.press("approve", buttons.which(desk.propose()))
    path, said = buttons.slack.responses[-1]
    assert path == "/actions/T1/2/3"
    assert (said["response_type"], said["replace_original"]) == ("ephemeral", False)


def test_another_plan_than_the_one_that_was_shown_is_not_approved(buttons: Buttons, desk: Desk) -> None:
    run = desk.propose()
    told = buttons.press("approve", {**buttons.which(run), "plan": "0" * 16})
    assert "look at it again" in told
    assert desk.wakes() == []


def test_the_later_one_learns_who_came_first(buttons: Buttons, desk: Desk) -> None:
    run = desk.propose()
    buttons.press("approve", buttons.which(run))
    told = buttons.press("decline", buttons.which(run), user={"id": "U0BOB"})
    assert "was approved by slack:U0ANN before" in told


def test_a_request_that_is_replayed_acts_once(buttons: Buttons, desk: Desk) -> None:
    run = desk.propose()
    request = buttons.sent(buttons.payload("approve", buttons.which(run)))
    for _ in range(3):
        assert buttons.take(request) == 200
    for _, event in buttons.started.started:
        carry_out_press(event["slack"], buttons.slack_desk)
    assert len(desk.wakes()) == 1
    assert len([line for line in desk.said(run) if line.startswith("approved:")]) == 1


def test_who_may_not_answer_for_the_service_is_told_so(buttons: Buttons, desk: Desk) -> None:
    approvers = Approvers({"*": ("slack:U0BOB",)})
    buttons.slack_desk = replace(buttons.slack_desk, desk=replace(desk.answers, approvers=approvers))
    run = desk.propose()
    assert "slack:U0BOB may" in buttons.press("approve", buttons.which(run))
    assert desk.wakes() == []
    undo = {"incident": run.incident, "run": run.run}
    assert "slack:U0BOB may" in buttons.press("undo", undo)
    assert buttons.undos() == []
    assert buttons.press("approve", buttons.which(run), user={"id": "U0BOB"}).startswith("approved")


def test_an_incident_is_taken_on_once_and_its_end_asked_for(buttons: Buttons, desk: Desk) -> None:
    desk.incidents.open(note(INCIDENT, "opened", "a disk is full", NOON))
    which = {"incident": INCIDENT.id}
    assert "slack:U0ANN has taken it on" in buttons.press("acknowledge", which)
    assert "taken on by slack:U0ANN" in buttons.press("acknowledge", which, user={"id": "U0BOB"})
    assert "it is looked at first" in buttons.press("resolve", which)
    found = desk.incidents.load(INCIDENT.id)
    assert found is not None and found.acknowledged is not None
    assert (found.acknowledged.by, found.resolved) == ("slack:U0ANN", None)


def test_what_is_not_on_record_is_told_and_nothing_is_started(buttons: Buttons) -> None:
    assert "an incident on record" in buttons.press("acknowledge", {"incident": "INC-1"})
    assert "a run on record" in buttons.press("undo", {"incident": "INC-1", "run": "grow-1"})
    assert buttons.undos() == []


def test_a_run_is_taken_back_by_its_own_remediation_once_for_each_press(buttons: Buttons, desk: Desk) -> None:
    run = desk.propose()
    buttons.press("approve", buttons.which(run))
    desk.house.follow(desk.wake())
    assert desk.dials.value == {"a": 2, "b": 2}
    which = {"incident": run.incident, "run": run.run}
    for _ in range(2):
        assert "asked to take back" in buttons.press("undo", which)
    ((to, event),) = buttons.undos()
    assert to == function_name("toy")
    (answered,) = handle(desk.house.ctx, json.loads(json.dumps(event)), FUNCTION, "delivery-1")
    assert desk.house.follow(answered).decision in ("recovered", "undone"), answered
    assert desk.dials.value == {"a": 1, "b": 1}
    later = buttons.payload("undo", which)
    later["actions"][0]["action_ts"] = "1796000001.000100"
    buttons.press("undo", which, actions=later["actions"])
    assert len(buttons.undos()) == 2


def test_an_undo_that_could_not_be_started_is_started_by_the_next_try(buttons: Buttons, desk: Desk) -> None:
    run = desk.propose()
    buttons.slack_desk.delivery.begin("slack-undo", run.incident, f"{run.run}.1796000000.000100")
    buttons.press("undo", {"incident": run.incident, "run": run.run})
    assert len(buttons.undos()) == 1


def test_where_the_reply_cannot_be_sent_it_is_done_all_the_same(buttons: Buttons, desk: Desk) -> None:
    run = desk.propose()
    said = buttons.payload("approve", buttons.which(run))
    buttons.take(buttons.sent(said))
    buttons.slack.close()
    _, event = buttons.started.started[-1]
    assert carry_out_press(event["slack"], buttons.slack_desk)["told"] is False
    assert len(desk.wakes()) == 1


def test_what_slack_has_not_signed_gets_no_further(buttons: Buttons, desk: Desk) -> None:
    said = buttons.payload("approve", buttons.which(desk.propose()))
    good = buttons.sent(said)
    bad: list[dict[str, Any]] = [
        buttons.sent(said, secret="x" * 32),
        buttons.sent(said, age=301),
        buttons.sent(said, age=-301),
        buttons.sent(said, signature="v0=" + "0" * 64),
        buttons.sent(said, signature="ü"),
        buttons.sent(said, signature=""),
        buttons.sent(said, request_timestamp="soon"),
        buttons.sent(said, request_timestamp="9" * 400),
        {**good, "body": good["body"] + "&"},
        {**good, "headers": {}},
        {**good, "headers": None},
    ]
    assert [buttons.take(request) for request in bad] == [401] * len(bad)
    assert buttons.started.started == []
    assert buttons.take(good) == 200


def test_a_body_in_base64_is_signed_as_it_was_sent(buttons: Buttons, desk: Desk) -> None:
    said = buttons.payload("approve", buttons.which(desk.propose()))
    assert buttons.take(buttons.sent(said, encoded=True)) == 200


def test_a_secret_that_was_rotated_is_taken_up(buttons: Buttons, desk: Desk) -> None:
    said = buttons.payload("approve", buttons.which(desk.propose()))
    assert buttons.take(buttons.sent(said)) == 200
    value = json.dumps({**SECRET, "signing_secret": "n" * 32})
    boto3.client("secretsmanager").put_secret_value(SecretId=buttons.secret, SecretString=value)
    desk.clock.move(timedelta(minutes=2))
    assert buttons.take(buttons.sent(said, secret="n" * 32)) == 200
    assert buttons.take(buttons.sent(said)) == 401


def _without(payload: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in payload.items() if key != name}


def test_what_is_no_press_of_a_button_of_ours_is_refused(buttons: Buttons) -> None:
    fine = buttons.payload("resolve", {"incident": "INC-1"})
    (action,) = fine["actions"]
    bad: list[Any] = [
        {**fine, "type": "view_submission"},
        *(_without(fine, name) for name in fine),
        {**fine, "actions": []},
        {**fine, "actions": [action, action]},
        {**fine, "actions": ["resolve"]},
        {**fine, "actions": {"action_id": "resolve"}},
        {**fine, "actions": [{**action, "action_id": "delete_everything"}]},
        {**fine, "actions": [{**action, "action_id": ["resolve"]}]},
        {**fine, "actions": [{**action, "action_ts": "now"}]},
        {**fine, "actions": [{**action, "value": "INC-1"}]},
        {**fine, "actions": [{**action, "value": '{"incident": 1}'}]},
        {**fine, "actions": [{**action, "value": '{"incident": ""}'}]},
        {**fine, "actions": [{**action, "value": '{"incident": "INC-1", "run": "r"}'}]},
        {**fine, "user": {"id": "../ann"}},
        {**fine, "user": {"id": 7}},
        {**fine, "user": "U0ANN"},
        {**fine, "response_url": "https://evil.example/"},
        {**fine, "response_url": 7},
        [],
        "text",
        None,
    ]
    assert [buttons.take(buttons.sent(payload)) for payload in bad] == [400] * len(bad)
    raws = ["", "payload", "payload=%7B", "other=1", "payload=1&payload=2", "x" * (LONGEST_BODY + 1)]
    assert [buttons.take(buttons.raw(body)) for body in raws] == [400] * len(raws)
    no_body = [{**buttons.raw("x"), "body": None}, {**buttons.raw("x"), "body": "ü", "isBase64Encoded": True}]
    assert [buttons.take(request) for request in no_body] == [400, 400]
    assert buttons.started.started == []


def test_an_answer_goes_only_where_slack_takes_them() -> None:
    assert hooks_of("https://slack.com/api/") == "https://hooks.slack.com/"
    assert hooks_of("https://slack-gov.com/api/") == "https://hooks.slack-gov.com/"
    assert hooks_of("http://127.0.0.1:8080/api/") == "http://127.0.0.1:8080/"


def test_neither_secrets_nor_addresses_to_answer_at_are_logged(
    buttons: Buttons, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    buttons.press("approve", buttons.which(desk.propose()))
    buttons.take(buttons.sent(buttons.payload("approve", {}), secret="x"))
    logged = "".join(str(vars(record)) for record in caplog.records)
    assert "pressed" in logged
    assert "/actions/" not in logged and SIGNING_SECRET not in logged and SECRET["bot_token"] not in logged


def _http(path: str) -> dict[str, Any]:
    return {"rawPath": path, "requestContext": {"http": {"method": "GET"}}, "headers": {}, "body": "x"}


def test_a_way_that_the_deployment_does_not_have_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIRST_RESPONDER_SLACK", raising=False)
    monkeypatch.delenv("FIRST_RESPONDER_ANSWER_KEY", raising=False)
    here = SimpleNamespace(function_name=NAME)
    assert [function.lambda_handler(_http(path), here)["statusCode"] for path in ("/", "/slack")] == [404, 404]


def test_the_function_takes_presses_at_their_own_path(
    buttons: Buttons, desk: Desk, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    for name, value in {
        "TABLE": desk.store.name,
        "BUCKET": "evidence",
        "FOLLOW_THROUGH": desk.machine_arn,
        "SLACK": json.dumps({"secret": buttons.secret, "api": buttons.slack.api}),
    }.items():
        monkeypatch.setenv(f"FIRST_RESPONDER_{name}", value)
    monkeypatch.delenv("FIRST_RESPONDER_ANSWER_KEY", raising=False)
    monkeypatch.setitem(default_user_config, "lambda", {"use_docker": False})
    for made_once in (function._desk, function._slack):
        made_once.cache_clear()
        request.addfinalizer(made_once.cache_clear)
    here = SimpleNamespace(function_name=NAME)
    assert function.lambda_handler(_http("/slack"), here)["statusCode"] == 401
    assert function.lambda_handler(_http("/"), here)["statusCode"] == 404
    pressed = _signed_now(buttons, buttons.payload("resolve", {"incident": "INC-1"}))
    assert function.lambda_handler(pressed, here)["statusCode"] == 200
    said = buttons.payload("resolve", {"incident": "INC-1"})
    event = {"slack": {**said, "user": "U0ANN"}}
    assert "an incident on record" in function.lambda_handler(event, here)["text"]
    assert "an incident on record" in buttons.slack.responses[-1][1]["text"]


def _signed_now(buttons: Buttons, payload: dict[str, Any]) -> dict[str, Any]:
    """By the clock that the function goes by where nobody gives it another."""
    buttons.desk.clock = FakeClock(SystemClock().now())  # type: ignore[assignment]
    return buttons.sent(payload)
