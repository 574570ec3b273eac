"""When people know how an incident stands, by the record: each line that a place wants has been given to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from drills.delivered import lead_of, lines_for, outstanding
from functions.core.incident.incident import Incident, Moment, Severity, write_incident

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
LEAD, JOINER = "INC-20261129-abcdef12", "INC-20261129-00000002"
Item = dict[str, Any]


def header(which: str, **over: Any) -> Item:
    said = {"response_due": NOON + timedelta(minutes=15), "resolution_due": NOON + timedelta(hours=4), **over}
    incident = Incident(
        id=which,
        title="t",
        service="shop",
        target="arn",
        opened_at=NOON,
        severity=Severity.P2,
        severity_why="w",
        **said,
    )
    return {"pk": f"INCIDENT#{which}", "sk": "INCIDENT", "record": write_incident(incident)}


def line(which: str, number: int, kind: str, **over: Any) -> Item:
    at = (NOON + timedelta(seconds=number)).isoformat(timespec="milliseconds")
    return {"pk": f"INCIDENT#{which}", "sk": f"AT#{at}#{number}", "at": at, "kind": kind, "text": kind, **over}


def told(items: list[Item], *places: str) -> list[Item]:
    lead = lead_of(items, LEAD)
    assert lead is not None
    sent = [(place, news) for place in places for news in lines_for(place, items, lead)]
    return [
        {"pk": f"INCIDENT#{LEAD}", "sk": f"SENT#{place}#{news.id}", "place_id": "its own id"} for place, news in sent
    ]


LINES = [
    line(LEAD, 0, "watching"),
    line(LEAD, 1, "plan", remediation="scale", run="run"),
    line(LEAD, 2, "opened", side="people", call_person=True),
    line(LEAD, 3, "mitigated", side="people"),
]


def test_what_was_before_it_was_opened_is_told_to_nobody_and_the_rest_to_who_wants_it() -> None:
    items = [header(LEAD), *LINES]
    lead = lead_of(items, LEAD)
    assert lead is not None
    wanted = {place: [news.kind for news in lines_for(place, items, lead)] for place in ("slack", "mail", "pagerduty")}
    assert wanted == {
        "slack": ["plan", "opened", "mitigated"],
        "mail": ["opened", "mitigated"],
        "pagerduty": ["opened"],
    }


def test_each_line_that_a_place_has_not_got_is_outstanding() -> None:
    items = [header(LEAD), *LINES]
    assert outstanding(items, LEAD, ["mail", "pagerduty"]) == ["mail: opened", "mail: mitigated", "pagerduty: opened"]
    assert outstanding([*items, *told(items, "mail")], LEAD, ["mail", "pagerduty"]) == ["pagerduty: opened"]
    begun = [{**sent, "place_id": ""} for sent in told(items, "mail", "pagerduty")]
    assert len(outstanding([*items, *begun], LEAD, ["mail", "pagerduty"])) == 3


def test_one_that_is_not_there_or_not_over_is_outstanding() -> None:
    assert outstanding(LINES, LEAD) == [f"{LEAD} is not opened"]
    assert outstanding([header(LEAD, unsettled=(LEAD,))], LEAD) == [f"{LEAD} is not over"]
    assert outstanding([header(LEAD, unsettled=(LEAD,), resolved=Moment(at=NOON, by="ada"))], LEAD) == []


def test_lines_of_one_that_has_joined_go_to_the_lead_but_for_its_opening() -> None:
    items = [
        header(LEAD, joiners=(JOINER,)),
        header(JOINER, joined=LEAD, unsettled=(JOINER,)),
        line(JOINER, 1, "plan", remediation="scale", run="run"),
        line(JOINER, 2, "opened", side="people", call_person=True),
        line(JOINER, 3, "follows", side="people"),
        line(JOINER, 4, "recovered", remediation="scale", run="run"),
    ]
    assert outstanding(items, JOINER, ["slack"]) == ["slack: plan", "slack: recovered"]
    assert outstanding([*items, *told(items, "slack")], JOINER, ["slack"]) == []
