"""The review function: drafted once when an incident is over, again when asked, agreed by a person, and told once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.stub import Stubber

from functions.adapters.aws import Boto3Aws
from functions.adapters.clock import FakeClock
from functions.adapters.dynamodb_drifts import Drifts
from functions.adapters.dynamodb_incidents import DynamoDbIncidents
from functions.adapters.memory_delivery import MemoryDelivery
from functions.adapters.memory_incidents import MemoryIncidents
from functions.adapters.s3_evidence import MemoryEvidence, S3Evidence
from functions.core.errors import Fenced, InvalidEvent
from functions.core.incident.approvers import Approvers
from functions.core.incident.incident import Incident, Moment
from functions.core.incident.news import News, write_news
from functions.core.incident.turns import Turn, note, resolve
from functions.core.remediation import Audience
from functions.lifecycle.review import HTML, MARKDOWN, Desk, business_days, take
from tests.conftest import create_bucket
from tests.core.incident.timing import RULES
from tests.reviewed import DRIFTS, ID, INCIDENT, JOINER, LINES, RUNS, after

HTML_KEY, MARKDOWN_KEY = f"{ID}/review.html", f"{ID}/review.md"


class Night(MemoryIncidents):
    """The record of the busy night; `meddle` runs before a write, as another invocation would."""

    def __init__(self, incident: Incident = INCIDENT) -> None:
        super().__init__()
        self.incidents[ID] = incident
        self.incidents[JOINER] = replace(INCIDENT, id=JOINER, joined=ID, joiners=())
        self.lines += LINES
        for run in RUNS:
            self.runs.setdefault(run.incident, []).append(run)
        self.meddle: Callable[[], object] = lambda: None

    def save(self, turn: Turn) -> Incident:
        meddle, self.meddle = self.meddle, lambda: None
        meddle()
        return super().save(turn)

    def texts(self, kind: str) -> list[str]:
        return [line.text for line in self.lines if line.kind == kind]


@pytest.fixture
def night() -> Night:
    return Night()


@pytest.fixture
def desk(night: Night, aws: Boto3Aws) -> Desk:
    return Desk(
        incidents=night,
        delivery=MemoryDelivery(),
        drifts=lambda: DRIFTS,
        evidence=MemoryEvidence(),
        approvers=Approvers({"shop": ("Ann Example",)}),
        after=business_days(RULES.calendar),
        aws=aws,
        clock=FakeClock(after(63)),
        region="eu-west-1",
    )


def pages(desk: Desk) -> dict[str, tuple[str, str]]:
    assert isinstance(desk.evidence, MemoryEvidence)
    return desk.evidence.pages


def line_of(kind: str = "resolved", incident: str = ID) -> dict[str, Any]:
    news = News(
        id="0a1b", incident=incident, of=incident, kind=kind, text="it is over", at=after(62), call_person=False,
        audience=Audience.OPERATIONS, severity=INCIDENT.severity, status="resolved", title="web-cpu-high", service="shop",
        target=INCIDENT.target,
    )  # fmt: skip
    return {"Records": [{"body": write_news(news)}]}


def test_an_end_is_reviewed_in_both_forms(desk: Desk) -> None:
    assert take(desk, line_of()) is None
    assert {key: kind for key, (_, kind) in pages(desk).items()} == {HTML_KEY: HTML, MARKDOWN_KEY: MARKDOWN}
    assert pages(desk)[HTML_KEY][0].startswith("<!doctype html>") and pages(desk)[MARKDOWN_KEY][0].startswith("# web")
    assert "metric is not shown: CloudWatch has no datapoints of that time" in pages(desk)[HTML_KEY][0]


def test_the_timeline_is_told_where_it_is_and_what_is_to_be_done(desk: Desk, night: Night) -> None:
    take(desk, line_of())
    assert night.texts("review_drafted") == [
        f"the review is drafted, with 9 questions and 8 action items: memory://{HTML_KEY}"
    ]
    assert desk.delivery.state("review", ID) == {"url": f"memory://{HTML_KEY}"}
    items = night.texts("action_item")
    assert len(items) == 8
    assert items[0] == (
        f"{ID}/agree: Answer the questions of the review together, and agree it (owner: DevOps lead, due 2026-11-26)"
    )


def test_what_comes_twice_is_told_once(desk: Desk, night: Night) -> None:
    take(desk, line_of())
    before = list(night.lines)
    take(desk, line_of())
    assert night.lines == before


def test_two_at_once_tell_it_once(desk: Desk, night: Night) -> None:
    night.meddle = lambda: take(desk, line_of())
    take(desk, line_of())
    assert len(night.texts("review_drafted")) == 1
    assert len(night.texts("action_item")) == len(set(night.texts("action_item"))) == 8


def test_a_crash_before_the_timeline_is_told_is_made_good_by_the_next_try(desk: Desk, night: Night) -> None:
    class Crash(Exception):
        pass

    def crash() -> None:
        raise Crash

    night.meddle = crash
    with pytest.raises(Crash):
        take(desk, line_of())
    assert night.texts("review_drafted") == []
    take(desk, line_of())
    assert len(night.texts("review_drafted")) == 1


def test_who_always_comes_second_gives_up_and_is_tried_again(desk: Desk, night: Night) -> None:
    def always() -> None:
        night.incidents[ID] = replace(night.incidents[ID], version=night.incidents[ID].version + 1)
        night.meddle = always

    night.meddle = always
    with pytest.raises(Fenced):
        take(desk, line_of())


def test_a_new_item_of_a_later_draft_is_told_then(desk: Desk, night: Night) -> None:
    take(replace(desk, drifts=tuple), line_of())
    assert not any("/template/" in text for text in night.texts("action_item"))
    take(desk, {"review": {"incident": ID}})
    assert sum("/template/" in text for text in night.texts("action_item")) == 1
    assert len(night.texts("review_drafted")) == 1


def test_other_lines_start_nothing(desk: Desk, night: Night) -> None:
    take(desk, line_of("mitigated"))
    assert pages(desk) == {} and night.lines == list(LINES)


def test_a_person_has_it_drafted_again(desk: Desk) -> None:
    assert take(desk, {"review": {"incident": ID}}) == {
        "text": f"the review of {ID} is drafted: memory://{HTML_KEY}",
        "page": f"memory://{HTML_KEY}",
        "markdown": f"memory://{MARKDOWN_KEY}",
    }


def test_a_joiner_has_the_review_of_the_one_that_leads(desk: Desk) -> None:
    answer = take(desk, {"review": {"incident": JOINER}})
    assert answer and answer["page"] == f"memory://{HTML_KEY}"


def test_what_is_not_over_can_be_drafted_but_nothing_is_told(aws: Boto3Aws, desk: Desk) -> None:
    night = Night(replace(INCIDENT, resolved=None))
    take(replace(desk, incidents=night), {"review": {"incident": ID}})
    assert "not yet" in pages(desk)[HTML_KEY][0] and night.lines == list(LINES)


def test_a_person_agrees_it_and_the_page_says_so(desk: Desk, night: Night) -> None:
    answer = take(desk, {"review": {"incident": ID, "by": "Ann Example", "agreed": True}})
    assert answer and answer["text"].startswith("Ann Example has agreed the review. ")
    assert night.incidents[ID].status == "reviewed"
    assert "Agreed by Ann Example at 2026-11-23 13:03:10 UTC" in pages(desk)[HTML_KEY][0]
    again = take(desk, {"review": {"incident": ID, "by": "Ann Example", "agreed": True}})
    assert again and again["text"].startswith(f"{ID} was agreed before")
    assert len(night.texts("reviewed")) == 1


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ({"review": {"incident": "INC-none"}}, "incident"),
        ({"review": {"incident": ""}}, "incident"),
        ({"review": ID}, "review"),
        ({"review": {"incident": ID, "agreed": True}}, "by"),
        ({"review": {"incident": ID, "by": "Ann Example"}}, "agreed"),
        ({"review": {"incident": ID, "by": "Ann Example", "agreed": "yes"}}, "agreed"),
        ({"review": {"incident": ID, "by": "Mallory", "agreed": True}}, "by"),
        ({"review": {"incident": ID, "close": True}}, "a field of review"),
        ({"Records": [{"body": "{}"}]}, "news"),
        ({"something": "else"}, "event"),
        (line_of(incident="INC-none"), "incident"),
    ],
)
def test_what_cannot_be_carried_out_is_refused_with_its_field(desk: Desk, night: Night, event: Any, field: str) -> None:
    with pytest.raises(InvalidEvent) as refused:
        take(desk, event)
    assert refused.value.field == field
    assert night.incidents[ID] == INCIDENT and pages(desk) == {}


def test_what_is_not_over_cannot_be_agreed(desk: Desk) -> None:
    night = Night(replace(INCIDENT, resolved=None))
    with pytest.raises(InvalidEvent, match="over"):
        take(replace(desk, incidents=night), {"review": {"incident": ID, "by": "Ann Example", "agreed": True}})


def test_on_the_table_itself_it_is_told_once(desk: Desk, aws: Boto3Aws, table: str) -> None:
    record = DynamoDbIncidents(aws.client("dynamodb"), table)
    over = Moment(at=after(62), by="first-responder")
    record.save(
        resolve(
            record.open(note(replace(INCIDENT, resolved=None, version=0), "opened", "x", after(0))),
            over.by,
            "x",
            over.at,
        )
    )
    evidence = S3Evidence(aws.client("s3"), "evidence")
    create_bucket("evidence")
    on_aws = replace(desk, incidents=record, evidence=evidence, drifts=Drifts(record.client, table).rows)
    take(on_aws, line_of())
    take(on_aws, line_of())
    story = record.story(ID)
    kinds = [line.kind for line in story.lines] if story else []
    assert sorted(kinds) == ["action_item", "action_item", "opened", "resolved", "review_drafted"]


def test_business_days_are_those_of_the_runbooks_calendar() -> None:
    days = business_days(RULES.calendar)
    assert str(days(after(62), 5)) == "2026-11-30"  # Monday to Monday


def test_a_refused_metric_stops_no_review(desk: Desk, aws: Boto3Aws) -> None:
    with Stubber(aws.client("cloudwatch")) as cloudwatch:
        cloudwatch.add_client_error("describe_alarms", "AccessDenied", "not for you")
        take(desk, line_of())
    assert "CloudWatch did not give it" in pages(desk)[HTML_KEY][0]
