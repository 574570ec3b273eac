"""A proposal that waits, and the ways to answer it: record, key and wake-ups are moto's, what is changed is the toy's."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from functions.adapters.clock import FakeClock
from functions.adapters.dynamodb_incidents import DynamoDbIncidents
from functions.adapters.dynamodb_store import DynamoDbStore
from functions.adapters.follow_through import StepFunctions
from functions.adapters.runbook_files import due_by, load, time_rules
from functions.adapters.stored_secret import StoredSecret
from functions.core.advance import Answer
from functions.core.approval import expires_at
from functions.core.incident.approvers import read_approvers
from functions.core.signed_link import Link, mint
from functions.handler import handle
from functions.lifecycle.answer import answer
from functions.lifecycle.answer_desk import AnswerDesk
from functions.lifecycle.answer_link import answer_by_link
from tests.events import ACCOUNT, FUNCTION, REGION, eventbridge
from tests.house import House, in_memory
from tests.toy import Dials, TurnDialsUp

KEY, URL = "k" * 64, f"https://example.lambda-url.{REGION}.on.aws/"
_ROLE = f"arn:aws:iam::{ACCOUNT}:role/follow-through"
_FORM = "application/x-www-form-urlencoded"


class Desk:
    """Where people answer. Each has the same time, record and key as the remediation's function."""

    def __init__(self, aws: Any, store: DynamoDbStore, dials: Dials, clock: FakeClock) -> None:
        dials.tags = {"first-responder:mode": "propose"}
        self.dials, self.clock, self.store = dials, clock, store
        self.machine, self.secrets = aws.client("stepfunctions"), aws.client("secretsmanager")
        made = self.machine.create_state_machine(name="follow-through", definition="{}", roleArn=_ROLE)
        self.machine_arn = made["stateMachineArn"]
        self.secret = self.secrets.create_secret(Name="answer-key", SecretString=KEY)["ARN"]
        self.key = StoredSecret(self.secrets, self.secret, clock)
        self.use(TurnDialsUp())

    def use(self, remediation: Any) -> None:
        """Have alarms answered by another remediation."""
        house = in_memory(remediation, self.dials, self.clock, store=self.store)
        follow_through = StepFunctions(self.machine, self.machine_arn)
        self.ports = replace(house.ctx.ports, follow_through=follow_through)
        self.house = House(replace(house.ctx, ports=self.ports), self.clock)
        self.incidents = DynamoDbIncidents(self.store.client, self.store.name)
        self.answers = AnswerDesk(
            ports=self.ports,
            incidents=self.incidents,
            approvers=read_approvers(load("approvers")),
            due=due_by(time_rules({})),
        )

    def propose(self, dial: str = "a", alarm: str = "pressure") -> Answer:
        """An alarm comes in and its plan waits for an answer."""
        event = eventbridge(self.clock.now(), "Toy", "Pressure", {"Dial": dial}, alarm=alarm)
        answered = self.house.deliver(event)
        assert answered.decision == "waiting_for_answer", answered
        return answered

    def plan_of(self, run: Answer) -> str:
        plan = self.house.run(run).plan
        assert plan is not None
        return str(plan["hash"])

    def ask(self, **event: Any) -> Any:
        """A manual invocation of the function, as JSON."""
        return json.loads(json.dumps(answer(self.answers, event)))

    def say(self, verb: str, run: Answer, *, by: str = "ann", plan: str = "", **more: Any) -> Any:
        which = {"incident": run.incident, "run": run.run, "plan": plan or self.plan_of(run)}
        return self.ask(answer=verb, **which, by=by, **more)

    def token(self, of: Answer, *, key: str = KEY, **over: Any) -> str:
        """A link's token for the proposal as it is now."""
        until = expires_at(self.house.run(of), self.ports.settings).replace(microsecond=0)
        link = Link(incident=of.incident, run=of.run, plan_hash=self.plan_of(of), named="", until=until)
        return mint(replace(link, **over), key.encode())

    def get(self, token: str) -> Page:
        return self.request({"rawPath": "/", "queryStringParameters": {"token": token}}, "GET")

    def post(self, token: str, *, encoded: bool = True, **fields: str) -> Page:
        """A form, as a function URL hands it on: in base64."""
        form = urlencode({"token": token, "by": "ann", "answer": "approve", "reason": "", **fields})
        body = b64encode(form.encode()).decode() if encoded else form
        headers = {"content-type": _FORM}
        return self.request({"rawPath": "/", "headers": headers, "body": body, "isBase64Encoded": encoded}, "POST")

    def request(self, event: Mapping[str, Any], method: str) -> Page:
        """Any request of the function URL."""
        whole = {"version": "2.0", "requestContext": {"http": {"method": method}}, **event}
        return Page(json.loads(json.dumps(answer_by_link(whole, self.answers, self.key))))

    def wakes(self) -> list[dict[str, Any]]:
        """What the follow-through was asked to wake for an answer, in the order of its names."""
        found = self.machine.list_executions(stateMachineArn=self.machine_arn)["executions"]
        arns = sorted(one["executionArn"] for one in found if "answer" in one["name"])
        return [json.loads(self.machine.describe_execution(executionArn=arn)["input"]) for arn in arns]

    def wake(self) -> Answer:
        """The last wake-up for an answer reaches the remediation's function."""
        return handle(self.house.ctx, {"advance": self.wakes()[-1]["advance"]}, FUNCTION, "wake")[-1]

    def said(self, run: Answer) -> list[str]:
        """The incident's timeline, as (kind: text)."""
        pages = self.store.client.get_paginator("query").paginate(
            TableName=self.store.name,
            KeyConditionExpression="pk = :pk AND begins_with(sk, :at)",
            ExpressionAttributeValues={":pk": {"S": f"INCIDENT#{run.incident}"}, ":at": {"S": "AT#"}},
        )
        return [f"{item['kind']['S']}: {item['text']['S']}" for page in pages for item in page["Items"]]


class Page(HTMLParser):
    """What a browser makes of an answer: `tags` in order, `words` as read, `fields` of the form with their values."""

    def __init__(self, response: Mapping[str, Any]) -> None:
        super().__init__()
        self.status, self.headers, self.body = response["statusCode"], response["headers"], response["body"]
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.fields: dict[str, str | None] = {}
        self.words = ""
        self.feed(self.body)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.tags.append(tag)
        self.attributes |= found.keys()
        if tag in ("input", "button") and found.get("name"):
            self.fields[f"{found['name']}={found['value']}" if tag == "button" else str(found["name"])] = found.get(
                "value"
            )

    def handle_data(self, data: str) -> None:
        self.words += data if self.tags[-1:] != ["style"] else ""


def token_in(text: str) -> str:
    """The token of the only link in a message."""
    (link,) = [word for word in text.split() if word.startswith(URL)]
    return parse_qs(urlsplit(link).query)["token"][0]
