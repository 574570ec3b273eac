"""The investigate function: evidence kept and told once for what opens and for what joins, whatever comes twice or dies between."""

from __future__ import annotations

import json
from dataclasses import replace
from hashlib import sha256
from typing import Any

import boto3
import pytest

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.adapters.dynamodb_delivery import DynamoDbDelivery
from functions.adapters.dynamodb_incidents import DynamoDbIncidents
from functions.adapters.memory_delivery import MemoryDelivery
from functions.adapters.memory_incidents import MemoryIncidents
from functions.adapters.s3_evidence import MemoryEvidence, S3Evidence
from functions.core.errors import InvalidEvent
from functions.core.incident.incident import Incident, Severity
from functions.core.incident.inquiry.findings import Findings
from functions.core.incident.inquiry.subject import Subject
from functions.core.incident.news import News
from functions.core.incident.turns import Turn, join, note
from functions.core.remediation import Audience
from functions.lifecycle.investigate import Desk, take
from tests.conftest import NOON, create_bucket
from tests.events import REGION
from tests.inquired import FOUND
from tests.inquiry_account import DATABASE, SERVICE

ID, JOINER = "INC-20261123-0a1b2c3d", "INC-20261123-9f8e7d6c"
INCIDENT = Incident(
    id=ID, title="orders-cpu", service="shop", target=DATABASE, opened_at=NOON, severity=Severity.P2, severity_why="",
    response_due=NOON, resolution_due=NOON, targets=(DATABASE,), unsettled=(ID,),
)  # fmt: skip
JOINS = replace(
    INCIDENT, id=JOINER, title="web-5xx", target=SERVICE, targets=(SERVICE,), unsettled=(JOINER,), joined=ID
)
KEY = f"investigations/{ID}/{ID}.html"


class Died(Exception):
    pass


class Looks:
    """Finds the same wherever it looks, and knows where it has looked."""

    def __init__(self) -> None:
        self.at: list[Subject] = []

    def __call__(self, subject: Subject) -> Findings:
        self.at.append(subject)
        return replace(FOUND, subject=subject)


@pytest.fixture
def looks() -> Looks:
    return Looks()


@pytest.fixture
def desk(looks: Looks, clock: FakeClock) -> Desk:
    incidents = MemoryIncidents()
    incidents.open(Turn(INCIDENT))
    return Desk(
        incidents=incidents, delivery=MemoryDelivery(), evidence=MemoryEvidence(), look=looks, clock=clock, region=REGION
    )  # fmt: skip


def news(kind: str = "opened", number: int = 1, audience: Audience = Audience.OPERATIONS) -> News:
    return News(
        id=f"n{number}", incident=ID, of=ID, kind=kind, text="", at=NOON, call_person=True, audience=audience,
        severity=Severity.P2, status="open", title="orders-cpu", service="shop", target=DATABASE,
    )  # fmt: skip


def told(desk: Desk) -> list[str]:
    story = desk.incidents.story(ID)
    assert story is not None
    return [line.text for line in story.lines if line.kind == "investigated"]


def pages(desk: Desk) -> dict[str, tuple[str, str]]:
    assert isinstance(desk.evidence, MemoryEvidence)
    return desk.evidence.pages


def joins(desk: Desk, joiner: Incident = JOINS) -> None:
    desk.incidents.open(Turn(joiner))
    lead = desk.incidents.load(ID)
    assert lead is not None
    desk.incidents.save(join(lead, joiner, NOON))


def test_what_opens_is_looked_at_kept_in_both_forms_and_told_in_one_sentence(desk: Desk, looks: Looks) -> None:
    take(desk, news())
    assert [(one.of, [str(arn) for arn in one.targets]) for one in looks.at] == [(ID, [DATABASE])]
    text, kind = pages(desk)[KEY]
    assert (kind, text[:15]) == ("text/html; charset=utf-8", "<!doctype html>")
    (sentence,) = told(desk)
    assert sentence.startswith("1 other alarm fires, ") and sentence.endswith(f"; evidence: memory://{KEY}")
    assert isinstance(desk.evidence, MemoryEvidence)
    kept = desk.evidence.kept[f"investigations/{ID}/{ID}.json"]
    assert kept["page_sha256"] == sha256(text.encode()).hexdigest()


def test_other_places_find_the_page_by_its_state(desk: Desk) -> None:
    take(desk, news())
    state = desk.delivery.state("evidence", ID)
    assert (state["url"], state["key"]) == (f"memory://{KEY}", KEY)
    assert state["sha256"] == sha256(pages(desk)[KEY][0].encode()).hexdigest() and len(state["json_sha256"]) == 64


def test_what_comes_twice_is_looked_at_once(desk: Desk, looks: Looks) -> None:
    for _ in range(2):
        take(desk, news())
    assert (len(looks.at), len(told(desk))) == (1, 1)


def test_who_comes_after_a_crash_before_the_line_tells_it(desk: Desk, looks: Looks) -> None:
    def die(subject: Subject) -> Findings:
        raise Died

    with pytest.raises(Died):
        take(replace(desk, look=die), news())
    assert told(desk) == []
    take(desk, news())
    assert len(told(desk)) == 1


def test_who_comes_after_a_crash_behind_the_line_does_not_tell_it_again(desk: Desk) -> None:
    class Dying(MemoryDelivery):
        def done(self, place: str, incident: str, news: str, reference: str) -> None:
            raise Died

    dying = Dying()
    with pytest.raises(Died):
        take(replace(desk, delivery=dying), news())
    again = MemoryDelivery()
    again.sent, again.states = dying.sent, dying.states
    take(replace(desk, delivery=again), news())
    assert len(told(desk)) == 1


def test_other_lines_start_nothing(desk: Desk, looks: Looks) -> None:
    take(desk, news("mitigated"))
    assert looks.at == [] and pages(desk) == {}


def test_what_joins_is_looked_at_by_itself_beside_the_leads_page(desk: Desk, looks: Looks) -> None:
    take(desk, news())
    joins(desk)
    take(desk, news("joined", 2))
    assert [(one.incident, one.of) for one in looks.at] == [(ID, ID), (ID, JOINER)]
    assert [str(arn) for arn in looks.at[1].targets] == [SERVICE]
    state = desk.delivery.state("evidence", ID)
    assert (state["key"], state["joined"][JOINER]["key"]) == (KEY, f"investigations/{ID}/{JOINER}.html")
    assert told(desk)[1].startswith(f"of {JOINER}, which has joined: ")


def test_two_that_join_at_once_are_each_looked_at_once(desk: Desk, looks: Looks) -> None:
    joins(desk)
    joins(desk, replace(JOINS, id="INC-20261123-11111111"))
    for number in (2, 3):
        take(desk, news("joined", number))
    assert [one.of for one in looks.at] == [JOINER, "INC-20261123-11111111"]
    assert len(told(desk)) == 2


def test_security_has_a_prefix_of_its_own_and_its_line_stays_there(desk: Desk, looks: Looks) -> None:
    incidents = MemoryIncidents()
    incidents.open(Turn(replace(INCIDENT, audience=Audience.SECURITY, service=f"security/{DATABASE}")))
    written: list[Any] = []
    save = incidents.save
    incidents.save = lambda turn: written.extend(turn.entries) or save(turn)  # type: ignore[method-assign,func-returns-value]
    take(replace(desk, incidents=incidents), news(audience=Audience.SECURITY))
    assert set(pages(desk)) == {f"security/{KEY}"}
    assert [entry.audience for entry in written] == ["security"]
    assert looks.at[0].alone


def test_an_incident_that_is_not_on_record_goes_back_to_the_queue(desk: Desk) -> None:
    with pytest.raises(InvalidEvent):
        take(replace(desk, incidents=MemoryIncidents()), news())


def test_it_is_kept_and_told_in_aws_as_in_memory(aws: Boto3Aws, table: str, desk: Desk) -> None:
    create_bucket("evidence")
    dynamodb = aws.client("dynamodb")
    incidents = DynamoDbIncidents(dynamodb, table)
    incidents.open(Turn(INCIDENT, note(INCIDENT, "opened", "it opened", NOON).entries))
    evidence = S3Evidence(aws.client("s3"), "evidence")
    real = replace(desk, incidents=incidents, delivery=DynamoDbDelivery(dynamodb, table), evidence=evidence)
    for _ in range(2):
        take(real, news())
    (sentence,) = told(real)
    link = f"https://console.aws.amazon.com/s3/object/evidence?region={REGION}&prefix={KEY}"
    assert sentence.endswith(f"; evidence: {link}")
    state = real.delivery.state("evidence", ID)
    page = boto3.client("s3").get_object(Bucket="evidence", Key=KEY)["Body"].read()
    kept = boto3.client("s3").get_object(Bucket="evidence", Key=f"investigations/{ID}/{ID}.json")["Body"].read()
    assert state["url"] == link and state["sha256"] == sha256(page).hexdigest()
    assert state["json_sha256"] == sha256(kept).hexdigest() and json.loads(kept)["subject"]["of"] == ID
