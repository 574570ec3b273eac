"""The people's side on the local AWS with IAM enforced: places that fail cost a remediation nothing, and each line comes once."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.error import HTTPError

import pytest

from drills.arrivals import twice
from drills.delivered import lead_of, lines_for, outstanding
from drills.people_side import USER, PeopleSide
from drills.people_standin.slack import TOKEN
from drills.people_standin.slack_press import buttons
from drills.places import Places, settings_with, standing_in, store_secrets
from drills.play import before_the_change, calls
from drills.record import Record
from drills.sample import CLUSTER, SERVICE
from drills.stage import Stage, deploy, local_aws
from drills.timeline import Timeline
from tests.deployed import call, invoke, until

REMEDIATION = "scale_out_ecs_service"
OTHERS = ("mail", "pagerduty", "ticket")
POST = "chat.postMessage"
SHORT: Mapping[str, Any] = {"targets": {"P1": {"response": "1m"}}}
"""Schedules ring to the minute, so that a reminder may be overtaken by what it reminds of."""
FAULTS: Mapping[str, list[tuple[str, str]]] = {
    "hangs": [(POST, "hang")],
    "limited": [(POST, "limited")],
    "five-errors": [(POST, "broken")] * 5,
    "answer-lost": [(POST, "lost"), (POST, "lost")],
    "no-update": [("chat.update", "broken"), ("chat.update", "garbled")],
}


@pytest.fixture(scope="module")
def places() -> Iterator[Places]:
    with standing_in() as places:
        yield places


@pytest.fixture(scope="module")
def stage(places: Places) -> Iterator[Stage]:
    with local_aws(iam=True) as stage:
        store_secrets(stage)
        deploy(stage, settings=settings_with(places, SHORT))
        yield stage


@pytest.fixture(scope="module")
def people(stage: Stage, places: Places) -> PeopleSide:
    return PeopleSide(stage, places, lambda *line: None)


@pytest.fixture
def unanswered(stage: Stage) -> str:
    """The incident of a report that nobody answers."""
    asked = {"service": "checkout", "title": "checkout is down", "what": "no payment works", "severity": "P1"}
    answer, error = call(stage, "first-responder-report", {"report": asked, "by": "ada"})
    assert not error, answer
    return str(answer["incident"])


def quiet_service(stage: Stage, name: str) -> str:
    """The ARN of a service of its own, with two tasks of the sample's definition; urgent, so that all places hear of it."""
    ecs = stage.client("ecs")
    web = ecs.describe_services(cluster=CLUSTER, services=[SERVICE])["services"][0]
    like_web = {key: web[key] for key in ("taskDefinition", "networkConfiguration", "launchType")}
    said = {"mode": "act", "severity": "P2", "service": name}
    tags = [{"key": f"first-responder:{key}", "value": value} for key, value in said.items()]
    made = ecs.create_service(cluster=CLUSTER, serviceName=name, desiredCount=2, tags=tags, **like_web)["service"]

    def steady() -> bool:
        found = ecs.describe_services(cluster=CLUSTER, services=[name])["services"][0]
        return found["deployments"][0]["rolloutState"] == "COMPLETED" and found["runningCount"] == 2

    until(steady, f"two tasks of {name}")
    return str(made["serviceArn"])


def scaled_out(stage: Stage, name: str, mode: str = "act") -> dict[str, Any]:
    """What the remediation answers that a person asks for."""
    target = quiet_service(stage, name)
    answer, error = invoke(
        stage, REMEDIATION, {"target": target, "reason": "a sale", "requested_by": "ada", "mode": mode}
    )
    assert not error, answer
    return dict(answer)


def calls_before_the_change(stage: Stage, since: float) -> list[str]:
    made = calls(stage, REMEDIATION, since)
    return made[: before_the_change(made)]


@pytest.fixture(scope="module")
def usual(stage: Stage, people: PeopleSide) -> list[str]:
    """The calls of a run before its change while all places are well. The first run of all has one more: a process keeps what
    it has read of prices."""
    all_told(stage, scaled_out(stage, "first")["incident"])
    since = time.time()
    all_told(stage, scaled_out(stage, "undisturbed")["incident"])
    return calls_before_the_change(stage, since)


def all_told(stage: Stage, incident: str, *places: str) -> None:
    """Wait until these places, or all, have got every line of an incident that is over."""
    which = {"places": places} if places else {}
    until(lambda: not outstanding(Record(stage).items(), incident, **which), f"{incident} told {places}", 90)


def replies(places: Places, people: PeopleSide, incident: str) -> list[str]:
    """The keys of what stands below the message of an incident, in Slack's order."""
    people.arrivals.look()
    return [one.line for one in people.arrivals.all if (one.incident, one.what) == (incident, "reply")]


def assert_once_and_in_order(stage: Stage, places: Places, people: PeopleSide, incident: str) -> None:
    items = Record(stage).items()
    lead = lead_of(items, incident)
    assert lead is not None
    lines, told = lines_for("slack", items, lead), replies(places, people, incident)
    assert sorted(told) == sorted(line.id for line in lines)
    for writer in {line.run for line in lines}:
        written = [line.id for line in lines if line.run == writer]
        assert [key for key in told if key in written] == written
    assert twice(one for one in people.arrivals.all if one.incident == incident) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_slack_in_trouble_costs_a_remediation_no_call_and_loses_and_doubles_nothing(
    stage: Stage, places: Places, people: PeopleSide, usual: list[str], fault: str
) -> None:
    places.slack.orders += FAULTS[fault]
    since = time.time()
    incident = scaled_out(stage, fault)["incident"]
    all_told(stage, incident)
    assert places.slack.orders == []
    assert calls_before_the_change(stage, since) == usual
    assert_once_and_in_order(stage, places, people, incident)


def test_a_token_that_is_revoked_holds_up_slack_alone_until_it_is_given_back(
    stage: Stage, places: Places, people: PeopleSide, usual: list[str]
) -> None:
    places.slack.tokens.clear()
    since = time.time()
    try:
        incident = scaled_out(stage, "no-token")["incident"]
        all_told(stage, incident, *OTHERS)
        assert replies(places, people, incident) == []
    finally:
        places.slack.tokens.add(TOKEN)
    all_told(stage, incident)
    assert calls_before_the_change(stage, since) == usual
    assert_once_and_in_order(stage, places, people, incident)


def test_a_page_and_a_ticket_whose_answers_are_lost_are_one_alert_and_one_ticket(
    stage: Stage, places: Places, people: PeopleSide, usual: list[str]
) -> None:
    places.pagerduty.orders.append(("enqueue", "lost", "service/shop/lost"))
    places.jira.orders.append(("create", "lost", "service/shop/lost"))
    incident = scaled_out(stage, "lost")["incident"]
    all_told(stage, incident)
    assert (places.pagerduty.orders, places.jira.orders) == ([], [])
    alerts = [alert for alert in places.pagerduty.alerts if alert.key == incident]
    assert [(alert.status, len(alert.log)) for alert in alerts] == [("triggered", 2)]
    tickets = [one for one in places.jira.issues.values() if f"incident-{incident}" in one.labels]
    assert len(tickets) == 1


def test_a_plan_is_approved_by_a_button_in_slack_and_the_button_goes(
    stage: Stage, places: Places, people: PeopleSide, usual: list[str]
) -> None:
    waiting = scaled_out(stage, "by-button", "propose")
    assert waiting["decision"] == "waiting_for_answer", waiting
    until(lambda: people.button("approve", waiting["incident"]), "a button below the plan")
    assert unsigned(stage, places) == 401
    pressed = people.approve({"id": waiting["run"]})
    assert pressed.startswith("ada presses Approve in #inc-"), pressed
    run = until(lambda: Record(stage).ended(waiting["run"]), "the approved run at its end")
    assert run["outcome"] == "recovered", run
    assert people.rest(Timeline(stage, lambda *line: None, people), waiting["incident"]) == ""
    assert people.button("approve", waiting["incident"]) is None
    word = f"by slack:{USER}: plan {run['record']['plan']['hash']} of {waiting['run']}"
    until(lambda: [said for _, said in places.slack.responses if word in str(said)], "a word to the person")


def unsigned(stage: Stage, places: Places) -> int:
    """The status of a press that somebody else than Slack sends."""
    url = stage.client("lambda").get_function_url_config(FunctionName="first-responder-answer")["FunctionUrl"]
    payload = json.dumps({"type": "block_actions", "actions": [buttons(places.slack.channels)[0].element]})
    request = urllib.request.Request(f"{url}slack", f"payload={payload}".encode(), {"X-Slack-Signature": "v0=00"})
    with pytest.raises(HTTPError) as refused:
        urllib.request.urlopen(request, timeout=20)
    return refused.value.code


def test_a_clock_that_runs_out_calls_the_next_contact_and_is_stopped_by_an_answer(
    stage: Stage, places: Places, people: PeopleSide, unanswered: str
) -> None:
    def kinds() -> list[str]:
        return [line["kind"] for line in Record(stage).incident(unanswered) if line["sk"].startswith("AT#")]

    def timers() -> list[str]:
        said = stage.client("scheduler").list_schedules(GroupName="first-responder")["Schedules"]
        return [one["Name"] for one in said if unanswered in one["Name"]]

    until(lambda: "escalation" in kinds(), "the next contact", 200)
    assert "missed" in kinds()
    assert [alert.status for alert in places.pagerduty.alerts if alert.key == unanswered] == ["triggered"]
    for action, kind in (("acknowledge", "acknowledged"), ("resolve", "resolved")):
        button = until(lambda which=action: people.button(which, unanswered), f"a button to {action}")
        people.press(button)
        until(lambda which=kind: which in kinds(), kind)
    until(lambda: not timers(), "no timer")
    all_told(stage, unanswered)
    assert [alert.status for alert in places.pagerduty.alerts if alert.key == unanswered] == ["resolved"]
    assert_once_and_in_order(stage, places, people, unanswered)
